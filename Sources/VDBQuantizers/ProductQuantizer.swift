/// A product quantizer: a vector's code is the nearest codeword in each of M subspaces.
///
/// H. Jégou, M. Douze, C. Schmid, "Product Quantization for Nearest Neighbor Search", IEEE TPAMI
/// 33(1), 2011 (doi:10.1109/TPAMI.2010.57). Its codewords approximate residuals, the differences
/// of vectors and their list's centroid.
package struct ProductQuantizer: Sendable {
    /// The sizes that define a product quantizer.
    package struct Shape: Sendable, Hashable {
        /// Components of a vector, d.
        package let dimension: Int
        /// Subspaces, M: 1 ... 256 for 4 bits.
        package let subspaceCount: Int
        /// Bits of the code in each subspace: 4 or 8.
        package let bitsPerSubspace: Int
        /// Whether the code of a vector is the vector itself, which is bits: M bytes of eight.
        /// There is no codebook then, and no residual.
        package let isExact: Bool

        /// The codes of vectors of bits that are the vectors themselves.
        ///
        /// A 4-bit code of four bits loses nothing, and has no fewer bits than they are; a scan of
        /// the bits as they are is exact and needs no table, corrections or comparison after it.
        package init(bits dimension: Int) {
            precondition(dimension > 0, "vectors of \(dimension) bits")
            self.dimension = dimension
            subspaceCount = (dimension + 7) / 8
            bitsPerSubspace = 8
            isExact = true
        }

        package init(dimension: Int, subspaceCount: Int, bitsPerSubspace: Int) {
            precondition(
                bitsPerSubspace == 4 || bitsPerSubspace == 8, "\(bitsPerSubspace) bits per subspace"
            )
            precondition(
                dimension > 0 && subspaceCount > 0
                    && (bitsPerSubspace == 8 || subspaceCount <= 256),
                "\(subspaceCount) subspaces of \(bitsPerSubspace) bits for dimension \(dimension)")
            self.dimension = dimension
            self.subspaceCount = subspaceCount
            self.bitsPerSubspace = bitsPerSubspace
            isExact = false
        }

        /// Codewords in each subspace, K: 16 or 256.
        package var codewordCount: Int { 1 << bitsPerSubspace }
        /// Components of a subvector, s; the last subspaces are padded with zeros.
        package var subspaceDimension: Int { (dimension + subspaceCount - 1) / subspaceCount }
        /// M · s, at least the dimension.
        package var paddedDimension: Int { subspaceCount * subspaceDimension }
        /// Floats of a codebook, M · s · K.
        package var codebookCount: Int { isExact ? 0 : paddedDimension * codewordCount }
    }

    package let shape: Shape
    /// The axes that residuals are divided along; nil for their components.
    package let rotation: Rotation?
    /// [M][s][K]: in each dimension of a subspace, its codewords side by side.
    package let codebook: [Float]
    /// [M][K][s], for decoding.
    let codewords: [Float]
    let halfNorms: [Float]

    /// A quantizer with a codebook [M][s][K] trained earlier; empty where codes are exact.
    package init(shape: Shape, codebook: [Float] = [], rotation: Rotation? = nil) {
        precondition(
            codebook.count == shape.codebookCount,
            "codebook of \(codebook.count) values instead of \(shape.codebookCount)")
        precondition(
            rotation.map { $0.dimension == shape.dimension && !shape.isExact } ?? true,
            "axes of dimension \(rotation?.dimension ?? 0) for \(shape.dimension)")
        self.shape = shape
        self.rotation = rotation
        self.codebook = codebook
        guard !shape.isExact else {
            (codewords, halfNorms) = ([], [])
            return
        }
        halfNorms = CodeKernel.halfNorms(codebook, shape: shape)
        let (s, K) = (shape.subspaceDimension, shape.codewordCount)
        var codewords = [Float](repeating: 0, count: codebook.count)
        for m in 0..<shape.subspaceCount {
            for t in 0..<s {
                for j in 0..<K { codewords[(m * K + j) * s + t] = codebook[(m * s + t) * K + j] }
            }
        }
        self.codewords = codewords
    }

    /// Writes the residual that a code (M bytes) stands for, along the axes of the rotation if
    /// there is one: `paddedDimension` floats, of which those from `dimension` on are padding.
    package func decode(
        _ code: UnsafePointer<UInt8>, into residual: UnsafeMutablePointer<Float>
    ) {
        let (s, K) = (shape.subspaceDimension, shape.codewordCount)
        codewords.withUnsafeBufferPointer { codewords in
            for m in 0..<shape.subspaceCount {
                let start = (m * K + Int(code[m])) * s
                for t in 0..<s { residual[m * s + t] = codewords[start + t] }
            }
        }
    }

    /// The residual that a code stands for, without padding, in components.
    package func decode(_ code: [UInt8]) -> [Float] {
        precondition(
            code.count == shape.subspaceCount && code.allSatisfy { $0 < shape.codewordCount },
            "code of \(code.count) bytes for \(shape.subspaceCount) subspaces")
        var residual = [Float](repeating: 0, count: shape.paddedDimension)
        decode(code, into: &residual)
        guard let rotation else { return Array(residual.prefix(shape.dimension)) }
        var components = [Float](repeating: 0, count: shape.dimension)
        rotation.undo(residual, into: &components)
        return components
    }
}
