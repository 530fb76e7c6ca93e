internal import VDBFilters
package import VDBIndex
package import VDBPrimitives
internal import VDBQuantizers
package import VDBStorage

/// The tables as one read transaction sees them, with all places resolved.
///
/// It pins the pages of its transaction: it is replaced at every commit and released with the last
/// snapshot that uses it. Any number of threads may read it.
package final class StoredState: Sendable {
    private let transaction: ReadTransaction
    package let manifest: Manifest
    package let rows: StoredRows
    /// Nil while search is exact.
    package let models: Models?
    package let lists: InvertedLists?
    package let dead: RowSet
    /// Rows by attribute.
    package let attributes: AttributeIndex
    let keywords: StoredKeywords
    /// Filters of late, and what is known of them.
    let filters: FilterCache
    /// Some rows, to try filters on.
    let sample = RowSample()
    /// How well the models fit what has come since they were trained.
    package let drift: Drift

    /// Reads the state of the last commit.
    ///
    /// - Parameters:
    ///   - earlier: the state before, still alive: what it has checked, and models that have not
    ///     changed, are taken over.
    ///   - changedLists: the lists that differ from `earlier`; nil if nobody knows.
    ///   - models: the models in force if they have changed, or others to use in their place.
    package init(
        environment: Environment, shape: RecordShape, earlier: StoredState?,
        changedLists: Set<UInt32>? = nil, models given: Models? = nil
    ) throws(StorageError) {
        transaction = try environment.beginRead()
        let access = transaction.access
        manifest = try Manifest.read(access)
        dead = try DeletedRows.read(access)
        // Live rows are counted as all rows but those.
        guard dead.count(in: 0..<Int(manifest.rowCount)) == dead.count else {
            throw .damaged(
                table: TableName.deleted.rawValue, key: "",
                failure: .inconsistent(
                    "a dead row that is none: \(manifest.rowCount) rows, \(dead.count) dead"))
        }
        rows = try StoredRows(
            manifest: manifest, shape: shape, dead: dead, earlier: earlier?.rows, access)
        attributes = try AttributeIndex(
            shape: shape, rows: rows, earlier: earlier?.attributes, access)
        keywords = try StoredKeywords(
            manifest: manifest, attributeCount: shape.indexes.count, earlier: earlier?.keywords,
            access)
        models = try Self.models(
            of: manifest, shape: shape, earlier: earlier, given: given,
            mayBeChanged: changedLists == nil, access)
        lists = try models.map { (models) throws(StorageError) in
            try InvertedLists(
                numbers: models.lists.numbers, earlier: earlier?.lists, changed: changedLists,
                access)
        }
        filters = FilterCache(blockCount: lists?.blockCount ?? 0)
        drift =
            try models.map { (models) throws(StorageError) in
                try Drift.read(generation: models.generation, access)
            } ?? Drift()
        // LMDB fills in a table's root on first use, without a lock: touch those that threads
        // would otherwise share the first use of.
        for name in TableName.allCases { _ = try access.statistics(environment.table(name)) }
    }

    /// Reads through this state's transaction, as long as this object lives.
    package var access: Access { transaction.access }

    /// The row of an id in the tables, deletions since then not considered.
    package func row(of id: UInt64) throws(StorageError) -> UInt32? {
        guard let row = try Identifiers.row(of: id, access) else { return nil }
        guard Int(row) < rows.count else {
            throw .damaged(
                table: TableName.identifiers.rawValue, key: "id \(id)",
                failure: .inconsistent("row \(row) of \(rows.count)"))
        }
        return row
    }

    /// The number of the transaction that it shows.
    package var transactionID: Int { transaction.id }

    private static func models(
        of manifest: Manifest, shape: RecordShape, earlier: StoredState?, given: Models?,
        mayBeChanged: Bool, _ access: Access
    ) throws(StorageError) -> Models? {
        if let given { return given }
        if manifest.generation == 0 { return nil }
        if let known = earlier?.models, known.generation == manifest.generation {
            if !mayBeChanged { return known }
            let lists = try Models.lists(
                generation: manifest.generation, shape: shape, access)
            if lists == known.lists {
                let calibration = try Models.calibration(
                    generation: manifest.generation, access)
                return calibration == known.calibration
                    ? known : known.with(calibration: calibration)
            }
        }
        return try Models.read(generation: manifest.generation, shape: shape, access)
    }
}
