public import VDBLog

/// How an open database behaves; nothing of it is stored.
public struct Options: Sendable {
    /// What an acknowledged write survives; see `Durability`.
    public var durability: Durability = .everyCommit
    /// Opens without the right to write, beside a writer or another reader. Each search then sees
    /// everything that the writer acknowledged before it, whatever process that is.
    public var isReadOnly = false
    /// Bytes that the tables may grow to; writes fail with `mapFull` beyond. Address space is
    /// reserved as they grow: a gigabyte for a small database that is written, a sixteenth of the
    /// process's limit (`ulimit -v`) if there is one.
    public var mapSize = 1 << 40
    /// Threads for training and encoding; nil takes all processors.
    public var threadCount: Int?
    /// Whether background threads move the log into the tables and train the index; otherwise that
    /// happens in `maintain()`, `checkpoint()`, and where writers would have to wait.
    public var isAutomatic = true
    /// Who does the maintenance while background threads may run (`isAutomatic`).
    public var maintenance = MaintenanceMode.automatic
    /// The share of one core's time that background maintenance takes at most, above 0 and up to 1.
    public var maintenanceShare = 0.25
    /// Told of each step of maintenance, by the thread that did it; it must be quick, and must not
    /// call the database.
    public var maintenanceObserver: (@Sendable (MaintenanceEvent) -> Void)?
    /// Number of inverted lists (nlist); nil derives it from the number of records.
    public var listCount: Int?
    /// Subspaces of the product quantizer (M); nil derives it from the dimension. Means nothing to
    /// vectors of bits, which lists hold as they are.
    public var subspaceCount: Int?
    /// Bits per subspace, 4 or 8; means nothing to vectors of bits either.
    public var bitsPerSubspace = 4
    /// Records from which an index is trained; below, every search is exact. Nil trains when exact
    /// search has some 2 MiB of vectors to read.
    public var trainingThreshold: Int?
    /// Seed of every random choice in training.
    public var seed: UInt64 = 1
    /// Bytes after which the log begins a new segment; nil takes the usual ones. For tests, which
    /// want many segments of little content.
    package var logSegmentSize: Int?

    public init() {}
}
