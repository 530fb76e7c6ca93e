/// Figures of a database at one moment.
public struct Statistics: Sendable, Hashable {
    public struct Lists: Sendable, Hashable {
        /// 0 while search is exact.
        public var count = 0
        /// Entries of the smallest, the largest and the mean list, dead ones included.
        public var min = 0
        public var max = 0
        public var mean = 0.0
    }

    public struct TableSize: Sendable, Hashable {
        public var name: String
        public var entryCount: Int
        /// Bytes of its pages.
        public var size: Int
    }

    /// How well the index fits what is in it now.
    public struct Drift: Sendable, Hashable {
        /// Live records now for each there was in training; 1 is fresh.
        public var growthSinceTraining = 1.0
        /// Mean squared distance of the newest records to their centroids, as a multiple of that in
        /// training; 1 if none has come since.
        public var centroidShift = 1.0
        /// Mean squared distance of the newest records to what their codes stand for, as a multiple
        /// of that in training. New codebooks are trained when the mean of all records comes to
        /// 1.15.
        public var quantizationShift = 1.0
        /// Standard deviation of the lists' sizes, as a share of their mean.
        public var listSizeSpread = 0.0
        /// The share of the rows in the tables whose records are deleted or were replaced.
        public var deadShare = 0.0
        /// Changes of lists since training.
        public var splitCount = 0
        public var mergeCount = 0
        /// Records that changed lists because a border near them moved.
        public var movedCount = 0
        /// How it was before, the oldest first, across trainings: at most 256 points, the closer
        /// the younger. Without what has happened since the last change that was worth noting.
        public var history: [DriftPoint] = []
    }

    /// How well the index fitted its content at one moment.
    public struct DriftPoint: Sendable, Hashable {
        /// Since 1970 UTC.
        public var timeMicroseconds: Int64 = 0
        /// Of the models then in force.
        public var generation = 0
        /// Live records in the tables.
        public var liveCount = 0
        public var listCount = 0
        /// As in `Drift`.
        public var listSizeSpread = 0.0
        public var centroidShift = 1.0
        public var quantizationShift = 1.0
        public var deadShare = 0.0

        public init() {}
    }

    public var formatVersion = 0
    /// Records that a search can find.
    public var liveCount = 0
    /// Dead rows whose space has not been given back to the last byte.
    public var deadCount = 0
    /// Rows that are in the log but not yet in the tables.
    public var inLogCount = 0
    /// Generation of the models; 0 while search is exact.
    public var generation = 0
    public var lists = Lists()
    /// Subspaces and bits of the product quantizer; 0 while search is exact.
    public var subspaceCount = 0
    public var bitsPerSubspace = 0
    /// Whether vectors are encoded along axes that training found rather than their components.
    public var isRotated = false
    /// Mean squared distance of the vectors to their centroid, and to what their code stands for,
    /// as measured in training.
    public var centroidError = 0.0
    public var quantizationError = 0.0
    public var drift = Drift()
    /// Bytes of the tables' file in use, and of the log.
    public var dataSize = 0
    public var logSize = 0
    public var logSegmentCount = 0
    public var tables: [TableSize] = []
    /// Slots of the reader table in use.
    public var readerCount = 0
    /// Microseconds since 1970 UTC; 0 if there was none.
    public var lastCheckpointMicroseconds: Int64 = 0

    /// Bytes of tables and log for each live record.
    public var bytesPerVector: Double {
        liveCount == 0 ? 0 : Double(dataSize + logSize) / Double(liveCount)
    }

    public init() {}
}

/// One thing that `verify` found wrong.
public struct Finding: Sendable, Hashable, CustomStringConvertible {
    /// The table, or `log`.
    public var table: String
    /// The key in the table, or file and offset in the log.
    public var key: String
    /// What is wrong, with the numbers.
    public var reason: String

    public init(table: String, key: String, reason: String) {
        self.table = table
        self.key = key
        self.reason = reason
    }

    public var description: String { "\(table) \(key): \(reason)" }
}
