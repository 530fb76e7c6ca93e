public import VDBPrimitives
internal import VDBQuantizers

/// One vector, or several one after the other, in any of the element types.
///
/// A vector of another element type than the database's is converted: to `float16` with rounding,
/// to the integer types by rounding to the nearest, with an error for what is out of their range.
/// NaN, infinities and lengths above 1.15e18, whose distances float32 cannot hold, are refused.
public enum Vector: Sendable, Hashable {
    case float32([Float])
    case float16([Float16])
    case int8([Int8])
    case uint8([UInt8])

    /// Number of components.
    public var count: Int {
        switch self {
        case .float32(let values): values.count
        case .float16(let values): values.count
        case .int8(let values): values.count
        case .uint8(let values): values.count
        }
    }

    /// The type of the components.
    public var element: ElementType {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .int8: .int8
        case .uint8: .uint8
        }
    }

    /// The components as float32.
    public var floats: [Float] {
        switch self {
        case .float32(let values): values
        case .float16(let values): Self.floats(values, .float16)
        case .int8(let values): Self.floats(values, .int8)
        case .uint8(let values): Self.floats(values, .uint8)
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
}
