import Testing
import VDBPrimitives
import VDBQuantizers

extension QuantizerTests {
    @Suite("Centroids in 8 bits")
    struct ByteCentroidsTests {
        @Test(
            "they order the lists as the centroids do, but for small differences",
            arguments: [Metric.euclidean, .innerProduct])
        func order(metric: Metric) {
            let (count, dimension) = (100, 33)
            // Far from the origin, as the components of pictures are.
            let values = clusteredVectors(
                count + 20, dimension: dimension, clusterCount: 12, seed: 1
            ).map { 40 * $0 + 100 }
            let centroids = Centroids(
                Matrix(columnCount: dimension, values: Array(values.prefix(count * dimension))))
            let bytes = ByteCentroids(centroids, metric: metric)
            var scratch = [Int8](repeating: 0, count: bytes.scratchSize)
            for row in count..<count + 20 {
                let query = Array(values[row * dimension..<(row + 1) * dimension])
                var keys = [Float](repeating: .nan, count: count)
                var exact = [Float](repeating: .nan, count: count)
                let prepared = bytes.prepare(query, in: &scratch)
                let origin = prepared.origin
                var written = [UInt32](repeating: .max, count: count)
                let counts = [0].withUnsafeBufferPointer {
                    bytes.keys(
                        of: prepared, scratch, groups: $0, wanted: count, into: &keys, &written)
                }
                #expect(counts == (count, 1) && written == Array(0..<UInt32(count)))
                centroids.distances(to: query, metric: metric, into: &exact)
                let sorted = exact.sorted()
                let spread = sorted[count - 1] - sorted[0]
                #expect(
                    zip(keys, exact).allSatisfy { abs($0 + origin - $1) <= 0.02 * spread })
                // The list that comes n-th is hardly further away than the n-th nearest.
                for (place, list) in keys.indices.sorted(by: { keys[$0] < keys[$1] }).enumerated() {
                    #expect(exact[list] <= sorted[place] + 0.02 * spread)
                }
            }
        }

        @Test(
            "a few that are far from all others do not blunt the rest",
            arguments: [Metric.euclidean, .innerProduct])
        func outliers(metric: Metric) {
            let dimension = 16
            var values = clusteredVectors(64, dimension: dimension, clusterCount: 9, seed: 5)
            for (row, far) in [(3, Float(1e6)), (40, -1e6), (41, 1e5)] {
                for column in 0..<dimension { values[row * dimension + column] = far }
            }
            let centroids = Centroids(Matrix(columnCount: dimension, values: values))
            let bytes = ByteCentroids(centroids, metric: metric)
            var scratch = [Int8](repeating: 0, count: bytes.scratchSize)
            for row in 0..<64 {
                let query = Array(values[row * dimension..<(row + 1) * dimension])
                var keys = [Float](repeating: .nan, count: 64)
                var exact = [Float](repeating: .nan, count: 64)
                var written = [UInt32](repeating: .max, count: 64)
                let prepared = bytes.prepare(query, in: &scratch)
                _ = [0].withUnsafeBufferPointer {
                    bytes.keys(
                        of: prepared, scratch, groups: $0, wanted: 64, into: &keys, &written)
                }
                centroids.distances(to: query, metric: metric, into: &exact)
                let nearest = keys.indices.min { keys[$0] < keys[$1] } ?? 0
                let others = exact.filter { abs($0) < 1e3 * abs(exact[row]) + 1e3 }.sorted()
                let spread = (others.last ?? 0) - (others.first ?? 0)
                let least = exact.min() ?? 0
                #expect(exact[nearest] <= least + 0.02 * spread + 1e-5 * abs(least), "\(row)")
            }
        }

        @Test("centroids that are all alike have keys all alike")
        func alike() {
            let centroids = Centroids(
                Matrix(columnCount: 5, values: [Float](repeating: 3, count: 50)))
            let bytes = ByteCentroids(centroids, metric: .euclidean)
            var scratch = [Int8](repeating: 0, count: bytes.scratchSize)
            var keys = [Float](repeating: .nan, count: 10)
            let query = bytes.prepare([1, 2, 3, 4, 5], in: &scratch)
            var written = [UInt32](repeating: .max, count: 10)
            _ = [0].withUnsafeBufferPointer {
                bytes.keys(of: query, scratch, groups: $0, wanted: 10, into: &keys, &written)
            }
            #expect(keys == [Float](repeating: 0, count: 10))
        }

        @Test("the distance to one centroid is that of all", arguments: Metric.allCases)
        func single(metric: Metric) {
            let centroids = Centroids(
                Matrix(columnCount: 17, values: randomFloats(17 * 20, seed: 2)))
            let query = randomFloats(17, seed: 3)
            var all = [Float](repeating: .nan, count: 20)
            centroids.distances(to: query, metric: metric, into: &all)
            for index in 0..<20 {
                let one = centroids.distance(to: query, index, metric: metric)
                #expect(abs(one - all[index]) < 1e-4)
            }
        }
    }
}
