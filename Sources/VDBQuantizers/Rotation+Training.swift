package import VDBPrimitives

extension Rotation {
    /// Vectors from which on a rotation costs a search more than better codes spare it.
    package static let dimensionLimit = 256

    /// The principal axes of residuals (n × d), dealt to the subspaces of a product quantizer so
    /// that the products of their variances are alike.
    ///
    /// The parametric solution of T. Ge, K. He, Q. Ke, J. Sun, "Optimized Product Quantization",
    /// IEEE TPAMI 36(4), 2014 (doi:10.1109/TPAMI.2013.240), where it is optimal for vectors of a
    /// Gaussian distribution. O(n · d² + d³); the same input gives the same axes.
    package static func principal(of residuals: Matrix, shape: ProductQuantizer.Shape) -> Rotation {
        precondition(
            residuals.columnCount == shape.dimension && residuals.rowCount > 0,
            "\(residuals.rowCount) residuals of \(residuals.columnCount) for \(shape.dimension)")
        let dimension = shape.dimension
        let axes = PrincipalAxes(moments: moments(of: residuals), dimension: dimension)
        var matrix = Matrix(rowCount: dimension, columnCount: dimension)
        for (place, axis) in deal(axes.variances, shape: shape).enumerated() {
            for component in 0..<dimension {
                matrix[place, component] = Float(axes.components[axis * dimension + component])
            }
        }
        return Rotation(matrix)
    }

    /// Mean products of components, d × d.
    private static func moments(of residuals: Matrix) -> [Double] {
        let (count, dimension) = (residuals.rowCount, residuals.columnCount)
        let columns = residuals.transposed
        var moments = [Double](repeating: 0, count: dimension * dimension)
        columns.values.withUnsafeBufferPointer { values in
            guard let start = values.baseAddress else { return }
            for first in 0..<dimension {
                for second in 0...first {
                    let product = VectorKernel.product(
                        start + first * count, start + second * count, count)
                    moments[first * dimension + second] = Double(product) / Double(count)
                    moments[second * dimension + first] = moments[first * dimension + second]
                }
            }
        }
        return moments
    }

    /// The axis at each place: the one of greatest variance that is left goes to the subspace
    /// whose product of variances is least, as long as it has room.
    static func deal(_ variances: [Double], shape: ProductQuantizer.Shape) -> [Int] {
        let (width, dimension) = (shape.subspaceDimension, shape.dimension)
        let rooms = (0..<shape.subspaceCount).map { max(0, min(width, dimension - $0 * width)) }
        // Variances as multiples of the least that counts, so that every axis adds to its product.
        let least = max((variances.max() ?? 0) * 1e-9, .leastNormalMagnitude)
        var products = [Double](repeating: 0, count: shape.subspaceCount)
        var axes = [[Int]](repeating: [], count: shape.subspaceCount)
        for axis in variances.indices.sorted(by: { variances[$0] > variances[$1] }) {
            let open = axes.indices.filter { axes[$0].count < rooms[$0] }
            guard let chosen = open.min(by: { products[$0] < products[$1] }) else { break }
            axes[chosen].append(axis)
            products[chosen] += logarithm(max(variances[axis] / least, 1))
        }
        return axes.flatMap { $0 }
    }

    /// The logarithm to base 2 of a number of 1 or more, near enough to compare products by: exact
    /// at powers of 2, and straight between them.
    private static func logarithm(_ value: Double) -> Double {
        Double(value.exponent) + value.significand - 1
    }
}

/// The eigenvectors of a symmetric matrix, by cyclic Jacobi rotations (C. G. J. Jacobi, 1846; the
/// form is that of G. Golub, C. Van Loan, "Matrix Computations", section 8.5).
struct PrincipalAxes {
    /// d × d, an axis a row.
    let components: [Double]
    let variances: [Double]

    /// Sweeps over all pairs at most; some eight are enough for what is not degenerate.
    private static let sweepLimit = 30

    /// - Parameter moments: d × d, symmetric.
    init(moments: [Double], dimension: Int) {
        var matrix = moments
        var axes = [Double](repeating: 0, count: dimension * dimension)
        for axis in 0..<dimension { axes[axis * dimension + axis] = 1 }
        let trace = (0..<dimension).reduce(0) { $0 + abs(moments[$1 * dimension + $1]) }
        let negligible = trace * 1e-12 / Double(dimension)
        matrix.withUnsafeMutableBufferPointer { matrix in
            axes.withUnsafeMutableBufferPointer { axes in
                for _ in 0..<Self.sweepLimit {
                    var turnCount = 0
                    for first in 0..<max(dimension - 1, 0) {
                        for second in first + 1..<dimension
                        where abs(matrix[first * dimension + second]) > negligible {
                            Self.turn(matrix, axes, first, second, dimension)
                            turnCount += 1
                        }
                    }
                    if turnCount == 0 { break }
                }
            }
        }
        components = axes
        variances = (0..<dimension).map { matrix[$0 * dimension + $0] }
    }

    /// Turns two axes so that their product vanishes.
    private static func turn(
        _ matrix: UnsafeMutableBufferPointer<Double>, _ axes: UnsafeMutableBufferPointer<Double>,
        _ first: Int, _ second: Int, _ dimension: Int
    ) {
        let product = matrix[first * dimension + second]
        let (own, other) = (
            matrix[first * dimension + first], matrix[second * dimension + second]
        )
        let ratio = (other - own) / (2 * product)
        let tangent = (ratio < 0 ? -1 : 1) / (abs(ratio) + (1 + ratio * ratio).squareRoot())
        let cosine = 1 / (1 + tangent * tangent).squareRoot()
        let sine = tangent * cosine
        for k in 0..<dimension where k != first && k != second {
            let (a, b) = (matrix[first * dimension + k], matrix[second * dimension + k])
            matrix[first * dimension + k] = cosine * a - sine * b
            matrix[second * dimension + k] = sine * a + cosine * b
            matrix[k * dimension + first] = matrix[first * dimension + k]
            matrix[k * dimension + second] = matrix[second * dimension + k]
        }
        matrix[first * dimension + first] = own - tangent * product
        matrix[second * dimension + second] = other + tangent * product
        matrix[first * dimension + second] = 0
        matrix[second * dimension + first] = 0
        for k in 0..<dimension {
            let (a, b) = (axes[first * dimension + k], axes[second * dimension + k])
            axes[first * dimension + k] = cosine * a - sine * b
            axes[second * dimension + k] = sine * a + cosine * b
        }
    }
}
