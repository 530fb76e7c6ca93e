internal import VDBPrimitives

/// How far centroids reach, a few outliers among them left out.
struct CentroidExtent {
    /// Of each component, over the centroids that are not far.
    let mean: [Float]
    /// The greatest difference of a component from the mean, of centroids that are not far.
    let greatest: Float
    /// Whether a centroid is far from all others.
    let isFar: [Bool]

    /// Centroids that the middle is taken from.
    private static let sampleCount = 63
    /// A centroid is far beyond so many times the distance within which seven in eight are.
    private static let farFactor: Float = 4

    init(_ centroids: Centroids) {
        let (count, dimension) = (centroids.count, centroids.dimension)
        let middle = Self.medians(of: centroids)
        (isFar, mean, greatest) = centroids.withRows { rows in
            let reaches = (0..<count).map {
                ByteCentroidKernel.greatestDifference(rows + $0 * dimension, mean: middle)
            }
            let limit = Self.farFactor * reaches.sorted()[(count - 1) * 7 / 8]
            let isFar = reaches.map { limit > 0 && $0 > limit }
            let near = (0..<count).filter { !isFar[$0] }
            var sums = [Double](repeating: 0, count: dimension)
            for row in near {
                for column in 0..<dimension {
                    sums[column] += Double(rows[row * dimension + column])
                }
            }
            let mean = sums.map { Float($0 / Double(near.count)) }
            let greatest = near.map {
                ByteCentroidKernel.greatestDifference(rows + $0 * dimension, mean: mean)
            }.max()
            return (isFar, mean, greatest ?? 0)
        }
    }

    /// The median of each component over some of the centroids: outliers do not move it.
    private static func medians(of centroids: Centroids) -> [Float] {
        let step = max(1, centroids.count / sampleCount)
        let sample = stride(from: 0, to: centroids.count, by: step).map {
            centroids.matrix.row($0)
        }
        return (0..<centroids.dimension).map { column in
            sample.map { $0[$0.startIndex + column] }.sorted()[sample.count / 2]
        }
    }
}
