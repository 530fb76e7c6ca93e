import Testing
import VDBPrimitives

@testable import VDBFilters

@Suite("Filter text")
struct FilterParserTests {
    private static func schema() throws -> Schema {
        try Schema(
            dimension: 2,
            attributes: [
                Attribute(name: "taken", type: .timestamp),
                Attribute(name: "place", type: .location),
                Attribute(name: "iso", type: .integer), Attribute(name: "score", type: .real),
                Attribute(name: "camera", type: .keyword),
                Attribute(name: "hidden", type: .boolean),
            ])
    }

    private static func parse(_ text: String) throws -> Filter {
        try Filter(parsing: text, schema: schema())
    }

    @Test("reads the example of the contract as the same that Swift builds")
    func example() throws {
        let parsed = try Self.parse(
            """
            taken >= 2024-05-01T00:00:00Z and taken < 2024-06-01 \
            and place within 5 km of (48.8566, 2.3522) and camera in ("X100", 'Q3') \
            and not hidden = true
            """)
        let taken = Filter.attribute("taken")
        let paris = Location(latitude: 48.8566, longitude: 2.3522)
        let built =
            taken >= .timestamp(1_714_521_600_000_000) && taken < .timestamp(1_717_200_000_000_000)
            && Filter.attribute("place").isWithin(metres: 5000, of: paris)
            && Filter.attribute("camera").isIn(["X100", "Q3"])
            && !(Filter.attribute("hidden") == true)
        #expect(parsed == built)
    }

