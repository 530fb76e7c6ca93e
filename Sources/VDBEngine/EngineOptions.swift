package import VDBLog

/// How an open database behaves; nothing of it is stored.
package struct EngineOptions: Sendable {
    package var durability: Durability = .everyCommit
    /// Bytes of address space reserved for the tables; the upper limit of their size until the
    /// database is opened again.
    package var mapSize = 64 << 30
    package var isReadOnly = false
    /// Threads for training, encoding and exact ground truth; nil takes all processors.
    package var threadCount: Int?
    /// Whether a background thread checkpoints and trains; otherwise only `maintain` does.
    package var isAutomatic = true
    /// Bytes after which the log begins a new segment.
    package var logSegmentSize = 64 << 20
    package var checkpoint = CheckpointPolicy()
    package var index = IndexOptions()

    package init() {}
}

/// When the log's records move into the tables.
package struct CheckpointPolicy: Sendable {
    /// Rows in the delta at which a checkpoint starts.
    package var rowLimit = 16_384
    /// Bytes of vectors in the delta at which a checkpoint starts.
    package var sizeLimit = 32 << 20
    /// A checkpoint starts this long after a write even if the delta is small.
    package var idleSeconds = 1.0
    /// A writer checkpoints itself, before it goes on, when the delta is this many times over.
    package var backPressureFactor = 4

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
    /// Seed of every random choice in training.
    package var seed: UInt64 = 1

    package init() {}
}
