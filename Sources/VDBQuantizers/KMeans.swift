package import VDBPrimitives

/// Lloyd's algorithm: centroids that locally minimize the sum of squared distances.
///
/// S. Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory 28(2),
/// 1982 (doi:10.1109/TIT.1982.1056489), seeded by k-means++ (see `KMeansSeeding`).
///
/// The same points, options and seed give the same bits on the same machine, with any number of
/// threads: points are assigned independently, and each centroid is summed in the points' order.
/// Equal points are legal, and so are fewer distinct points than centroids: the centroids left
/// over repeat others and no point is assigned to them.
package struct KMeans: Sendable {
    /// The number of centroids, at least 1.
    package var centroidCount: Int
    /// Iterations at most.
    package var iterationLimit: Int
    /// Stop when an iteration lowers the error by less than this part of it.
    package var tolerance: Double
    package var seed: UInt64
    package var threads: Int

    package init(
        centroidCount: Int, iterationLimit: Int = 20, tolerance: Double = 1e-3, seed: UInt64,
        threads: Int
    ) {
        precondition(centroidCount > 0, "\(centroidCount) centroids")
        self.centroidCount = centroidCount
        self.iterationLimit = iterationLimit
        self.tolerance = tolerance
        self.seed = seed
        self.threads = threads
    }

    /// What training gives: the centroids and the assignment of the points to them.
    package struct Result: Sendable {
        package let centroids: Centroids
        package let assignment: Assignment
        package let iterationCount: Int
    }

    /// Clusters the rows of `points`, of which there must be at least one.
    package func train(_ points: Matrix) -> Result {
        precondition(points.rowCount > 0, "no points to cluster")
        var random = RandomSource(seed: seed)
        return refine(
            KMeansSeeding.centroids(
                centroidCount, from: points, random: &random, threads: threads),
            points, random: &random)
    }

    /// Centroids after all of the iterations, for which the centroids nearly nearest to the points
    /// are good enough; of where they belong in the end nothing is worked out.
    func centroids(_ points: Matrix) -> Centroids {
        var random = RandomSource(seed: seed)
        let seeds = KMeansSeeding.centroids(
            centroidCount, from: points, random: &random, threads: threads)
        return moved(seeds, points, random: &random)
    }

    /// The same from `centroidCount` centroids on.
    func moved(_ seeds: Matrix, _ points: Matrix, random: inout RandomSource) -> Centroids {
        var matrix = seeds
        for _ in 0..<iterationLimit {
            let assignment = Centroids(matrix).nearlyNearest(points, threads: threads)
            _ = move(&matrix, points, assignment, random: &random)
        }
        return Centroids(matrix)
    }

    /// The same, going on from centroids that were found before; what they lack in number is filled
    /// up with points.
    package func centroids(_ points: Matrix, from earlier: Matrix) -> Centroids {
        precondition(
            points.rowCount > 0 && earlier.rowCount <= centroidCount,
            "\(earlier.rowCount) centroids to begin with, \(centroidCount) to end with")
        var random = RandomSource(seed: seed)
        var seeds = earlier
        while seeds.rowCount < centroidCount {
            seeds.values.append(contentsOf: points.row(random.next(below: points.rowCount)))
        }
        return moved(seeds, points, random: &random)
    }

    /// Lloyd's iterations, from `centroidCount` centroids on.
    private func refine(_ seeds: Matrix, _ points: Matrix, random: inout RandomSource) -> Result {
        var matrix = seeds
        var centroids = Centroids(matrix)
        var assignment = nearest(centroids, points)
        var error = assignment.error
        var iterationCount = 0

        while iterationCount < iterationLimit {
            iterationCount += 1
            let reseeded = move(&matrix, points, assignment, random: &random)
            centroids = Centroids(matrix)
            assignment = nearest(centroids, points)
            let newError = assignment.error
            let converged = !(error - newError > tolerance * error)
            error = newError
            if converged && !reseeded { break }
        }
        return Result(
            centroids: centroids, assignment: assignment, iterationCount: iterationCount)
    }

    /// Moves the centroids to the means of their points; whether some had none and began anew.
    private func move(
        _ matrix: inout Matrix, _ points: Matrix, _ assignment: Assignment,
        random: inout RandomSource
    ) -> Bool {
        let members = ClusterMembers(assignment, clusterCount: centroidCount)
        moveToMeans(&matrix, of: points, members)
        return reseedEmpty(
            &matrix, points: points, assignment: assignment, members, random: &random)
    }

    private func nearest(_ centroids: Centroids, _ points: Matrix) -> Assignment {
        centroidCount < CentroidGroups.leastCentroidCount
            ? centroids.nearest(points, threads: threads)
            : centroids.nearlyNearest(points, threads: threads)
    }

    /// Moves each centroid that has points to their mean.
    private func moveToMeans(
        _ centroids: inout Matrix, of points: Matrix, _ members: ClusterMembers
    ) {
        let dimension = points.columnCount
        // Clusters are small pieces of work: a thread takes some at a time.
        let stride = 16
        let chunkCount = (centroidCount + stride - 1) / stride
        centroids.values.withUnsafeMutableBufferPointer { values in
            points.values.withUnsafeBufferPointer { points in
                // Each cluster is written by one thread.
                nonisolated(unsafe) let (values, points) = (values, points)
                parallelFor(chunkCount, threads: threads) { chunk in
                    guard let values = values.baseAddress, let points = points.baseAddress else {
                        return
                    }
                    let clusters = chunk * stride..<min((chunk + 1) * stride, centroidCount)
                    withUnsafeTemporaryAllocation(of: Double.self, capacity: dimension) { sum in
                        guard let sum = sum.baseAddress else { return }
                        for cluster in clusters where !members[cluster].isEmpty {
                            Self.mean(
                                of: members[cluster], points, dimension, sum: sum,
                                into: values + cluster * dimension)
                        }
                    }
                }
            }
        }
    }

    /// Writes the mean of some points.
    private static func mean(
        of members: ArraySlice<UInt32>, _ points: UnsafePointer<Float>, _ dimension: Int,
        sum: UnsafeMutablePointer<Double>, into mean: UnsafeMutablePointer<Float>
    ) {
        sum.initialize(repeating: 0, count: dimension)
        for member in members {
            CentroidKernel.add(points + Int(member) * dimension, dimension: dimension, to: sum)
        }
        let factor = 1 / Double(members.count)
        for t in 0..<dimension { mean[t] = Float(sum[t] * factor) }
    }

    /// Gives each empty cluster a point of the cluster with the largest error, which it splits;
    /// the point is drawn by its squared distance, so that one far outlier is not always taken.
    ///
    /// Returns whether there was anything to do.
    private func reseedEmpty(
        _ centroids: inout Matrix, points: Matrix, assignment: Assignment,
        _ members: ClusterMembers, random: inout RandomSource
    ) -> Bool {
        let empty = (0..<centroidCount).filter { members[$0].isEmpty }
        guard !empty.isEmpty else { return false }
        var errors = (0..<centroidCount).map { cluster in
            members[cluster].reduce(0.0) { $0 + Double(assignment.distances[Int($1)]) }
        }
        let dimension = points.columnCount
        var reseeded = false
        for cluster in empty {
            guard let widest = errors.indices.max(by: { errors[$0] < errors[$1] }),
                errors[widest] > 0, members[widest].count > 1
            else { break }
            var rest =
                Double(random.nextUnit())
                * members[widest].reduce(0.0) {
                    $0 + Double(assignment.distances[Int($1)])
                }
            var chosen = Int(members[widest][members[widest].startIndex])
            for point in members[widest] where assignment.distances[Int(point)] > 0 {
                chosen = Int(point)
                rest -= Double(assignment.distances[chosen])
                if rest < 0 { break }
            }
            centroids.values.replaceSubrange(
                cluster * dimension..<(cluster + 1) * dimension, with: points.row(chosen))
            // Both halves share the error, so that the next empty cluster may split another.
            errors[widest] /= 2
            reseeded = true
        }
        return reseeded
    }
}

/// The points of each cluster, in ascending order.
private struct ClusterMembers: Sendable {
    private var starts: [Int]
    private var points: [UInt32]

    /// A counting sort of the points by their cluster.
    init(_ assignment: Assignment, clusterCount: Int) {
        starts = [Int](repeating: 0, count: clusterCount + 1)
        for cluster in assignment.indices { starts[Int(cluster) + 1] += 1 }
        for cluster in 0..<clusterCount { starts[cluster + 1] += starts[cluster] }
        var next = starts
        points = [UInt32](repeating: 0, count: assignment.indices.count)
        for (point, cluster) in assignment.indices.enumerated() {
            points[next[Int(cluster)]] = UInt32(point)
            next[Int(cluster)] += 1
        }
    }

    subscript(cluster: Int) -> ArraySlice<UInt32> { points[starts[cluster]..<starts[cluster + 1]] }
}
