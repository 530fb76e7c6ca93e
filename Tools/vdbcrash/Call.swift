internal import VDBPrimitives
internal import VectorDB

/// What a database must hold, by id.
typealias Content = [UInt64: Record]

/// One call that writes, made of a seed and a number alone: whoever knows these knows it, whatever
/// became of the calls before.
enum Call: Sendable {
    case put([Record])
    case update(UInt64, Vector?, [String: AttributeValue], PayloadUpdate)
    case delete([UInt64])
    /// Puts some and deletes others, of which some have been put before.
    case mix([Record], [UInt64])
    /// Changes attributes alone, of those of some records that are there.
    case amend([UInt64], [String: AttributeValue])

    static let dimension = 8

    static func schema() throws -> Schema {
        try Schema(
            dimension: dimension, element: .float32, metric: .euclidean,
            attributes: [
                Attribute(name: "rank", type: .integer),
                Attribute(name: "camera", type: .keyword),
                Attribute(name: "hidden", type: .boolean),
            ])
    }

    /// The `number`-th call of a course, on ids in `ids`.
    ///
    /// The first puts all ids, and every 40th many of them, so that there is enough for an index.
    init(seed: UInt64, number: Int, ids: Range<UInt64>) {
        var random = RandomSource(seed: seed &* 0x5851_F42D_4C95_7F2D &+ UInt64(number))
        func id() -> UInt64 { ids.lowerBound + UInt64(random.next(below: ids.count)) }
        if number % 40 == 0 {
            let chosen = number == 0 ? Array(ids) : ids.filter { _ in random.next(below: 3) == 0 }
            self = .put(chosen.map { Self.record($0, &random) })
            return
        }
        switch random.next(below: 8) {
        case 0:
            let id = id()
            let record = Self.record(id, &random)
            self = .update(
                id, random.next(below: 2) == 0 ? record.vector : nil, record.attributes,
                record.payload.map { .set($0) } ?? .keep)
        case 1:
            self = .delete((0..<1 + random.next(below: 6)).map { _ in id() })
        case 2:
            let records = (0..<1 + random.next(below: 6)).map { _ in Self.record(id(), &random) }
            self = .mix(records, records.prefix(2).map(\.id) + [id(), id()])
        case 3, 4:
            let attributes = Self.record(id(), &random).attributes
            self = .amend((0..<1 + random.next(below: 40)).map { _ in id() }, attributes)
        default:
            var records: Content = [:]
            for _ in 0..<1 + random.next(below: 12) {
                let id = id()
                records[id] = Self.record(id, &random)
            }
            self = .put(records.values.sorted { $0.id < $1.id })
        }
    }

    private static func record(_ id: UInt64, _ random: inout RandomSource) -> Record {
        var attributes: [String: AttributeValue] = [
            "rank": .integer(Int64(random.next(below: 1000))),
            "hidden": .boolean(random.next(below: 2) == 0),
        ]
        if random.next(below: 4) > 0 {
            attributes["camera"] = .keyword("camera \(random.next(below: 60))")
        }
        return Record(
            id: id, vector: .float32((0..<dimension).map { _ in random.nextUnit() - 0.5 }),
            attributes: attributes,
            payload: random.next(below: 3) == 0
                ? nil : Array("{\"file\": \"IMG_\(random.next(below: 9999)).jpeg\"}".utf8))
    }

    /// Makes the call. That a record to update is not there is an answer, not a failure.
    func run(on database: Database) throws(VectorDBError) {
        switch self {
        case .put(let records):
            try database.insert(records, onDuplicate: .replace)
        case .update(let id, let vector, let attributes, let payload):
            do throws(VectorDBError) {
                try database.update(
                    id: id, vector: vector, attributes: attributes, payload: payload)
            } catch {
                guard error.code == .notFound else { throw error }
            }
        case .delete(let ids):
            try database.delete(ids)
        case .mix(let records, let ids):
            try database.write(records.map { .upsert($0) } + ids.map { .delete(id: $0) })
        case .amend(let ids, let attributes):
            // Nobody else writes these ids.
            var changes: [Change] = []
            for id in ids where try database.get(id) != nil {
                changes.append(.update(id: id, attributes: attributes))
            }
            try database.write(changes)
        }
    }

    /// What it leaves of `content`.
    func applied(to content: Content) -> Content {
        var content = content
        switch self {
        case .put(let records):
            for record in records { content[record.id] = record }
        case .mix(let records, let ids):
            for record in records { content[record.id] = record }
            for id in ids { content[id] = nil }
        case .update(let id, let vector, let attributes, let payload):
            guard var record = content[id] else { break }
            if case .set(let bytes) = payload { record.payload = bytes }
            if let vector { record.vector = vector }
            record.attributes.merge(attributes) { $1 }
            content[id] = record
        case .delete(let ids):
            for id in ids { content[id] = nil }
        case .amend(let ids, let attributes):
            for id in ids { content[id]?.attributes.merge(attributes) { $1 } }
        }
        return content
    }
}
