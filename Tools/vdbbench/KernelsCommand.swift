internal import CVDBKernels

/// `kernels`: how fast each inner loop is with each instruction set of this processor.
enum KernelsCommand {
    private static let size = Option(
        "size", "BYTES", help: "of the vectors compared with (default 262144, a second level cache)"
    )

    static let command = Command(
        name: "kernels", summary: "speed of the inner loops at each instruction set",
        options: [.dimension, size],
        notes: """
            Each kernel is called until its fastest run is known. `GB/s` counts the vectors,
            centroids or codes that a call reads; compare it with `read`, which does nothing else.
            `G/s` are look-ups of scans. The level of the whole process is changed for it.
            """,
        run: run)

    private struct Figure {
        let kernel: String
        let level: String
        let seconds: Double
        let bytesPerSecond: Double
        let lookupsPerSecond: Double?
    }

    private static func run(_ arguments: Arguments) throws(BenchFailure) -> Report {
        let dimension = try arguments.integer(.dimension, or: 128)
        let size = try arguments.integer(size, from: 4 * dimension, or: 1 << 18)
        guard dimension <= 32_768 else {
            throw .usage("option --dimension has \(dimension), at most 32768 are compared")
        }
        let memory = KernelMemory(size: size, dimension: dimension)
        let cases =
            memory.distanceCases(dimension: dimension)
            + memory.centroidCases(dimension: dimension) + memory.codeCases(dimension: dimension)
            + memory.selectionCases()
        let usual = vdb_kernels_level()
        defer { _ = vdb_kernels_select(usual) }
        var figures: [Figure] = []
        for one in cases {
            for level in [
                VDB_LEVEL_SCALAR, VDB_LEVEL_NEON, VDB_LEVEL_AVX2, VDB_LEVEL_AVX512,
                VDB_LEVEL_AVX512VBMI,
            ] where vdb_kernels_select(level) == 0 {
                let seconds = one.seconds()
                figures.append(
                    Figure(
                        kernel: one.name,
                        level: vdb_kernels_name(level).map { String(cString: $0) } ?? "?",
                        seconds: seconds, bytesPerSecond: Double(one.size) / seconds,
                        lookupsPerSecond: one.lookupCount > 0
                            ? Double(one.lookupCount) / seconds : nil))
            }
        }
        return report(figures)
    }

    private static func report(_ figures: [Figure]) -> Report {
        var table = TextTable(header: ["kernel", "level", "ns", "GB/s", "G/s"])
        for figure in figures {
            table.add([
                figure.kernel, figure.level, shown(figure.seconds * 1e9),
                shown(figure.bytesPerSecond * 1e-9),
                figure.lookupsPerSecond.map { shown($0 * 1e-9) } ?? "",
            ])
        }
        return Report(
            lines: table.lines,
            json: .array(
                figures.map { figure in
                    .members([
                        "kernel": .string(figure.kernel),
                        "level": .string(figure.level),
                        "nanoseconds": .measured(figure.seconds * 1e9),
                        "bytesPerSecond": .measured(figure.bytesPerSecond),
                        "lookupsPerSecond": figure.lookupsPerSecond.map { .measured($0) }
                            ?? .null,
                    ])
                }))
    }
}
