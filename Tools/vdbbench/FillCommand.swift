internal import VDBEngine
internal import VDBFilters
internal import VDBPrimitives
internal import VectorDB

/// `fill`: makes a database whose records are in the log only, and dies by SIGKILL.
///
/// What `recovery` runs as a process of its own. It goes below the public interface, which would
/// move records into the tables before the log grows so long.
enum FillCommand {
    static let records = Option("records", "N", help: "records in the log (default 100000)")
    static let element = Option("element", "TYPE", help: "float32, float16, int8, uint8 or bit")

    static let command = Command(
        name: "fill", summary: "make a database with all records in the log, and die by SIGKILL",
        positionals: ["DB"], requiredCount: 1,
        options: [records, element, .dimension, .seed],
        notes: "A part of recovery, of little use alone. The process ends by signal 9.",
        run: run)

    private static func run(_ arguments: Arguments) throws(BenchFailure) -> Report {
        let count = try arguments.integer(records, or: 100_000)
        let name = arguments.text(element) ?? "float32"
        guard let element = ElementType(name: name) else {
            throw .usage("option --element has \(name): \(Self.element.help)")
        }
        let vectors = VectorTable.random(
            min(count, 1000), dimension: try arguments.integer(.dimension, or: 784),
            element: element, seed: UInt64(try arguments.integer(.seed, from: 0, or: 1)))
        try fill(arguments.positionals[0], vectors, count)
        throw BenchFailure(code: 70, message: "cannot die: SIGKILL did not end the process")
    }

    /// With limits that nothing reaches.
    static var engineOptions: EngineOptions {
        var options = EngineOptions()
        options.durability = .operatingSystem
        options.isAutomatic = false
        options.checkpoint.rowLimit = 1 << 40
        options.checkpoint.sizeLimit = 1 << 40
        return options
    }

    /// A hundred records a call, acknowledged when the operating system has them: that is enough
    /// to survive the end of the process, which comes with the last of them.
    private static func fill(
        _ path: String, _ vectors: VectorTable, _ count: Int
    ) throws(BenchFailure) {
        let schema = try vectors.schema()
        do throws(EngineError) {
            let engine = try Engine.create(path: path, schema: schema, options: engineOptions)
            for first in stride(from: 0, to: count, by: 100) {
                let rows = first..<min(first + 100, count)
                _ = try engine.put(
                    PutRequest(
                        ids: rows.map { UInt64($0) },
                        vectors: Array(rows.map { vectors.bytes(of: $0) }.joined()),
                        attributes: []),
                    onDuplicate: .fail)
            }
            // While the engine is open: its end would move the records into the tables.
            withExtendedLifetime(engine) { ChildProcess.killSelf() }
        } catch {
            throw BenchFailure(code: 70, message: "cannot fill \(path): \(error)")
        }
    }
}
