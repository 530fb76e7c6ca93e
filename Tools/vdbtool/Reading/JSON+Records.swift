internal import VDBPrimitives
internal import VectorDB

/// JSON that is not what was expected.
struct InvalidJSON: Error, Hashable {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

// What records are made of, to and from JSON.

extension JSON {
    /// Reads JSON text.
    init(_ bytes: [UInt8]) throws(InvalidJSON) {
        do {
            self = try JSONParser.parse(bytes)
        } catch {
            throw InvalidJSON("not JSON: \(error)")
        }
    }

    /// A vector for a database: an array of numbers; one of bits may also be text, its bytes in
    /// base64.
    func components(_ schema: Schema) throws(InvalidJSON) -> [Float] {
        guard schema.element == .bit, case .string(let text) = self else {
            return try components()
        }
        let dimension = schema.dimension
        let size = ElementType.bit.vectorSize(dimension: dimension)
        guard let bytes = Base64.decode(text), bytes.count == size else {
            throw InvalidJSON("a vector of \(dimension) bits is not \(size) bytes in base64")
        }
        guard bytes.withUnsafeBytes({ PackedBits.firstStray(in: $0, dimension: dimension) }) == nil
        else { throw InvalidJSON("bits behind the \(dimension) of the vector are not 0") }
        return Vector.bit(bytes, dimension: dimension).floats
    }

    private func components() throws(InvalidJSON) -> [Float] {
        guard case .array(let values) = self, !values.isEmpty else {
            throw InvalidJSON("a vector is an array of numbers")
        }
        var components: [Float] = []
        components.reserveCapacity(values.count)
        for value in values {
            guard let number = value.number else {
                throw InvalidJSON("component \(components.count) is \(value.text), not a number")
            }
            let component = Float(number)
            guard component.isFinite else {
                throw InvalidJSON("component \(components.count) is \(value.text), out of range")
            }
            components.append(component)
        }
        return components
    }

    /// A payload: text in base64.
    func payload() throws(InvalidJSON) -> [UInt8] {
        guard case .string(let text) = self, let bytes = Base64.decode(text) else {
            throw InvalidJSON("the payload is not text in base64")
        }
        return bytes
    }

    /// A whole number from 0.
    func unsigned(_ name: String) throws(InvalidJSON) -> UInt64 {
        switch self {
        case .integer(let value) where value >= 0: return UInt64(value)
        case .unsigned(let value): return value
        default: throw InvalidJSON("\(name) is \(text), not a whole number from 0")
        }
    }

    /// Values of the schema's attributes, by name.
    ///
    /// - Parameter tolerating: takes the values that cannot be read, which are null then; nil
    ///   throws the first.
    func attributes(
        _ schema: Schema, tolerating: ((BadValue) -> Void)? = nil
    ) throws(InvalidJSON) -> [String: AttributeValue] {
        guard case .object(let members) = self else {
            throw InvalidJSON("attributes are an object, such as {\"name\": value}")
        }
        var values: [String: AttributeValue] = [:]
        for member in members {
            guard let attribute = schema.attribute(named: member.name) else {
                throw InvalidJSON(schema.unknown(member.name))
            }
            do throws(BadValue) {
                values[attribute.name] = try member.value.attribute(attribute)
            } catch {
                guard let tolerating else {
                    throw InvalidJSON(
                        "attribute \(error.attribute) is \(error.value), \(error.reason)")
                }
                tolerating(error)
                values[attribute.name] = .null
            }
        }
        return values
    }

