internal import VDBPrimitives

/// How well the index fitted its content at one moment (`Formats/models.md`, "History").
package struct DriftPoint: Sendable, Hashable {
    /// Since 1970 UTC.
    package var timeMicroseconds: Int64
    /// Of the models then in force.
    package var generation: UInt32
    /// Live rows in the tables.
    package var liveCount: UInt32
    package var listCount: UInt32
    /// Standard deviation of the lists' sizes, as a share of their mean.
    package var listSizeSpread: Float = 0
    /// Mean squared distance of the newest rows to their centroids, as a multiple of that in
    /// training; 1 if none has come since.
    package var centroidShift: Float = 1
    /// The same of the distance to what their codes stand for.
    package var quantizationShift: Float = 1
    /// The share of the rows in the tables that are dead.
    package var deadShare: Float = 0

    package init(
        timeMicroseconds: Int64, generation: UInt32, liveCount: UInt32, listCount: UInt32
    ) {
        self.timeMicroseconds = timeMicroseconds
        self.generation = generation
        self.liveCount = liveCount
        self.listCount = listCount
    }

    /// Whether so much has changed since `earlier` that both are worth keeping.
    ///
    /// The spread is left out: it changes with the lists and the rows, and is costly to know.
    package func isNews(after earlier: DriftPoint) -> Bool {
        generation != earlier.generation
            || Self.differ(liveCount, earlier.liveCount)
            || Self.differ(listCount, earlier.listCount)
            || abs(centroidShift - earlier.centroidShift) >= Self.leastStep
            || abs(quantizationShift - earlier.quantizationShift) >= Self.leastStep
            || abs(deadShare - earlier.deadShare) >= Self.leastStep
            || timeMicroseconds - earlier.timeMicroseconds >= Self.longestGap
    }

    /// Of shifts and shares.
    private static let leastStep: Float = 0.02
    /// An hour, in microseconds: a line that stays level shows that nothing changed, not that
    /// nobody looked.
    private static let longestGap: Int64 = 3_600_000_000

    /// Whether two counts are more than a sixteenth apart.
    private static func differ(_ count: UInt32, _ earlier: UInt32) -> Bool {
        let (count, earlier) = (Int64(count), Int64(earlier))
        return abs(count - earlier) * 16 > max(earlier, 1)
    }
}

extension DriftPoint {
    static let size = 40

    func write(into writer: inout ByteWriter) {
        writer.write(timeMicroseconds)
        for count in [generation, liveCount, listCount] { writer.write(count) }
        for figure in [listSizeSpread, centroidShift, quantizationShift, deadShare] {
            writer.write(figure)
        }
        writer.write(UInt32(0))
    }

    init(_ reader: inout ByteReader) throws(DecodingFailure) {
        timeMicroseconds = try reader.read()
        generation = try reader.read()
        liveCount = try reader.read()
        listCount = try reader.read()
        listSizeSpread = try reader.readFloat()
        centroidShift = try reader.readFloat()
        quantizationShift = try reader.readFloat()
        deadShare = try reader.readFloat()
        _ = try reader.read(UInt32.self)
        let figures = [listSizeSpread, centroidShift, quantizationShift, deadShare]
        // Differences of times that are not negative do not overflow.
        guard timeMicroseconds >= 0, generation > 0, listCount > 0,
            figures.allSatisfy({ $0.isFinite && $0 >= 0 }), deadShare <= 1
        else {
            throw .inconsistent(
                "a point at \(timeMicroseconds) of generation \(generation), \(listCount) lists "
                    + "and figures \(figures)")
        }
    }
}
