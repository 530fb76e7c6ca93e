internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

/// How far an engine is on its way out, its tables being replaced by a denser copy of them.
enum Departure: Sendable {
    case none
    /// The tables are being copied and must not change; writing goes on in the log.
    case copying
    /// Calls under way end, and nobody begins another.
    case leaving
}

/// A dense copy of a database's tables that is to take their place: made while searches and writes
/// go on (`Formats/database.md`, "Compacting").
package final class Compaction: Sendable {
    private let path: String
    private let options: EngineOptions
    /// Held over from the engine that ends to the one that begins.
    private let lock: WriterLock

    private var directory: String { Self.directory(of: path) }

    private static func directory(of path: String) -> String { path + "/compact.new" }

    fileprivate init(path: String, options: EngineOptions, lock: WriterLock) {
        self.path = path
        self.options = options
        self.lock = lock
    }

    /// Puts the copy in the place of the tables and opens the database again.
    ///
    /// The engine that gave this must have ended. If it fails, the old tables are there as before.
    package func finish() throws(EngineError) -> Engine {
        let (path, directory) = (path, directory)
        try calling { () throws(SystemFailure) in
            try FileSystem.rename(directory + "/data.mdb", to: path + "/data.mdb")
        }
        return try reopen()
    }

    /// Gives up: opens the database as it was.
    package func reopen() throws(EngineError) -> Engine {
        try Engine.open(path: path, options: options, lock: lock)
    }

    /// Ends a compaction that was interrupted: whichever file is at the tables' path stays there,
    /// before the log loses what only the other one lacks.
    static func settle(_ path: String) throws(EngineError) {
        guard FileSystem.exists(directory(of: path)) else { return }
        try calling { () throws(SystemFailure) in try FileSystem.syncDirectory(path) }
        try remove(directory(of: path))
    }

    /// An empty directory for the copy.
    fileprivate static func prepare(_ path: String) throws(EngineError) -> String {
        let directory = directory(of: path)
        try remove(directory)
        try calling { () throws(SystemFailure) in try FileSystem.createDirectory(directory) }
        return directory
    }

    private static func remove(_ directory: String) throws(EngineError) {
        guard FileSystem.exists(directory) else { return }
        try calling { () throws(SystemFailure) in
            for name in ["data.mdb", "lock.mdb"] where FileSystem.exists(directory + "/" + name) {
                try FileSystem.remove(directory + "/" + name)
            }
            try FileSystem.removeDirectory(directory)
        }
    }
}

extension Engine {
    /// Gives back all space of dead rows within the tables, then makes a copy of them without free
    /// pages, beside. From here on the tables do not change: this engine must be let go of, and
    /// the compaction finished, or `stay` be called.
    package func compact(observer: EngineObserver?) throws(EngineError) -> Compaction {
        if let refusal = writer.read({ writeRefusal($0) }) { throw refusal }
        guard let lock else { throw .readOnly(path: path) }
        try checkpoint()
        try maintainLists(.thorough, observer: observer)
        try checkpoint()
        try building.update { (_) throws(EngineError) in
            try tables.update { (_) throws(EngineError) in
                guard writer.update({ $0.depart(.copying) }) else {
                    throw .closed(path: path)
                }
            }
        }
        do throws(EngineError) {
            let directory = try Compaction.prepare(path)
            let stored = snapshot.stored
            try storing { () throws(StorageError) in
                try DenseCopy(stored: stored, observer: observer).write(
                    to: directory, mapSize: environment.mapSize, identity: nil)
                try reach(
                    transaction: try Environment.lastTransaction(inFile: directory + "/data.mdb"))
                try Environment.renumber(
                    file: directory + "/data.mdb",
                    lastTransaction: environment.lastTransactionID)
            }
        } catch {
            stay()
            throw error
        }
        _ = writer.update { $0.depart(.leaving) }
        return Compaction(path: path, options: options, lock: lock)
    }

    /// Commits transactions that change nothing until there were so many: the free list of the copy
    /// knows the numbers of its own, none of which may lie ahead.
    private func reach(transaction number: Int) throws(StorageError) {
        try tables.update { (_) throws(StorageError) in
            while environment.lastTransactionID < number {
                let transaction = try environment.beginWrite()
                try Manifest.read(transaction.access).write(transaction)
                try transaction.commit()
            }
        }
    }

    /// Whether this process has a database's tables open.
    package static func isOpen(_ path: String) -> Bool { Environment.isOpen(path) }

    /// Lets the tables change again, their copy being given up.
    package func stay() { _ = writer.update { $0.depart(.none) } }

    /// Makes a dense copy of what is in the tables and the log under another path: a database of
    /// its own.
    package func compact(into target: String, observer: EngineObserver?) throws(EngineError) {
        if log != nil {
            try checkpoint()
            try maintainLists(.thorough, observer: observer)
            try checkpoint()
        }
        let stored = snapshot.stored
        let draft = try Draft(of: target)
        let directory = draft.directory
        var generator = SystemRandomNumberGenerator()
        let identity = LogIdentity(generator.next(), generator.next())
        try storing { () throws(StorageError) in
            try DenseCopy(stored: stored, observer: observer).write(
                to: directory, mapSize: environment.mapSize,
                identity: (identity.first, identity.second))
        }
        try logging { () throws(LogError) in
            let log = LogDirectory(path: directory + "/log", identity: identity)
            let applied = LogPosition(stored.manifest.appliedPosition)
            try log.create(after: applied)
            try LogWriter(log, durability: .operatingSystem, after: applied).close()
        }
        try draft.publish()
    }

    /// Whether another file has taken the place of the tables, so that this engine shows a state
    /// of before; only in a process that reads.
    package func isSuperseded() throws(EngineError) -> Bool {
        guard log == nil, let follower else { return false }
        try follow()
        return follower.isSuperseded
    }
}
