package import VDBPrimitives

/// The prologue that every stored value starts with (`Formats/database.md`, "Values"):
///
///     offset 0  u32  CRC-32C of the key's bytes, then of the value from offset 4 to its end
///     offset 4  u8   kind of value
///     offset 5  u8   version of that kind's layout
///     offset 6  u16  zero
///
/// The key is part of the checksum so that a value found under a wrong key is noticed: LMDB itself
/// has no checksums.
package enum SealedValue {
    package static let prologueSize = 8

    /// A writer with the prologue in place; `seal` completes it.
    package static func writer(
        kind: UInt8, version: UInt8, reservingCapacity capacity: Int = 0
    ) -> ByteWriter {
        var writer = ByteWriter(reservingCapacity: capacity + prologueSize)
        writer.write(UInt32(0))
        writer.write(kind)
        writer.write(version)
        writer.write(UInt16(0))
        return writer
    }

    /// Ends the value with its checksum.
    package static func seal(_ writer: consuming ByteWriter, key: Key) -> [UInt8] {
        var bytes = writer.finish()
        bytes.withUnsafeMutableBytes { value in
            let checksum = checksum(of: UnsafeRawBufferPointer(value), key: key)
            value.storeBytes(of: checksum.littleEndian, as: UInt32.self)
        }
        return bytes
    }

    /// The version of a value's layout if it is one of those known, else the latest of these,
    /// which `open` then asks for.
    package static func version(
        of value: UnsafeRawBufferPointer, among known: ClosedRange<UInt8>
    ) -> UInt8 {
        guard value.count >= prologueSize, known.contains(value[5]) else {
            return known.upperBound
        }
        return value[5]
    }

    /// Checks kind, version and checksum.
    ///
    /// - Returns: the bytes after the prologue.
    package static func open(
        _ value: UnsafeRawBufferPointer, key: Key, kind: UInt8, version: UInt8
    ) throws(DecodingFailure) -> UnsafeRawBufferPointer {
        let body = try openUnchecked(value, kind: kind, version: version)
        if let failure = checksumFailure(of: value, key: key) { throw failure }
        return body
    }

    /// Why a value of at least a prologue is not what was stored under `key`; nil if it is.
    static func checksumFailure(
        of value: UnsafeRawBufferPointer, key: Key
    ) -> DecodingFailure? {
        let stored = UInt32(littleEndian: value.loadUnaligned(as: UInt32.self))
        let computed = checksum(of: value, key: key)
        return stored == computed
            ? nil : .checksumMismatch(stored: stored, computed: computed)
    }

    /// Checks kind and version alone: for values whose checksum was checked on first touch.
    package static func openUnchecked(
        _ value: UnsafeRawBufferPointer, kind: UInt8, version: UInt8
    ) throws(DecodingFailure) -> UnsafeRawBufferPointer {
        guard value.count >= prologueSize else {
            throw .truncated(needed: prologueSize, available: value.count)
        }
        guard value[4] == kind else { throw .unknownValue(field: "kind", value: UInt64(value[4])) }
        guard value[5] == version else {
            throw .unknownValue(field: "layout version", value: UInt64(value[5]))
        }
        return UnsafeRawBufferPointer(rebasing: value[prologueSize...])
    }

    /// Checks the checksum of a value of any kind: for copying what nobody looks into.
    package static func check(
        _ value: UnsafeRawBufferPointer, key: Key
    ) throws(DecodingFailure) {
        guard value.count >= prologueSize else {
            throw .truncated(needed: prologueSize, available: value.count)
        }
        if let failure = checksumFailure(of: value, key: key) { throw failure }
    }

    private static func checksum(of value: UnsafeRawBufferPointer, key: Key) -> UInt32 {
        let ofKey = key.withBytes { crc32c($0) }
        return crc32c(UnsafeRawBufferPointer(rebasing: value[4...]), seed: ofKey)
    }
}
