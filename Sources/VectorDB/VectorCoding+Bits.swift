internal import VDBEngine
internal import VDBFilters
internal import VDBPrimitives
internal import VDBQuantizers

extension VectorCoding {
    /// A query of 0 and 1 as float32; its count has been checked.
    static func bitQuery(_ vector: Vector, schema: Schema) throws(EngineError) -> [Float] {
        if case .bit(let bytes, let dimension) = vector {
            try check(bytes, dimension: dimension, schema: schema) { _ in nil }
            return vector.floats
        }
        let floats = vector.floats
        try refuseOthers(floats, schema: schema) { _ in nil }
        return floats
    }

    /// Vectors packed as they are stored; their count has been checked.
    ///
    /// - Parameter id: the record that a component belongs to, for messages.
    static func bits(
        _ vectors: Vector, schema: Schema, id: (Int) -> UInt64
    ) throws(EngineError) -> [UInt8] {
        if case .bit(let bytes, let dimension) = vectors {
            try check(bytes, dimension: dimension, schema: schema) { id($0) }
            return bytes
        }
        let floats = vectors.floats
        try refuseOthers(floats, schema: schema) { id($0) }
        let (dimension, size) = (schema.dimension, schema.shape.vectorSize)
        let rowCount = floats.count / dimension
        return [UInt8](unsafeUninitializedCapacity: rowCount * size) { bytes, written in
            floats.withUnsafeBufferPointer { floats in
                guard let from = floats.baseAddress, let to = bytes.baseAddress else { return }
                for row in 0..<rowCount {
                    ConversionKernel.encode(
                        .bit, from + row * dimension, count: dimension, into: to + row * size)
                }
            }
            written = rowCount * size
        }
    }

    /// Packed vectors must be whole, of the schema's dimension, and zero behind their components.
    private static func check(
        _ bytes: [UInt8], dimension: Int, schema: Schema, id: (Int) -> UInt64?
    ) throws(EngineError) {
        guard dimension == schema.dimension else {
            throw .wrongDimension(
                id: bytes.isEmpty ? nil : id(0), expected: schema.dimension, found: dimension)
        }
        let size = schema.shape.vectorSize
        guard bytes.count % size == 0 else {
            throw .countMismatch(
                what: "bytes of vectors of \(dimension) bits",
                expected: (bytes.count + size - 1) / size * size, found: bytes.count)
        }
        let stray = bytes.withUnsafeBytes { PackedBits.firstStray(in: $0, dimension: dimension) }
        if let stray { throw .strayBits(id: id(stray * dimension), dimension: dimension) }
    }

    /// Refuses components that are neither 0 nor 1: rounding would make bits of anything.
    private static func refuseOthers(
        _ floats: [Float], schema: Schema, id: (Int) -> UInt64?
    ) throws(EngineError) {
        guard let bad = floats.firstIndex(where: { $0 != 0 && $0 != 1 }) else { return }
        throw .valueOutOfRange(
            id: id(bad), component: bad % schema.dimension, value: floats[bad], element: .bit)
    }
}
