import VDBIndex
import VDBLog
import VDBPrimitives
import VDBStorage

/// Makes the checksums of changed bytes match, as somebody would who means harm.
enum Mending {
    // MARK: - Stored values

    /// A value of the tables, prologue included.
    static func value(_ bytes: [UInt8], key: Key, isVectors: Bool = false) -> [UInt8] {
        var bytes = bytes
        guard bytes.count >= SealedValue.prologueSize else { return bytes }
        let ofKey = key.withBytes { crc32c($0) }
        if isVectors { mendStripes(&bytes, ofKey) }
        bytes.set(UInt64(crc32c(Array(bytes[4...]), seed: ofKey)), at: 0)
        return bytes
    }

    /// The checksums of a chunk of vectors that are in it, by its own figures.
    private static func mendStripes(_ bytes: inout [UInt8], _ ofKey: UInt32) {
        guard bytes.count >= 48 else { return }
        let count = Int(bytes.number32(at: 8))
        let width = Int(bytes.number32(at: 12)) / (bytes[16] == 0 ? 1 : 4)
        let rows = Int(bytes.number32(at: 20))
        let (size, isOver) = count.multipliedReportingOverflow(by: width)
        guard !isOver, rows > 0, width > 0, count > 0, size <= bytes.count - 48 else { return }
        let start = 48 + size + (-size & 3)
        let stripes = (count + rows - 1) / rows
        guard start + 4 * stripes <= bytes.count else { return }
        for stripe in 0..<stripes {
            let first = 48 + stripe * rows * width
            let end = min(first + rows * width, 48 + size)
            bytes.set(UInt64(crc32c(Array(bytes[first..<end]))), at: start + 4 * stripe)
        }
        let head = crc32c(Array(bytes[4..<24]), seed: ofKey)
        bytes.set(
            UInt64(crc32c(Array(bytes[start..<start + 4 * stripes]), seed: head)), at: 24)
    }

    // MARK: - Log

    /// A segment: its header, and the frames as far as their lengths lead.
    static func segment(_ bytes: [UInt8], identity: LogIdentity) -> [UInt8] {
        var bytes = bytes
        guard bytes.count >= 64 else { return bytes }
        let numbers = [identity.first, identity.second]
        for (index, number) in numbers.enumerated() {
            bytes.set(number, size: 8, at: 16 + 8 * index)
        }
        bytes.set(UInt64(crc32c(Array(bytes[..<60]))), at: 60)
        var seed: [UInt8] = [UInt8](repeating: 0, count: 16)
        for (index, number) in numbers.enumerated() { seed.set(number, size: 8, at: 8 * index) }
        var offset = 64
        while offset + 24 <= bytes.count {
            let length = bytes.number32(at: offset)
            let size = length == .max ? 0 : Int(length)
            let end = offset + 24 + size
            guard end <= bytes.count else { break }
            let body = crc32c(Array(bytes[offset + 24..<end]), seed: crc32c(seed))
            let fields = Array(bytes[offset..<offset + 4] + bytes[offset + 8..<offset + 24])
            bytes.set(UInt64(crc32c(fields, seed: body)), at: offset + 4)
            offset = (end + 7) & ~7
        }
        return bytes
    }
}
