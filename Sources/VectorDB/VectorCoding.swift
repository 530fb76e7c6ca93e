internal import VDBEngine
internal import VDBFilters
internal import VDBPrimitives
internal import VDBQuantizers

/// Checks vectors and turns them into the stored element type.
enum VectorCoding {
    /// A query as float32.
    static func query(_ vector: Vector, schema: Schema) throws(EngineError) -> [Float] {
        guard vector.count == schema.dimension else {
            throw .wrongDimension(id: nil, expected: schema.dimension, found: vector.count)
        }
        if schema.element == .bit { return try bitQuery(vector, schema: schema) }
        let floats = vector.floats
        // One pass tells of nearly all queries that nothing is wrong with them.
        let greatest = ComponentKernel.greatestMagnitude(floats, count: floats.count)
        if greatest == 0 && schema.metric == .cosine { throw .zeroVector(id: nil) }
        guard greatest >= lengthLimit else { return floats }
        if let bad = firstNonFinite(floats) {
            throw .notFinite(id: nil, component: bad, value: floats[bad])
        }
        try refuseTooLong(floats, dimension: schema.dimension) { _ in nil }
        return floats
    }

    /// The bits of a magnitude: squares of components below it, 2⁴⁸, do not add up to 2¹¹³ in any
    /// dimension we allow.
    private static let lengthLimit = Float(0x1p48).bitPattern

    /// Appends one record's vector in the stored element type.
    static func append(
        _ vector: Vector, id: UInt64, schema: Schema, to bytes: inout [UInt8]
    ) throws(EngineError) {
        guard vector.count == schema.dimension else {
            throw .wrongDimension(id: id, expected: schema.dimension, found: vector.count)
        }
        bytes.append(contentsOf: try coded(vector, schema: schema) { _ in id })
    }

    /// The vectors of a batch in the stored element type.
    static func matrix(
        _ vectors: Vector, ids: [UInt64], schema: Schema
    ) throws(EngineError) -> [UInt8] {
        let (expected, overflow) = ids.count.multipliedReportingOverflow(by: schema.dimension)
        guard !overflow, vectors.count == expected else {
            throw .countMismatch(
                what: "components (\(ids.count) vectors of dimension \(schema.dimension))",
                expected: expected, found: vectors.count)
        }
        return try coded(vectors, schema: schema) { ids[$0 / schema.dimension] }
    }

    /// - Parameter id: the record that a component belongs to, for messages.
    private static func coded(
        _ vectors: Vector, schema: Schema, id: (Int) -> UInt64
    ) throws(EngineError) -> [UInt8] {
        if schema.metric == .cosine { try refuseZeros(vectors, schema: schema, id: id) }
        if schema.element == .bit { return try bits(vectors, schema: schema, id: id) }
        switch (vectors, schema.element) {
        case (.uint8(let values), .uint8): return values
        case (.int8(let values), .int8): return bytes(of: values)
        case (.float32(let values), .float32):
            if let bad = firstNonFinite(values) {
                throw .notFinite(id: id(bad), component: bad % schema.dimension, value: values[bad])
            }
            try refuseTooLong(values, dimension: schema.dimension, id: id)
            return bytes(of: values)
        default:
            return try converted(vectors.floats, schema: schema, id: id)
        }
    }

    private static func converted(
        _ floats: [Float], schema: Schema, id: (Int) -> UInt64
    ) throws(EngineError) -> [UInt8] {
        let range =
            schema.element.integerRange
            ?? (schema.element == .float16
                ? -Float(Float16.greatestFiniteMagnitude)...Float(Float16.greatestFiniteMagnitude)
                : -Float.greatestFiniteMagnitude...Float.greatestFiniteMagnitude)
        for (index, value) in floats.enumerated() {
            let component = index % schema.dimension
            guard value.isFinite else {
                throw .notFinite(id: id(index), component: component, value: value)
            }
            let rounded = schema.element.integerRange == nil ? value : value.rounded()
            guard range.contains(rounded) else {
                throw .valueOutOfRange(
                    id: id(index), component: component, value: value, element: schema.element)
            }
        }
        try refuseTooLong(floats, dimension: schema.dimension, id: id)
        let stored =
            switch schema.element {
            case .float32: bytes(of: floats)
            case .float16: bytes(of: floats.map { Float16($0) })
            case .int8: bytes(of: floats.map { Int8($0.rounded()) })
            case .uint8: floats.map { UInt8($0.rounded()) }
            case .bit: try bits(.float32(floats), schema: schema, id: id)
            }
        // A vector may be all zeros only now that it is rounded.
        if schema.metric == .cosine {
            try refuseZeros(Vector(stored: stored, schema: schema), schema: schema, id: id)
        }
        return stored
    }

    private static func refuseZeros(
        _ vectors: Vector, schema: Schema, id: (Int) -> UInt64
    ) throws(EngineError) {
        let floats = vectors.floats
        for start in stride(from: 0, to: floats.count, by: schema.dimension)
        where floats[start..<start + schema.dimension].allSatisfy({ $0 == 0 }) {
            throw .zeroVector(id: id(start))
        }
    }

    /// Refuses vectors whose distances would overflow, or the terms of their estimates: with N the
    /// greatest squared norm, ‖q − c‖² ≤ 4 N and, as α ≤ 10 ‖r‖ / ‖r̂‖, β ≤ 44 N and
    /// 2 α ⟨q, r̂⟩ ≤ 40 N.
    private static func refuseTooLong(
        _ values: [Float], dimension: Int, id: (Int) -> UInt64?
    ) throws(EngineError) {
        guard ComponentKernel.greatestMagnitude(values, count: values.count) >= lengthLimit else {
            return
        }
        for start in stride(from: 0, to: values.count, by: dimension) {
            let squaredNorm = values[start..<start + dimension].reduce(0.0) {
                $0 + Double($1) * Double($1)
            }
            guard squaredNorm <= Double(Float.greatestFiniteMagnitude) / 256 else {
                throw .tooLong(id: id(start), length: squaredNorm.squareRoot())
            }
        }
    }

    /// The index of the first infinity or NaN.
    private static func firstNonFinite(_ values: [Float]) -> Int? {
        // Without an early exit the loop runs over many values at a time.
        var isBad: UInt32 = 0
        for value in values {
            isBad |= value.bitPattern & 0x7F80_0000 == 0x7F80_0000 ? 1 : 0
        }
        return isBad == 0 ? nil : values.firstIndex { !$0.isFinite }
    }

    private static func bytes<Value: BitwiseCopyable>(of values: [Value]) -> [UInt8] {
        values.withUnsafeBytes { Array($0) }
    }
}

extension Vector {
    /// A vector from its stored bytes.
    init(stored bytes: [UInt8], schema: Schema) {
        switch schema.element {
        case .float32: self = .float32(Self.values(bytes))
        case .float16: self = .float16(Self.values(bytes))
        case .int8: self = .int8(Self.values(bytes))
        case .uint8: self = .uint8(bytes)
        case .bit: self = .bit(bytes, dimension: schema.dimension)
        }
    }

    private static func values<Value: BitwiseCopyable>(_ bytes: [UInt8]) -> [Value] {
        bytes.withUnsafeBytes { source in
            (0..<source.count / MemoryLayout<Value>.stride).map {
                source.loadUnaligned(
                    fromByteOffset: $0 * MemoryLayout<Value>.stride, as: Value.self)
            }
        }
    }
}
