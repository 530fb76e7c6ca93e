package import VDBPrimitives

/// What finds the lists near a query: the centroids in 8 bits, in two levels where they are many.
package final class CoarseQuantizer: Sendable {
    /// The groups of `second`, as one group; nil where there is one level.
    package let first: ByteCentroids?
    package let second: ByteCentroids
    private let centroids: Centroids
    private let groups: CentroidGroups?
    private let metric: Metric
    /// Centroids from which there are two levels.
    private let least: Int

    /// - Parameter least: centroids from which there are two levels.
    package init(
        _ centroids: Centroids, metric: Metric,
        groupsFrom least: Int = CentroidGroups.leastCentroidCount
    ) {
        self.metric = metric
        self.least = least
        self.centroids = centroids
        groups = centroids.count >= least ? CentroidGroups(centroids) : nil
        (first, second) = Self.levels(centroids, groups, metric)
    }

    /// The same after a change of centroids; where there are two levels, the groups stay, mostly:
    /// finding them anew costs more than a change of a few lists.
    ///
    /// - Parameter origins: what each centroid was in `earlier`; nil if it is new.
    package init(
        _ centroids: Centroids, changedFrom earlier: CoarseQuantizer, origins: [Int?]
    ) {
        metric = earlier.metric
        least = earlier.least
        self.centroids = centroids
        groups =
            centroids.count >= least
            ? earlier.groups?.changed(to: centroids, earlier: origins)
                ?? CentroidGroups(centroids) : nil
        (first, second) = Self.levels(centroids, groups, metric)
    }

    private static func levels(
        _ centroids: Centroids, _ groups: CentroidGroups?, _ metric: Metric
    ) -> (first: ByteCentroids?, second: ByteCentroids) {
        (
            groups.map { ByteCentroids($0.means, metric: metric) },
            ByteCentroids(centroids, metric: metric, grouping: groups)
        )
    }

    /// Centroids in all groups.
    package var count: Int { centroids.count }
    package var groupCount: Int { groups?.count ?? 1 }

    /// Points that are worth assigning at a time, in float32 of this dimension.
    package var batchCount: Int {
        groups == nil ? 8192 : max(8192, min(65_536, (32 << 20) / (4 * centroids.dimension)))
    }

    /// The nearest centroid of each row of `points`, nearly always: 8 bits or the nearest groups
    /// tell which it is.
    package func nearest(_ points: Matrix, threads: Int) -> Assignment {
        if let groups { return groups.nearest(points, threads: threads) }
        if metric.ofLists == .euclidean {
            return second.nearest(points, of: centroids, threads: threads)
        }
        return centroids.nearlyNearest(points, threads: threads)
    }
}

extension Centroids {
    /// The nearest centroid of each row of `points`, nearly always.
    func nearlyNearest(_ points: Matrix, threads: Int) -> Assignment {
        if count >= CentroidGroups.leastCentroidCount {
            return CentroidGroups(self, threads: threads).nearest(points, threads: threads)
        }
        // Bringing the centroids into 8 bits costs as much as a few points for each.
        guard points.rowCount >= 4 * count else { return nearest(points, threads: threads) }
        return ByteCentroids(self, metric: .euclidean).nearest(points, of: self, threads: threads)
    }
}
