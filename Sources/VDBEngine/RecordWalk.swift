package import VDBFilters
internal import VDBStorage

/// A walk through the records that match, over one snapshot.
///
/// It keeps the pages of its snapshot from being used again: let go of it soon.
package struct RecordWalk: Sendable {
    private let engine: Engine
    private var walk: RowWalk
    private var rows: ArraySlice<UInt32> = []

    init(_ engine: Engine, _ walk: RowWalk) {
        self.engine = engine
        self.walk = walk
    }

    /// The next record and its id; nil after the last.
    package mutating func next() throws(EngineError) -> (id: UInt64, record: StoredRecord)? {
        try engine.confirmProcess()
        if rows.isEmpty {
            let found = try storing { () throws(StorageError) in try walk.next() }
            rows = (found ?? [])[...]
        }
        guard let row = rows.popFirst() else { return nil }
        let snapshot = walk.snapshot
        return (
            try snapshot.id(row),
            StoredRecord(
                vector: try snapshot.vector(row), values: try engine.values(of: row, in: snapshot),
                payload: try snapshot.payload(row))
        )
    }
}

extension Engine {
    /// All live records that match, in the order of their rows.
    package func records(matching filter: Filter?) throws(EngineError) -> RecordWalk {
        RecordWalk(self, try walk(filter))
    }

    func walk(_ filter: Filter?) throws(EngineError) -> RowWalk {
        try follow()
        let snapshot = snapshot
        let compiled = try filter.map { (filter) throws(EngineError) in
            try compile(filter, in: snapshot)
        }
        return RowWalk(snapshot, filter: compiled)
    }
}
