internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// The filters that searches of one state of the tables came with last.
final class FilterCache: Sendable {
    private struct Entry {
        let filter: Filter
        /// Keywords that were known when it was made ready: with more it may mean more.
        let keywordCount: Int
        let prepared: PreparedFilter
    }

    private let entries = Monitor<[Entry]>([])
    private let capacity: Int

    private static let mostFilters = 16
    /// Bytes that the masks of all filters take at most, but for one that takes more alone.
    private static let sizeLimit = 16 << 20

    /// - Parameter blockCount: blocks of the lists, each of which takes a mask.
    init(blockCount: Int) {
        let each = blockCount * BlockMasks.sizePerBlock
        capacity = max(1, min(Self.mostFilters, Self.sizeLimit / max(each, 1)))
    }

    /// The filter made ready, by `make` where it did not come lately.
    func prepared(
        _ filter: Filter, keywordCount: Int,
        make: () throws(EngineError) -> CompiledFilter
    ) throws(EngineError) -> PreparedFilter {
        if let found = find(filter, keywordCount) { return found }
        let prepared = PreparedFilter(try make())
        let entry = Entry(filter: filter, keywordCount: keywordCount, prepared: prepared)
        entries.update { entries in
            if entries.count == capacity { entries.removeLast() }
            entries.insert(entry, at: 0)
        }
        return prepared
    }

    /// Looks among the last filters, and moves what it finds to the front.
    private func find(_ filter: Filter, _ keywordCount: Int) -> PreparedFilter? {
        entries.update { entries in
            guard
                let place = entries.firstIndex(where: {
                    $0.keywordCount == keywordCount && $0.filter == filter
                })
            else { return nil }
            if place > 0 { entries.insert(entries.remove(at: place), at: 0) }
            return entries[0].prepared
        }
    }
}

extension Engine {
    /// A filter made ready for what a snapshot shows, with what earlier searches know of it.
    func prepared(
        _ filter: Filter?, in snapshot: Snapshot
    ) throws(EngineError) -> PreparedFilter? {
        guard let filter else { return nil }
        let prepared = try snapshot.stored.filters.prepared(
            filter, keywordCount: snapshot.keywords.entryCount
        ) { () throws(EngineError) in try compile(filter, in: snapshot) }
        prepared.use()
        return prepared
    }

    /// A filter made ready for what a snapshot shows.
    func compile(_ filter: Filter, in snapshot: Snapshot) throws(EngineError) -> CompiledFilter {
        let keywords = try storing { () throws(StorageError) in
            try FilterKeywords(of: filter, schema: schema) {
                (text, attributeIndex) throws(StorageError) in
                try snapshot.keywordCode(for: text, attributeIndex: attributeIndex)
            }
        }
        do throws(FilterError) {
            return try CompiledFilter(filter, schema: schema, keywords: keywords)
        } catch {
            throw .filter(error)
        }
    }
}
