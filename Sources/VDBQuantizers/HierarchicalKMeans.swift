package import VDBPrimitives

/// k-means for many centroids: the points in groups first, the centroids of each group by
/// themselves, then a few iterations over all, so that borders of groups are none of lists.
///
/// Two iterations over all give the error of ten that begin with points, and lists of more even
/// length. Same points and seed, same bits, with any number of threads.
package struct HierarchicalKMeans: Sendable {
    package var centroidCount: Int
    package var seed: UInt64
    package var threads: Int

    /// Centroids from which groups pay.
    package static let leastCentroidCount = 64
    /// Iterations over all points at the end.
    private static let refinementCount = 2
    private static let groupIterationLimit = 8
    private static let pointsPerGroup = 256

    package init(centroidCount: Int, seed: UInt64, threads: Int) {
        precondition(centroidCount > 0, "\(centroidCount) centroids")
        self.centroidCount = centroidCount
        self.seed = seed
        self.threads = threads
    }

    /// The centroids of the rows of `points`, of which there must be at least as many.
    package func centroids(_ points: Matrix) -> Centroids {
        precondition(
            points.rowCount >= centroidCount,
            "\(centroidCount) centroids of \(points.rowCount) points")
        let members = groups(points)
        let seeds = trainGroups(points, members, shares(members.map(\.count)))
        var random = RandomSource(seed: seed)
        return KMeans(
            centroidCount: centroidCount, iterationLimit: Self.refinementCount, seed: seed,
            threads: threads
        ).moved(seeds, points, random: &random)
    }

    /// The rows of each group. A few hundred points tell where its mean is.
    private func groups(_ points: Matrix) -> [[Int]] {
        let count = max(1, Int(Double(centroidCount).squareRoot()))
        var random = RandomSource(seed: seed)
        let sample = random.sample(Self.pointsPerGroup * count, below: points.rowCount)
        let means = KMeans(
            centroidCount: count, iterationLimit: Self.groupIterationLimit, seed: seed,
            threads: threads
        ).centroids(points.rows(sample))
        let groups = means.nearlyNearest(points, threads: threads).indices
        return Dictionary(grouping: groups.indices) { groups[$0] }
            .sorted { $0.key < $1.key }.map(\.value)
    }

    /// The centroids of each group, one group after the other.
    private func trainGroups(_ points: Matrix, _ members: [[Int]], _ shares: [Int]) -> Matrix {
        let starts = shares.indices.map { shares[..<$0].reduce(0, +) }
        var result = Matrix(rowCount: centroidCount, columnCount: points.columnCount)
        result.values.withUnsafeMutableBufferPointer { values in
            // Each group is written by one thread.
            nonisolated(unsafe) let values = values
            parallelFor(members.count, threads: threads) { group in
                let trained = KMeans(
                    centroidCount: shares[group], iterationLimit: Self.groupIterationLimit,
                    seed: seed &+ UInt64(group) &+ 1, threads: 1
                ).centroids(points.rows(members[group])).matrix.values
                let start = starts[group] * points.columnCount
                for (index, value) in trained.enumerated() { values[start + index] = value }
            }
        }
        return result
    }

    /// The centroids of each group, by its points: at least one, at most one a point.
    private func shares(_ sizes: [Int]) -> [Int] {
        let total = sizes.reduce(0, +)
        // Rounded down, the rest goes to the groups that have most points a centroid.
        var shares = sizes.map { max(1, $0 * centroidCount / total) }
        while shares.reduce(0, +) < centroidCount {
            let widest = sizes.indices.filter { shares[$0] < sizes[$0] }.max {
                sizes[$0] * shares[$1] < sizes[$1] * shares[$0]
            }
            guard let widest else { break }
            shares[widest] += 1
        }
        while shares.reduce(0, +) > centroidCount {
            let narrowest = sizes.indices.filter { shares[$0] > 1 }.min {
                sizes[$0] * shares[$1] < sizes[$1] * shares[$0]
            }
            guard let narrowest else { break }
            shares[narrowest] -= 1
        }
        return shares
    }
}