    /// The value of an attribute. A timestamp is ISO 8601 text, a location `{"lat": …, "lon": …}`.
    private func attribute(_ attribute: Attribute) throws(BadValue) -> AttributeValue {
        func refused(_ reason: String) -> BadValue {
            BadValue(attribute: attribute.name, value: text, reason: reason)
        }
        if self == .null { return .null }
        switch attribute.type {
        case .timestamp:
            guard case .string(let text) = self,
                let value = try? AttributeValue(text: text, type: .timestamp), value != .null
            else { throw refused("not ISO 8601 text") }
            return value
        case .location:
            guard case .object(let members) = self, members.count == 2,
                let latitude = self["lat"]?.number, let longitude = self["lon"]?.number
            else { throw refused("not {\"lat\": -90…90, \"lon\": -180…180}") }
            let location = Location(latitude: latitude, longitude: longitude)
            if let problem = location.rangeProblem { throw refused(problem) }
            return .location(location)
        case .integer:
            guard let value = wholeNumber else { throw refused("not a whole number of 64 bits") }
            return .integer(value)
        case .real:
            guard let value = number else { throw refused("not a number") }
            return .real(value)
        case .keyword:
            guard case .string(let value) = self else { throw refused("not a string") }
            do {
                return try AttributeValue.keyword(value).fitting()
            } catch {
                throw refused("\(error)")
            }
        case .boolean:
            guard case .bool(let value) = self else { throw refused("not true or false") }
            return .boolean(value)
        }
    }

    /// A whole number, also one written as `1.0` or `1e3`; with a point or exponent only as far as
    /// a `Double` holds every whole number.
    private var wholeNumber: Int64? {
        switch self {
        case .integer(let value): value
        case .double(let value) where abs(value) < 0x1p53: Int64(exactly: value)
        default: nil
        }
    }

    private var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .double(let value): value
        case .float(let value): Double(value)
        default: nil
        }
    }

    /// The value of an attribute, as it is read back.
    init(_ value: AttributeValue) {
        self =
            switch value {
            case .null: .null
            case .timestamp: .string(value.text)
            case .location(let location):
                .members(["lat": .double(location.latitude), "lon": .double(location.longitude)])
            case .integer(let integer): .integer(integer)
            case .real(let real): .double(real)
            case .keyword(let keyword): .string(keyword)
            case .boolean(let boolean): .bool(boolean)
            }
    }

    /// Attributes in the schema's order; null ones are left out.
    init(_ attributes: [String: AttributeValue], _ schema: Schema) {
        self = .object(
            schema.attributes.compactMap { attribute in
                guard let value = attributes[attribute.name], value != .null else { return nil }
                return Member(name: attribute.name, value: JSON(value))
            })
    }

    /// The components as numbers.
    init(_ vector: Vector) {
        self =
            switch vector {
            case .float32(let values): .array(values.map { .float($0) })
            // As a float32 it has digits to spare, but brings back the same value.
            case .float16(let values): .array(values.map { .float(Float($0)) })
            case .int8(let values): .array(values.map { .integer(Int64($0)) })
            case .uint8(let values): .array(values.map { .integer(Int64($0)) })
            case .bit: .array(vector.floats.map { .integer(Int64($0)) })
            }
    }
}

extension Schema {
    /// Says that there is no such attribute, and which there are.
    func unknown(_ name: String) -> String {
        let names = attributes.map(\.name)
        let known = names.isEmpty ? "there are none" : "there are \(names.joined(separator: ", "))"
        let hint = nearestName(to: name, among: names).map { "; did you mean \($0)?" } ?? ""
        return "no attribute is called \(quoted(name)), \(known)\(hint)"
    }
}

/// A keyword of more bytes than the engine takes.
struct KeywordTooLong: Error, CustomStringConvertible {
    let size: Int
    var description: String {
        "the keyword has \(size) bytes, \(AttributeValue.maximumKeywordSize) are allowed"
    }
}

extension AttributeValue {
    /// The value, unless it is one that the engine would refuse with the whole batch.
    func fitting() throws(KeywordTooLong) -> AttributeValue {
        guard case .keyword(let text) = self, text.utf8.count > Self.maximumKeywordSize else {
            return self
        }
        throw KeywordTooLong(size: text.utf8.count)
    }
}
