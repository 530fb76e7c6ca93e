import Foundation
import Testing
import VDBPrimitives

@testable import VDBFilters

@Suite("A schema")
struct SchemaTests {
    private static let longName = String(repeating: "a", count: 65)

    /// The example of Formats/schema.md.
    private static func example() throws -> Schema {
        try Schema(
            dimension: 384, element: .float16, metric: .cosine,
            attributes: [
                Attribute(name: "taken", type: .timestamp),
                Attribute(name: "place", type: .location),
                Attribute(name: "hidden", type: .boolean),
            ])
    }

    @Test("has physical columns for its attributes, two for a location")
    func columns() throws {
        let schema = try Self.example()
        #expect(schema.shape.columns == [.eight, .four, .four, .one])
        #expect((0..<3).map(schema.firstColumn) == [0, 1, 3])
        #expect(schema.shape.dimension == 384 && schema.shape.vectorSize == 768)
        #expect(schema.attribute(named: "place")?.type == .location)
        #expect(schema.attribute(named: "Place") == nil)
    }

    @Test(
        "refuses dimensions and names that are out of bounds",
        arguments: [
            (0, [], SchemaError.dimensionOutOfRange(0)), (65_537, [], .dimensionOutOfRange(65_537)),
            (1, [""], .invalidName("")), (1, ["9a"], .invalidName("9a")),
            (1, ["a-b"], .invalidName("a-b")), (1, ["é"], .invalidName("é")),
            (1, ["a", "b", "a"], .duplicateName("a")), (1, ["And"], .reservedName("And")),
            (1, ["box"], .reservedName("box")),
            (1, (0..<65).map { "a\($0)" }, .tooManyAttributes(65)),
            (1, [longName], .invalidName(longName)),
        ] as [(Int, [String], SchemaError)])
    func refuses(dimension: Int, names: [String], expected: SchemaError) {
        #expect(throws: expected) {
            try Schema(
                dimension: dimension,
                attributes: names.map { Attribute(name: $0, type: .integer) })
        }
    }

    @Test("bits have the Hamming distance, and nothing else has")
    func bits() throws {
        for element in ElementType.allCases {
            for metric in Metric.allCases where (element == .bit) != (metric == .hamming) {
                #expect(throws: SchemaError.unfitMetric(metric, element)) {
                    try Schema(dimension: 9, element: element, metric: metric)
                }
            }
        }
        let schema = try Schema(dimension: 9, element: .bit, metric: .hamming)
        #expect(schema.shape.vectorSize == 2)
        #expect(try Schema(decoding: schema.encode()) == schema)
        var bytes = schema.encode()
        bytes[3] = Metric.euclidean.rawValue
        #expect(throws: DecodingFailure.self) { try Schema(decoding: bytes) }
    }

    @Test("takes what is just within bounds")
    func bounds() throws {
        let names = (0..<63).map { "a\($0)" } + ["_" + String(repeating: "Z", count: 63)]
        let schema = try Schema(
            dimension: 65_536, element: .uint8,
            attributes: names.map { Attribute(name: $0, type: .keyword) })
        #expect(try Schema(decoding: schema.encode()) == schema)
    }

    @Test("is stored byte for byte as the format's page shows")
    func pageExample() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Formats/schema.md").standardizedFileURL
        let text = try String(contentsOf: page, encoding: .utf8)
        let block = try #require(text.components(separatedBy: "```hex\n").dropFirst().first)
        let lines = try #require(block.components(separatedBy: "```").first)
        let bytes = lines.split(separator: "\n")
            .flatMap { $0.prefix { $0 != ";" }.split(separator: " ") }
            .compactMap { UInt8($0, radix: 16) }
        #expect(try Self.example().encode() == bytes)
        #expect(try Schema(decoding: bytes) == Self.example())
    }

    @Test("comes back from its stored form", arguments: 0..<50)
    func roundTrip(seed: Int) throws {
        let schema = try RandomFilters(seed: UInt64(seed)).schema
        #expect(try Schema(decoding: schema.encode()) == schema)
    }

    @Test("cut at any byte is refused as too short")
    func cut() throws {
        let bytes = try Self.example().encode()
        for size in bytes.indices {
            let error = #expect(throws: DecodingFailure.self) {
                try Schema(decoding: Array(bytes[..<size]))
            }
            guard case .truncated = error else {
                Issue.record("\(size) bytes: \(String(describing: error))")
                continue
            }
        }
        #expect(throws: DecodingFailure.trailingBytes(1)) {
            try Schema(decoding: bytes + [0])
        }
    }

    @Test("with any bit flipped is refused, or is another schema that is stored as those bytes")
    func flippedBits() throws {
        let bytes = try Self.example().encode()
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            if let schema = try? Schema(decoding: damaged) { #expect(schema.encode() == damaged) }
        }
    }

    @Test("of a later version, or with an unknown type, is refused by name")
    func unknownNumbers() throws {
        let bytes = try Self.example().encode()
        for (offset, field) in [
            (0, "schema format version"), (2, "element type"), (3, "metric"),
            (10, "attribute type"),
        ] {
            var damaged = bytes
            damaged[offset] = 9
            #expect(throws: DecodingFailure.unknownValue(field: field, value: 9)) {
                try Schema(decoding: damaged)
            }
        }
    }
}
