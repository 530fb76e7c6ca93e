import Testing
import VDBPrimitives
import VDBQuantizers

extension QuantizerTests {
    @Suite("Many centroids come in groups")
    struct CentroidGroupsTests {
        private let points = Matrix(
            columnCount: 8,
            values: clusteredVectors(3000, dimension: 8, clusterCount: 60, seed: 4))

        @Test("each centroid is in one group, and no group is empty")
        func members() {
            let centroids = Centroids(
                Matrix(columnCount: 8, values: Array(points.values.prefix(8 * 500))))
            let groups = CentroidGroups(centroids)
            #expect(groups.members.sorted() == Array(0..<500))
            #expect(groups.starts.count == groups.count + 1)
            #expect((0..<groups.count).allSatisfy { !groups[$0].isEmpty })
        }

        @Test("centroids that are all alike make one group, which has them all")
        func alike() {
            let groups = CentroidGroups(
                Centroids(Matrix(columnCount: 3, values: [Float](repeating: 2, count: 300))))
            #expect(groups.count == 1 && groups.members == Array(0..<100))
        }

        @Test("groups follow a few centroids that come and go, and are found anew after many")
        func changed() throws {
            let before = Centroids(
                Matrix(columnCount: 8, values: Array(points.values.prefix(8 * 500))))
            let groups = CentroidGroups(before)
            // Every tenth goes, twenty come.
            var origins: [Int?] = (0..<500).filter { $0 % 10 != 0 }
            origins += [Int?](repeating: nil, count: 20)
            let rows = origins.enumerated().map { index, origin in origin ?? index + 500 }
            let after = Centroids(
                Matrix(columnCount: 8, values: rows.flatMap { points.row($0) }))
            let changed = try #require(groups.changed(to: after, earlier: origins))
            #expect(changed.members.sorted() == Array(0..<470))
            #expect((0..<changed.count).allSatisfy { !changed[$0].isEmpty })
            let exact = after.nearest(points, threads: 1)
            let found = changed.nearest(points, threads: 1)
            #expect(found.error <= 1.01 * exact.error)
            // The same once more is too much, all changes together.
            let kept = (0..<470).filter { $0 % 6 != 0 }
            let fewer = Centroids(
                Matrix(columnCount: 8, values: kept.flatMap { after.matrix.row($0) }))
            #expect(changed.changed(to: fewer, earlier: kept) == nil)
        }

        @Test("points get their nearest centroid, or one hardly further away")
        func nearest() {
            let centroids = Centroids(
                Matrix(columnCount: 8, values: Array(points.values.prefix(8 * 1000))))
            let exact = centroids.nearest(points, threads: 1)
            let groups = CentroidGroups(centroids)
            #expect(points.rowCount >= groups.count * 8)
            let found = groups.nearest(points, threads: 2)
            let same = zip(found.indices, exact.indices).count { $0 == $1 }
            #expect(same >= 2900)
            #expect(found.error <= 1.01 * exact.error)
            #expect(zip(found.distances, exact.distances).allSatisfy { $0 >= $1 - 1e-5 })
            #expect(groups.nearest(points, threads: 1).indices == found.indices)
        }

        @Test("hierarchical k-means is as good as the plain one, with any number of threads")
        func hierarchical() {
            let plain = KMeans(centroidCount: 100, iterationLimit: 12, seed: 3, threads: 2)
                .train(points)
            let trained = HierarchicalKMeans(centroidCount: 100, seed: 3, threads: 2)
                .centroids(points)
            #expect(trained.count == 100)
            #expect(
                trained.nearest(points, threads: 2).error <= 1.1 * plain.assignment.error)
            let again = HierarchicalKMeans(centroidCount: 100, seed: 3, threads: 1)
                .centroids(points)
            #expect(again.matrix.values == trained.matrix.values)
        }

        @Test("as many centroids as points, and points all alike, are legal")
        func extremes() {
            let few = Matrix(columnCount: 8, values: Array(points.values.prefix(8 * 20)))
            let each = HierarchicalKMeans(centroidCount: 20, seed: 1, threads: 1).centroids(few)
            // Distances are differences of products where there is no wider register: rounding.
            #expect(each.count == 20 && each.nearest(few, threads: 1).error < 1e-4)
            let alike = Matrix(columnCount: 2, values: [Float](repeating: 1, count: 80))
            let one = HierarchicalKMeans(centroidCount: 9, seed: 1, threads: 1).centroids(alike)
            #expect(one.count == 9 && one.nearest(alike, threads: 1).error == 0)
        }
    }
}
