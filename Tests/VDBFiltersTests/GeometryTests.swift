import Testing
import VDBPrimitives

@testable import VDBFilters

@Suite("On the Earth")
struct GeometryTests {
    /// Whether the filter `place …` finds the location.
    private static func finds(_ predicate: String, _ latitude: Double, _ longitude: Double) throws
        -> Bool
    {
        let schema = try Schema(
            dimension: 1, attributes: [Attribute(name: "place", type: .location)])
        var keywords = KeywordDictionary(attributeCount: 1)
        let filter = try CompiledFilter(
            Filter(parsing: "place \(predicate)", schema: schema), schema: schema,
            keywords: keywords)
        let place = Location(latitude: latitude, longitude: longitude)
        return filter.matches(try schema.cells(for: [.location(place)], keywords: &keywords))
    }

    @Test(
        "distances are those of the sphere",
        arguments: [
            (0.0, 0.0, 0.0, 0.0, 0.0), (0, 0, 0, 180, 20_015_114.442),
            (90, 0, -90, 77, 20_015_114.442), (0, 179.5, 0, -179.5, 111_195.080),
            (48.8566, 2.3522, 51.5074, -0.1278, 343_557), (90, 10, 90, -170, 0),
            (89, 0, 89, 180, 222_390.160),
        ])
    func distances(_ place: (Double, Double, Double, Double, Double)) {
        let distance = Geometry.distance(
            Location(latitude: place.0, longitude: place.1),
            Location(latitude: place.2, longitude: place.3))
        #expect(abs(distance - place.4) < 1, "\(distance)")
    }

    @Test(
        "a radius goes across the dateline, over the poles and round the whole sphere",
        arguments: [
            ("within 120 km of (0, 179.5)", 0.0, -179.5, true),
            ("within 110 km of (0, 179.5)", 0, -179.5, false),
            ("within 120 km of (0, -179.5)", 0, 179.5, true),
            ("within 0 m of (0, 180)", 0, -180, true), ("within 0 m of (0, -180)", 0, 180, true),
            ("within 0 m of (90, 13)", 90, -77, true), ("within 0 m of (-90, 13)", -90, 0, true),
            ("within 0 m of (12.34567891, 98.76543219)", 12.34567891, 98.76543219, true),
            ("within 225 km of (89, 0)", 89, 180, true),
            ("within 220 km of (89, 0)", 89, 180, false),
            ("within 112 km of (89, 0)", 90, 0, true),
            ("within 225 km of (-89, 10)", -89, -170, true),
            ("within 20016 km of (1, 2)", -1, -178, true),
            ("within 20014 km of (1, 2)", -1, -178, false),
            ("within 1 m of (1, 2)", 1.000_01, 2, false),
            ("within 10007 km of (0, 0)", 0, 89.99, true),
            ("within 10007 km of (0, 0)", 0, 90.01, false),
        ])
    func radius(predicate: String, latitude: Double, longitude: Double, expected: Bool) throws {
        #expect(try Self.finds(predicate, latitude, longitude) == expected)
    }

    @Test(
        "a box takes its edges, and both names of the dateline",
        arguments: [
            ("in box (0, 0, 10, 10)", 10.0, 0.0, true), ("in box (0, 0, 10, 10)", 5, 10.1, false),
            ("in box (-5, 170, 5, -170)", 0, 175, true),
            ("in box (-5, 170, 5, -170)", 0, -175, true),
            ("in box (-5, 170, 5, -170)", 0, 180, true),
            ("in box (-5, 170, 5, -170)", 0, -180, true),
            ("in box (-5, 170, 5, -170)", 0, 0, false),
            ("in box (-5, 170, 5, 180)", 0, -180, true),
            ("in box (-5, -180, 5, -170)", 0, 180, true),
            ("in box (-5, -180, 5, -170)", 0, 179.9, false),
            ("in box (-90, -180, 90, 180)", 90, 180, true),
            ("in box (-90, -180, 90, 180)", -90, -180, true),
            ("in box (-90, 180, 90, -180)", 3, 180, true),
            ("in box (-90, 180, 90, -180)", 3, 0, false),
            ("in box (-5, 10, 5, 9)", 0, -100, true), ("in box (-5, 10, 5, 9)", 0, 9.5, false),
        ])
    func box(predicate: String, latitude: Double, longitude: Double, expected: Bool) throws {
        #expect(try Self.finds(predicate, latitude, longitude) == expected)
    }

