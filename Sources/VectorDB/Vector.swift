public import VDBPrimitives
internal import VDBQuantizers

/// One vector, or several one after the other, in any of the element types.
///
/// A vector of another element type than the database's is converted: to `float16` with rounding,
/// to the integer types by rounding to the nearest, with an error for what is out of their range,
/// to `bit` only if each component is 0 or 1.
/// NaN, infinities and lengths above 1.15e18, whose distances float32 cannot hold, are refused.
public enum Vector: Sendable, Hashable {
    case float32([Float])
    case float16([Float16])
    case int8([Int8])
    case uint8([UInt8])
    /// Vectors of `dimension` bits, each in ⌈dimension / 8⌉ bytes: component i is bit i mod 8, from
    /// the least significant on, of byte i / 8; bits behind the last component are 0.
    case bit([UInt8], dimension: Int)

    /// Number of components.
    public var count: Int {
        switch self {
        case .float32(let values): values.count
        case .float16(let values): values.count
        case .int8(let values): values.count
        case .uint8(let values): values.count
        case .bit(let bytes, let dimension):
            dimension > 0
                ? bytes.count / ElementType.bit.vectorSize(dimension: dimension) * dimension : 0
        }
    }

    /// The type of the components.
    public var element: ElementType {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .int8: .int8
        case .uint8: .uint8
        case .bit: .bit
        }
    }

    /// The components as float32.
    public var floats: [Float] {
        switch self {
        case .float32(let values): values
        case .float16(let values): Self.floats(values, .float16)
        case .int8(let values): Self.floats(values, .int8)
        case .uint8(let values): Self.floats(values, .uint8)
        case .bit(let bytes, let dimension): Self.floats(bits: bytes, dimension: dimension)
        }
    }

    private static func floats(bits bytes: [UInt8], dimension: Int) -> [Float] {
        guard dimension > 0 else { return [] }
        let size = ElementType.bit.vectorSize(dimension: dimension)
        let rowCount = bytes.count / size
        let count = rowCount * dimension
        return [Float](unsafeUninitializedCapacity: count) { floats, written in
            bytes.withUnsafeBytes { source in
                guard let from = source.baseAddress, let to = floats.baseAddress else { return }
                for row in 0..<rowCount {
                    ConversionKernel.decode(
                        .bit, from + row * size, count: dimension, into: to + row * dimension)
                }
            }
            written = count
        }
    }

    private static func floats<Value>(_ values: [Value], _ element: ElementType) -> [Float] {
        [Float](unsafeUninitializedCapacity: values.count) { floats, written in
            values.withUnsafeBytes { source in
                if let from = source.baseAddress, let to = floats.baseAddress {
                    ConversionKernel.decode(element, from, count: values.count, into: to)
                }
            }
            written = values.count
        }
    }
}

extension Vector: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: Float...) { self = .float32(elements) }
}

extension Vector {
    /// Copies a span of float32.
    public init(_ span: Span<Float>) {
        var values: [Float] = []
        values.reserveCapacity(span.count)
        for index in span.indices { values.append(span[index]) }
        self = .float32(values)
    }

    public init(_ values: [Float]) { self = .float32(values) }

    /// One vector of bits, packed.
    public init(bits: [Bool]) {
        var bytes = [UInt8](repeating: 0, count: ElementType.bit.vectorSize(dimension: bits.count))
        for (index, bit) in bits.enumerated() where bit { bytes[index / 8] |= 1 << (index % 8) }
        self = .bit(bytes, dimension: bits.count)
    }
}
