internal import VDBFilters
internal import VDBIndex
package import VDBLog
internal import VDBPrimitives
internal import VDBStorage

/// A look into the log of a database that is not opened for it: nothing is replayed or changed.
package struct LogInspection: Sendable {
    /// The last record whose effect the tables hold.
    package let applied: LogPosition
    package let listing: LogListing
    private let shape: RecordShape
    /// Held while the listing is read.
    private let rest: ReadingAtRest?

    /// Works beside a process that writes; refuses a database that this process has open.
    package init(path: String) throws(EngineError) {
        guard FileSystem.exists(path + "/data.mdb") else { throw .noDatabase(path: path) }
        let directory = try calling { () throws(SystemFailure) in try Directory(opening: path) }
        rest = try ReadingAtRest.ifNeeded(directory)
        let mode: Mapping.Mode = rest == nil ? .read : .readWithoutLock
        let (manifest, schema) = try storing { () throws(StorageError) in
            let environment = try Environment(
                directory, tableNames: TableName.names, laterNames: TableName.laterNames,
                sizeLimit: EngineOptions().mapSize, mode: mode)
            return try environment.read { (access) throws(StorageError) in
                (try Manifest.read(access), try SchemaRecord.read(access))
            }
        }
        applied = LogPosition(manifest.appliedPosition)
        shape = schema.shape
        listing = try logging { () throws(LogError) in
            try LogListing(
                of: LogDirectory(of: directory, identity: LogIdentity(manifest.identity)))
        }
    }

    /// The operation in a record.
    package func operation(of entry: LogRecords.Entry) throws(EngineError) -> Operation {
        do throws(DecodingFailure) {
            return try Operation(decoding: entry.payload, shape: shape)
        } catch {
            throw .storage(
                .damaged(table: "log", key: "record \(entry.position)", failure: error))
        }
    }
}
