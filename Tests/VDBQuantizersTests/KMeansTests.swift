import Testing
import VDBPrimitives
import VDBQuantizers

extension QuantizerTests {
    @Suite("k-means")
    struct KMeansTests {
        private func points(_ count: Int, dimension: Int = 12) -> Matrix {
            Matrix(
                columnCount: dimension,
                values: clusteredVectors(count, dimension: dimension, clusterCount: 20, seed: 1))
        }

        @Test("the same seed gives the same bytes, with any number of threads")
        func deterministic() {
            let points = points(5000)
            let results = [1, 2, 5].map { threads in
                KMeans(centroidCount: 50, seed: 7, threads: threads).train(points)
            }
            for result in results {
                #expect(result.centroids.matrix.values == results[0].centroids.matrix.values)
                #expect(result.assignment.indices == results[0].assignment.indices)
                #expect(result.assignment.distances == results[0].assignment.distances)
            }
            let other = KMeans(centroidCount: 50, seed: 8, threads: 2).train(points)
            #expect(other.centroids.matrix.values != results[0].centroids.matrix.values)
        }

        @Test("iterations lower the error, and stop when they no longer do")
        func converges() {
            let points = points(3000)
            let errors = [0, 1, 5, 100].map { limit in
                KMeans(centroidCount: 30, iterationLimit: limit, seed: 1, threads: 1)
                    .train(points)
            }
            for (earlier, later) in zip(errors, errors.dropFirst()) {
                #expect(later.assignment.error <= earlier.assignment.error * 1.0001)
            }
            #expect(errors[3].iterationCount < 100)
            #expect(errors[3].assignment.error < 0.9 * errors[0].assignment.error)
        }

        @Test("well separated clusters are found")
        func separated() {
            var random = RandomSource(seed: 2)
            var values: [Float] = []
            for i in 0..<1000 {
                values += [Float(i % 10) * 100 + random.nextUnit(), random.nextUnit()]
            }
            let result = KMeans(centroidCount: 10, seed: 1, threads: 2)
                .train(Matrix(columnCount: 2, values: values))
            #expect(result.assignment.error < 1000)
        }

        @Test("no cluster is empty while there are points to split", arguments: [1, 7, 64, 200])
        func noEmptyClusters(k: Int) {
            let result = KMeans(centroidCount: k, seed: 3, threads: 2).train(points(2000))
            #expect(Set(result.assignment.indices).count == k)
        }

        @Test("fewer distinct points than centroids are legal", arguments: [1, 2, 5])
        func duplicates(distinct: Int) {
            var values: [Float] = []
            for i in 0..<300 { values += [Float(i % distinct), 1, 2] }
            let result = KMeans(centroidCount: 40, seed: 1, threads: 2)
                .train(Matrix(columnCount: 3, values: values))
            #expect(result.centroids.count == 40)
            #expect(Set(result.assignment.indices).count == distinct)
            #expect(result.centroids.matrix.values.allSatisfy { $0.isFinite })
            #expect(result.assignment.error == 0)
        }

        @Test("fewer points than centroids are legal")
        func fewPoints() {
            let points = points(5)
            let result = KMeans(centroidCount: 16, seed: 1, threads: 2).train(points)
            #expect(result.centroids.count == 16)
            #expect(Set(result.assignment.indices).count == 5)
        }

        @Test("each point belongs to its nearest centroid")
        func nearest() {
            let points = points(500)
            let result = KMeans(centroidCount: 33, seed: 1, threads: 2).train(points)
            var distances = [Float](repeating: .nan, count: 33)
            for row in 0..<points.rowCount {
                result.centroids.distances(
                    to: Array(points.row(row)), metric: .euclidean, into: &distances)
                let own = distances[Int(result.assignment.indices[row])]
                #expect(own <= (distances.min() ?? 0) + 1e-4)
            }
        }

        @Test("distances to centroids follow the metric")
        func metrics() {
            let centroids = Centroids(Matrix(columnCount: 2, values: [1, 0, 0, 2, 3, 4]))
            var distances = [Float](repeating: .nan, count: 3)
            for metric in [Metric.euclidean, .cosine, .hamming] {
                centroids.distances(to: [1, 1], metric: metric, into: &distances)
                #expect(distances == [1, 2, 13])
            }
            centroids.distances(to: [1, 1], metric: .innerProduct, into: &distances)
            #expect(distances == [-1, -2, -7])
        }
    }
}
