/// A JSON value to be printed; objects keep the order of their members.
enum JSON: Sendable, Hashable {
    case null
    case integer(Int)
    case double(Double)
    case string(String)
    case array([JSON])
    case object([Member])

    struct Member: Sendable, Hashable {
        let name: String
        let value: JSON
    }

    /// An object with these members, in this order.
    static func members(_ members: KeyValuePairs<String, JSON>) -> JSON {
        .object(members.map { Member(name: $0.key, value: $0.value) })
    }

    /// A measured number with four digits that mean something, which none has more of.
    static func measured(_ value: Double) -> JSON { .double(rounded(value, digits: 4)) }

    /// The value on one line; numbers that are not finite are null.
    var text: String {
        switch self {
        case .null: "null"
        case .integer(let value): String(value)
        case .double(let value): value.isFinite ? value.description : "null"
        case .string(let value): Self.quoted(value)
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.map { Self.quoted($0.name) + ":" + $0.value.text }
                .joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\" + String(scalar)
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

/// The number with so many digits from its first that is not zero.
func rounded(_ value: Double, digits: Int) -> Double {
    guard value.isFinite, value != 0 else { return value }
    var scale = 1.0
    var limit = 1.0
    for _ in 0..<digits { limit *= 10 }
    while abs(value) * scale < limit / 10 { scale *= 10 }
    while abs(value) * scale >= limit { scale /= 10 }
    // Dividing by a whole power of ten gives the nearest number; a tenth is none.
    return scale >= 1
        ? (value * scale).rounded() / scale : (value * scale).rounded() * (1 / scale).rounded()
}
