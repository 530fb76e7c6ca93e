import Testing
import VDBPrimitives
import VDBQuantizers

/// Vectors in lists with their codes, and queries from the same distribution.
private struct Collection {
    let dimension = 32
    let vectors: Matrix
    let queries: Matrix
    let centroids: Centroids
    let assignment: [UInt32]
    let quantizer: ProductQuantizer
    let encoded: ProductQuantizer.Encoded

    /// - Parameters:
    ///   - isUnit: whether all vectors and queries are of length 1.
    ///   - isRotated: whether residuals are encoded along their principal axes.
    init(
        metric: Metric, subspaceCount: Int, bits: Int, isUnit: Bool = false,
        isRotated: Bool = false
    ) {
        var all = clusteredVectors(2048 + 20, dimension: 32, clusterCount: 12, seed: 4)
        for start in stride(from: 0, to: isUnit ? all.count : 0, by: 32) {
            let norm = all[start..<start + 32].reduce(0) { $0 + $1 * $1 }.squareRoot()
            for place in start..<start + 32 { all[place] /= norm }
        }
        vectors = Matrix(columnCount: 32, values: Array(all.prefix(2048 * 32)))
        queries = Matrix(columnCount: 32, values: Array(all.suffix(20 * 32)))
        let clusters = KMeans(centroidCount: 8, seed: 1, threads: 2).train(vectors)
        centroids = clusters.centroids
        assignment = clusters.assignment.indices
        var residuals = vectors
        for row in 0..<vectors.rowCount {
            for t in 0..<32 {
                residuals[row, t] -= centroids.matrix[Int(assignment[row]), t]
            }
        }
        let shape = ProductQuantizer.Shape(
            dimension: 32, subspaceCount: subspaceCount, bitsPerSubspace: bits)
        quantizer = .train(
            residuals: residuals, shape: shape,
            rotation: isRotated ? .principal(of: residuals, shape: shape) : nil, seed: 2,
            threads: 2)
        encoded = quantizer.encode(
            vectors, centroids: centroids, assignment: assignment, metric: metric, threads: 2)
    }

    /// The estimates of all vectors for one query by the formula, with every α 1 or as encoded,
    /// and those of inner products with β or without.
    func estimates(
        query: [Float], metric: Metric, scaled: Bool, corrected: Bool = true
    ) -> [Float] {
        let M = quantizer.shape.subspaceCount
        var bases = [Float](repeating: 0, count: centroids.count)
        centroids.distances(to: query, metric: metric, into: &bases)
        return (0..<vectors.rowCount).map { row in
            let decoded = quantizer.decode(Array(encoded.codes[row * M..<(row + 1) * M]))
            let product = Float(ReferenceSums(query, decoded).ip)
            let center = Array(centroids.matrix.row(Int(assignment[row])))
            let alpha = scaled ? encoded.alpha[row] : 1
            let base = bases[Int(assignment[row])]
            guard metric == .euclidean || corrected else { return base - alpha * product }
            guard metric == .euclidean else {
                let error = zip(zip(vectors.row(row), center), decoded).map { vector, decoded in
                    alpha * decoded - (vector.0 - vector.1)
                }
                let square = Float(ReferenceSums(center, center).norm)
                let known = Float(ReferenceSums(center, error).ip)
                return base + max(-base / square, 0) * known - alpha * product
            }
            let residual = zip(vectors.row(row), center).map { $0 - $1 }
            let norm = Float(ReferenceSums(residual, residual).norm)
            let shift = Float(ReferenceSums(center, decoded).ip)
            return base + norm + 2 * alpha * shift - 2 * alpha * product
        }
    }

    /// How many of the 10 nearest vectors are among the 20 with the least estimates, on average.
    func recall(metric: Metric, scaled: Bool = true, corrected: Bool = true) -> Double {
        var found = 0
        for q in 0..<queries.rowCount {
            let query = Array(queries.row(q))
            let exact = exactDistances(query, metric: metric)
            let best = Set(exact.indices.sorted { exact[$0] < exact[$1] }.prefix(10))
            let estimates = estimates(
                query: query, metric: metric, scaled: scaled, corrected: corrected)
            let kept = estimates.indices.sorted { estimates[$0] < estimates[$1] }.prefix(20)
            found += best.intersection(kept).count
        }
        return Double(found) / Double(10 * queries.rowCount)
    }

    func exactDistances(_ query: [Float], metric: Metric) -> [Float] {
        var result = [Float](repeating: 0, count: vectors.rowCount)
        DistanceKernel.distances(
            metric, .float32, query: query, queryNorm: 1, rows: vectors.values,
            stride: 4 * dimension, count: vectors.rowCount, dimension: dimension, into: &result)
        return result
    }
}

extension QuantizerTests {
    @Suite("Estimates")
    struct EstimateTests {
        @Test("α makes estimates rank better than α = 1")
        func ranking() {
            let collection = Collection(metric: .euclidean, subspaceCount: 8, bits: 4)
            let scaled = collection.recall(metric: .euclidean, scaled: true)
            let plain = collection.recall(metric: .euclidean, scaled: false)
            #expect(scaled > plain, "recall \(scaled) with α, \(plain) without")
        }

