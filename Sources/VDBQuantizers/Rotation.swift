package import VDBPrimitives

/// An orthogonal change of axes, P: vectors are looked at along axes that suit a product quantizer
/// better than their components do.
///
/// It keeps inner products and lengths: ⟨P a, P b⟩ = ⟨a, b⟩. Costs d² multiplications a vector.
package struct Rotation: Sendable {
    /// d × d: each row is an axis.
    package let matrix: Matrix
    /// The axes, and the components as combinations of axes, side by side in panels of 16.
    private let panels: [Float]
    private let inversePanels: [Float]

    /// The dimension, d.
    package var dimension: Int { matrix.columnCount }

    /// - Parameter matrix: d × d, its rows of length 1 and orthogonal to one another.
    package init(_ matrix: Matrix) {
        precondition(
            matrix.rowCount == matrix.columnCount && matrix.rowCount > 0,
            "\(matrix.rowCount) axes of dimension \(matrix.columnCount)")
        self.matrix = matrix
        panels = CentroidKernel.pack(matrix).panels
        inversePanels = CentroidKernel.pack(matrix.transposed).panels
    }

    /// Writes P x: `dimension` floats to a place of its own.
    package func apply(
        to vector: UnsafePointer<Float>, into rotated: UnsafeMutablePointer<Float>
    ) {
        CentroidKernel.products(
            vector, panels, count: dimension, dimension: dimension, into: rotated)
    }

    /// Puts P x in the place of each of `count` vectors x, `stride` floats apart.
    func apply(toRows rows: UnsafeMutablePointer<Float>, count: Int, stride: Int) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: max(count * dimension, 1)) {
            guard let rotated = $0.baseAddress else { return }
            CentroidKernel.products(
                rows: rows, rowCount: count, stride: stride, panels, count: dimension,
                dimension: dimension, into: rotated)
            for row in 0..<count {
                (rows + row * stride).update(
                    from: rotated + row * dimension, count: dimension)
            }
        }
    }

    /// Writes the x of which P x is given.
    package func undo(
        _ rotated: UnsafePointer<Float>, into vector: UnsafeMutablePointer<Float>
    ) {
        CentroidKernel.products(
            rotated, inversePanels, count: dimension, dimension: dimension, into: vector)
    }

    /// By how much a product of two axes differs from what it is to be, 1 or 0, at most: rounding,
    /// or damage.
    package var greatestDeviation: Float {
        var greatest: Float = 0
        matrix.values.withUnsafeBufferPointer { values in
            guard let start = values.baseAddress else { return }
            for first in 0..<dimension {
                for second in 0...first {
                    let product = VectorKernel.product(
                        start + first * dimension, start + second * dimension, dimension)
                    let deviation = (product - (first == second ? 1 : 0)).magnitude
                    // What is no number is no deviation that can be borne.
                    greatest = deviation <= greatest ? greatest : deviation
                    if deviation.isNaN { greatest = .infinity }
                }
            }
        }
        return greatest
    }
}

extension Matrix {
    /// Columns as rows.
    var transposed: Matrix {
        var result = Matrix(rowCount: columnCount, columnCount: rowCount)
        for row in 0..<rowCount {
            for column in 0..<columnCount { result[column, row] = self[row, column] }
        }
        return result
    }
}
