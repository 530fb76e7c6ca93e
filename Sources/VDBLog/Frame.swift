internal import VDBPrimitives

/// The bytes before a payload; `Formats/log.md`, "Frames".
struct FrameHeader: Hashable {
    static let size = 24
    static let alignment = 8
    /// The longest payload; a length above it is never believed.
    static let payloadLimit = 1 << 30
    private static let markLength = UInt32.max

    let length: UInt32
    let checksum: UInt32
    let position: LogPosition
    /// The last position known to be durable when the frame was made.
    let synced: LogPosition

    var isMark: Bool { length == Self.markLength }
    var payloadSize: Int { isMark ? 0 : Int(length) }
    var paddingSize: Int { (Self.alignment - payloadSize % Self.alignment) % Self.alignment }
    /// Bytes from this frame's start to the next one's.
    var frameSize: Int { Self.size + payloadSize + paddingSize }

    /// The header of a record.
    ///
    /// - Parameter payloadChecksum: CRC-32C of identity and payload.
    init(
        payloadSize: Int, payloadChecksum: UInt32, position: LogPosition, synced: LogPosition
    ) {
        precondition(
            payloadSize <= Self.payloadLimit, "\(payloadSize) bytes in a frame")
        precondition(synced < position, "record \(position) that is synced through \(synced)")
        self.init(UInt32(payloadSize), payloadChecksum, position, synced)
    }

    /// The header of a mark: everything through `position` is durable.
    init(markAt position: LogPosition, seed: UInt32) {
        self.init(Self.markLength, seed, position, position)
    }

    private init(
        _ length: UInt32, _ payloadChecksum: UInt32, _ position: LogPosition,
        _ synced: LogPosition
    ) {
        self.length = length
        self.position = position
        self.synced = synced
        checksum = Self.checksum(payloadChecksum, length, position, synced)
    }

    /// Reads the 24 bytes as they are; what they say is checked by `refusal`.
    init(decoding bytes: UnsafeRawBufferPointer) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        length = try reader.read()
        checksum = try reader.read()
        position = LogPosition(try reader.read())
        synced = LogPosition(try reader.read())
    }

    func encode(into bytes: inout [UInt8]) {
        var writer = ByteWriter(reservingCapacity: Self.size)
        writer.write(length)
        writer.write(checksum)
        writer.write(position.rawValue)
        writer.write(synced.rawValue)
        bytes.append(contentsOf: writer.bytes)
    }

    private static func checksum(
        _ payloadChecksum: UInt32, _ length: UInt32, _ position: LogPosition,
        _ synced: LogPosition
    ) -> UInt32 {
        var writer = ByteWriter(reservingCapacity: 20)
        writer.write(length)
        writer.write(position.rawValue)
        writer.write(synced.rawValue)
        return crc32c(writer.bytes, seed: payloadChecksum)
    }
}

extension FrameHeader {
    /// Why this header cannot be true, whatever follows it; nil if it can.
    ///
    /// - Parameter room: bytes from the frame's start to the end of the file.
    func refusal(room: Int) -> DecodingFailure? {
        guard isMark || length <= Self.payloadLimit else {
            return .inconsistent("length \(length) is over the limit of \(Self.payloadLimit)")
        }
        guard frameSize <= room else { return .truncated(needed: frameSize, available: room) }
        guard position > .none, position <= .limit,
            isMark ? synced == position : synced < position
        else {
            return .inconsistent("position is \(position), synced through \(synced)")
        }
        return nil
    }

    /// Why the header does not belong after a record at `previous`; nil if it does.
    func refusal(after previous: LogPosition) -> DecodingFailure? {
        let expected = isMark ? previous : previous.next
        return position == expected
            ? nil : .inconsistent("position is \(position), \(expected) is expected")
    }

    /// Why `body`, payload and padding, does not belong to this header; nil if it does.
    func refusal(of body: UnsafeRawBufferPointer, seed: UInt32) -> DecodingFailure? {
        guard body.count == payloadSize + paddingSize else {
            return .truncated(needed: payloadSize + paddingSize, available: body.count)
        }
        let payload = UnsafeRawBufferPointer(rebasing: body[..<payloadSize])
        let computed = Self.checksum(crc32c(payload, seed: seed), length, position, synced)
        guard computed == checksum else {
            return .checksumMismatch(stored: checksum, computed: computed)
        }
        // The padding is not in the checksum: it must be zero.
        guard body[payloadSize...].allSatisfy({ $0 == 0 }) else {
            return .inconsistent("the padding is not zero")
        }
        return nil
    }
}

/// A record of the log.
package struct LogRecord: Sendable, Hashable {
    package let position: LogPosition
    package let payload: [UInt8]

    package init(position: LogPosition, payload: [UInt8]) {
        self.position = position
        self.payload = payload
    }
}
