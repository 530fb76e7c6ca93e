import Foundation
import VDBPrimitives
import VectorDB

/// One kind of damage, done to a database again and again, in the process that runs it.
struct DamageTrial: Codable, Sendable {
    enum Part: String, Codable, Sendable {
        case structure, meta, anywhere, writing, log, cutLog, segments, cutTables
    }

    let part: Part
    let seed: UInt64
    let database: DamagedDatabase

    private static let tables = "/data.mdb"

    func run() throws {
        DamagedDatabase.setAlarm(seconds: 900)
        try DamagedDatabase.copyFiles(database.original, to: database.copy)
        switch part {
        case .structure: try changeStructure()
        case .meta: try changeMetaPages()
        case .anywhere: try changeAnything()
        case .writing: try writeToDamaged()
        case .log: try changeLog()
        case .cutLog: try cutLog()
        case .segments: try changeSegments()
        case .cutTables: try cutTables()
        }
        try database.report("done")
    }

    // MARK: - Tables

    private func changeStructure() throws {
        var random = RandomSource(seed: seed)
        let models = [database.models.last ?? [:]]
        let layout = try PageLayoutReading(database.original + Self.tables)
        for page in layout.pages {
            for offset in chosen(layout.steering(page), &random) {
                for mask in masks(&random) {
                    let isSilent = try flip(offset, by: mask, of: Self.tables, layout.bytes, models)
                    if isSilent {
                        try database.report(
                            "wrong: byte \(offset - page * 4096) of page \(page) by \(mask) went "
                                + "unnoticed")
                    }
                }
            }
        }
    }

    /// Whether `VDB_DAMAGE=all` is in the environment: every byte, every bit, and all bits at once.
    private var isThorough: Bool {
        ProcessInfo.processInfo.environment["VDB_DAMAGE"] == "all"
    }

    /// Some bytes of the page's header, and some of what lies behind it: pages are many, and alike.
    private func chosen(_ offsets: [Int], _ random: inout RandomSource) -> [Int] {
        let headerSize = 16
        guard !isThorough, offsets.count > 2 * headerSize else { return offsets }
        return (0..<10).map { _ in offsets[random.next(below: headerSize)] }
            + (0..<8).map { _ in
                offsets[headerSize + random.next(below: offsets.count - headerSize)]
            }
    }

    private func masks(_ random: inout RandomSource) -> [UInt8] {
        let bits = (0..<8).map { UInt8(1) << UInt8($0) }
        return isThorough ? bits + [0xFF] : [bits[random.next(below: 8)]]
    }

    private func changeMetaPages() throws {
        let models = [database.models.last ?? [:]]
        let layout = try PageLayoutReading(database.original + Self.tables)
        for offset in Array(0..<152) + Array(4096..<4096 + 152) {
            for mask in [0x01, 0xA0] as [UInt8] {
                _ = try flip(offset, by: mask, of: Self.tables, layout.bytes, models)
            }
        }
    }

    private func changeAnything() throws {
        var random = RandomSource(seed: seed)
        let models = [database.models.last ?? [:]]
        let layout = try PageLayoutReading(database.original + Self.tables)
        for _ in 0..<60 {
            let offset = random.next(below: layout.bytes.count)
            let mask = UInt8(1 + random.next(below: 255))
            _ = try flip(offset, by: mask, of: Self.tables, layout.bytes, models)
        }
    }

    private func writeToDamaged() throws {
        var random = RandomSource(seed: seed)
        let layout = try PageLayoutReading(database.original + Self.tables)
        let steering = layout.pages.flatMap { layout.steering($0) }
        let headers = stride(from: 8192, to: layout.bytes.count, by: 4096).flatMap { $0..<$0 + 16 }
        for round in 0..<80 {
            let offsets = round % 2 == 0 ? steering : headers
            let offset = offsets[random.next(below: offsets.count)]
            try database.report("writing with byte \(offset) changed")
            try DamagedDatabase.copyFiles(database.original, to: database.copy)
            var damaged = layout.bytes
            damaged[offset] ^= UInt8(1) << UInt8(random.next(below: 8))
            try replace(Self.tables, damaged)
            database.write()
        }
        try database.report("said: all")
    }

