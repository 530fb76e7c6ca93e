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
        let reaches = (0..<count).map { Self.reach(of: centroids.matrix.row($0), from: middle) }
        let limit = Self.farFactor * reaches.sorted()[(count - 1) * 7 / 8]
        isFar = reaches.map { limit > 0 && $0 > limit }
        var sums = [Double](repeating: 0, count: dimension)
        for row in 0..<count where !isFar[row] {
            for (column, value) in centroids.matrix.row(row).enumerated() {
                sums[column] += Double(value)
            }
        }
        let nearCount = isFar.count { !$0 }
        let mean = sums.map { Float($0 / Double(nearCount)) }
        var greatest: Float = 0
        for row in 0..<count where !isFar[row] {
            greatest = max(greatest, Self.reach(of: centroids.matrix.row(row), from: mean))
        }
        self.mean = mean
        self.greatest = greatest
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

    /// The greatest difference of a component.
    private static func reach(of centroid: ArraySlice<Float>, from middle: [Float]) -> Float {
        var greatest: Float = 0
        for (value, middle) in zip(centroid, middle) {
            greatest = max(greatest, abs(value - middle))
        }
        return greatest
    }
}
