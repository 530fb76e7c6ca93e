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
    /// Squared distances to the centroids.
    var distances: [Float] = []
    /// How far the rows are from their centroids and from their codes.
    var errors = Drift()
    private let subspaceCount: Int

    init(count: Int, subspaceCount: Int) {
        lists = [UInt32](repeating: 0, count: count)
        codes = [UInt8](repeating: 0, count: count * subspaceCount)
        alphas = [Float](repeating: 0, count: count)
        betas = [Float](repeating: 0, count: count)
        self.subspaceCount = subspaceCount
    }

    /// Adds rows whose codes are their vectors.
    mutating func append(_ vectors: ArraySlice<StoredVector>, lists: [UInt32], shape: RecordShape) {
        self.lists.append(contentsOf: lists)
        for vector in vectors {
            codes.append(
                contentsOf: UnsafeRawBufferPointer(start: vector.start, count: shape.vectorSize))
        }
        alphas.append(contentsOf: repeatElement(0, count: vectors.count))
        betas.append(contentsOf: repeatElement(0, count: vectors.count))
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
            result.distances.append(contentsOf: assignment.distances)
            result.errors.placedCount += Double(batch.count)
            result.errors.centroidErrorSum += assignment.error
            if models.quantizer.shape.isExact {
                result.append(batch, lists: assignment.indices, shape: shape)
                continue
            }
            let encoded = models.quantizer.encode(
                floats, centroids: models.centroids, assignment: assignment.indices,
                metric: models.listMetric, threads: threadCount)
            result.lists.append(contentsOf: assignment.indices)
            result.codes.append(contentsOf: encoded.codes)
            result.alphas.append(contentsOf: encoded.alpha)
            result.betas.append(contentsOf: encoded.beta)
            measure(encoded.errors, into: &result.errors)
        }
        return result
    }

    /// The error of a row counts as so many of those in training at most: a few outliers are no
    /// reason to learn anew.
    private static let errorLimit = 16.0

    private func measure(_ squaredErrors: [Float], into errors: inout Drift) {
        let trained = Double(models.calibration.quantizationError)
        let limit = trained > 0 ? Self.errorLimit * trained : .infinity
        errors.encodedCount += Double(squaredErrors.count)
        errors.quantizationErrorSum += squaredErrors.reduce(0) { $0 + min(Double($1), limit) }
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