    private func cutTables() throws {
        let models = [database.models.last ?? [:]]
        let bytes = try PageLayoutReading(database.original + Self.tables).bytes
        var random = RandomSource(seed: seed)
        let sizes = stride(from: 4096, to: bytes.count, by: 4096).flatMap { size in
            [size, size - 4096 + 1 + random.next(below: 4095)]
        }
        for size in sizes {
            for readOnly in [true, false] {
                try replace(Self.tables, Array(bytes[..<size]))
                _ = try look("tables of \(size) bytes", models, readOnly: readOnly)
            }
            if size % 4096 == 0 { try restoreLog() }
        }
    }

    // MARK: - Log

    private func changeLog() throws {
        let (name, bytes) = try lastSegment
        // Of a synced log only the last record can pass for one that was never finished.
        let models = Array(database.models.suffix(2))
        for offset in bytes.indices {
            _ = try flip(offset, by: 1 << UInt8(offset % 8), of: name, bytes, models)
        }
    }

    private func cutLog() throws {
        let (name, bytes) = try lastSegment
        let models = database.models
        for size in bytes.indices {
            try replace(name, Array(bytes[..<size]))
            _ = try look("\(name) of \(size) bytes", models, readOnly: true)
        }
    }

    private func changeSegments() throws {
        let (name, bytes) = try lastSegment
        let models = [database.models.last ?? [:]]
        // Without a log, or with the log of another database.
        try FileSystem.remove(database.copy + name)
        try expectRefusal("no segment", models)
        let other = database.directory + "/other"
        try Database.create(at: other, schema: try .pictures(), options: .manual).close()
        let foreign = try FileSystem.names(in: other + "/log").first ?? ""
        let foreignBytes = try Data(contentsOf: URL(filePath: other + "/log/" + foreign))
        try replace(name, Array(foreignBytes))
        try expectRefusal("a foreign segment", models)
        // The tables of another database over our log.
        try replace(name, bytes)
        let tables = try Data(contentsOf: URL(filePath: other + Self.tables))
        try replace(Self.tables, Array(tables))
        try expectRefusal("foreign tables", models)
        // Segments that exchanged their names.
        try DamagedDatabase.copyFiles(database.original, to: database.copy)
        let later = "/log/00000000000000ff.log"
        try FileSystem.rename(database.copy + name, to: database.copy + later)
        try expectRefusal("a segment under another name", models)
        try replace(name, bytes)
        try expectRefusal("a segment under two names", models)
    }

    private func expectRefusal(_ what: String, _ models: [Model]) throws {
        for readOnly in [true, false] {
            if try look(what, models, readOnly: readOnly) {
                try database.report("wrong: \(what) went unnoticed")
            }
        }
    }

    private var lastSegment: (name: String, bytes: [UInt8]) {
        get throws {
            let names = try FileSystem.names(in: database.original + "/log")
            let name = "/log/" + (names.last ?? "")
            return (name, try Array(Data(contentsOf: URL(filePath: database.original + name))))
        }
    }

    private func restoreLog() throws {
        let files = FileManager.default
        try files.removeItem(atPath: database.copy + "/log")
        try files.copyItem(
            atPath: database.original + "/log", toPath: database.copy + "/log")
    }

    // MARK: - Looking

    /// Changes one byte of a file of the copy; true if nothing is said and nothing is different.
    private func flip(
        _ offset: Int, by mask: UInt8, of file: String, _ bytes: [UInt8], _ models: [Model]
    ) throws -> Bool {
        var damaged = bytes
        damaged[offset] ^= mask
        try replace(file, damaged)
        return try look("byte \(offset) of \(file) by \(mask)", models, readOnly: true)
    }

    /// True if the copy passes for unharmed.
    private func look(_ what: String, _ models: [Model], readOnly: Bool) throws -> Bool {
        try database.report(what)
        switch database.inspect(models, readOnly: readOnly) {
        case .unharmed: return true
        case .refused(let text): try database.report("said: \(text)")
        case .found(let text): try database.report("said: \(text)")
        case .wrong(let text): try database.report("wrong: \(what): \(text)")
        }
        return false
    }

    private func replace(_ file: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(filePath: database.copy + file))
    }
}
