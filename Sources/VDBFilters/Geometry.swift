/// Distances and areas on the Earth, taken as a sphere.
package enum Geometry {
    /// The mean radius of the WGS-84 ellipsoid, (2a + b) / 3, in metres.
    package static let earthRadius = 6_371_008.8

    /// The great-circle distance in metres.
    ///
    /// The sphere differs from the ellipsoid by up to 0.6 %.
    package static func distance(_ from: Location, _ to: Location) -> Double {
        let cap = Cap(center: from, metres: 0)
        let haversine = cap.haversine(latitude: to.latitude, longitude: to.longitude)
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
    /// The angle and a hand's breadth more: latitudes beyond are not asked for.
    private let reach: Double
    /// The product of the cosines of the centre's latitude and of any latitude within reach is
    /// between these.
    private let lowestFactor: Double
    private let highestFactor: Double

    /// Distances are compared to a micrometre, so that rounding cannot part equal places.
    private static let slackMetres = 1e-6

    /// - Parameter metres: not negative.
    init(center: Location, metres: Double) {
        latitude = center.latitude
        longitude = center.longitude
        cosineOfLatitude = Trigonometry.cosine(Trigonometry.radians(center.latitude))
        angle = (metres + Self.slackMetres) / Geometry.earthRadius
        let halfSine = Trigonometry.sine(min(angle, .pi) / 2)
        limit = angle >= .pi ? .infinity : halfSine * halfSine
        reach = angle + 1e-7
        let middle = Trigonometry.radians(center.latitude)
        let (south, north) = (middle - reach, middle + reach)
        let cosines = [south, north].map { max(0, Trigonometry.cosine($0)) }
        let isOverPole = north > .pi / 2 || south < -.pi / 2
        lowestFactor = isOverPole ? 0 : cosineOfLatitude * min(cosines[0], cosines[1])
        highestFactor =
            cosineOfLatitude
            * (isOverPole || south * north <= 0 ? 1 : max(cosines[0], cosines[1]))
    }

    /// sin²(d/2) of the angular distance d from the centre.
    ///
    /// Well conditioned for small distances, unlike the arc cosine (R. W. Sinnott, "Virtues of the
    /// haversine", Sky and Telescope 68(2):159, 1984).
    func haversine(latitude other: Double, longitude otherLongitude: Double) -> Double {
        let north = Trigonometry.sine(Trigonometry.radians(other - latitude) / 2)
        let east = Trigonometry.sine(Trigonometry.radians(otherLongitude - longitude) / 2)
        let cosine = Trigonometry.cosine(Trigonometry.radians(other))
        return north * north + cosineOfLatitude * cosine * east * east
    }

    /// Whether the place is inside.
    func contains(latitude: Double, longitude: Double) -> Bool {
        quickAnswer(latitude: latitude, longitude: longitude)
            ?? (haversine(latitude: latitude, longitude: longitude) <= limit)
    }

    /// The answer where bounds on the haversine suffice: all but a thin ring, without a sine.
    ///
    /// x² − x⁴/3 ≤ sin² x ≤ x², and the cosine of the place's latitude lies between those of the
    /// cap.
    private func quickAnswer(latitude: Double, longitude: Double) -> Bool? {
        let north = Trigonometry.radians(latitude - self.latitude) / 2
        guard abs(north) <= reach / 2 else { return nil }
        var turn = abs(longitude - self.longitude)
        if turn > 180 { turn = 360 - turn }
        let east = Trigonometry.radians(turn) / 2
        let (north2, east2) = (north * north, east * east)
        let rounding = 1e-12
        if (north2 + highestFactor * east2) * (1 + rounding) <= limit { return true }
        let least = north2 * (1 - north2 / 3) + lowestFactor * east2 * max(0, 1 - east2 / 3)
        return least * (1 - rounding) > limit ? false : nil
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

    /// The rectangles of a box whose corners are stored steps; west > east crosses the dateline.
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
