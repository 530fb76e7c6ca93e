package import VDBPrimitives

/// What finds the lists near a query: the centroids in 8 bits, in two levels where they are many.
package final class CoarseQuantizer: Sendable {
    /// The groups of `second`, as one group; nil where there is one level.
    package let first: ByteCentroids?
    package let second: ByteCentroids
    private let centroids: Centroids
    private let groups: CentroidGroups?

    /// - Parameter least: centroids from which there are two levels.
    package init(
        _ centroids: Centroids, metric: Metric,
        groupsFrom least: Int = CentroidGroups.leastCentroidCount
    ) {
        self.centroids = centroids
        guard centroids.count >= least else {
            groups = nil
            first = nil
            second = ByteCentroids(centroids, metric: metric)
            return
        }
        let groups = CentroidGroups(centroids)
        self.groups = groups
        first = ByteCentroids(groups.means, metric: metric)
        second = ByteCentroids(centroids, metric: metric, grouping: groups)
    }

    /// Centroids in all groups.
    package var count: Int { centroids.count }
    package var groupCount: Int { groups?.count ?? 1 }

    /// Points that are worth assigning at a time, in float32 of this dimension.
    package var batchCount: Int {
        groups == nil ? 8192 : max(8192, min(65_536, (32 << 20) / (4 * centroids.dimension)))
    }

    /// The nearest centroid of each row of `points`; with two levels, nearly always.
    package func nearest(_ points: Matrix, threads: Int) -> Assignment {
        groups?.nearest(points, threads: threads) ?? centroids.nearest(points, threads: threads)
    }
}
