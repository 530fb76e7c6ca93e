internal import VDBPrimitives

/// Distances and areas on the Earth, taken as a sphere.
package enum Geometry {
    /// The mean radius of the WGS-84 ellipsoid, (2a + b) / 3, in metres.
    package static let earthRadius = 6_371_008.8

    /// The great-circle distance in metres.
    ///
    /// The sphere differs from the ellipsoid by up to 0.6 %.
    package static func distance(_ from: Location, _ to: Location) -> Double {
        let cap = Cap(center: from, metres: 0)
        let haversine = cap.haversine(
            latitude: to.latitude, north: to.latitude - from.latitude,
            east: to.longitude - from.longitude)
        return 2 * earthRadius * Trigonometry.arcSine(min(1, haversine.squareRoot()))
    }
}

/// All places within some distance of a centre.
struct Cap: Sendable, Hashable {
    private let latitude: Double
    private let longitude: Double
    private let cosineOfLatitude: Double
    /// The angle of the radius seen from the centre of the sphere.
    private let angle: Double
    /// Places with a haversine up to this are inside.
    private let limit: Double
    /// The same for many cells at a time.
    private let circle: CellCircle

    /// Distances are compared to a micrometre, so that rounding cannot part equal places.
    private static let slackMetres = 1e-6

    /// - Parameters:
    ///   - center: as stored, at whole cells.
    ///   - metres: not negative.
    init(center: Location, metres: Double) {
        latitude = center.latitude
        longitude = center.longitude
        cosineOfLatitude = Trigonometry.cosine(Trigonometry.radians(center.latitude))
        angle = (metres + Self.slackMetres) / Geometry.earthRadius
        let halfSine = Trigonometry.sine(min(angle, .pi) / 2)
        limit = angle >= .pi ? .infinity : halfSine * halfSine
        circle = CellCircle(
            latitude: Cells.latitudeCell(center.latitude),
            longitude: Cells.longitudeCell(center.longitude),
            step: Trigonometry.radians(1) / Cells.stepsPerDegree, turn: Cells.maximumLongitude,
            cosine: cosineOfLatitude,
            sine: Trigonometry.sine(Trigonometry.radians(center.latitude)), limit: limit)
    }

    /// sin²(d/2) of the angular distance d from the centre.
    ///
    /// Well conditioned for small distances, unlike the arc cosine (R. W. Sinnott, "Virtues of the
    /// haversine", Sky and Telescope 68(2):159, 1984).
    ///
    /// - Parameters:
    ///   - other: the place's latitude, in degrees.
    ///   - north, east: degrees to the place, which are exact where they come from cells.
    func haversine(latitude other: Double, north: Double, east: Double) -> Double {
        let north = Trigonometry.sine(Trigonometry.radians(north) / 2)
        let east = Trigonometry.sine(Trigonometry.radians(east) / 2)
        let cosine = Trigonometry.cosine(Trigonometry.radians(other))
        return north * north + cosineOfLatitude * cosine * east * east
    }

    /// Whether the place of two cells is inside.
    func contains(_ latitudeCell: UInt64, _ longitudeCell: UInt64) -> Bool {
        let north = circle.north(latitudeCell) / Cells.stepsPerDegree
        let east = circle.east(longitudeCell) / Cells.stepsPerDegree
        return haversine(latitude: Cells.latitude(latitudeCell), north: north, east: east) <= limit
    }

    /// Takes places that are outside out of `bits`, all but a thin ring of them, without a sine;
    /// returns those of the others that bounds on the haversine leave open.
    func keep(_ places: PlaceScan, in bits: inout PlaceScan.Bits) -> PlaceScan.Bits {
        places.keep(within: circle, in: &bits)
    }

