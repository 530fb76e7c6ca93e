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
    /// The subdirectory in which the copy is made.
    private static let name = "compact.new"

    private let database: Directory
    /// The copy's.
    private let copy: Directory
    private let options: EngineOptions
    /// Held over from the engine that ends to the one that begins.
    private let lock: WriterLock

    fileprivate init(
        _ database: Directory, copy: Directory, options: EngineOptions, lock: WriterLock
    ) {
        self.database = database
        self.copy = copy
        self.options = options
        self.lock = lock
    }

    /// Puts the copy in the place of the tables and opens the database again.
    ///
    /// The engine that gave this must have ended. If it fails, the old tables are there as before.
    package func finish() throws(EngineError) -> Engine {
        let (database, copy) = (database, copy)
        try calling { () throws(SystemFailure) in
            try database.confirmPlace()
            try copy.rename("data.mdb", to: "data.mdb", in: database)
        }
        return try reopen()
    }

    /// Gives up: opens the database as it was.
    package func reopen() throws(EngineError) -> Engine {
        try Engine.open(database, options: options, lock: lock)
    }

    /// Ends a compaction that was interrupted: whichever file is at the tables' path stays there,
    /// before the log loses what only the other one lacks.
    static func settle(_ database: Directory) throws(EngineError) {
        guard database.exists(name) else { return }
        try calling { () throws(SystemFailure) in try database.sync() }
        try remove(from: database)
    }

    /// An empty directory for the copy.
    fileprivate static func prepare(_ database: Directory) throws(EngineError) -> Directory {
        try remove(from: database)
        return try calling { () throws(SystemFailure) in
            try database.createDirectory(name)
            return try Directory(opening: name, in: database)
        }
    }

    private static func remove(from database: Directory) throws(EngineError) {
        guard database.exists(name) else { return }
        try calling { () throws(SystemFailure) in
            let copy = try Directory(opening: name, in: database)
            for file in ["data.mdb", "lock.mdb"] where copy.exists(file) { try copy.remove(file) }
            try database.removeDirectory(name)
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
        let copy: Directory
        do throws(EngineError) {
            try calling { () throws(SystemFailure) in try directory.confirmPlace() }
            copy = try Compaction.prepare(directory)
            let stored = snapshot.stored
            try storing { () throws(StorageError) in
                try DenseCopy(stored: stored, observer: observer).write(
                    to: copy, sizeLimit: environment.sizeLimit, identity: nil)
                try reach(transaction: try Environment.lastTransaction(in: copy))
                try Environment.renumber(copy, lastTransaction: environment.lastTransactionID)
            }
        } catch {
            stay()
            throw error
        }
        _ = writer.update { $0.depart(.leaving) }
        return Compaction(directory, copy: copy, options: options, lock: lock)
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
                to: directory, sizeLimit: environment.sizeLimit,
                identity: (identity.first, identity.second))
        }
        try logging { () throws(LogError) in
            let log = try LogDirectory(of: directory, identity: identity)
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
