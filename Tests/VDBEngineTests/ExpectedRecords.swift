import Foundation
import VectorDB

/// One record as `expected.jsonl` has it; attributes that are nil are null.
struct ExpectedRecord: Codable {
    struct Place: Codable {
        var latitude: Double
        var longitude: Double
    }

    var id: UInt64
    var vector: [Float]
    var taken: Int64?
    var place: Place?
    var kind: String?
    var count: Int64?
    var weight: Double?
    var hidden: Bool?
    /// Since format version 2.
    var payload: String?

    static let schema = try? Schema(
        dimension: 8, element: .float32, metric: .euclidean,
        attributes: [
            Attribute(name: "taken", type: .timestamp), Attribute(name: "place", type: .location),
            Attribute(name: "kind", type: .keyword), Attribute(name: "count", type: .integer),
            Attribute(name: "weight", type: .real), Attribute(name: "hidden", type: .boolean),
        ])

    var record: Record {
        Record(
            id: id, vector: Vector(vector), attributes: attributes,
            payload: payload.map { Array($0.utf8) })
    }

    var attributes: [String: AttributeValue] {
        var values: [String: AttributeValue] = [:]
        values["taken"] = taken.map { .timestamp($0) }
        values["place"] = place.map {
            .location(Location(latitude: $0.latitude, longitude: $0.longitude))
        }
        values["kind"] = kind.map { .keyword($0) }
        values["count"] = count.map { .integer($0) }
        values["weight"] = weight.map { .real($0) }
        values["hidden"] = hidden.map { .boolean($0) }
        return values
    }
}

/// What a fixture must hold.
struct Expected {
    var records: [UInt64: ExpectedRecord] = [:]
    var deletedIDs: Set<UInt64> = []

    init() {}

    init(lines: String) throws {
        let decoder = JSONDecoder()
        for line in lines.split(separator: "\n") {
            let data = Data(line.utf8)
            // Of a record that was deleted there is the id alone.
            if line.contains("\"vector\"") {
                let record = try decoder.decode(ExpectedRecord.self, from: data)
                records[record.id] = record
            } else {
                deletedIDs.formUnion(try decoder.decode([String: UInt64].self, from: data).values)
            }
        }
    }

    /// Records, then deleted ids, both ascending.
    func lines() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var lines = try records.values.sorted { $0.id < $1.id }.map { try encoder.encode($0) }
        lines += try deletedIDs.sorted().map { try encoder.encode(["id": $0]) }
        return lines.map { String(decoding: $0, as: UTF8.self) + "\n" }.joined()
    }

    /// A few of the records' own vectors, and some between them.
    var queries: [Vector] {
        let sorted = records.values.sorted { $0.id < $1.id }
        let some = stride(from: 0, to: sorted.count, by: 29).map { sorted[$0].vector }
        return zip(some, some.dropFirst()).flatMap { left, right in
            [Vector(left), Vector(zip(left, right).map { ($0 + $1) / 2 })]
        }
    }

    var model: Model {
        records.mapValues { ModelRecord(vector: $0.vector, attributes: $0.attributes) }
    }
}
