import Testing
import VDBPrimitives

@testable import VDBQuantizers

extension QuantizerTests {
    @Suite("Rotations")
    struct RotationTests {
        /// Residuals whose components all say nearly the same in groups that lie far apart.
        private static func correlated(_ count: Int, dimension: Int) -> Matrix {
            var random = RandomSource(seed: 3)
            var matrix = Matrix(rowCount: count, columnCount: dimension)
            let groupCount = max(1, dimension / 4)
            for row in 0..<count {
                let common = (0..<groupCount).map { _ in 4 * random.nextUnit() - 2 }
                for column in 0..<dimension {
                    matrix[row, column] =
                        common[column % groupCount] + 0.1 * (random.nextUnit() - 0.5)
                }
            }
            return matrix
        }

        private static func error(
            of residuals: Matrix, _ shape: ProductQuantizer.Shape, _ rotation: Rotation?
        ) -> Float {
            let quantizer = ProductQuantizer.train(
                residuals: residuals, shape: shape, rotation: rotation, seed: 1, threads: 1)
            let codes = quantizer.encode(residuals: residuals, threads: 1)
            let width = shape.subspaceCount
            return (0..<residuals.rowCount).reduce(0) { sum, row in
                let decoded = quantizer.decode(Array(codes[row * width..<(row + 1) * width]))
                return zip(residuals.row(row), decoded).reduce(sum) {
                    $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
                }
            }
        }

        @Test("the principal axes are orthogonal, and undone", arguments: [1, 2, 7, 16, 33, 129])
        func orthogonal(dimension: Int) {
            let residuals = Self.correlated(300, dimension: dimension)
            let shape = ProductQuantizer.Shape(
                dimension: dimension, subspaceCount: (dimension + 3) / 4, bitsPerSubspace: 4)
            let rotation = Rotation.principal(of: residuals, shape: shape)
            #expect(rotation.greatestDeviation < 1e-5)
            let vector = Array(residuals.row(0))
            var (rotated, back) = (vector, vector)
            rotation.apply(to: vector, into: &rotated)
            rotation.undo(rotated, into: &back)
            #expect(zip(vector, back).allSatisfy { abs($0 - $1) < 1e-4 })
            let norms = [vector, rotated].map { $0.reduce(0) { $0 + $1 * $1 } }
            #expect(abs(norms[0] - norms[1]) <= 1e-4 * norms[0])
        }

        @Test("they find the variance: the first axis has the most of any direction")
        func variances() {
            // Twice the variance of one along (1, 1), a hundredth along (1, −1).
            var random = RandomSource(seed: 1)
            var moments = [0.0, 0, 0, 0]
            for _ in 0..<1000 {
                let (along, across) = (
                    Double(random.nextUnit() - 0.5), 0.1 * Double(random.nextUnit() - 0.5)
                )
                let (x, y) = (along + across, along - across)
                moments[0] += x * x
                moments[1] += x * y
                moments[2] += x * y
                moments[3] += y * y
            }
            let axes = PrincipalAxes(moments: moments, dimension: 2)
            let order = axes.variances[0] > axes.variances[1] ? [0, 1] : [1, 0]
            #expect(axes.variances[order[0]] > 50 * axes.variances[order[1]])
            let first = Array(axes.components[2 * order[0]..<2 * order[0] + 2])
            #expect(abs(first[0] - first[1]) < 0.05 && abs(abs(first[0]) - 0.7071) < 0.05)
        }

        @Test("axes are dealt out so that products of variances are alike, each one once")
        func dealing() {
            let shape = ProductQuantizer.Shape(
                dimension: 5, subspaceCount: 3, bitsPerSubspace: 4)
            let places = Rotation.deal([16, 8, 4, 2, 1], shape: shape)
            // Subspaces of two, two and one: the widest gap is closed by the least.
            #expect(places.sorted() == [0, 1, 2, 3, 4])
            let products = [[0, 1], [2, 3]].map { pair in
                pair.reduce(1.0) { $0 * [16, 8, 4, 2, 1][places[$1]] }
            }
            #expect(products.max() == 16 && products.min() == 16)
            #expect(Rotation.deal([0, 0, 0, 0, 0], shape: shape).sorted() == [0, 1, 2, 3, 4])
        }

        @Test("correlated residuals have a far smaller error along their principal axes")
        func gain() {
            let residuals = Self.correlated(1500, dimension: 32)
            let shape = ProductQuantizer.Shape(
                dimension: 32, subspaceCount: 8, bitsPerSubspace: 4)
            let rotation = Rotation.principal(of: residuals, shape: shape)
            let plain = Self.error(of: residuals, shape, nil)
            #expect(Self.error(of: residuals, shape, rotation) < 0.7 * plain)
        }
    }
}