    /// Rectangles that together hold the cap.
    ///
    /// A cap that comes near a pole takes every longitude. Otherwise the meridians that touch it
    /// are asin(sin angle / cos latitude) from the centre, and may lie across the dateline.
    var rectangles: [CellRectangle] {
        let reach = Trigonometry.degrees(min(angle, .pi))
        let poleMargin = 1e-4
        guard abs(latitude) + reach < 90 - poleMargin else {
            return CellRectangle.covering(
                south: latitude - reach, north: latitude + reach, west: -180, east: 180)
        }
        let sine = min(1, Trigonometry.sine(angle) / cosineOfLatitude)
        let width = Trigonometry.degrees(Trigonometry.arcSine(sine))
        return CellRectangle.covering(
            south: latitude - reach, north: latitude + reach,
            west: longitude - width, east: longitude + width)
    }
}

/// A range of latitudes and one of longitudes, in cells, both ends included.
struct CellRectangle: Sendable, Hashable {
    let latitude: CellRange
    let longitude: CellRange

    /// Whether the two have a cell in common.
    func overlaps(latitude other: CellRange, longitude otherLongitude: CellRange) -> Bool {
        latitude.overlaps(other) && longitude.overlaps(otherLongitude)
    }

    /// Whether the whole of the other rectangle is inside.
    func contains(latitude other: CellRange, longitude otherLongitude: CellRange) -> Bool {
        latitude.contains(other) && longitude.contains(otherLongitude)
    }

    /// The rectangles of a box, its corners rounded to stored steps; west > east crosses the
    /// dateline.
    static func box(south: Double, west: Double, north: Double, east: Double) -> [CellRectangle] {
        let turn = Int64(Cells.maximumLongitude)
        let start = Int64(Cells.longitudeCell(west))
        let end = Int64(Cells.longitudeCell(east))
        let extent = west <= east ? end - start : end - start + turn
        return rectangles(
            latitude: CellRange(Cells.latitudeCell(south), Cells.latitudeCell(north)),
            west: start, extent: extent)
    }

    /// Rectangles that hold an area given in unrounded degrees, and a hand's breadth more.
    ///
    /// Latitudes beyond the poles are cut off; longitudes may lie beyond ±180, west ≤ east.
    static func covering(
        south: Double, north: Double, west: Double, east: Double
    ) -> [CellRectangle] {
        // Far more than rounding can make, far less than would cost anything.
        let margin = 1e-6
        let latitude = CellRange(
            Cells.latitudeCell(max(-90, south - margin)),
            Cells.latitudeCell(min(90, north + margin)))
        guard east - west + 2 * margin < 360 else {
            return [CellRectangle(latitude: latitude, longitude: .upTo(Cells.maximumLongitude))]
        }
        let start = ((west - margin + 180) * 1e7).rounded(.down)
        let end = ((east + margin + 180) * 1e7).rounded(.up)
        return rectangles(
            latitude: latitude, west: Int64(start), extent: Int64(end) - Int64(start))
    }

    /// - Parameters:
    ///   - west: cells east of −180; any number of turns.
    ///   - extent: cells from there to the east, not negative.
    private static func rectangles(
        latitude: CellRange, west: Int64, extent: Int64
    ) -> [CellRectangle] {
        longitudes(west: west, extent: extent).map {
            CellRectangle(latitude: latitude, longitude: $0)
        }
    }

    /// The ranges of 0…turn, where 0 and turn are the same meridian.
    private static func longitudes(west: Int64, extent: Int64) -> [CellRange] {
        let turn = Int64(Cells.maximumLongitude)
        guard extent < turn else { return [.upTo(Cells.maximumLongitude)] }
        let start = (west % turn + turn) % turn
        let end = start + extent
        if end >= turn {
            return [
                CellRange(UInt64(start), UInt64(turn)), CellRange(0, UInt64(end - turn)),
            ]
        }
        let range = CellRange(UInt64(start), UInt64(end))
        return start == 0 ? [range, CellRange(UInt64(turn), UInt64(turn))] : [range]
    }
}
