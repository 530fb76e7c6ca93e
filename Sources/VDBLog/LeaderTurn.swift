internal import VDBPrimitives

/// What one leader does for all: write the frames that wait, sync, begin a new segment.
///
/// It owns the active segment while it runs, and runs outside the writer's lock.
struct LeaderTurn: Sendable {
    var active: ActiveSegment
    /// Segments that were finished on the way.
    var retired: [Segment] = []
    let frames: PendingFrames
    /// The last record in `frames`, or of the log if there are none.
    let last: LogPosition
    var written: LogPosition
    var synced: LogPosition
    /// Whether all of it must be durable at the end.
    let makesDurable: Bool
    var ending = Ending.none
    /// `fdatasync` calls made, and how long the last one took.
    var syncCount = 0
    var syncSeconds = 0.0

    /// What comes after the frames.
    enum Ending: Sendable {
        case none
        /// A new segment, if this one has records.
        case newSegment
        /// A mark: the log is being closed.
        case mark
    }

    /// Does it; on failure the properties say how far it came.
    mutating func run(
        in store: any LogStore, segmentSize: Int
    ) throws(WriteFailure) {
        // Two system calls beside a sync. Where nothing is synced, the next checkpoint looks.
        if makesDurable { try WriteFailure.fatally(try store.confirmPlace()) }
        if !frames.isEmpty {
            if active.size >= segmentSize { try beginSegment(in: store) }
            do throws(WriteFailure) {
                try active.write(frames.pieces)
            } catch {
                // Taking back ends with a sync.
                if case .takenBack = error { synced = written }
                throw error
            }
            written = last
        }
        if makesDurable { try sync() }
        switch ending {
        case .none: break
        case .newSegment: try beginSegment(in: store)
        case .mark: active.writeMark(at: written)
        }
    }

    private mutating func sync() throws(WriteFailure) {
        guard synced < written else { return }
        syncCount += 1
        let start = Platform.monotonicSeconds
        try WriteFailure.fatally(try active.file.sync())
        syncSeconds = Platform.monotonicSeconds - start
        synced = written
    }

    /// Goes on in a new segment; the one before is durable first, as a whole.
    private mutating func beginSegment(in store: any LogStore) throws(WriteFailure) {
        guard !active.isEmpty else { return }
        try sync()
        let finished = active.retired
        active = try ActiveSegment.create(
            SegmentHeader(
                identity: active.header.identity, first: written.next,
                previousFirst: finished.first, previousSize: finished.size),
            in: store)
        retired.append(finished)
    }
}
