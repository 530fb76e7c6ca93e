internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// Rows as an index keeps them: the list, the code, and the corrections of the estimate.
struct EncodedRows: Sendable {
    /// Index of the nearest centroid.
    var lists: [UInt32]
    /// One byte a subspace, row after row.
    var codes: [UInt8]
    var alphas: [Float]
    var betas: [Float]
    private let subspaceCount: Int

    init(count: Int, subspaceCount: Int) {
        lists = [UInt32](repeating: 0, count: count)
        codes = [UInt8](repeating: 0, count: count * subspaceCount)
        alphas = [Float](repeating: 0, count: count)
        betas = [Float](repeating: 0, count: count)
        self.subspaceCount = subspaceCount
    }

    /// The code of row `index`.
    func code(_ index: Int) -> ArraySlice<UInt8> {
        codes[index * subspaceCount..<(index + 1) * subspaceCount]
    }
}

/// Finds list and code of vectors, on all cores.
struct RowEncoder: Sendable {
    let models: Models
    let shape: RecordShape
    let threadCount: Int

    /// - Parameter vectors: the stored vectors, valid during the call.
    func encode(_ vectors: [StoredVector]) -> EncodedRows {
        let batchCount = models.coarse.batchCount
        var result = EncodedRows(count: 0, subspaceCount: models.quantizer.shape.subspaceCount)
        for start in stride(from: 0, to: vectors.count, by: batchCount) {
            let batch = vectors[start..<min(start + batchCount, vectors.count)]
            let floats = TrainingVectors.matrix(of: Array(batch), shape: shape)
            let assignment = models.coarse.nearest(floats, threads: threadCount)
            let encoded = models.quantizer.encode(
                floats, centroids: models.centroids, assignment: assignment.indices,
                metric: shape.metric, threads: threadCount)
            result.lists.append(contentsOf: assignment.indices)
            result.codes.append(contentsOf: encoded.codes)
            result.alphas.append(contentsOf: encoded.alpha)
            result.betas.append(contentsOf: encoded.beta)
        }
        return result
    }
}

/// Vectors as training and encoding take them.
enum TrainingVectors {
    /// The stored vectors as float32, of length 1 under cosine.
    static func matrix(of vectors: [StoredVector], shape: RecordShape) -> Matrix {
        var matrix = Matrix(rowCount: vectors.count, columnCount: shape.dimension)
        matrix.values.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            for (index, vector) in vectors.enumerated() {
                let row = start + index * shape.dimension
                ConversionKernel.decode(
                    vector.element, vector.start, count: shape.dimension, into: row)
                if shape.metric == .cosine {
                    normalize(UnsafeMutableBufferPointer(start: row, count: shape.dimension))
                }
            }
        }
        return matrix
    }

    static func normalize(_ vector: UnsafeMutableBufferPointer<Float>) {
        let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard norm > 0 else { return }
        for index in vector.indices { vector[index] /= norm }
    }
}
