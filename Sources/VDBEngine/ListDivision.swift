internal import VDBPrimitives
internal import VDBQuantizers

/// The division of a list's vectors into parts that are worth lists of their own.
struct ListDivision {
    /// The centroids of the parts.
    let centroids: [[Float]]

    /// A part below one in so many of the vectors is no part: an outlier is none.
    private static let leastPart = 16

    /// Divides by k-means; nil where that gives no parts, as of equal vectors.
    ///
    /// Where k-means takes away but a few outliers, the vectors are halved across the direction in
    /// which they differ.
    init?(_ vectors: Matrix, partCount: Int, seed: UInt64, threadCount: Int) {
        guard vectors.rowCount >= 2 else { return nil }
        let result = KMeans(
            centroidCount: min(partCount, vectors.rowCount), iterationLimit: 10, seed: seed,
            threads: threadCount
        ).train(vectors)
        var sizes = [Int](repeating: 0, count: result.centroids.count)
        for part in result.assignment.indices { sizes[Int(part)] += 1 }
        let least = Self.leastSize(of: vectors)
        let parts = sizes.indices.filter { sizes[$0] >= least }
        if parts.count >= 2 {
            centroids = parts.map { Array(result.centroids.matrix.row($0)) }
            return
        }
        let used = sizes.indices.filter { sizes[$0] > 0 }.sorted { sizes[$0] > sizes[$1] }
        guard used.count >= 2,
            let halves = Self.halves(
                of: vectors, from: Array(result.centroids.matrix.row(used[0])),
                to: Array(result.centroids.matrix.row(used[1])))
        else { return nil }
        centroids = halves
    }

    private static func leastSize(of vectors: Matrix) -> Int {
        max(1, vectors.rowCount / leastPart)
    }

    /// The means of the vectors on either side of the median along a direction; nil where most lie
    /// at one place.
    private static func halves(
        of vectors: Matrix, from start: [Float], to end: [Float]
    ) -> [[Float]]? {
        let direction = zip(start, end).map { $1 - $0 }
        let places = (0..<vectors.rowCount).map { row in
            zip(vectors.row(row), direction).reduce(Float(0)) { $0 + $1.0 * $1.1 }
        }
        let median = places.sorted()[places.count / 2]
        // Equal ones stay together: on the side that makes the parts more alike.
        let below = places.map { $0 < median }
        let upTo = places.map { $0 <= median }
        let half = vectors.rowCount / 2
        let belowCount = below.count { $0 }
        let upToCount = upTo.count { $0 }
        let sides = abs(belowCount - half) <= abs(upToCount - half) ? below : upTo
        let count = sides.count { $0 }
        guard min(count, sides.count - count) >= leastSize(of: vectors) else { return nil }
        let means = [true, false].map { side in
            mean(of: vectors, rows: sides.indices.filter { sides[$0] == side })
        }
        return means[0] == means[1] ? nil : means
    }

    private static func mean(of vectors: Matrix, rows: [Int]) -> [Float] {
        var sums = [Double](repeating: 0, count: vectors.columnCount)
        for row in rows {
            for (column, value) in vectors.row(row).enumerated() { sums[column] += Double(value) }
        }
        return sums.map { Float($0 / Double(rows.count)) }
    }
}
