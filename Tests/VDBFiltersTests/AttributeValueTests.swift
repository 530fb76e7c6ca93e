import Testing
import VDBPrimitives

@testable import VDBFilters

@Suite("An attribute value")
struct AttributeValueTests {
    @Test(
        "is read from text as its type asks",
        arguments: [
            (
                "2024-05-01", AttributeType.timestamp,
                AttributeValue.timestamp(1_714_521_600_000_000)
            ),
            (" 42 ", .integer, 42), ("+7", .integer, 7),
            ("-9223372036854775808", .integer, .integer(.min)),
            ("1.5", .real, 1.5), ("-2E-3", .real, -0.002), ("7", .real, 7.0),
            (" a b ", .keyword, " a b "), ("", .keyword, ""), ("", .integer, .null),
            (" ", .location, .null), ("TRUE", .boolean, true), ("0", .boolean, false),
            ("48.5, 2.25", .location, .location(Location(latitude: 48.5, longitude: 2.25))),
            ("(-90,180)", .location, .location(Location(latitude: -90, longitude: 180))),
        ])
    func reads(text: String, type: AttributeType, expected: AttributeValue) throws {
        #expect(try AttributeValue(text: text, type: type) == expected)
    }

    @Test(
        "is refused if the text is not of its type",
        arguments: [
            ("x", AttributeType.timestamp), ("1e", .integer), ("--1", .integer), (".", .integer),
            ("0x10", .real), ("inf", .real), ("nan", .real), ("1e999", .real), ("1,5", .real),
            (".", .real), ("e", .real), ("yes", .boolean), ("2", .boolean), ("1", .location),
            ("1,2,3", .location), ("a,b", .location),
        ])
    func refuses(text: String, type: AttributeType) {
        #expect(throws: AttributeError.unreadable(text: text, type: type)) {
            try AttributeValue(text: text, type: type)
        }
    }

    @Test(
        "is refused if the type does not reach so far",
        arguments: [
            ("9223372036854775808", AttributeType.integer), ("+999999-01-01", .timestamp),
            ("1e19", .integer), ("9223372036854775808.0", .integer), ("1e999999999999", .integer),
        ])
    func refusesOutOfRange(text: String, type: AttributeType) {
        #expect(throws: AttributeError.outOfRange(text: text, type: type)) {
            try AttributeValue(text: text, type: type)
        }
    }

    @Test("comes back from its text, and from its cells", arguments: 0..<100)
    func roundTrip(seed: Int) throws {
        var random = try RandomFilters(seed: UInt64(seed))
        let schema = random.schema
        var keywords = KeywordDictionary(attributeCount: schema.attributes.count)
        for _ in 0..<50 {
            let record = random.record()
            for (attribute, value) in zip(schema.attributes, record) where value != .null {
                #expect(try AttributeValue(text: value.text, type: attribute.type) == value)
            }
            let cells = try schema.cells(for: record, keywords: &keywords)
            #expect(cells.count == schema.shape.columns.count)
            for (cell, width) in zip(cells, schema.shape.columns) {
                #expect(cell ?? 0 <= width.maximum)
            }
            #expect(try schema.values(of: cells, keywords: keywords) == record)
        }
    }

    @Test("is another if its keyword has other bytes, though the strings are equal")
    func bytesOfKeywords() {
        let (one, two) = ("caf\u{E9}", "cafe\u{301}")
        #expect(one == two)
        #expect(AttributeValue.keyword(one) != .keyword(two))
        #expect(AttributeValue.keyword(one) == .keyword(one))
        #expect(AttributeValue.real(0) == .real(-0.0))
        let values: Set<AttributeValue> = [
            .keyword(one), .keyword(two), .null, .integer(1), .timestamp(1), .real(1),
            .boolean(true), .integer(1), .keyword(two),
        ]
        #expect(values.count == 7)
    }

    @Test("has cells in the order of the values")
    func order() {
        let reals: [Double] = [
            -.greatestFiniteMagnitude, -1.5, -1, -.leastNonzeroMagnitude, 0,
            .leastNonzeroMagnitude, 1, 1.5, .greatestFiniteMagnitude,
        ]
        let realCells = reals.map(Cells.cell(real:))
        #expect(realCells == realCells.sorted() && Set(realCells).count == reals.count)
        #expect(Cells.cell(real: -0.0) == Cells.cell(real: 0))
        #expect(realCells.map(Cells.real) == reals)
        let integers: [Int64] = [.min, .min + 1, -1, 0, 1, .max]
        let integerCells = integers.map(Cells.cell(integer:))
        #expect(integerCells == integerCells.sorted())
        #expect(integerCells.map(Cells.integer) == integers)
    }

    @Test("of a location keeps its seventh digit, and both ends of the longitudes")
    func locationSteps() {
        #expect(Cells.latitudeCell(-90) == 0 && Cells.latitudeCell(90) == Cells.maximumLatitude)
        #expect(Cells.longitudeCell(-180) == 0)
        #expect(Cells.longitudeCell(180) == Cells.maximumLongitude)
        #expect(Cells.latitude(Cells.latitudeCell(48.856_614_4)) == 48.856_614_4)
        #expect(Cells.longitude(Cells.longitudeCell(-2.352_221_94)) == -2.352_221_9)
    }

    private static func schema() throws -> Schema {
        try Schema(
            dimension: 1,
            attributes: [
                Attribute(name: "k", type: .keyword), Attribute(name: "r", type: .real),
                Attribute(name: "p", type: .location),
            ])
    }

    @Test(
        "takes whole numbers in any decimal form for integers",
        arguments: [
            ("1.0", 1), ("1e3", 1000), ("-2.50e1", -25), ("0.0e-5", 0), ("1200e-2", 12),
            ("9007199254740993.0", 9_007_199_254_740_993), ("-9223372036854775808.", .min),
            ("9.223372036854775807E+18", .max),
        ] as [(String, Int64)])
    func wholeNumbers(text: String, expected: Int64) throws {
        #expect(try AttributeValue(text: text, type: .integer) == .integer(expected))
    }

    @Test("refuses a fraction as an integer", arguments: ["1.5", "1e-1", "12e-2"])
    func fractions(text: String) {
        #expect(throws: AttributeError.fractional(text: text)) {
            try AttributeValue(text: text, type: .integer)
        }
    }

    @Test(
        "names the coordinate that is out of range, and asks about a swap where that would do",
        arguments: [
            ("120.5,10", "latitude 120.5 is not within −90…90 (are the two swapped?)"),
            ("120.5,100", "latitude 120.5 is not within −90…90"),
            ("0,-180.5", "longitude -180.5 is not within −180…180"),
        ])
    func coordinates(text: String, reason: String) throws {
        let error = #expect(throws: AttributeError.self) {
            try AttributeValue(text: text, type: .location)
        }
        #expect(error?.description == "cannot read \"\(text)\" as location: \(reason)")
    }

    @Test(
        "a filter's place out of range is refused with the swap, if that is one",
        arguments: [
            ("p within 5 km of (120.5, 10)", "did you mean (10, 120.5)?"),
            ("p in box (120, 5, 130, 8)", "did you mean (5, 120, 8, 130)?"),
            ("p = (100, 100)", "found (100, 100)"),
        ])
    func filterPlaces(text: String, reason: String) throws {
        let schema = try Schema(dimension: 1, attributes: [Attribute(name: "p", type: .location)])
        let error = #expect(throws: FilterError.self) { try Filter(parsing: text, schema: schema) }
        #expect(error?.description.contains("−90…90") == true)
        #expect(error?.description.hasSuffix(reason) == true, "\(error?.description ?? "")")
    }

    @Test(
        "that does not fit is refused, and leaves no keyword behind",
        arguments: [
            ([], AttributeError.wrongCount(expected: 3, found: 0)),
            (["a", .real(.infinity), .null], .notFinite(attribute: "r")),
            (["a", .real(.nan), .null], .notFinite(attribute: "r")),
            (["a", "b", .null], .wrongType(attribute: "r", expected: .real, found: .keyword)),
            (
                ["a", .integer(9_007_199_254_740_993), .null],
                .inexact(attribute: "r", integer: 9_007_199_254_740_993)
            ),
            (
                ["a", 1, .location(Location(latitude: 90.1, longitude: 0))],
                .coordinateOutOfRange(
                    attribute: "p", location: Location(latitude: 90.1, longitude: 0))
            ),
            (
                [.keyword(String(repeating: "é", count: 32_768)), 1, .null],
                .keywordTooLong(attribute: "k", size: 65_536)
            ),
        ] as [([AttributeValue], AttributeError)])
    func misfits(values: [AttributeValue], expected: AttributeError) throws {
        let schema = try Self.schema()
        var keywords = KeywordDictionary(attributeCount: 3)
        #expect(throws: expected) { try schema.cells(for: values, keywords: &keywords) }
        #expect(keywords.entryCount == 0)
    }

    @Test(
        "is not made from cells that no value has",
        arguments: [
            [7, nil, nil, nil], [UInt64(1) << 40, nil, nil, nil], [nil, .max, nil, nil],
            [nil, .max >> 1, nil, nil],
            [nil, 0, nil, nil], [nil, nil, 1_800_000_001, 0], [nil, nil, 0, 3_600_000_001],
            [nil, nil, 0, nil], [nil, nil, nil, 0], [nil, nil, nil], [nil, nil, nil, nil, nil], [],
        ] as [[UInt64?]])
    func damagedCells(cells: [UInt64?]) throws {
        let schema = try Self.schema()
        #expect(throws: DecodingFailure.self) {
            try schema.values(of: cells, keywords: KeywordDictionary(attributeCount: 3))
        }
    }
}
