package import VDBPrimitives

/// The log of one database: where it is, and whose it is.
package struct LogDirectory: Sendable {
    package let identity: LogIdentity
    let store: any LogStore

    /// What the log's directory is called in that of its database.
    package static let name = "log"

    /// The log of the database in a directory.
    package init(of database: Directory, identity: LogIdentity) throws(LogError) {
        self.init(try systemCall(try DiskLogStore(of: database)), identity: identity)
    }

    /// The log in the directory at `path`, which must be there.
    package init(path: String, identity: LogIdentity) throws(LogError) {
        self.init(try systemCall(try DiskLogStore(at: path)), identity: identity)
    }

    /// The log in a store of one's own, for tests.
    package init(_ store: any LogStore, identity: LogIdentity) {
        self.store = store
        self.identity = identity
    }

    package var path: String { store.path }

    /// Makes the log of a new database: one segment without records.
    ///
    /// To be called before anything says that the database exists; from then on a log without
    /// segments is an error. What an unfinished creation left is replaced; segments with records
    /// are an error.
    ///
    /// - Parameter applied: the position after which the log begins.
    package func create(after applied: LogPosition = .none) throws(LogError) {
        for name in try systemCall(try store.names()) where SegmentName.claims(name) {
            let file = try systemCall(try store.open(name, forWriting: false))
            guard try systemCall(try file.size()) <= SegmentHeader.size else {
                throw .unexpectedFile(store.path(of: name))
            }
            try systemCall(try store.remove(name))
        }
        _ = try begin(after: applied)
    }

    /// The first segment of a log that goes on after `position`.
    func begin(after position: LogPosition) throws(LogError) -> ActiveSegment {
        let header = SegmentHeader(
            identity: identity, first: position.next, previousFirst: .none, previousSize: 0)
        do throws(WriteFailure) {
            return try ActiveSegment.create(header, in: store)
        } catch {
            switch error {
            case .takenBack(let cause), .fatal(let cause): throw .system(cause)
            }
        }
    }
}
