public import VDBPrimitives

/// One attribute that every record has, and its type.
public struct Attribute: Sendable, Hashable {
    /// A letter or underscore, then letters, digits and underscores: at most 64, all ASCII.
    public var name: String
    /// What its values are.
    public var type: AttributeType

    /// The attribute called `name`; the name is checked by `Schema`.
    public init(name: String, type: AttributeType) {
        self.name = name
        self.type = type
    }
}

/// What every record of a database looks like: its vector, the distance and the attributes.
///
/// Stored as described in `Formats/schema.md`.
public struct Schema: Sendable, Hashable {
    /// Components per vector, 1 … 65,536.
    public let dimension: Int
    /// The type in which components are stored.
    public let element: ElementType
    /// How distances are measured.
    public let metric: Metric
    /// At most 64, with distinct names.
    public let attributes: [Attribute]

    /// The largest dimension.
    package static let maximumDimension = 65_536
    /// The largest number of attributes.
    package static let maximumAttributeCount = 64

    /// Checks the dimension and the attributes' names.
    ///
    /// Names are told apart by case, so `Iso` and `iso` are two attributes; the words of the
    /// filter language are refused in any case.
    public init(
        dimension: Int, element: ElementType = .float32, metric: Metric = .euclidean,
        attributes: [Attribute] = []
    ) throws(SchemaError) {
        guard (1...Self.maximumDimension).contains(dimension) else {
            throw .dimensionOutOfRange(dimension)
        }
        guard attributes.count <= Self.maximumAttributeCount else {
            throw .tooManyAttributes(attributes.count)
        }
        var names: Set<String> = []
        for attribute in attributes {
            guard Self.isValidName(attribute.name) else { throw .invalidName(attribute.name) }
            guard FilterWord(attribute.name) == nil else { throw .reservedName(attribute.name) }
            guard names.insert(attribute.name).inserted else {
                throw .duplicateName(attribute.name)
            }
        }
        self.dimension = dimension
        self.element = element
        self.metric = metric
        self.attributes = attributes
    }

    /// The attribute called `name`, or nil.
    public func attribute(named name: String) -> Attribute? {
        attributes.first { $0.name == name }
    }

    /// The position of the attribute called `name`, or nil.
    package func attributeIndex(named name: String) -> Int? {
        attributes.firstIndex { $0.name == name }
    }

    /// What the storage layers need to know: sizes and the widths of the physical columns.
    package var shape: RecordShape {
        RecordShape(
            dimension: dimension, element: element, metric: metric,
            columns: attributes.flatMap(\.type.cellWidths),
            placeColumns: attributes.indices.filter { attributes[$0].type == .location }
                .map { firstColumn(of: $0) })
    }

    /// The physical column in which the attribute begins; a location's longitude is in the next.
    package func firstColumn(of attributeIndex: Int) -> Int {
        precondition(
            attributes.indices.contains(attributeIndex),
            "attribute \(attributeIndex) of \(attributes.count)")
        return attributes[..<attributeIndex].reduce(0) { $0 + $1.type.cellWidths.count }
    }

    private static func isValidName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 64 else { return false }
        return isLetter(first) && name.utf8.allSatisfy { isLetter($0) || isDigit($0) }
    }
}

/// Why a schema is refused.
public enum SchemaError: Error, Hashable, CustomStringConvertible {
    case dimensionOutOfRange(Int)
    case tooManyAttributes(Int)
    case invalidName(String)
    /// A word of the filter language.
    case reservedName(String)
    case duplicateName(String)

    /// The reason in words, with the numbers.
    public var description: String {
        switch self {
        case .dimensionOutOfRange(let dimension):
            "cannot make schema: dimension \(dimension) is not within 1…\(Schema.maximumDimension)"
        case .tooManyAttributes(let count):
            "cannot make schema: \(count) attributes, "
                + "\(Schema.maximumAttributeCount) are allowed"
        case .invalidName(let name):
            "cannot make schema: attribute name \(quoted(name)) is not a letter or underscore "
                + "and up to 63 letters, digits and underscores"
        case .reservedName(let name):
            "cannot make schema: attribute name \(name) is a word of the filter language"
        case .duplicateName(let name):
            "cannot make schema: two attributes are called \(name)"
        }
    }
}
