package import VDBLog

/// How an open database behaves; nothing of it is stored.
package struct EngineOptions: Sendable {
    package var durability: Durability = .everyCommit
    /// Bytes that the tables may grow to; address space is reserved as they do.
    package var mapSize = 1 << 40
    package var isReadOnly = false
    /// Threads for training, encoding and exact ground truth; nil takes all processors.
    package var threadCount: Int?
    /// Whether a background thread checkpoints and trains; otherwise only `maintain` does.
    package var isAutomatic = true
    /// Bytes after which the log begins a new segment.
    package var logSegmentSize = 64 << 20
    package var checkpoint = CheckpointPolicy()
    package var index = IndexOptions()
    package var maintenance = MaintenanceOptions()

    package init() {}
}

/// When the log's records move into the tables.
///
/// Searches compare every row of the delta: 4 MiB take about as long as the rest of a search. Under
/// a stream of writes a checkpoint finds what came during the one before, so that transactions grow
/// with the load.
package struct CheckpointPolicy: Sendable {
    /// Rows in the delta at which a checkpoint starts.
    package var rowLimit = 4096
    /// Bytes of vectors and payloads in the delta at which a checkpoint starts.
    package var sizeLimit = 4 << 20
    /// A checkpoint starts this long after a write even if the delta is small.
    package var idleSeconds = 1.0
    /// A checkpoint starts so long after the oldest write that is not in the tables, however many
    /// follow it: it bounds the time that recovery takes.
    package var longestSeconds = 60.0
    /// One transaction moves at most about so many times as much.
    package var stepFactor = 4
    /// A writer moves the delta itself, before it goes on, when it is this many times over.
    package var backPressureFactor = 16

    package init() {}
}

/// The shape of the index; nil fields are derived from the data.
package struct IndexOptions: Sendable {
    /// Number of inverted lists (nlist).
    package var listCount: Int?
    /// Subspaces of the product quantizer (M).
    package var subspaceCount: Int?
    /// 4 or 8.
    package var bitsPerSubspace = 4
    /// Live rows from which an index is trained; below, search is exact.
    package var trainingThreshold: Int?
    /// Bytes of entries that a build gathers before it writes them, whatever the number of rows.
    /// The blocks of a list that are written together lie side by side in the file: fewer portions,
    /// fewer places to read the list from.
    package var buildPortionSize = 96 << 20
    /// Seed of every random choice in training.
    package var seed: UInt64 = 1

    package init() {}
}
