public import VDBFilters

/// What to search for.
public struct Query: Sendable {
    /// How much work to do for accuracy.
    public enum Effort: Sendable, Hashable {
        /// As little as gives this share of the true nearest neighbours on average
        /// (0 < recall ≤ 1).
        case recall(Double)
        /// That many lists (nprobe) and that many candidates compared exactly. Further lists are
        /// scanned only where these hold fewer live records than are asked for, or, under a filter,
        /// fewer that match than are to be compared.
        case manual(probeCount: Int, rerankCount: Int)
        /// Every live record is compared.
        case exact
    }

    /// `dimension` components, of any element type.
    public var vector: Vector
    /// The number of matches asked for (k), 1 … 1,000,000.
    public var count: Int
    /// Only records whose distance, under the schema's metric, is at most this; nil sets no bound.
    /// It is a squared distance under `euclidean`, and may be negative under `innerProduct`.
    public var within: Float?
    /// Only records that match are found; exactly `count` of them if there are as many.
    public var filter: Filter?
    public var effort: Effort
    /// Whether the matches carry their attributes.
    public var includesAttributes: Bool
    /// Whether the matches carry their payloads.
    public var includesPayload: Bool

    /// A query for the nearest `count` records.
    public init(
        _ vector: Vector, count: Int = 10, filter: Filter? = nil,
        effort: Effort = .recall(0.95), includesAttributes: Bool = false,
        includesPayload: Bool = false
    ) {
        self.vector = vector
        self.count = count
        self.filter = filter
        self.effort = effort
        self.includesAttributes = includesAttributes
        self.includesPayload = includesPayload
    }

    /// A query for all records within a distance (range search), or the nearest `count` of them.
    ///
    /// Under `.recall` that share of them is found on average; `.exact` finds all. How many they
    /// are is not known before: the work grows with their number.
    public init(
        _ vector: Vector, within: Float, count: Int = 1_000_000, filter: Filter? = nil,
        effort: Effort = .recall(0.95), includesAttributes: Bool = false,
        includesPayload: Bool = false
    ) {
        self.init(
            vector, count: count, filter: filter, effort: effort,
            includesAttributes: includesAttributes, includesPayload: includesPayload)
        self.within = within
    }
}

/// A record that was found.
public struct Match: Sendable, Hashable {
    public var id: UInt64
    /// Under the schema's metric; smaller is nearer. Computed from the full vectors.
    public var distance: Float
    /// Empty unless the query asked for them; null values are left out.
    public var attributes: [String: AttributeValue]
    /// Nil unless the query asked for it and the record has one.
    public var payload: [UInt8]?

    public init(
        id: UInt64, distance: Float, attributes: [String: AttributeValue] = [:],
        payload: [UInt8]? = nil
    ) {
        self.id = id
        self.distance = distance
        self.attributes = attributes
        self.payload = payload
    }
}

/// What one search did.
public struct SearchStatistics: Sendable, Hashable {
    /// Inverted lists scanned.
    public var probes = 0
    /// Entries of lists, and rows, that were looked at: their codes, their attributes or both.
    public var scanned = 0
    /// Vectors compared exactly.
    public var reranked = 0

    public init() {}
}
