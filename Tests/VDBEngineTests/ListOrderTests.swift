import Testing
import VDBEngine
import VDBPrimitives
import VDBQuantizers

@Suite("Lists come in the order of their distance")
struct ListOrderTests {
    private let centroids: Centroids
    private let queries: [[Float]]

    init() {
        var random = RandomSource(seed: 8)
        centroids = Centroids(
            Matrix(columnCount: 6, values: (0..<6 * 700).map { _ in random.nextUnit() }))
        queries = (0..<20).map { _ in (0..<6).map { _ in random.nextUnit() } }
    }

    private func distances(_ query: [Float]) -> [Float] {
        var distances = [Float](repeating: 0, count: centroids.count)
        centroids.distances(to: query, metric: .euclidean, into: &distances)
        return distances
    }

    @Test("each list comes once, in one level and in two", arguments: [1, 10_000])
    func once(least: Int) {
        let coarse = CoarseQuantizer(centroids, metric: .euclidean, groupsFrom: least)
        let probe = CoarseProbe()
        for query in queries {
            let all = probe.nearest(700, to: query[...], coarse, after: [3, 64, 65, 300])
            #expect(all.sorted() == Array(0..<700))
        }
    }

    @Test("what was given out keeps its place when more is asked for", arguments: [1, 10_000])
    func prefix(least: Int) {
        let coarse = CoarseQuantizer(centroids, metric: .euclidean, groupsFrom: least)
        let probe = CoarseProbe()
        for query in queries {
            let first = probe.nearest(10, to: query[...], coarse)
            let more = probe.nearest(400, to: query[...], coarse, after: [10])
            #expect(Array(more.prefix(10)) == first)
        }
    }

    @Test("the nearest lists come first; with groups, nearly all of them")
    func nearest() {
        let probe = CoarseProbe()
        let flat = CoarseQuantizer(centroids, metric: .euclidean)
        let grouped = CoarseQuantizer(centroids, metric: .euclidean, groupsFrom: 1)
        #expect(flat.groupCount == 1 && grouped.groupCount > 50)
        var found = 0
        for query in queries {
            let distances = distances(query)
            let nearest = Set(distances.indices.sorted { distances[$0] < distances[$1] }.prefix(20))
            // 8 bits may swap lists at the border.
            #expect(nearest.intersection(probe.nearest(20, to: query[...], flat)).count >= 18)
            found += nearest.intersection(probe.nearest(20, to: query[...], grouped)).count
        }
        #expect(found >= 19 * queries.count)
    }
}
