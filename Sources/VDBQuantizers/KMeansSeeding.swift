internal import VDBPrimitives

/// Chooses starting centroids by k-means++: each next one among the points, with a probability
/// proportional to its squared distance to those chosen so far.
///
/// D. Arthur, S. Vassilvitskii, "k-means++: The Advantages of Careful Seeding", SODA 2007
/// (doi:10.5555/1283383.1283494). It costs k passes over the points, so it runs on a sample of a
/// few points per centroid: about the cost of one iteration of Lloyd's algorithm on a usual
/// training set, for any k.
struct KMeansSeeding {
    /// Points sampled for each centroid.
    static let pointsPerCentroid = 8

    /// Points that one thread takes at a time.
    private static let chunkSize = 2048

    /// Multiplications in a pass from which further threads pay for their start.
    private static let parallelWork = 4_000_000

    /// `count` rows of `points`. There may be fewer distinct points than that: then some repeat.
    static func centroids(
        _ count: Int, from points: Matrix, random: inout RandomSource, threads: Int
    ) -> Matrix {
        let dimension = points.columnCount
        let rows = random.sample(count * pointsPerCentroid, below: points.rowCount)
        var sample = Matrix(rowCount: rows.count, columnCount: dimension)
        for (index, row) in rows.enumerated() {
            sample.values.replaceSubrange(
                index * dimension..<(index + 1) * dimension, with: points.row(row))
        }

        var centroids = Matrix(rowCount: count, columnCount: dimension)
        var distances = [Float](repeating: .infinity, count: rows.count)
        let chunkCount = (rows.count + chunkSize - 1) / chunkSize
        var chunkSums = [Double](repeating: 0, count: chunkCount)
        let useThreads = rows.count * dimension >= parallelWork ? threads : 1

        var chosen = random.next(below: rows.count)
        for index in 0..<count {
            centroids.values.replaceSubrange(
                index * dimension..<(index + 1) * dimension, with: sample.row(chosen))
            approach(
                chosen, sample: sample, distances: &distances, chunkSums: &chunkSums,
                threads: useThreads)
            chosen = draw(distances: distances, chunkSums: chunkSums, random: &random)
        }
        return centroids
    }

    /// Lowers each point's distance to that of the newly chosen one, where it is nearer.
    private static func approach(
        _ chosen: Int, sample: Matrix, distances: inout [Float], chunkSums: inout [Double],
        threads: Int
    ) {
        let dimension = sample.columnCount
        sample.values.withUnsafeBufferPointer { values in
            distances.withUnsafeMutableBufferPointer { distances in
                chunkSums.withUnsafeMutableBufferPointer { sums in
                    // Each chunk reads the points and writes its own distances and sum.
                    nonisolated(unsafe) let (distances, sums) = (distances, sums)
                    nonisolated(unsafe) let start = values.baseAddress
                    parallelFor(sums.count, threads: threads) { chunk in
                        guard let start else { return }
                        let first = chunk * chunkSize
                        let end = min(first + chunkSize, distances.count)
                        var sum = 0.0
                        for i in first..<end {
                            let distance = VectorKernel.squaredDistance(
                                start + chosen * dimension, start + i * dimension, dimension)
                            if distance < distances[i] { distances[i] = distance }
                            sum += Double(distances[i])
                        }
                        sums[chunk] = sum
                    }
                }
            }
        }
    }

    /// Draws a point by its distance, or any if all distances are 0 or not numbers.
    private static func draw(
        distances: [Float], chunkSums: [Double], random: inout RandomSource
    ) -> Int {
        let total = chunkSums.reduce(0, +)
        let unit = Double(random.nextUnit())
        guard total > 0, total.isFinite else {
            return min(Int(unit * Double(distances.count)), distances.count - 1)
        }
        var rest = unit * total
        var chunk = 0
        while chunk < chunkSums.count - 1 && rest >= chunkSums[chunk] {
            rest -= chunkSums[chunk]
            chunk += 1
        }
        let end = min((chunk + 1) * chunkSize, distances.count)
        // Rounding may carry past the end: then the last point with a distance is meant.
        var last = chunk * chunkSize
        for i in chunk * chunkSize..<end where distances[i] > 0 {
            last = i
            rest -= Double(distances[i])
            if rest < 0 { break }
        }
        return last
    }
}
