import VDBIndex
import VDBLog
import VDBPrimitives
import VDBStorage
import VectorDB

extension Target {
    /// A sample whose stored values are changed, with checksums that match: what is in an input are
    /// the changes, so that libFuzzer's own mutations are small ones.
    static var tables: Target {
        Target(name: "tables", seeds: seedsOfChanges) { bytes in
            var fields = Fields(bytes)
            let sample = sample(&fields)
            let use = fields.byte()
            do {
                let path = try lay(sample.tables, sample.segment.bytes, sample)
                try change(path, sample, &fields)
                DatabaseUse(path: path, schema: sample.schema).run(use)
            } catch {}
        }
    }

    /// A sample in whose file bytes are changed that LMDB steers by, and frames of its log, with
    /// checksums that match.
    static var pages: Target {
        Target(name: "pages", seeds: seedsOfChanges) { bytes in
            var fields = Fields(bytes)
            let sample = sample(&fields)
            let use = fields.byte()
            var (tables, segment) = (sample.tables, sample.segment.bytes)
            while !fields.isEmpty {
                let what = fields.byte()
                let place = Int(fields.number(2))
                let size = 1 << Int(what & 3)
                let value = fields.number(size)
                if what & 0x80 != 0 {
                    segment.set(value, size: size, at: place)
                } else {
                    let page = Int(fields.byte()) % max(1, tables.count / 4096)
                    // Headers and pointers of nodes are what a reader follows.
                    let offset = what & 0x40 != 0 ? place % 64 : place % 4096
                    tables.set(value, size: size, at: page * 4096 + offset)
                }
            }
            segment = Mending.segment(segment, identity: sample.identity)
            do {
                let path = try lay(tables, segment, sample)
                DatabaseUse(path: path, schema: sample.schema).run(use)
            } catch {}
        }
    }

    private static func sample(_ fields: inout Fields) -> SampleDatabase {
        SampleDatabase.all[Int(fields.byte()) % SampleDatabase.all.count]
    }

    private static func seedsOfChanges(_ seed: UInt64) -> [[UInt8]] {
        var random = RandomSource(seed: seed)
        return (0..<64).map { index in
            [UInt8(index % 4), UInt8(index / 4)]
                + (0..<14).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        }
    }

    private static func lay(
        _ tables: [UInt8], _ segment: [UInt8], _ sample: SampleDatabase
    ) throws -> String {
        let path = Scratch.folder + "/database"
        Scratch.removeTree(path)
        try FileSystem.createDirectory(path)
        try FileSystem.createDirectory(path + "/log")
        try Scratch.write(tables, to: path + "/data.mdb")
        try Scratch.write(segment, to: path + "/log/" + sample.segment.name)
        return path
    }

    /// Applies changes to entries: a byte for what, two for which entry, and what it needs.
    private static func change(
        _ path: String, _ sample: SampleDatabase, _ fields: inout Fields
    ) throws {
        let environment = try Environment(
            path: path, tableNames: TableName.names, mapSize: 1 << 28, readOnly: false)
        let transaction = try environment.beginWrite()
        // Several changes may be of one value.
        var values: [Int: [UInt8]] = [:]
        while !fields.isEmpty {
            let what = fields.byte()
            let index = entry(fields.byte(), fields.byte(), of: sample)
            let (name, oldKey, old) = sample.entries[index]
            let table = environment.table(name)
            var (key, value) = (oldKey, values[index] ?? old)
            let size = 1 << Int(what >> 3 & 3)
            switch what & 7 {
            case 0, 1, 2:
                // Most fields that matter lie at the beginning.
                value.set(fields.number(size), size: size, at: 4 + Int(fields.byte() & 0x3F))
            case 3:
                value.set(
                    fields.number(size), size: size,
                    at: Int(fields.number(2)) % max(1, value.count))
            case 4: value = Array(value.prefix(Int(fields.number(2)) % (value.count + 1)))
            case 5: value += [UInt8](repeating: 0, count: Int(fields.byte()) * 16)
            case 6:
                var bytes = oldKey.withBytes { Array($0) }
                bytes.set(fields.number(size), size: size, at: Int(fields.byte()) % bytes.count)
                key = bytes.withUnsafeBytes { Key(bytes: $0) }
                if what & 0x80 == 0 { try transaction.remove(table, oldKey) }
            default:
                try transaction.remove(table, oldKey)
                continue
            }
            values[index] = value
            try transaction.put(
                table, key, Mending.value(value, key: key, isVectors: name == .vectors))
        }
        try transaction.commit()
    }

