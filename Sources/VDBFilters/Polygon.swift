/// A closed line of at least three places, and what is inside it.
///
/// Edges are straight in latitude and longitude (as a map in plate carrée draws them, not great
/// circles) and take the shorter way round, if need be across the dateline. Where edges cross,
/// the even-odd rule says what is inside. A place on an edge may count as in or out.
struct Polygon: Sendable, Hashable {
    private let latitudes: [Double]
    /// Unrolled: each is within 180° of the one before, so they may lie beyond ±180.
    private let longitudes: [Double]
    private let west: Double
    private let east: Double

    /// Checks the vertices; the first may be repeated at the end.
    ///
    /// Refused: fewer than three vertices, vertices off the Earth, neighbours exactly 180° of
    /// longitude apart (neither way round is shorter), and lines that go round a pole (which have
    /// no inside in latitude and longitude).
    init(_ vertices: [Location]) throws(FilterError) {
        var ring = vertices
        if ring.count > 1, ring.first == ring.last { ring.removeLast() }
        guard ring.count >= 3 else {
            throw FilterError(
                expected: "a polygon of at least 3 vertices", found: "\(ring.count)")
        }
        for vertex in ring { try vertex.requireOnEarth() }

        // Unroll, and see whether the line comes back to where it began.
        var unrolled = [ring[0].longitude]
        for index in 1...ring.count {
            let step = try Self.step(from: ring[index - 1], to: ring[index % ring.count])
            unrolled.append(unrolled[index - 1] + step)
        }
        guard abs(unrolled[ring.count] - unrolled[0]) < 180 else {
            throw FilterError(
                expected: "a polygon that does not go round a pole",
                found: "one that goes round all longitudes")
        }
        unrolled.removeLast()
        latitudes = ring.map(\.latitude)
        longitudes = unrolled
        west = unrolled.reduce(.infinity, min)
        east = unrolled.reduce(-.infinity, max)
    }

    /// Whether the place is inside.
    func contains(latitude: Double, longitude: Double) -> Bool {
        // Every copy of the place, a whole turn apart, that the unrolled line may enclose.
        var copy = longitude
        while copy >= west + 360 { copy -= 360 }
        while copy < west { copy += 360 }
        var isInside = false
        while copy <= east {
            if isInsideUnrolled(latitude: latitude, longitude: copy) { isInside.toggle() }
            copy += 360
        }
        return isInside
    }

    /// Rectangles that together hold the polygon.
    var rectangles: [CellRectangle] {
        CellRectangle.covering(
            south: latitudes.reduce(.infinity, min), north: latitudes.reduce(-.infinity, max),
            west: west, east: east)
    }

    /// Counts the edges that a line from the place to the east crosses.
    private func isInsideUnrolled(latitude: Double, longitude: Double) -> Bool {
        var isInside = false
        var previous = latitudes.count - 1
        for index in latitudes.indices {
            let (from, to) = (latitudes[previous], latitudes[index])
            if (from > latitude) != (to > latitude) {
                let part = (latitude - from) / (to - from)
                let (start, end) = (longitudes[previous], longitudes[index])
                if longitude < start + part * (end - start) { isInside.toggle() }
            }
            previous = index
        }
        return isInside
    }

    /// Degrees of longitude from one vertex to the next on the shorter way, east positive.
    private static func step(
        from: Location, to: Location
    ) throws(FilterError) -> Double {
        let difference = to.longitude - from.longitude
        guard abs(difference) != 180 else {
            throw FilterError(
                expected: "polygon edges of less than 180° of longitude",
                found: "\(from.filterText) to \(to.filterText)")
        }
        if difference > 180 { return difference - 360 }
        return difference < -180 ? difference + 360 : difference
    }
}
