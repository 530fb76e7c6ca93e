import Testing
import VDBPrimitives

@testable import VDBFilters

@Suite("A compiled filter")
struct CompiledFilterTests {
    @Test(
        "says of random records what the filter means, in blocks, in verdicts and one by one",
        arguments: 0..<120)
    func agreesWithTheModel(seed: Int) throws {
        var random = try RandomFilters(seed: UInt64(seed))
        let schema = random.schema
        let model = NaiveModel(schema: schema)
        var keywords = KeywordDictionary(attributeCount: schema.attributes.count)
        let count = random.element([0, 1, 63, 64, 65, 129, 256])
        let records = (0..<count).map { _ in random.record() }
        let rows = try records.map { try schema.cells(for: $0, keywords: &keywords) }
        let block = CellBlock(rows, widths: schema.shape.columns)

        for _ in 0..<25 {
            let filter = random.filter()
            let compiled = try CompiledFilter(filter, schema: schema, keywords: keywords)
            let (indices, isClean) = block.matches(compiled)
            let found = Set(indices)
            #expect(isClean)

            let verdict = compiled.verdict(for: block.views)
            if verdict == .none { #expect(found.isEmpty, "\(filter)") }
            if verdict == .all { #expect(found.count == count, "\(filter)") }

            for (index, values) in records.enumerated() {
                let isFound = found.contains(index)
                #expect(compiled.matches(rows[index]) == isFound, "\(filter) of \(values)")
                if let expected = model.matches(filter, values) {
                    #expect(isFound == expected, "\(filter) of \(values)")
                }
            }
        }
    }

    private static func schema() throws -> Schema {
        try Schema(
            dimension: 2,
            attributes: [
                Attribute(name: "n", type: .integer), Attribute(name: "place", type: .location),
                Attribute(name: "tag", type: .keyword), Attribute(name: "hidden", type: .boolean),
            ])
    }

    private static func compile(_ text: String) throws -> CompiledFilter {
        let schema = try schema()
        var keywords = KeywordDictionary(attributeCount: 4)
        for tag in ["a", "b", "c"] { keywords.intern(tag, attributeIndex: 2) }
        return try CompiledFilter(
            Filter(parsing: text, schema: schema), schema: schema, keywords: keywords)
    }

    @Test("has on a null no predicate true but is null, and not is the plain opposite")
    func nulls() throws {
        let null: [UInt64?] = [nil, nil, nil, nil, nil]
        for text in [
            "hidden = true", "hidden != true", "n < 0", "n between 1 and 2", "tag in ('a')",
            "place within 30000 km of (0, 0)", "tag != 'unheard of'", "place is not null",
        ] {
            #expect(try !Self.compile(text).matches(null), "\(text)")
            #expect(try Self.compile("not \(text)").matches(null), "not \(text)")
        }
        #expect(try Self.compile("n is null and place is null").matches(null))
    }

    @Test("answers a block of 65,536 entries")
    func largestBlock() throws {
        let rows = (0..<CompiledFilter.maximumEntryCount).map { index -> [UInt64?] in
            let hidden: UInt64? = index % 5 == 0 ? nil : 1
            return [Cells.cell(integer: Int64(index)), nil, nil, UInt64(index % 3), hidden]
        }
        let block = CellBlock(rows, widths: try Self.schema().shape.columns)
        let filter = try Self.compile("n >= 100 and (tag = 'b' or not hidden = true)")
        let expected = rows.indices.filter { $0 >= 100 && ($0 % 3 == 1 || $0 % 5 == 0) }
        #expect(block.matches(filter).indices == expected)
    }

    @Test(
        "knows from minima and maxima what it need not look at",
        arguments: [
            ("n < 0", FilterVerdict.none), ("n >= 0", .all), ("n > 5", .some),
            ("n in (-1, 11)", .none), ("not n = 20", .all), ("n is null", .none),
            ("n is not null", .all), ("tag = 'b'", .some), ("tag is null", .some),
            ("hidden = true", .none), ("not hidden = true", .all), ("hidden is null", .all),
            ("place in box (0, 0, 10, 10)", .all), ("place in box (5, 5, 6, 6)", .some),
            ("place in box (20, 170, 30, -170)", .none),
            ("place within 1 km of (45, 45)", .none), ("place within 999 km of (5, 5)", .some),
            ("n < 0 or place in box (0, 0, 10, 10)", .all), ("n < 0 and tag = 'b'", .none),
            ("everything", .all), ("nothing", .none),
        ])
    func verdicts(text: String, expected: FilterVerdict) throws {
        // n and place are in 0…10, a third of the tags are null, hidden always is.
        let rows = (0...10).map { (index: Int) -> [UInt64?] in
            let tag: UInt64? = index % 3 == 0 ? nil : UInt64(index % 2)
            let degrees = Double(index)
            return [
                Cells.cell(integer: Int64(index)), Cells.latitudeCell(degrees),
                Cells.longitudeCell(degrees), tag, nil,
            ]
        }
        let block = CellBlock(rows, widths: try Self.schema().shape.columns)
        #expect(try Self.compile(text).verdict(for: block.views) == expected)
    }

    @Test("names the columns that it looks at")
    func columns() throws {
        let filter = try Self.compile("n > 3 and n <= 9 and not place in box (0, 0, 1, 1)")
        #expect(filter.columnsUsed == [0, 1, 2])
    }

    @Test("finds the cells of long lists, close together or far apart", arguments: [3, 1 << 40])
    func longLists(step: Int64) throws {
        let schema = try Self.schema()
        let wanted = (0..<100).filter { $0 % 3 != 0 }.map { $0 * step }
        let filter = try CompiledFilter(
            Filter.attribute("n").isIn(wanted.map { .integer($0) }), schema: schema,
            keywords: KeywordDictionary(attributeCount: 4))
        let values = wanted + wanted.map { $0 + 1 } + [-step, 0, 3 * step, .min, .max]
        let rows = values.map { [Cells.cell(integer: $0), nil, nil, nil, nil] }
        let expected = Array(wanted.indices)
        #expect(CellBlock(rows, widths: schema.shape.columns).matches(filter).indices == expected)
        #expect(rows.indices.filter { filter.matches(rows[$0]) } == expected)
    }

    @Test("joins ranges that overlap, touch or hold each other")
    func rangeUnion() {
        let ranges = [
            CellRange(9, .max), CellRange(0, 5), CellRange(2, 3), CellRange(6, 7),
            CellRange(20, .max), CellRange(7, 7),
        ]
        #expect(CellRange.union(ranges) == [CellRange(0, 7), CellRange(9, .max)])
    }

    @Test("finds a keyword only by the same bytes")
    func keywordBytes() throws {
        let schema = try Self.schema()
        var keywords = KeywordDictionary(attributeCount: 4)
        let composed = keywords.intern("\u{E9}", attributeIndex: 2)
        let decomposed = keywords.intern("e\u{301}", attributeIndex: 2)
        #expect(composed != decomposed)
        let filter = try CompiledFilter(
            Filter.attribute("tag") == .keyword("e\u{301}"), schema: schema, keywords: keywords)
        #expect(!filter.matches([nil, nil, nil, UInt64(composed), nil]))
        #expect(filter.matches([nil, nil, nil, UInt64(decomposed), nil]))
    }
}
