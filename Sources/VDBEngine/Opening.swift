internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// How often a reader begins anew: each time a checkpoint must have come between.
    private static let retryLimit = 16

    /// Opens the database in the directory `path` and replays what its log holds beyond the tables.
    ///
    /// Beside a process that writes, a checkpoint may move records from the log into the tables
    /// after a reader has read these and before it reads that: then it begins anew.
    package static func open(
        path: String, options: EngineOptions
    ) throws(EngineError) -> Engine {
        var retriesLeft = options.isReadOnly ? retryLimit : 0
        while true {
            do throws(EngineError) {
                return try openOnce(path: path, options: options)
            } catch {
                guard retriesLeft > 0, error.mayComeOfCheckpoint else { throw error }
                retriesLeft -= 1
            }
        }
    }
}

extension EngineError {
    /// Whether a reader may see this of a sound database, because it changes under its eyes.
    fileprivate var mayComeOfCheckpoint: Bool {
        switch self {
        // A segment was removed, before or after its name was read.
        case .log(.missingSegment), .log(.system): true
        // A commit counts pages that the file is about to be made longer for.
        case .storage(
            .damaged(table: "data.mdb", key: _, failure: .truncated(needed: _, available: _))):
            true
        default: false
        }
    }
}
