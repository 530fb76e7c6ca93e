internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers

/// A query's keys of all lists, where they were worked out for several queries together.
struct KnownKeys {
    let query: ByteCentroids.Query
    let keys: ArraySlice<Float>

    /// Those of some queries; nil where lists are so many that no search needs the keys of all.
    static func all(of vectors: [[Float]], _ models: Models) -> [KnownKeys]? {
        let coarse = models.coarse
        guard coarse.first == nil, vectors.count > 1 else { return nil }
        let dimension = models.centroids.dimension
        var joined: [Float] = []
        joined.reserveCapacity(vectors.count * dimension)
        for vector in vectors { joined.append(contentsOf: vector) }
        if models.metric == .cosine {
            joined.withUnsafeMutableBufferPointer { joined in
                for index in vectors.indices {
                    TrainingVectors.normalize(
                        UnsafeMutableBufferPointer(
                            rebasing: joined[index * dimension..<(index + 1) * dimension]))
                }
            }
        }
        var queries: [ByteCentroids.Query] = []
        let keys = [Float](unsafeUninitializedCapacity: vectors.count * coarse.count) {
            keys, count in
            guard let start = keys.baseAddress else { return }
            queries = coarse.second.keys(ofQueries: joined, count: vectors.count, into: start)
            count = vectors.count * coarse.count
        }
        return queries.enumerated().map { index, query in
            KnownKeys(
                query: query, keys: keys[index * coarse.count..<(index + 1) * coarse.count])
        }
    }
}
