/// The type in which each component of a vector is stored.
///
/// The raw values are stored on disk (`Formats/schema.md`); 0 is reserved.
public enum ElementType: UInt8, Sendable, Hashable, CaseIterable, BitwiseCopyable {
    case float32 = 1
    case float16 = 2
    case int8 = 3
    case uint8 = 4

    /// Bytes per component.
    public var size: Int {
        switch self {
        case .float32: 4
        case .float16: 2
        case .int8, .uint8: 1
        }
    }

    /// The name used in text: by `vdbtool`, in messages and in the C interface.
    public var name: String {
        switch self {
        case .float32: "float32"
        case .float16: "float16"
        case .int8: "int8"
        case .uint8: "uint8"
        }
    }

    /// The element type called `name`, or nil.
    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// The values that a component can take; nil for the floating-point types' own finite range.
    package var integerRange: ClosedRange<Float>? {
        switch self {
        case .float32, .float16: nil
        case .int8: -128...127
        case .uint8: 0...255
        }
    }
}
