import Testing
import VDBPrimitives
import VDBQuantizers

extension QuantizerTests {
    @Suite("Product quantizer")
    struct ProductQuantizerTests {
        private func residuals(_ count: Int, dimension: Int) -> Matrix {
            Matrix(
                columnCount: dimension,
                values: clusteredVectors(
                    count, dimension: dimension, clusterCount: 1, spread: 1, seed: 5))
        }

        private func error(_ quantizer: ProductQuantizer, _ residuals: Matrix) -> Double {
            let codes = quantizer.encode(residuals: residuals, threads: 2)
            let M = quantizer.shape.subspaceCount
            var total = 0.0
            for row in 0..<residuals.rowCount {
                let decoded = quantizer.decode(Array(codes[row * M..<(row + 1) * M]))
                total += ReferenceSums(Array(residuals.row(row)), decoded).l2
            }
            return total / Double(residuals.rowCount)
        }

        @Test("more subspaces give a smaller error")
        func errorFalls() {
            let residuals = residuals(3000, dimension: 24)
            let errors = [1, 3, 6, 12, 24].map { M in
                error(
                    .train(
                        residuals: residuals,
                        shape: .init(dimension: 24, subspaceCount: M, bitsPerSubspace: 4),
                        seed: 1, threads: 2),
                    residuals)
            }
            for (fewer, more) in zip(errors, errors.dropFirst()) { #expect(more < 0.9 * fewer) }
        }

        @Test("8 bits give a smaller error than 4")
        func bits() {
            let residuals = residuals(3000, dimension: 16)
            let errors = [4, 8].map { bits in
                error(
                    .train(
                        residuals: residuals,
                        shape: .init(dimension: 16, subspaceCount: 4, bitsPerSubspace: bits),
                        seed: 1, threads: 2),
                    residuals)
            }
            #expect(errors[1] < 0.5 * errors[0])
        }

        @Test("the same seed gives the same codebook and codes, with any number of threads")
        func deterministic() {
            let residuals = residuals(2000, dimension: 20)
            let shape = ProductQuantizer.Shape(
                dimension: 20, subspaceCount: 5, bitsPerSubspace: 4)
            let quantizers = [1, 3].map {
                ProductQuantizer.train(residuals: residuals, shape: shape, seed: 9, threads: $0)
            }
            #expect(quantizers[0].codebook == quantizers[1].codebook)
            let codes = [1, 3].map { quantizers[0].encode(residuals: residuals, threads: $0) }
            #expect(codes[0] == codes[1])
            #expect(
                ProductQuantizer(shape: shape, codebook: quantizers[0].codebook)
                    .encode(residuals: residuals, threads: 1) == codes[0])
        }

        @Test(
            "the tail of the last subspaces is padded with zeros",
            arguments: [(10, 7), (3, 5), (7, 2)])
        func padding(dimension: Int, M: Int) {
            let residuals = residuals(500, dimension: dimension)
            let shape = ProductQuantizer.Shape(
                dimension: dimension, subspaceCount: M, bitsPerSubspace: 4)
            #expect(shape.paddedDimension >= dimension)
            let quantizer = ProductQuantizer.train(
                residuals: residuals, shape: shape, seed: 1, threads: 2)
            let codes = quantizer.encode(residuals: residuals, threads: 1)
            var decoded = [Float](repeating: .nan, count: shape.paddedDimension)
            for row in 0..<residuals.rowCount {
                quantizer.decode(Array(codes[row * M..<(row + 1) * M]), into: &decoded)
                #expect(decoded[dimension...].allSatisfy { $0 == 0 })
            }
        }

        @Test("residuals that are all equal are legal")
        func duplicates() {
            let residuals = Matrix(
                columnCount: 6, values: [Float](repeating: 0.5, count: 6 * 40))
            let quantizer = ProductQuantizer.train(
                residuals: residuals,
                shape: .init(dimension: 6, subspaceCount: 3, bitsPerSubspace: 8), seed: 1,
                threads: 2)
            #expect(error(quantizer, residuals) == 0)
        }
    }
}
