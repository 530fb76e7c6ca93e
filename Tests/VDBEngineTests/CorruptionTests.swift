import Foundation
import Testing
import VDBPrimitives
import VectorDB

@Suite("Damage is reported, never returned as a record")
struct CorruptionTests {
    @Test("bytes that LMDB steers by, in branches, leaves and records of tables")
    func structure() async throws { try await run(.structure, recordCount: 520) }

    @Test("every byte of both meta pages")
    func metaPages() async throws { try await run(.meta, recordCount: 40) }

    @Test("any byte of the tables", arguments: [1] as [UInt64])
    func tables(seed: UInt64) async throws {
        try await run(.anywhere, recordCount: 300, seed: seed)
    }

    @Test("what is written to a database whose pages are damaged crashes nothing")
    func writing() async throws { try await run(.writing, recordCount: 300) }

    @Test("every byte of the log")
    func log() async throws { try await run(.log, recordCount: 8) }

    @Test("a log that ends at any byte")
    func cutLog() async throws { try await run(.cutLog, recordCount: 8) }

    @Test("a log with segments that are missing, exchanged or of another database")
    func segments() async throws { try await run(.segments, recordCount: 8) }

    @Test("tables that end at any page, or within one")
    func cutTables() async throws { try await run(.cutTables, recordCount: 300) }

    private func run(
        _ part: DamageTrial.Part, recordCount: Int, seed: UInt64 = 1
    ) async throws {
        try await withTemporaryDirectory { directory in
            let trial = DamageTrial(
                part: part, seed: seed,
                database: DamagedDatabase(
                    directory: directory, seed: 20 + seed, recordCount: recordCount))
            try trial.database.prepare()
            await #expect(processExitsWith: .success) { [trial = trial as DamageTrial] in
                try trial.run()
            }
            let lines = trial.database.reported
            #expect(lines.last == "done", "\(lines.last ?? "")")
            #expect(lines.filter { $0.hasPrefix("wrong") } == [])
            #expect(lines.contains { $0.hasPrefix("said") })
        }
    }
}
