internal import VDBPrimitives

/// The segment that grows. Touched by one thread at a time: the leader.
struct ActiveSegment: Sendable {
    let file: any LogFile
    let name: String
    let header: SegmentHeader
    /// Where the next frame goes: the end of the last group that was written as a whole.
    var size: Int
    var endsWithMark = false

    var isEmpty: Bool { size == SegmentHeader.size }

    /// What it is called once it does not grow any more.
    var retired: Segment { Segment(name: name, header: header, size: size) }
}

/// Why a step of writing failed, and what that means.
enum WriteFailure: Error {
    /// Nothing of the step is there, durably: the log is as it was before.
    case takenBack(SystemFailure)
    /// What is in the file is not known.
    case fatal(SystemFailure)

    /// Makes a call after whose failure nothing is known.
    static func fatally<Result>(
        _ call: @autoclosure () throws(SystemFailure) -> Result
    ) throws(WriteFailure) -> Result {
        do throws(SystemFailure) {
            return try call()
        } catch {
            throw .fatal(error)
        }
    }
}

extension ActiveSegment {
    /// Creates a segment that begins after all that is there, durably.
    static func create(
        _ header: SegmentHeader, in store: any LogStore
    ) throws(WriteFailure) -> ActiveSegment {
        let name = SegmentName.of(header.first)
        let file: any LogFile
        do throws(SystemFailure) {
            file = try store.create(name)
        } catch {
            throw .takenBack(error)
        }
        do throws(SystemFailure) {
            try file.write(header.encoded(), at: 0)
        } catch {
            guard error.isLackOfRoom, remove(name, from: store) else { throw .fatal(error) }
            throw .takenBack(error)
        }
        try WriteFailure.fatally(try file.sync())
        try WriteFailure.fatally(try store.sync())
        return ActiveSegment(file: file, name: name, header: header, size: SegmentHeader.size)
    }

    /// Durably removes a segment that could not be created; false if that fails too.
    private static func remove(_ name: String, from store: any LogStore) -> Bool {
        do throws(SystemFailure) {
            try store.remove(name)
            try store.sync()
            return true
        } catch {
            return false
        }
    }

    /// Writes `pieces` at the end, all or nothing.
    mutating func write(_ pieces: [[UInt8]]) throws(WriteFailure) {
        var end = size
        do throws(SystemFailure) {
            for piece in pieces {
                try file.write(piece, at: end)
                end += piece.count
            }
        } catch {
            guard error.isLackOfRoom, cutOff() else { throw .fatal(error) }
            throw .takenBack(error)
        }
        size = end
        endsWithMark = false
    }

    /// Durably removes what a failed write left behind; false if that fails too.
    ///
    /// Durably, lest the remains reappear after a crash behind what is written in their place.
    private func cutOff() -> Bool {
        do throws(SystemFailure) {
            try file.truncate(to: size)
            try file.sync()
            return true
        } catch {
            return false
        }
    }

    /// Notes that everything is durable, so that damage is not taken for a torn tail.
    ///
    /// Best effort: without the mark, or with a part of it, the log is valid too.
    mutating func writeMark(at position: LogPosition) {
        guard !isEmpty, !endsWithMark else { return }
        let mark = FrameHeader(markAt: position, seed: header.identity.checksumSeed)
        var bytes: [UInt8] = []
        mark.encode(into: &bytes)
        do throws(WriteFailure) {
            try write([bytes])
            endsWithMark = true
        } catch {
            // A torn mark is cut off by the next opening like any torn tail.
        }
    }
}

extension LogFile {
    func write(_ bytes: [UInt8], at offset: Int) throws(SystemFailure) {
        let result = bytes.withUnsafeBytes { field in
            Result { () throws(SystemFailure) in try write(field, at: offset) }
        }
        try result.get()
    }
}
