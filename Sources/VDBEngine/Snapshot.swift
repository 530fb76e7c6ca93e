internal import VDBFilters
internal import VDBIndex
package import VDBLog
package import VDBPrimitives
internal import VDBStorage

/// What one search sees: the tables as of a commit, the delta, and which rows are dead.
///
/// Immutable; replaced as a whole by every write, shared by all searches until then.
package final class Snapshot: Sendable {
    package let stored: StoredState
    let delta: Delta
    /// Dead rows, in the tables and in the delta.
    package let dead: RowSet
    /// Attribute values that tables and delta do not have yet.
    let amendments: Amendments
    /// Keywords that the tables lack.
    let keywords: KeywordDictionary
    /// The last log record that it shows.
    package let position: LogPosition

    init(
        stored: StoredState, delta: Delta, dead: RowSet, amendments: Amendments,
        keywords: KeywordDictionary, position: LogPosition
    ) {
        self.stored = stored
        self.delta = delta
        self.dead = dead
        self.amendments = amendments
        self.keywords = keywords
        self.position = position
    }

    /// The state of the writing side that it shows.
    var mark: WriterState.Mark {
        WriterState.Mark(
            position: position, rowEnd: delta.end, dead: dead, amendments: amendments,
            keywords: keywords)
    }

    /// Inverted lists; 0 while search is exact.
    package var listCount: Int { stored.lists?.listCount ?? 0 }

    package var liveCount: Int { delta.end - dead.count }

    /// What the tables show without the log.
    ///
    /// What is built into the tables must fit these: a loss of power may take a deletion that is in
    /// the log alone, and then the row lives again and must be in its list. An amendment it may
    /// take too, and then the row has the cells that the tables say.
    var ofTables: Snapshot {
        Snapshot(
            stored: stored, delta: delta.prefix(upTo: delta.start), dead: stored.dead,
            amendments: Amendments(), keywords: keywords,
            position: LogPosition(stored.manifest.appliedPosition))
    }

    /// The vector of a row, wherever it is; valid while this snapshot lives.
    func storedVector(_ row: UInt32) throws(StorageError) -> StoredVector {
        if Int(row) < delta.start { return try stored.rows.vector(row) }
        let place = delta.place(row)
        return StoredVector(
            start: UnsafeRawPointer(place.chunk.vectors + place.index * delta.shape.vectorSize),
            element: delta.shape.element)
    }

    /// The attribute cells of a row, wherever it is.
    func storedCells(_ row: UInt32) throws(StorageError) -> [UInt64?] {
        var last: StoredRows.LastRowChunk?
        return try storedCells(row, &last)
    }

    /// The same, for rows that mostly lie in one chunk of the tables.
    func storedCells(
        _ row: UInt32, _ last: inout StoredRows.LastRowChunk?
    ) throws(StorageError) -> [UInt64?] {
        if let amended = amendments.cells(of: row) { return amended }
        if Int(row) < delta.start { return try stored.rows.cells(row, &last) }
        let place = delta.place(row)
        return place.chunk.cells(place.index)
    }

    /// The payload of a row, wherever it is.
    func payload(_ row: UInt32) throws(EngineError) -> [UInt8]? {
        if Int(row) < delta.start {
            return try storing { () throws(StorageError) in
                guard try stored.rows.hasPayload(row) else { return nil }
                let payload = try Payload.read(row: row, stored.access)
                if let payload { return payload }
                throw .damaged(
                    table: TableName.payloads.rawValue, key: Keys.payload(row: row).description,
                    failure: .inconsistent("the payload is missing"))
            }
        }
        let place = delta.place(row)
        return place.chunk.payload(place.index)
    }

    /// Asks for the memory that `id` will look at.
    func prefetchID(_ row: UInt32) {
        if Int(row) < delta.start { stored.rows.prefetchID(row) }
    }

    func id(_ row: UInt32) throws(EngineError) -> UInt64 {
        if Int(row) < delta.start {
            return try storing { () throws(StorageError) in try stored.rows.id(row) }
        }
        let place = delta.place(row)
        return place.chunk.ids[place.index]
    }

    func cells(_ row: UInt32) throws(EngineError) -> [UInt64?] {
        try storing { () throws(StorageError) in try storedCells(row) }
    }

    /// The vector of a row in the schema's element type.
    func vector(_ row: UInt32) throws(EngineError) -> [UInt8] {
        let vector = try storing { () throws(StorageError) in try storedVector(row) }
        return StoredVectors(start: vector.start, count: 1, element: vector.element)
            .bytes(delta.shape)
    }
}