        @Test("estimates are unbiased", arguments: [Metric.euclidean, .innerProduct])
        func unbiased(metric: Metric) {
            let collection = Collection(metric: metric, subspaceCount: 8, bits: 4)
            var (bias, spread) = (0.0, 0.0)
            for q in 0..<collection.queries.rowCount {
                let query = Array(collection.queries.row(q))
                let exact = collection.exactDistances(query, metric: metric)
                let estimates = collection.estimates(query: query, metric: metric, scaled: true)
                for (estimate, distance) in zip(estimates, exact) {
                    bias += Double(estimate - distance)
                    spread += abs(Double(estimate - distance))
                }
            }
            // Errors of both signs cancel out.
            #expect(abs(bias) < 0.1 * spread)
        }

        @Test("β makes products of unit vectors rank as well as distances, which order them alike")
        func unitVectors() {
            let distances = Collection(
                metric: .euclidean, subspaceCount: 8, bits: 4, isUnit: true
            ).recall(metric: .euclidean)
            let collection = Collection(
                metric: .innerProduct, subspaceCount: 8, bits: 4, isUnit: true)
            let products = collection.recall(metric: .innerProduct)
            let plain = collection.recall(metric: .innerProduct, corrected: false)
            #expect(products > distances - 0.03 && plain < distances - 0.05)
        }

        @Test("β makes products rank better where lengths differ, too", arguments: [4, 8])
        func lengths(bits: Int) {
            let collection = Collection(metric: .innerProduct, subspaceCount: 8, bits: bits)
            let corrected = collection.recall(metric: .innerProduct)
            let plain = collection.recall(metric: .innerProduct, corrected: false)
            #expect(corrected > plain, "recall \(corrected) with β, \(plain) without")
        }

        @Test(
            "a scan gives the formula's estimates, up to the table's rounding",
            arguments: [(4, false), (4, true), (8, false), (8, true)],
            [Metric.euclidean, .innerProduct])
        func scan(code: (bits: Int, isRotated: Bool), metric: Metric) {
            let bits = code.bits
            let collection = Collection(
                metric: metric, subspaceCount: 9, bits: bits, isRotated: code.isRotated)
            let (quantizer, encoded) = (collection.quantizer, collection.encoded)
            let query = Array(collection.queries.row(0))
            let expected = collection.estimates(query: query, metric: metric, scaled: true)
            var table = DistanceTable(shape: quantizer.shape)
            table.build(
                query: query, quantizer: quantizer, factor: metric == .euclidean ? 2 : 1)
            var bases = [Float](repeating: 0, count: collection.centroids.count)
            collection.centroids.distances(to: query, metric: metric, into: &bases)

            // Only the first list's vectors are compared: the base is that list's.
            let count = collection.vectors.rowCount
            let groupSize = CodeKernel.groupSize(subspaceCount: 9)
            var codes = encoded.codes
            if bits == 4 {
                var groups = [UInt8](repeating: 0, count: count / 32 * groupSize)
                for g in 0..<count / 32 {
                    var group = [UInt8](repeating: 0, count: groupSize)
                    CodeKernel.pack(
                        Array(codes[g * 32 * 9..<(g + 1) * 32 * 9]), subspaceCount: 9, into: &group)
                    groups.replaceSubrange(g * groupSize..<(g + 1) * groupSize, with: group)
                }
                codes = groups
            }
            var estimates = [Float](repeating: .nan, count: count)
            var positions = [UInt32](repeating: .max, count: count)
            let found = codes.withUnsafeBufferPointer { codes -> Int in
                guard let start = codes.baseAddress else { return 0 }
                let block = CodeBlock(
                    codes: start, alphas: encoded.alpha, betas: encoded.beta, count: count)
                return table.scan(
                    block, ahead: block,
                    from: ScanStart(
                        base: bases[0],
                        betaFactor: metric == .euclidean
                            ? 1 : collection.centroids.betaFactor(0, base: bases[0]),
                        threshold: .infinity, first: 0),
                    masks: nil, estimates: &estimates, positions: &positions)
            }
            #expect(found == count && positions == (0..<UInt32(count)).map { $0 })
            for i in 0..<count where collection.assignment[i] == 0 {
                let rounding = abs(encoded.alpha[i]) * table.scale / 2 * 9
                #expect(abs(estimates[i] - expected[i]) <= rounding * 1.01 + 1e-3)
            }
        }

        @Test("a vector on its centroid has α = 1, and its product with the centroid is exact")
        func onCentroid() {
            let residuals = Matrix(columnCount: 4, values: randomFloats(4 * 100, seed: 1))
            let quantizer = ProductQuantizer.train(
                residuals: residuals,
                shape: .init(dimension: 4, subspaceCount: 2, bitsPerSubspace: 4), seed: 1,
                threads: 1)
            let center = Matrix(columnCount: 4, values: [1, 2, 3, 4])
            let encoded = quantizer.encode(
                center, centroids: Centroids(center), assignment: [0], metric: .innerProduct,
                threads: 1)
            let decoded = quantizer.decode(encoded.codes)
            let product = Float(ReferenceSums(Array(center.row(0)), decoded).ip)
            #expect(encoded.alpha == [1] && abs(encoded.beta[0] - product) < 1e-4)
        }

        @Test("a table can be built again and again")
        func reuse() {
            let collection = Collection(metric: .innerProduct, subspaceCount: 8, bits: 4)
            var table = DistanceTable(shape: collection.quantizer.shape)
            var lines: [[Float]] = []
            for q in [0, 1, 0] {
                table.build(
                    query: Array(collection.queries.row(q)), quantizer: collection.quantizer,
                    factor: 1)
                lines.append([table.scale, table.bias])
            }
            #expect(lines[0] == lines[2] && lines[0] != lines[1])
        }
    }
}
