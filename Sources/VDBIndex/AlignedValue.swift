internal import VDBPrimitives
internal import VDBStorage

/// Values that are scanned in place need addresses aligned to 16 bytes, and the first vector or
/// code on a cache line.
///
/// LMDB puts a value into pages of its own, behind a page header of 16 bytes, if it does not fit
/// half a page; smaller ones lie at any even address. So these values are padded with zeros to
/// `minimumSize`, and their bulk starts at `headerSize`, which is 64 bytes into the page.
package enum AlignedValue {
    package static let minimumSize = 2048
    package static let headerSize = 48

    static func finish(_ writer: consuming ByteWriter, key: Key) -> [UInt8] {
        var padded = writer
        if padded.count < minimumSize {
            padded.write([UInt8](repeating: 0, count: minimumSize - padded.count))
        }
        return SealedValue.seal(padded, key: key)
    }

    /// Refuses what is left of a value's body if it is not padding.
    static func checkPadding(_ reader: inout ByteReader) throws(DecodingFailure) {
        let rest = try reader.readBytes(reader.remaining)
        guard rest.count < minimumSize, rest.allSatisfy({ $0 == 0 }) else {
            throw .trailingBytes(rest.count)
        }
    }
}
