internal import VDBPrimitives
internal import VectorDB

/// What a host program does around a database that it has open, and that must harm nothing.
enum HostAct: CaseIterable {
    /// Reads files of the directory as a copy does, and so closes descriptors of them.
    case copy
    /// Forks a child that uses the handle, lets go of it, and reads the database itself.
    case fork
    /// Moves the directory away and back.
    case move

    /// Seconds after which a child is ended by the system: another thread may have held a lock of
    /// the language's runtime when it was forked.
    private static let childSeconds: UInt32 = 5

    /// Where a database is while it is moved away.
    static func away(_ path: String) -> String { path + ".away" }

    /// Brings a database back whose process was killed while it was moved away.
    static func bringBack(_ path: String) {
        if !FileSystem.exists(path) && FileSystem.exists(away(path)) {
            try? FileSystem.rename(away(path), to: path)
        }
    }

    /// Does it while other threads use `database`, which nobody closes or opens meanwhile.
    func run(on database: Database, at path: String, _ random: inout RandomSource) throws {
        switch self {
        case .copy:
            for name in ["lock.mdb", "data.mdb", "writer.lock"] {
                let file = try FileDescriptor(opening: path + "/" + name, .read)
                _ = try file.size()
            }
        case .fork:
            let patience = random.next(below: 20_000)
            System.fork(endAfterSeconds: Self.childSeconds) {
                Self.isHarmless(to: database, at: path, patience)
            }
        case .move:
            try FileSystem.rename(path, to: Self.away(path))
            System.pause(microseconds: random.next(below: 2000))
            try FileSystem.rename(Self.away(path), to: path)
        }
    }

    /// What a child does, which may outlive its parent; false if something went wrong.
    private static func isHarmless(
        to database: Database, at path: String, _ patience: Int
    ) -> Bool {
        let id = Victim.ids(of: 0).lowerBound
        do throws(VectorDBError) {
            try database.delete([id])
            return false
        } catch {
            guard error.code == .closed else { return false }
        }
        try? database.close()
        System.pause(microseconds: patience)
        var options = Inspection.options()
        options.isReadOnly = true
        do throws(VectorDBError) {
            let reader = try Database.open(at: path, options: options)
            _ = try reader.get(id)
            try reader.close()
            return true
        } catch {
            // The parent may have moved it, or a later process be compacting it.
            return error.code != .damaged
        }
    }
}
