import VDBFilters
import VDBIndex
import VDBLog
import VDBPrimitives
import VDBStorage
import VectorDB

/// Small databases that inputs are changes of: with lists, keywords, payloads and a dictionary for
/// them, deleted rows, and records that are only in the log.
struct SampleDatabase {
    let schema: Schema
    /// The bytes of `data.mdb`.
    let tables: [UInt8]
    /// The only segment of the log.
    let segment: (name: String, bytes: [UInt8])
    /// Every entry of every table.
    let entries: [(table: TableName, key: Key, value: [UInt8])]
    let identity: LogIdentity
    /// A backup of it.
    let archive: [UInt8]

    /// Made once in a process, the same in each.
    static let all: [SampleDatabase] = schemas.indices.compactMap { index in
        do {
            return try SampleDatabase(schemas[index], index)
        } catch {
            print("vdbfuzz: sample \(index): \(error)")
            return nil
        }
    }

    static let schemas: [Schema] = {
        let attributes = [
            Attribute(name: "taken", type: .timestamp), Attribute(name: "place", type: .location),
            Attribute(name: "kind", type: .keyword), Attribute(name: "stars", type: .integer),
            Attribute(name: "score", type: .real), Attribute(name: "hidden", type: .boolean),
        ]
        return [
            try? Schema(dimension: 4, attributes: attributes),
            try? Schema(
                dimension: 6, element: .float16, metric: .cosine, attributes: [attributes[2]]),
            try? Schema(dimension: 12, element: .bit, metric: .hamming, attributes: []),
            try? Schema(
                dimension: 4, element: .uint8, metric: .innerProduct,
                attributes: Array(attributes.suffix(2))),
        ].compactMap { $0 }
    }()

    static var dictionary: [UInt8] {
        let text = (0..<40).map { "{\"camera\":\"X100\",\"number\":\($0)}" }
        return Zstd.trainDictionary(
            (0..<20).flatMap { _ in text.map { Array($0.utf8) } }, capacity: 512) ?? []
    }

    private init(_ schema: Schema, _ index: Int) throws {
        let path = Scratch.folder + "/sample-\(index)"
        var options = Self.options
        options.listCount = 3
        options.trainingThreshold = 200
        options.bitsPerSubspace = index == 1 ? 8 : 4
        let database = try Database.create(at: path, schema: schema, options: options)
        var random = RandomSource(seed: UInt64(index))
        try database.insert((0..<280).map { Self.record(UInt64($0), schema, &random) })
        try database.maintain()
        try database.delete([3, 4, 77])
        try database.insert((500..<503).map { Self.record(UInt64($0), schema, &random) })
        try database.backup(to: path + ".archive")
        archive = try Scratch.read(path + ".archive")
        try database.close()
        self.schema = schema
        tables = try Scratch.read(path + "/data.mdb")
        let names = try FileSystem.names(in: path + "/log")
        guard names.count == 1 else { throw Refusal("\(names.count) segments in a sample") }
        segment = (names[0], try Scratch.read(path + "/log/" + names[0]))
        (entries, identity) = try Self.entries(path)
        Scratch.removeTree(path)
    }

    static var options: Options {
        var options = Options()
        options.isAutomatic = false
        options.threadCount = 1
        options.mapSize = 1 << 28
        options.durability = .operatingSystem
        return options
    }

    static func vector(_ schema: Schema, _ random: inout RandomSource) -> Vector {
        let values = (0..<schema.dimension).map { _ in Float(1 + random.next() % 200) }
        return switch schema.element {
        case .float32: .float32(values)
        case .float16: .float16(values.map { Float16($0) })
        case .int8: .int8(values.map { Int8($0 / 2) })
        case .uint8: .uint8(values.map { UInt8($0) })
        case .bit: .bit([UInt8(values[0]), UInt8(values[1]) & 15], dimension: schema.dimension)
        }
    }

    static func record(
        _ id: UInt64, _ schema: Schema, _ random: inout RandomSource
    ) -> Record {
        var attributes: [String: AttributeValue] = [:]
        for attribute in schema.attributes where random.next() % 8 > 0 {
            let number = Int64(random.next() % 1000)
            attributes[attribute.name] =
                switch attribute.type {
                case .timestamp: .timestamp(1_700_000_000_000_000 + number * 1_000_000_000)
                case .location:
                    .location(
                        Location(
                            latitude: Double(number) / 12 - 40, longitude: Double(number) / 6))
                case .integer: .integer(number % 6)
                case .real: .real(Double(number) / 7)
                case .keyword: .keyword("kind \(number % 5)")
                case .boolean: .boolean(number % 2 == 0)
                }
        }
        let payload = "{\"camera\":\"X100\",\"number\":\(id)}"
        return Record(
            id: id, vector: vector(schema, &random), attributes: attributes,
            payload: id % 3 == 0 ? Array(payload.utf8) : nil)
    }

    private static func entries(
        _ path: String
    ) throws -> ([(table: TableName, key: Key, value: [UInt8])], LogIdentity) {
        let environment = try Environment(
            path: path, tableNames: TableName.names, mapSize: 1 << 28, readOnly: true)
        return try environment.read { (access) throws(StorageError) in
            var entries: [(table: TableName, key: Key, value: [UInt8])] = []
            for table in TableName.allCases {
                let cursor = try access.cursor(environment.table(table))
                var found = try cursor.first()
                while let entry = found {
                    entries.append((table, Key(bytes: entry.key), Array(entry.value)))
                    found = try cursor.next()
                }
            }
            return (entries, LogIdentity(try Manifest.read(access).identity))
        }
    }

    /// What the targets of stored values begin with: a byte for the schema, then the value.
    static func values(ofTarget name: String) throws -> [[UInt8]] {
        let kinds: [String: (TableName, Bool)] = [
            "manifest": (.manifest, true), "keyword": (.keywords, false),
            "dictionary": (.dictionaries, false), "payload": (.payloads, false),
            "identifiers": (.identifiers, false), "deleted": (.deleted, false),
            "vectors": (.vectors, true), "rows": (.rows, true), "list-block": (.lists, true),
            "attribute-segment": (.attributes, true),
        ]
        var inputs: [[UInt8]] = []
        for (index, sample) in all.enumerated() {
            let first = [UInt8(index)]
            switch name {
            case "schema": inputs.append(first + sample.schema.encode())
            case "operation":
                // Behind the segment's header and the frame's.
                let size = Int(sample.segment.bytes.number32(at: 64))
                inputs.append(first + sample.segment.bytes.dropFirst(88).prefix(size))
            default:
                guard let (table, isWhole) = kinds[name] else { continue }
                let values = sample.entries.filter { $0.table == table }.prefix(3)
                inputs += values.map { first + $0.value.dropFirst(isWhole ? 0 : 8) }
            }
        }
        return inputs.isEmpty ? [[0]] : inputs
    }
}
