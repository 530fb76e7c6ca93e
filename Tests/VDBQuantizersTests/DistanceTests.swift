import Testing
import VDBPrimitives
import VDBQuantizers

extension QuantizerTests {
    @Suite("Distances by metric")
    struct DistanceTests {
        @Test(
            "one, in rows and gathered: the same distance",
            arguments: [Metric.euclidean, .innerProduct, .cosine],
            ElementType.allCases.filter { $0 != .bit })
        func forms(metric: Metric, element: ElementType) {
            let (dimension, count) = (20, 150)
            let floats = randomFloats(dimension * count, seed: 1).map {
                element == .uint8 ? abs($0) * 200 : element == .int8 ? $0 * 100 : $0
            }
            let query = randomFloats(dimension, seed: 2)
            let queryNorm = query.reduce(0) { $0 + $1 * $1 }.squareRoot()
            var stored = [UInt8](repeating: 0, count: element.vectorSize(dimension: floats.count))
            ConversionKernel.encode(element, floats, count: floats.count, into: &stored)
            var decoded = [Float](repeating: 0, count: floats.count)
            ConversionKernel.decode(element, stored, count: floats.count, into: &decoded)

            let size = element.vectorSize(dimension: dimension)
            var rows = [Float](repeating: .nan, count: count)
            var gathered = rows
            stored.withUnsafeBytes { bytes in
                guard let start = bytes.baseAddress else { return }
                let pointers = (0..<count).map { Optional(start + $0 * size) }
                DistanceKernel.distances(
                    metric, element, query: query, queryNorm: queryNorm, rows: start,
                    stride: size, count: count, dimension: dimension, into: &rows)
                DistanceKernel.distances(
                    metric, element, query: query, queryNorm: queryNorm, gathering: pointers,
                    count: count, dimension: dimension, into: &gathered)
                for i in 0..<count {
                    let one = DistanceKernel.distance(
                        metric, element, query: query, queryNorm: queryNorm,
                        vector: start + i * size, dimension: dimension)
                    #expect(rows[i] == one && gathered[i] == one)

                    let sums = ReferenceSums(
                        query, Array(decoded[i * dimension..<(i + 1) * dimension]))
                    let expected =
                        switch metric {
                        case .euclidean, .hamming: sums.l2
                        case .innerProduct: -sums.ip
                        case .cosine: 1 - sums.ip / (Double(queryNorm) * sums.norm.squareRoot())
                        }
                    #expect(abs(Double(one) - expected) <= 1e-5 * (sums.l2 + sums.ipMagnitude + 1))
                }
            }
        }

        @Test("a zero vector has cosine distance 1")
        func zeroVector() {
            let zero = [Float](repeating: 0, count: 4)
            let distance = DistanceKernel.distance(
                .cosine, .float32, query: [1, 0, 0, 0], queryNorm: 1, vector: zero, dimension: 4)
            #expect(distance == 1)
        }
    }
}