    /// Each table as often as each other, and each of its entries.
    private static func entry(_ table: UInt8, _ number: UInt8, of sample: SampleDatabase) -> Int {
        let names = TableName.allCases
        let name = names[Int(table) % names.count]
        let indices = sample.entries.indices.filter { sample.entries[$0].table == name }
        guard !indices.isEmpty else { return 0 }
        return indices[Int(number) % indices.count]
    }
}

/// All that can be asked of a database, whatever it answers.
struct DatabaseUse {
    let path: String
    let schema: Schema

    /// - Parameter choice: which of the uses beside reading.
    func run(_ choice: UInt8) {
        switch choice & 7 {
        case 0: write(isFull: false)
        case 1: write(isFull: true)
        case 2: repair()
        case 3: backUp()
        case 4: describe()
        default: break
        }
        read()
    }

    private func open(readOnly: Bool) throws -> Database {
        var options = SampleDatabase.options
        options.isReadOnly = readOnly
        return try Database.open(at: path, options: options)
    }

    private func read() {
        do {
            let database = try open(readOnly: true)
            search(database)
            _ = try? database.verify()
            _ = try? database.statistics()
            for id in [0, 3, 100, 279, 500, 1 << 40] as [UInt64] { _ = try? database.get(id) }
            try database.close()
        } catch {}
    }

    private func search(_ database: Database) {
        var random = RandomSource(seed: 9)
        let vector = SampleDatabase.vector(schema, &random)
        var filters: [Filter?] = [nil]
        if schema.attributes.count == 6 {
            filters += Target.filters.map { try? Filter(parsing: $0, schema: schema) }
        }
        for filter in filters {
            for effort in [.recall(0.9), .manual(probeCount: 2, rerankCount: 20), .exact]
                as [Query.Effort]
            {
                let query = Query(
                    vector, count: 10, filter: filter, effort: effort, includesAttributes: true,
                    includesPayload: true)
                _ = try? database.search(query)
            }
            _ = try? database.search(Query(vector, within: 100, count: 50, filter: filter))
            _ = try? database.count(where: filter)
        }
        _ = try? database.search(Array(repeating: Query(vector, count: 3), count: 5))
    }

    private func write(isFull: Bool) {
        do {
            let database = try open(readOnly: false)
            var random = RandomSource(seed: 5)
            for id in [0, 100, 900] as [UInt64] {
                _ = try? database.insert(
                    [SampleDatabase.record(id, schema, &random)], onDuplicate: .replace)
            }
            _ = try? database.delete([1, 101])
            if isFull {
                _ = try? database.maintain(isFull: true)
                _ = try? database.compact()
            } else {
                _ = try? database.checkpoint()
            }
            search(database)
            try database.close()
        } catch {}
    }

    private func repair() {
        let target = Scratch.folder + "/repaired"
        Scratch.removeTree(target)
        _ = try? Database.repair(at: path, into: target, options: SampleDatabase.options)
        Scratch.removeTree(target)
    }

    private func backUp() {
        do {
            let database = try open(readOnly: true)
            try database.backup(to: Scratch.folder + "/backup")
            try database.close()
        } catch {}
    }

    private func describe() {
        if let contents = try? LogContents(ofDatabaseAt: path) {
            _ = try? contents.forEachRecord { _ in true }
        }
        do {
            let database = try open(readOnly: true)
            for list in try database.lists() {
                try database.forEachBlock(ofList: list.number) { _ in true }
            }
            try database.close()
        } catch {}
    }
}