    @Test(
        "is given back in its canonical form",
        arguments: [
            ("iso=100", "iso = 100"), ("ISO_ iS nUll", nil), ("iso IS NOT NULL", "iso is not null"),
            ("iso == 1 OR iso <> -2 AND iso>+3", "iso = 1 or iso != -2 and iso > 3"),
            ("(iso = 1 or iso = 2) and iso = 3", "(iso = 1 or iso = 2) and iso = 3"),
            ("((iso = 1)) and (iso = 2 and iso = 3)", "iso = 1 and (iso = 2 and iso = 3)"),
            ("not not (iso = 1 and iso = 2)", "not not (iso = 1 and iso = 2)"),
            ("not iso = 1 and iso = 2", "not iso = 1 and iso = 2"),
            ("iso not in (1,2)", "not iso in (1, 2)"), ("iso in ()", "iso in ()"),
            ("iso not between 1 and 2", "not iso between 1 and 2"),
            ("score between 1 and 1e3 and iso=1", "score between 1 and 1000.0 and iso = 1"),
            ("score < -.5", "score < -0.5"),
            ("place not within 1mi of (0,-0.5)", "not place within 1609.344 m of (0, -0.5)"),
            ("place within 2.5 FT of (1,2)", "place within 0.762 m of (1, 2)"),
            ("place in box(-1,170,1,-170)", "place in box (-1, 170, 1, -170)"),
            (
                "place in polygon((0,0),(0,1),(1,0))",
                "place in polygon ((0, 0), (0, 1), (1, 0))"
            ),
            ("place in ((1,2),(3,4))", "place in ((1, 2), (3, 4))"),
            ("place = (1, 2)", "place = (1, 2)"),
            (#"camera = 'a"\'\u{e9}\\'"#, #"camera = "a\"'é\\""#),
            ("taken = '2024-05-01 12:00:00+02:00'", "taken = 2024-05-01T10:00:00Z"),
            ("hidden != TRUE", "hidden != true"),
            ("everything or nothing", "everything or nothing"),
        ])
    func canonical(text: String, expected: String?) throws {
        guard let expected else {
            #expect(throws: FilterError.self) { try Self.parse(text) }
            return
        }
        let filter = try Self.parse(text)
        #expect(filter.description == expected)
        #expect(try Self.parse(expected) == filter)
    }

    @Test(
        "says in which column it is wrong",
        arguments: [
            ("", 1), ("  ", 3), ("iso", 4), ("iso =", 6), ("iso = x", 7), ("iso = 1 iso = 2", 9),
            ("iso = 1 and", 12), ("iso = 1)", 8), ("(iso = 1", 9), ("isoo = 1", 1),
            ("camera = 'é' and wrong = 1", 18), ("camera = X100", 10), ("camera < 'a'", 8),
            ("camera between 'a' and 'b'", 8), ("camera = 'abc", 14), ("camera = 'a\\q'", 12),
            ("camera = '\\u{110000}'", 11), ("iso = 1.5", 7), ("iso = 9223372036854775808", 7),
            ("iso = null", 7), ("iso in (1, 'a')", 12), ("iso in 1", 8), ("iso in (1 2)", 11),
            ("iso between 1 or 2", 15), ("score = 1e999", 9), ("score = 9007199254740993", 9),
            ("score = 0x10", 9), ("score = nan", 9), ("hidden < true", 8), ("hidden", 7),
            ("taken > 5", 9), ("taken > 2024-02-30", 9), ("taken > +999999-01-01", 9),
            ("taken > 2024-05-01T24:00", 9), ("place within 5 of (1, 2)", 16),
            ("place within 5 parsecs of (1, 2)", 16), ("place within -5 km of (1, 2)", 14),
            ("place within 5 km (1, 2)", 19), ("place within 5 km of (91, 2)", 22),
            ("place within 5 km of (1 2)", 25), ("place in box (5, 0, 4, 1)", 14),
            ("place in box (0, 0, 4)", 22), ("place in polygon ((0, 0), (1, 1))", 18),
            ("place in polygon ((0, 0), (0, 180), (1, 1))", 18),
            ("place in polygon ((0, 0), (1, 1), (0, 0))", 18),
            ("place in polygon ((80, 0), (80, 120), (80, -120))", 18),
            ("iso within 5 km of (1, 2)", 5), ("iso in box (0, 0, 1, 1)", 8), ("iso ! 1", 5),
            ("iso # 1", 5), ("iso is not 5", 12), ("not", 4), ("iso not = 1", 9),
            ("👩‍👩‍👧 = 1", 1), ("camera = '👩‍👩‍👧' and # = 1", 18),
        ])
    func columns(text: String, column: Int) throws {
        let error = #expect(throws: FilterError.self) { try Self.parse(text) }
        #expect(error?.column == column, "\(error?.description ?? "")")
    }

    @Test(
        "says what it expected, what it found, and what may have been meant",
        arguments: [
            (
                "isoo = 1",
                "cannot read filter at column 1: expected the name of an attribute, found isoo; "
                    + "did you mean iso?"
            ),
            (
                "camera = 5",
                "cannot read filter at column 10: expected a keyword for attribute camera "
                    + "(keyword), found integer 5"
            ),
            (
                "camera = X100",
                "cannot read filter at column 10: expected a keyword for attribute camera "
                    + "(keyword), found X100; did you mean \"X100\"?"
            ),
            (
                "iso = 1.5",
                "cannot read filter at column 7: expected an integer for attribute iso "
                    + "(integer), found real 1.5"
            ),
            (
                "iso = null",
                "cannot read filter at column 7: expected an integer for attribute iso "
                    + "(integer), found null; did you mean iso is null?"
            ),
            (
                "iso <> null",
                "cannot read filter at column 8: expected an integer for attribute iso "
                    + "(integer), found null; did you mean iso is not null?"
            ),
            (
                "camera < 'a'",
                "cannot read filter at column 8: expected = or != for attribute camera "
                    + "(keyword), found <"
            ),
        ])
    func messages(text: String, message: String) throws {
        let error = #expect(throws: FilterError.self) { try Self.parse(text) }
        #expect(error?.description == message)
    }

    @Test("suggests the attribute with the nearest name, whatever its case, or none")
    func suggestions() throws {
        for (text, suggestion) in [
            ("TAKEN is null", "taken"), ("tkaen is null", "taken"), ("cameras is null", "camera"),
            ("elephant is null", nil),
        ] {
            let error = #expect(throws: FilterError.self) { try Self.parse(text) }
            #expect(error?.suggestion == suggestion)
        }
    }

    @Test("gives random trees back unchanged", arguments: 0..<60)
    func roundTrip(seed: Int) throws {
        var random = try RandomFilters(seed: UInt64(seed))
        for _ in 0..<50 {
            let filter = random.filter()
            let text = filter.description
            let parsed = try Filter(parsing: text, schema: random.schema)
            #expect(parsed == filter, "\(text)")
            #expect(parsed.description == text)
        }
    }

    @Test("that is cut or damaged is read or refused, but never crashes", arguments: 0..<40)
    func damage(seed: Int) throws {
        var random = try RandomFilters(seed: UInt64(seed))
        let keywords = KeywordDictionary(attributeCount: random.schema.attributes.count)
        for _ in 0..<20 {
            var bytes = Array(random.filter().description.utf8)
            for _ in 0..<3 where !bytes.isEmpty {
                let position = random.random.next(below: bytes.count)
                bytes[position] = UInt8(random.random.next(below: 256))
            }
            bytes.removeLast(random.random.next(below: bytes.count + 1))
            let text = String(decoding: bytes, as: UTF8.self)
            do {
                let filter = try Filter(parsing: text, schema: random.schema)
                _ = try CompiledFilter(filter, schema: random.schema, keywords: keywords)
            } catch {
                #expect((error.column ?? 0) > 0, "\(text)")
            }
        }
    }

    @Test("may nest 64 levels, each with an or and an and around; more is refused where it begins")
    func nesting() throws {
        let schema = try Self.schema()
        let keywords = KeywordDictionary(attributeCount: 6)
        let opening = "iso = 1 or iso = 2 and ("
        func nested(_ levels: Int) -> String {
            String(repeating: opening, count: levels) + "iso = 3 or iso = 4 and iso = 5"
                + String(repeating: ")", count: levels)
        }
        let deepest = try Filter(parsing: nested(64), schema: schema)
        _ = try CompiledFilter(deepest, schema: schema, keywords: keywords)
        #expect(try Filter(parsing: deepest.description, schema: schema) == deepest)

        let error = #expect(throws: FilterError.self) {
            try Filter(parsing: nested(100_000), schema: schema)
        }
        #expect(error?.column == 65 * opening.count)
        let negations = String(repeating: "not ", count: 100_000) + "iso = 1"
        #expect(throws: FilterError.self) { try Filter(parsing: negations, schema: schema) }

        var built = Filter.attribute("iso") == 1
        for _ in 0..<1000 { built = !built }
        #expect(throws: FilterError.self) {
            try CompiledFilter(built, schema: schema, keywords: keywords)
        }
    }

    @Test("and trees of 10,000 parts are one level")
    func wide() throws {
        let schema = try Self.schema()
        let text = (0..<10_000).map { "iso = \($0)" }.joined(separator: " or ")
        let filter = try Filter(parsing: text, schema: schema)
        let compiled = try CompiledFilter(
            filter, schema: schema, keywords: KeywordDictionary(attributeCount: 6))
        #expect(compiled.matches([nil, nil, nil, Cells.cell(integer: 9999), nil, nil, nil]))
    }

    @Test(
        "and trees built in code are checked against the schema, without a column",
        arguments: [
            Filter.attribute("no") == 1, Filter.attribute("iso") == 1.0,
            Filter.attribute("iso") == .null, Filter.attribute("camera") < "a",
            Filter.attribute("score") == .real(.nan), Filter.attribute("hidden") == 1,
            Filter.attribute("iso").isInBox(south: 0, west: 0, north: 1, east: 1),
            Filter.attribute("place").isInBox(south: 1, west: 0, north: 0, east: 1),
            Filter.attribute("place").isInBox(south: 0, west: -181, north: 1, east: 1),
            Filter.attribute("place").isWithin(
                metres: .nan, of: Location(latitude: 0, longitude: 0)),
            Filter.attribute("place").isWithin(
                metres: 1, of: Location(latitude: .infinity, longitude: 0)),
            Filter.attribute("place").isInPolygon([]),
            Filter.attribute("place") == .location(Location(latitude: 0, longitude: 200)),
            Filter.attribute("iso").isBetween(1, and: "a"),
            Filter.attribute("iso").isIn([1, true]),
            Filter.everything && !(Filter.nothing || Filter.attribute("unknown").isNull),
        ])
    func builtInCode(filter: Filter) throws {
        let schema = try Self.schema()
        let error = #expect(throws: FilterError.self) {
            try CompiledFilter(
                filter, schema: schema, keywords: KeywordDictionary(attributeCount: 6))
        }
        #expect(error?.column == nil)
    }
}
