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
    func attributes(_ schema: Schema) throws(InvalidJSON) -> [String: AttributeValue] {
        guard case .object(let members) = self else {
            throw InvalidJSON("attributes are an object, such as {\"name\": value}")
        }
        var values: [String: AttributeValue] = [:]
        for member in members {
            guard let attribute = schema.attribute(named: member.name) else {
                throw InvalidJSON(schema.unknown(member.name))
            }
            values[attribute.name] = try member.value.attribute(attribute)
        }
        return values
    }

    /// The value of an attribute. A timestamp is ISO 8601 text, a location `{"lat": …, "lon": …}`.
    private func attribute(_ attribute: Attribute) throws(InvalidJSON) -> AttributeValue {
        func refused(_ form: String) -> InvalidJSON {
            InvalidJSON("attribute \(attribute.name) is \(text), not \(form)")
        }
        if self == .null { return .null }
        switch attribute.type {
        case .timestamp:
            guard case .string(let text) = self,
                let value = try? AttributeValue(text: text, type: .timestamp), value != .null
            else { throw refused("ISO 8601 text") }
            return value
        case .location:
            guard case .object(let members) = self, members.count == 2,
                let latitude = self["lat"]?.number, let longitude = self["lon"]?.number,
                (-90...90).contains(latitude), (-180...180).contains(longitude)
            else { throw refused("{\"lat\": -90…90, \"lon\": -180…180}") }
            return .location(Location(latitude: latitude, longitude: longitude))
        case .integer:
            guard case .integer(let value) = self else { throw refused("a 64-bit integer") }
            return .integer(value)
        case .real:
            guard let value = number else { throw refused("a number") }
            return .real(value)
        case .keyword:
            guard case .string(let value) = self else { throw refused("a string") }
            return .keyword(value)
        case .boolean:
            guard case .bool(let value) = self else { throw refused("true or false") }
            return .boolean(value)
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
