internal import VDBEngine
public import VDBFilters

/// A walk through records, one after the other: memory for one at a time, however many they are.
///
///     var records = try database.records(where: filter)
///     while let record = try records.next() { … }
///
/// It shows the database as it was when the walk began, whatever is written meanwhile. As long as
/// it lives, pages that are written anew cannot take the place of those that it still reads: the
/// tables' file grows if much is written. A copy goes on on its own.
public struct Records: Sendable {
    private var walk: RecordWalk
    private let schema: Schema

    init(_ walk: RecordWalk, schema: Schema) {
        self.walk = walk
        self.schema = schema
    }

    /// The next record, whole; nil after the last.
    public mutating func next() throws(VectorDBError) -> Record? {
        var walk = walk
        let found = try explaining("read the next record") { () throws(EngineError) in
            try walk.next()
        }
        self.walk = walk
        guard let found else { return nil }
        return Record(id: found.id, found.record, schema: schema)
    }
}

extension Database {
    /// All records that match, or all there are, in the order in which they came in (a replacement,
    /// or an update of more than attributes, counts as coming in anew).
    public func records(where filter: Filter? = nil) throws(VectorDBError) -> Records {
        try explaining("read records") { () throws(EngineError) in
            Records(try engine.records(matching: filter), schema: schema)
        }
    }

    /// How many records match, or how many there are.
    public func count(where filter: Filter? = nil) throws(VectorDBError) -> Int {
        try explaining("count records") { () throws(EngineError) in
            try engine.count(matching: filter)
        }
    }

    /// Deletes all records that match.
    ///
    /// Those are deleted that match when the call begins and have not changed since when their turn
    /// comes. Up to a million go at once, all or none, as one record of the log; more go in several
    /// steps of a million, and if one of these fails, or the process is killed, what the steps
    /// before it deleted stays deleted: calling again deletes the rest.
    ///
    /// - Returns: how many were deleted.
    @discardableResult
    public func delete(where filter: Filter) throws(VectorDBError) -> Int {
        try explaining("delete by filter") { () throws(EngineError) in
            try engine.delete(matching: filter)
        }
    }
}
