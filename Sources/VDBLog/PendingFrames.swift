internal import VDBPrimitives

/// Framed records that wait in memory for the next write.
struct PendingFrames: Sendable {
    /// A payload of so many bytes is not copied, but kept and written by a call of its own.
    private static let largeSize = 256 << 10

    /// What is to be written, one call each.
    private var finished: [[UInt8]] = []
    private var open: [UInt8] = []
    /// Bytes of all of it.
    private(set) var size = 0
    /// Records in it.
    private(set) var count = 0

    var isEmpty: Bool { size == 0 }

    mutating func append(_ header: FrameHeader, payload: [UInt8]) {
        header.encode(into: &open)
        if payload.count >= Self.largeSize {
            finished.append(open)
            finished.append(payload)
            open = []
        } else {
            open.append(contentsOf: payload)
        }
        open.append(contentsOf: repeatElement(0, count: header.paddingSize))
        size += header.frameSize
        count += 1
    }

    /// The bytes in order, in as few pieces as can be.
    var pieces: [[UInt8]] { open.isEmpty ? finished : finished + [open] }
}