    @Test(
        "a polygon goes the shorter way round, across the dateline, and is even-odd inside",
        arguments: [
            ("((0, 170), (10, -170), (-10, -170))", 0.0, 179.0, true),
            ("((0, 170), (10, -170), (-10, -170))", 0, -171, true),
            ("((0, 170), (10, -170), (-10, -170))", 0, 180, true),
            ("((0, 170), (10, -170), (-10, -170))", 0, -180, true),
            ("((0, 170), (10, -170), (-10, -170))", 0, 0, false),
            ("((0, 170), (10, -170), (-10, -170))", 9, 179, false),
            ("((0, 0), (0, 10), (10, 10), (10, 0), (0, 0))", 5, 5, true),
            // A star of five edges: its middle is crossed twice.
            ("((10, 0), (-8, 6), (3, -10), (3, 10), (-8, -6))", 0, 0, false),
            ("((10, 0), (-8, 6), (3, -10), (3, 10), (-8, -6))", 8, 0, true),
            // Three quarters of a band round the Earth.
            (
                "((0,0),(0,90),(0,179),(0,-90),(9,-90),(9,179),(9,90),(9,0))", 5, -135.0, true
            ),
            ("((0,0),(0,90),(0,179),(0,-90),(9,-90),(9,179),(9,90),(9,0))", 5, -45, false),
        ])
    func polygon(vertices: String, latitude: Double, longitude: Double, expected: Bool) throws {
        #expect(try Self.finds("in polygon \(vertices)", latitude, longitude) == expected)
    }

    @Test(
        "a polygon may wind round the Earth more than once, if it winds back",
        arguments: [(3.0, 20.0, true), (12, 20, false), (21, 20, true), (10, 150, true)])
    func spiral(latitude: Double, longitude: Double, expected: Bool) throws {
        // A ramp 5° high that rises from 0° N at 0° E to 20° N at 400° E.
        let vertices = """
            ((0, 0), (5, 100), (10, -160), (15, -60), (20, 40), \
            (25, 40), (20, -60), (15, -160), (10, 100), (5, 0))
            """
        #expect(try Self.finds("in polygon \(vertices)", latitude, longitude) == expected)
    }

    @Test("the rectangles of a cap hold every place in it", arguments: 0..<200)
    func capRectangles(seed: Int) {
        var random = RandomSource(seed: UInt64(seed))
        func unit() -> Double { Double(random.nextUnit()) }
        let nearPole = seed % 3 == 0
        let center = Location(
            latitude: nearPole ? 90 - unit() * 0.01 : unit() * 180 - 90,
            longitude: unit() * 360 - 180)
        let metres = [1, 1000, 1e6, 1e7, 2e7][seed % 5] * unit()
        let cap = Cap(center: center.stored, metres: metres)
        let rectangles = cap.rectangles
        for _ in 0..<500 {
            // Places are spread over the cap and a little more.
            let reach = metres / 111_000 * 1.1
            var longitude = center.longitude + (unit() - 0.5) * 360
            if seed % 2 == 0 { longitude = center.longitude + (unit() - 0.5) * 2 * reach }
            longitude = longitude.remainder(dividingBy: 360)
            let latitude = max(-90, min(90, center.latitude + (unit() - 0.5) * 2 * reach))
            let place = Location(latitude: latitude, longitude: longitude).stored
            let latitudeCell = Cells.latitudeCell(place.latitude)
            let longitudeCell = Cells.longitudeCell(place.longitude)
            guard cap.contains(latitudeCell, longitudeCell) else { continue }
            let isHeld = rectangles.contains {
                $0.latitude.contains(latitudeCell) && $0.longitude.contains(longitudeCell)
            }
            #expect(isHeld, "\(place) within \(metres) m of \(center)")
        }
    }

    @Test("a cap says of many places at once what it says of each", arguments: 0..<60)
    func capBounds(seed: Int) {
        var random = RandomSource(seed: UInt64(seed))
        func unit() -> Double { Double(random.nextUnit()) }
        let center = Location(
            latitude: [90, -90, 0, unit() * 180 - 90][seed % 4],
            longitude: [180, -180, unit() * 360 - 180][seed % 3])
        let metres = [0.01, 10, 1e4, 1e6, 1e7, 2e7][seed % 6] * unit()
        let cap = Cap(center: center.stored, metres: metres)
        let reach = metres / 111_000 * 1.3
        for count in [1, 7, 8, 63, 64, 200] {
            var cells: [[UInt64?]] = []
            for _ in 0..<count {
                let latitude = center.latitude + (unit() - 0.5) * 2 * reach
                let width = seed % 2 == 0 ? 360 : 3 * reach
                let longitude = center.longitude + (unit() - 0.5) * width
                cells.append([
                    Cells.latitudeCell(max(-90, min(90, latitude))),
                    Cells.longitudeCell(longitude.remainder(dividingBy: 360)),
                ])
            }
            let block = CellBlock(cells, widths: [.four, .four])
            let places = PlaceScan(
                latitudes: block.views[0].cells.assumingMemoryBound(to: UInt32.self),
                longitudes: block.views[1].cells.assumingMemoryBound(to: UInt32.self),
                count: count)
            var asked = PlaceScan.Bits()
            for index in 0..<count { asked[index >> 6] |= 1 << UInt64(index & 63) }
            var kept = asked
            let open = cap.keep(places, in: &kept)
            #expect(kept & ~asked == .zero && open & ~kept == .zero)
            for (index, pair) in cells.enumerated() {
                guard let latitude = pair[0], let longitude = pair[1] else { continue }
                let isInside = cap.contains(latitude, longitude)
                let has = { (bits: PlaceScan.Bits) in
                    bits[index >> 6] >> UInt64(index & 63) & 1 == 1
                }
                #expect(
                    has(open) || has(kept) == isInside, "\(pair), \(metres) m of \(center)")
            }
        }
    }
}
