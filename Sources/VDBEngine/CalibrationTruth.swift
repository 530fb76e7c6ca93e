internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// The true neighbours of rows that are the queries of a calibration, each without itself.
///
/// Found by comparing all rows with many queries while they are in the cache: one query at a time
/// would read the whole collection from memory for each.
struct CalibrationTruth: Sendable {
    private let nearest: [[Neighbor]]

    /// Queries that a thread brings together; they share the second-level cache with a tile of
    /// rows.
    private static let groupCount = 25

    init(
        of rows: [UInt32], matchCount: Int, in snapshot: Snapshot, threadCount: Int
    ) throws(StorageError) {
        let results = Monitor<[Int: Result<[[Neighbor]], StorageError>]>([:])
        let count = (rows.count + Self.groupCount - 1) / Self.groupCount
        parallelFor(count, threads: threadCount) { group in
            let end = min((group + 1) * Self.groupCount, rows.count)
            let part = rows[group * Self.groupCount..<end]
            let result: Result<[[Neighbor]], StorageError>
            do throws(StorageError) {
                result = .success(try Self.neighbors(of: part, matchCount, in: snapshot))
            } catch {
                result = .failure(error)
            }
            results.update { $0[group] = result }
        }
        var nearest: [[Neighbor]] = []
        for (_, result) in results.read({ $0 }).sorted(by: { $0.key < $1.key }) {
            nearest += try result.get()
        }
        self.nearest = nearest
    }

    /// Nearest first, of the row at an index of those given.
    subscript(index: Int) -> [Neighbor] { nearest[index] }

    private static func neighbors(
        of rows: ArraySlice<UInt32>, _ matchCount: Int, in snapshot: Snapshot
    ) throws(StorageError) -> [[Neighbor]] {
        var queries: [ExactDistance] = []
        for row in rows { queries.append(try query(row, of: snapshot.stored.rows)) }
        var nearest = rows.map { _ in TopK(capacity: matchCount + 1) }
        try ExactSearch.searchStored(snapshot, queries, into: &nearest)
        return zip(rows, nearest).map { others(than: $0, in: $1, count: matchCount) }
    }

    /// The nearest of what was found for a row, without the row itself.
    static func others(than row: UInt32, in nearest: TopK, count: Int) -> [Neighbor] {
        Array(nearest.sorted().filter { $0.row != row }.prefix(count))
    }

    /// The vector of a row as a query.
    static func query(_ row: UInt32, of stored: StoredRows) throws(StorageError) -> ExactDistance {
        var query = [Float](repeating: 0, count: stored.shape.dimension)
        let vector = try stored.vector(row)
        ConversionKernel.decode(
            vector.element, vector.start, count: query.count, into: &query)
        return ExactDistance(query: query, shape: stored.shape)
    }
}
