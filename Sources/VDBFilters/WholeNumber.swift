/// A decimal number as an integer of 64 bits: `42`, `1.0`, `1e3`, `-2.50e1`.
///
/// Read digit by digit: by way of a `Double`, integers beyond 2^53 would come out changed.
enum WholeNumber: Hashable {
    case value(Int64)
    /// A number, but not a whole one.
    case fraction
    /// A whole number that 64 bits do not hold.
    case outOfRange

    /// Reads a number; nil if the text is none.
    init?(_ text: some StringProtocol) {
        var rest = text.utf8[...]
        func isNext(_ byte: UInt8) -> Bool { rest.first == byte }
        let isNegative = isNext(UInt8(ascii: "-"))
        if isNegative || isNext(UInt8(ascii: "+")) { rest.removeFirst() }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        var decimals = rest.prefix(0)
        if isNext(UInt8(ascii: ".")) {
            decimals = rest.dropFirst().prefix(while: isDigit)
            rest = rest.dropFirst(1 + decimals.count)
        }
        guard !whole.isEmpty || !decimals.isEmpty else { return nil }
        var exponent = 0
        if isNext(UInt8(ascii: "e")) || isNext(UInt8(ascii: "E")) {
            guard let written = Self.exponent(rest.dropFirst()) else { return nil }
            exponent = written
        } else if !rest.isEmpty {
            return nil
        }
        self.init(
            digits: Array(whole) + Array(decimals), exponent: exponent - decimals.count,
            isNegative: isNegative)
    }

    /// The number that is `digits` times ten to the power of `exponent`.
    private init(digits: [UInt8], exponent: Int, isNegative: Bool) {
        let zero = UInt8(ascii: "0")
        var digits = digits[...].drop { $0 == zero }
        if digits.isEmpty {
            self = .value(0)
            return
        }
        var exponent = exponent
        while exponent < 0, digits.last == zero {
            digits.removeLast()
            exponent += 1
        }
        if exponent < 0 {
            self = .fraction
            return
        }
        // 19 digits are the most that 64 bits hold; more are not worth writing out.
        guard digits.count <= 19, exponent <= 19 - digits.count else {
            self = .outOfRange
            return
        }
        let text = String(decoding: digits, as: UTF8.self) + String(repeating: "0", count: exponent)
        self = Int64((isNegative ? "-" : "") + text).map { .value($0) } ?? .outOfRange
    }

    /// The number after the `e`, as a bounded one: beyond a billion all are alike.
    private static func exponent(_ text: some Collection<UInt8>) -> Int? {
        let isNegative = text.first == UInt8(ascii: "-")
        let hasSign = isNegative || text.first == UInt8(ascii: "+")
        let digits = text.dropFirst(hasSign ? 1 : 0)
        guard !digits.isEmpty, digits.allSatisfy(isDigit) else { return nil }
        let size = digits.reduce(0) { min(1_000_000_000, $0 * 10 + Int($1 - UInt8(ascii: "0"))) }
        return isNegative ? -size : size
    }
}
