/// The type in which each component of a vector is stored.
///
/// The raw values are stored on disk (`Formats/schema.md`); 0 is reserved.
public enum ElementType: UInt8, Sendable, Hashable, CaseIterable, BitwiseCopyable {
    case float32 = 1
    case float16 = 2
    case int8 = 3
    case uint8 = 4
    /// 0 or 1, eight components a byte: component i is bit i mod 8, from the least significant on,
    /// of byte i / 8; bits behind the last component are 0.
    case bit = 5

    /// Bits per component.
    public var bitCount: Int {
        switch self {
        case .float32: 32
        case .float16: 16
        case .int8, .uint8: 8
        case .bit: 1
        }
    }

    /// Bytes of one vector of so many components.
    public func vectorSize(dimension: Int) -> Int { (dimension * bitCount + 7) / 8 }

    /// The name used in text: by `vdbtool`, in messages and in the C interface.
    public var name: String {
        switch self {
        case .float32: "float32"
        case .float16: "float16"
        case .int8: "int8"
        case .uint8: "uint8"
        case .bit: "bit"
        }
    }

    /// The element type called `name`, or nil.
    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// The values that a component can take, if it is a byte; nil for the floating-point types' own
    /// finite range, and for bits.
    package var integerRange: ClosedRange<Float>? {
        switch self {
        case .float32, .float16, .bit: nil
        case .int8: -128...127
        case .uint8: 0...255
        }
    }
}
