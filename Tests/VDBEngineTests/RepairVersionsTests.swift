import Foundation
import Testing
import VDBPrimitives
import VectorDB

/// After many checkpoints the file's free pages are full of older versions of everything.
@Suite("Repair among older versions")
struct RepairVersionsTests {
    @Test("of an old, sound database every record comes as it was last", arguments: 1...4)
    func sound(seed: Int) throws {
        try withTemporaryDirectory { directory in
            let model = try prepare(directory, seed: seed)
            let report = try repair(directory)
            #expect(report.losses == [])
            #expect(report.salvagedCount == model.count)
            #expect(try content(directory) == model)
        }
    }

    @Test("no older version is served as right where the last one is damaged", arguments: 1...20)
    func damaged(seed: Int) throws {
        try withTemporaryDirectory { directory in
            let model = try prepare(directory, seed: seed % 4 + 1)
            var random = RandomSource(seed: UInt64(seed))
            let file = URL(filePath: directory + "/copy/data.mdb")
            var bytes = try Array(Data(contentsOf: file))
            for _ in 0..<seed {
                let start = random.next(below: bytes.count / 256) * 256
                for offset in start..<start + 256 {
                    bytes[offset] = UInt8(truncatingIfNeeded: random.next())
                }
            }
            try Data(bytes).write(to: file)
            let report: RepairReport
            do {
                report = try repair(directory)
            } catch let error as VectorDBError {
                #expect(error.message.contains("schema"))
                return
            }
            // The log is sound here, and of a record's vector there is only one version by row.
            let found = try content(directory)
            for (id, record) in found where model[id] != record {
                let isBack = model[id] == nil && isSaid(report, id, .maybeDeleted, .unknown)
                let isBare =
                    model[id]?.vector == record.vector && model[id]?.payload == record.payload
                    && isSaid(report, id, .withoutAttributes, .olderAttributes)
                #expect(isBack || isBare, "id \(id) is not what it was: \(report.losses)")
            }
            for id in model.keys where found[id] == nil {
                #expect(isSaid(report, id, .lost), "id \(id) is gone without a word")
            }
        }
    }

    private func isSaid(
        _ report: RepairReport, _ id: UInt64, _ consequences: RepairReport.Loss.Consequence...
    ) -> Bool {
        report.losses.contains { loss in
            consequences.contains(loss.consequence)
                && (loss.unknownCount > 0 || loss.consequence == .unknown
                    || loss.ids.contains { $0.contains(id) })
        }
    }

    /// Makes a database with many checkpoints behind it, and calls that are only in the log.
    private func prepare(_ directory: String, seed: Int) throws -> Model {
        var options = Options.manual
        options.trainingThreshold = 1 << 20
        let path = directory + "/database"
        let database = try Database.create(at: path, schema: try .pictures(), options: options)
        var workload = Workload(seed: UInt64(seed))
        for call in 0..<50 {
            try workload.next().run(on: database)
            if call % 3 == 2 && call < 48 { try database.checkpoint() }
        }
        try DamagedDatabase.copyFiles(path, to: directory + "/copy")
        try database.close()
        return workload.model
    }

    private func repair(_ directory: String) throws -> RepairReport {
        var options = Options.manual
        options.trainingThreshold = 1 << 20
        return try Database.repair(
            at: directory + "/copy", into: directory + "/new", options: options)
    }

    private func content(_ directory: String) throws -> Model {
        let database = try Database.open(at: directory + "/new", options: .manual)
        #expect(try database.verify() == [])
        let content = try Workload.content(of: database)
        try database.close()
        return content
    }
}
