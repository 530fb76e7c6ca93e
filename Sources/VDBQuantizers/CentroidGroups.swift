package import VDBPrimitives

/// Many centroids in groups of near ones, so that only those of the nearest groups have to be
/// looked at: the second level of the coarse quantizer.
///
/// Derived from the centroids, never stored: it stays right whatever becomes of them. As in
/// D. Nistér, H. Stewénius, "Scalable Recognition with a Vocabulary Tree", CVPR 2006
/// (doi:10.1109/CVPR.2006.264), but with two levels and several branches taken.
package struct CentroidGroups: Sendable {
    /// Centroids from which a second level pays.
    package static let leastCentroidCount = 16_384
    /// Groups whose centroids a point is compared with: some 3 in 100 then get another than the
    /// nearest centroid, one that is hardly further away.
    private static let neighborCount = 48
    /// Points for each group below which comparing them with all centroids is cheaper than bringing
    /// the centroids of each group together.
    private static let leastPointsPerGroup = 8

    /// The mean of each group.
    package let means: Centroids
    /// Indices of the centroids, group after group, ascending in each.
    package let members: [UInt32]
    /// Group g has members `starts[g] ..< starts[g + 1]`.
    package let starts: [Int]
    private let centroids: Centroids
    /// Centroids that have come or gone since the groups were found.
    private let changeCount: Int
    /// So many of them are a reason to find the groups anew: one in so many centroids.
    private static let changedPart = 4

    /// Groups of about a quarter of the square root of the number of centroids; none is empty.
    package init(_ centroids: Centroids, threads: Int = 1) {
        let count = centroids.count
        let groupCount = max(1, Int(4 * Double(count).squareRoot()) / 16 * 16)
        var random = RandomSource(seed: 1)
        let sample = random.sample(min(count, 16 * groupCount), below: count)
        let trained = KMeans(
            centroidCount: min(groupCount, count), iterationLimit: 6, seed: 1, threads: threads
        ).train(centroids.matrix.rows(sample)).centroids
        let groups = trained.nearest(centroids.matrix, threads: threads).indices
        self.init(centroids, means: trained, groups: groups, changeCount: 0)
    }

    /// The groups after a change of centroids: those that are left stay where they were, new ones
    /// go to the nearest group. Nil once so many have changed that other groups would be better.
    ///
    /// - Parameters:
    ///   - centroids: after the change.
    ///   - earlier: what each of them was before, or nil if it is new.
    package func changed(to centroids: Centroids, earlier: [Int?]) -> CentroidGroups? {
        let addedCount = earlier.count { $0 == nil }
        let goneCount = self.centroids.count - (earlier.count - addedCount)
        let changeCount = changeCount + addedCount + goneCount
        guard changeCount * Self.changedPart < centroids.count else { return nil }
        var groupOf = [UInt32](repeating: 0, count: self.centroids.count)
        for group in 0..<count {
            for member in self[group] { groupOf[Int(member)] = UInt32(group) }
        }
        let added = earlier.indices.filter { earlier[$0] == nil }
        var groups = earlier.map { $0.map { groupOf[$0] } ?? 0 }
        let nearest = means.nearest(centroids.matrix.rows(added), threads: 1)
        for (index, group) in zip(added, nearest.indices) { groups[index] = group }
        return CentroidGroups(
            centroids, means: means, groups: groups, changeCount: changeCount)
    }

    /// - Parameter groups: the group of each centroid; means without any are left out.
    private init(_ centroids: Centroids, means: Centroids, groups: [UInt32], changeCount: Int) {
        self.centroids = centroids
        self.changeCount = changeCount
        var sizes = [Int](repeating: 0, count: means.count)
        for group in groups { sizes[Int(group)] += 1 }
        let filled = sizes.indices.filter { sizes[$0] > 0 }
        self.means =
            filled.count == means.count ? means : Centroids(means.matrix.rows(filled))
        var starts = [0]
        for group in filled { starts.append(starts[starts.count - 1] + sizes[group]) }
        var next = [Int](repeating: 0, count: means.count)
        for (index, group) in filled.enumerated() { next[group] = starts[index] }
        var members = [UInt32](repeating: 0, count: centroids.count)
        for (centroid, group) in groups.enumerated() {
            members[next[Int(group)]] = UInt32(centroid)
            next[Int(group)] += 1
        }
        self.members = members
        self.starts = starts
    }

    package var count: Int { means.count }

    /// The members of a group.
    package subscript(group: Int) -> ArraySlice<UInt32> {
        members[starts[group]..<starts[group + 1]]
    }

    /// The nearest centroid of each row of `points` among those of the groups that are nearest to
    /// the row's own; ties go to the first. The result does not depend on the number of threads.
    package func nearest(_ points: Matrix, threads: Int) -> Assignment {
        guard points.rowCount >= count * Self.leastPointsPerGroup else {
            return centroids.nearest(points, threads: threads)
        }
        let groups = means.nearest(points, threads: threads).indices
        let byGroup = Dictionary(grouping: groups.indices) { groups[$0] }
        let order = byGroup.keys.sorted()
        var result = Assignment(
            indices: [UInt32](repeating: 0, count: points.rowCount),
            distances: [Float](repeating: 0, count: points.rowCount))
        result.indices.withUnsafeMutableBufferPointer { indices in
            result.distances.withUnsafeMutableBufferPointer { distances in
                // Each row belongs to one group and is written by its thread.
                nonisolated(unsafe) let (indices, distances) = (indices, distances)
                parallelFor(order.count, threads: threads) { place in
                    let group = order[place]
                    guard let rows = byGroup[group] else { return }
                    let candidates = neighbors(of: Int(group))
                    let found = Centroids(centroids.matrix.rows(candidates.map { Int($0) }))
                        .nearest(points.rows(rows), threads: 1)
                    for (index, row) in rows.enumerated() {
                        indices[row] = candidates[Int(found.indices[index])]
                        distances[row] = found.distances[index]
                    }
                }
            }
        }
        return result
    }

    /// The centroids of a group and of those nearest to it, ascending.
    private func neighbors(of group: Int) -> [UInt32] {
        var distances = [Float](repeating: 0, count: count)
        means.matrix.row(group).withUnsafeBufferPointer { mean in
            if let start = mean.baseAddress {
                means.distances(to: start, metric: .euclidean, into: &distances)
            }
        }
        let nearest = distances.indices.sorted {
            (distances[$0], $0) < (distances[$1], $1)
        }.prefix(Self.neighborCount)
        return nearest.flatMap { self[$0] }.sorted()
    }
}

extension Matrix {
    /// Some of its rows, in this order.
    package func rows(_ indices: some Sequence<Int>) -> Matrix {
        var values: [Float] = []
        values.reserveCapacity(indices.underestimatedCount * columnCount)
        for index in indices { values.append(contentsOf: row(index)) }
        return Matrix(columnCount: columnCount, values: values)
    }
}
