/// Something that reads bytes from strangers.
struct Target {
    let name: String
    /// Inputs to begin with, made from a seed.
    let seeds: (UInt64) throws -> [[UInt8]]
    /// Reads an input. Errors are what is expected of most; a trap is a finding.
    let run: ([UInt8]) -> Void

    /// All of them; the cheap ones first.
    static var all: [Target] { texts + vectorFiles + values + [log, archive, tables, pages] }
}

/// The fields of an input, from its beginning; zeros when it is used up.
struct Fields {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func number(_ size: Int = 4) -> UInt64 {
        (0..<size).reduce(0) { $0 | UInt64(byte()) << UInt64(8 * $1) }
    }

    /// The next `count` bytes, or those that are left.
    mutating func take(_ count: Int) -> [UInt8] {
        let taken = rest.prefix(count)
        rest = rest.dropFirst(count)
        return Array(taken)
    }

    mutating func all() -> [UInt8] { take(rest.count) }
}

extension [UInt8] {
    func number32(at offset: Int) -> UInt32 {
        guard offset >= 0, offset + 4 <= count else { return 0 }
        return (0..<4).reduce(0) { $0 | UInt32(self[offset + $1]) << UInt32(8 * $1) }
    }

    /// Writes the lowest `size` bytes of a number, as far as there is room.
    mutating func set(_ value: UInt64, size: Int = 4, at offset: Int) {
        for index in 0..<size where offset + index < count {
            self[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
        }
    }
}
