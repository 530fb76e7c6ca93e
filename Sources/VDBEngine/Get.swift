package import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// A record as it is stored.
package struct StoredRecord: Sendable {
    /// In the stored element type.
    package let vector: [UInt8]
    /// One per attribute of the schema.
    package let values: [AttributeValue]
    package let payload: [UInt8]?
}

extension Engine {
    /// The live record with this id, or nil; everything acknowledged is seen.
    package func get(_ id: UInt64) throws(EngineError) -> StoredRecord? {
        try follow()
        let found = try storing { () throws(StorageError) in
            try writer.read { (state) throws(StorageError) in
                if state.isClosed { return Lookup.closed }
                // What is appended but not yet acknowledged is not for others to see.
                let snapshot = snapshot
                guard let row = try state.publishedRow(of: id, in: snapshot) else { return .none }
                return .row(row, snapshot)
            }
        }
        switch found {
        case .closed: throw .closed(path: path)
        case .none: return nil
        case .row(let row, let snapshot):
            return StoredRecord(
                vector: try snapshot.vector(row),
                values: try values(of: row, in: snapshot),
                payload: try snapshot.payload(row))
        }
    }

    /// The attribute values of a row.
    func values(of row: UInt32, in snapshot: Snapshot) throws(EngineError) -> [AttributeValue] {
        let cells = try snapshot.cells(row)
        return try snapshot.values(of: cells, schema, table: .rows, key: "row \(row)")
    }

    private enum Lookup {
        case closed
        case none
        case row(UInt32, Snapshot)
    }
}
