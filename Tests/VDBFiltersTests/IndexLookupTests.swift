import Testing
import VDBPrimitives

@testable import VDBFilters

@Suite struct IndexLookupTests {
    /// What an index of single keys answers.
    private func answer(_ lookup: IndexLookup, _ cells: [UInt64?], _ schema: Schema) -> Bool {
        switch lookup {
        case .all(let parts): return parts.allSatisfy { answer($0, cells, schema) }
        case .any(let parts): return parts.contains { answer($0, cells, schema) }
        case .keys(let keys):
            guard let key = key(cells, keys.column, schema) else { return keys.isNegated }
            guard keys.ranges.contains(where: { $0.contains(key) }) else { return keys.isNegated }
            guard let test = keys.test else { return !keys.isNegated }
            // Among others, so that its bit is not the first.
            let neighbours = [key ^ 1, key &+ 9, key]
            let passing = test.matches(neighbours, count: neighbours.count)
            return (passing[0] >> 2 == 1) != keys.isNegated
        }
    }

    private func key(_ cells: [UInt64?], _ column: Int, _ schema: Schema) -> UInt64? {
        let index = schema.shape.indexes.first { $0.column == column }
        guard case .place = index else { return cells[column] }
        guard let latitude = cells[column], let longitude = cells[column + 1] else { return nil }
        return ZOrder.key(latitude: UInt32(latitude), longitude: UInt32(longitude))
    }

    @Test("indexes say what the filter says", arguments: 0..<12 as Range<UInt64>)
    func lookups(seed: UInt64) throws {
        var random = try RandomFilters(seed: seed)
        var keywords = KeywordDictionary(attributeCount: random.schema.attributes.count)
        var records: [[UInt64?]] = []
        for _ in 0..<60 {
            records.append(
                try random.schema.cells(for: random.record(), keywords: &keywords))
        }
        for _ in 0..<20 {
            let filter = random.filter()
            let compiled = try CompiledFilter(filter, schema: random.schema, keywords: keywords)
            for cells in records {
                let answer = answer(compiled.lookup, cells, random.schema)
                #expect(answer == compiled.matches(cells), "\(filter)")
            }
        }
    }

    @Test("a place's key gives the place back, and neighbours share its upper bits")
    func places() {
        var random = RandomSource(seed: 9)
        for _ in 0..<200 {
            let latitude = UInt32(truncatingIfNeeded: random.next())
            let longitude = UInt32(truncatingIfNeeded: random.next())
            let key = ZOrder.key(latitude: latitude, longitude: longitude)
            #expect(ZOrder.place(key) == (latitude, longitude))
            #expect(ZOrder.key(latitude: latitude ^ 1, longitude: longitude) == key ^ 1)
            #expect(ZOrder.key(latitude: latitude, longitude: longitude ^ 1) == key ^ 2)
        }
    }

    @Test("a cover holds all of its rectangles, in few runs, and a single place exactly")
    func covers() {
        var random = RandomSource(seed: 10)
        for _ in 0..<60 {
            let side = UInt64(1) << UInt64(random.next(below: 30))
            let rectangles = (0..<random.next(below: 3)).map { _ in
                let latitude = UInt64(random.next(below: 1_800_000_000))
                let longitude = UInt64(random.next(below: 3_600_000_000))
                return CellRectangle(
                    latitude: CellRange(latitude, latitude + side - 1),
                    longitude: CellRange(longitude, longitude + side * 3))
            }
            let cover = CurveCover(rectangles)
            #expect(cover.ranges.count <= 2 * 20)
            for rectangle in rectangles {
                for _ in 0..<20 {
                    let latitude = rectangle.latitude.low + random.next() % side
                    let longitude = rectangle.longitude.low + random.next() % (side * 3 + 1)
                    let key = ZOrder.key(
                        latitude: UInt32(latitude), longitude: UInt32(longitude))
                    let isHeld = cover.ranges.contains { $0.contains(key) }
                    #expect(isHeld)
                }
            }
        }
        let place = CellRange(77, 77)
        let single = CurveCover([CellRectangle(latitude: place, longitude: place)])
        #expect(single.isExact)
        #expect(single.ranges.map { $0.high - $0.low } == [0])
    }
}
