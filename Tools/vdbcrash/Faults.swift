internal import CVDBFaults
internal import VDBMedia

/// The shim between this process and its files; see `vdb_faults.h`.
enum Faults {
    /// Which effects may fail, and how.
    struct Plan: Sendable, Hashable, CustomStringConvertible {
        /// What goes wrong.
        enum Trouble: String, Sendable {
            /// Anything.
            case inputOutputError = "input/output error"
            /// A full disk: what needs no room goes on.
            case noRoom = "no room"
            /// Only syncs of files fail.
            case failedSync = "failed sync"
        }

        var trouble: Trouble
        /// Whether all that follow fail too.
        var isForGood = false
        /// Whether a failing write writes its first half.
        var leavesHalves = false

        var isLackOfRoom: Bool { trouble == .noRoom }

        var error: Int32 { isLackOfRoom ? System.noSpace : System.inputOutputError }

        var description: String {
            trouble.rawValue + (isForGood ? " from then on" : " once")
                + (leavesHalves ? ", halves written" : "")
        }

        /// The bits of the kinds that it concerns.
        var kinds: UInt32 {
            let roomy: [vdb_effect_kind] = [
                VDB_EFFECT_CREATE_FILE, VDB_EFFECT_CREATE_DIRECTORY, VDB_EFFECT_WRITE,
                VDB_EFFECT_RENAME,
            ]
            let others: [vdb_effect_kind] = [
                VDB_EFFECT_REMOVE, VDB_EFFECT_TRUNCATE, VDB_EFFECT_SYNC_FILE,
                VDB_EFFECT_SYNC_DIRECTORY, VDB_EFFECT_OPEN, VDB_EFFECT_MAP,
            ]
            let kinds =
                switch trouble {
                case .inputOutputError: roomy + others
                case .noRoom: roomy
                case .failedSync: [VDB_EFFECT_SYNC_FILE]
                }
            return kinds.reduce(0) { $0 | 1 << $1.rawValue }
        }
    }

    static var isWorking: Bool { vdb_faults_is_working() == 1 }

    /// Begins to watch the files below `root`, which syncs only in appearance.
    static func begin(at root: String, isRecording: Bool) {
        vdb_faults_begin(root, isRecording ? 1 : 0, 1)
    }

    static func end() { vdb_faults_end() }

    /// Makes the `number`-th effect from now on fail; 0 only counts.
    static func fail(_ plan: Plan, at number: Int) {
        vdb_faults_fail(
            plan.kinds, UInt64(number), plan.error, plan.isForGood ? 1 : 0,
            plan.leavesHalves ? 1 : 0)
    }

    static func failNothing() { vdb_faults_fail(0, 0, 0, 0, 0) }

    static var counted: Int { Int(vdb_faults_counted()) }

    /// What failed first, in words; nil if nothing has.
    static var firstFailure: String? {
        guard vdb_faults_failed() > 0 else { return nil }
        let path = vdb_faults_failed_path().map { String(cString: $0) } ?? ""
        return "\(name(of: vdb_faults_failed_kind())) of \(path.isEmpty ? "/" : path)"
    }

    static func mark(_ value: Int) { vdb_faults_mark(Int64(value)) }

    /// What was recorded.
    static func trace() -> [Effect] {
        (0..<vdb_faults_trace_count()).compactMap { index in
            vdb_faults_trace_effect(index).flatMap { effect($0.pointee) }
        }
    }

    private static func effect(_ raw: vdb_effect) -> Effect? {
        let node = Node(raw.node)
        let parent = Node(raw.parent)
        let name = raw.name.map { String(cString: $0) } ?? ""
        return switch raw.kind {
        case VDB_EFFECT_KNOWN: .known(node, parent: parent, name: name)
        case VDB_EFFECT_CREATE_FILE: .createFile(node, parent: parent, name: name)
        case VDB_EFFECT_CREATE_DIRECTORY: .createDirectory(node, parent: parent, name: name)
        case VDB_EFFECT_REMOVE: .remove(parent: parent, name: name)
        case VDB_EFFECT_RENAME:
            .rename(
                parent: parent, name: name, newParent: Node(raw.other_parent),
                newName: raw.other_name.map { String(cString: $0) } ?? "")
        case VDB_EFFECT_WRITE:
            .write(
                node, offset: Int(raw.offset),
                bytes: Array(UnsafeBufferPointer(start: raw.bytes, count: Int(raw.size))),
                isDurable: raw.is_durable != 0)
        case VDB_EFFECT_TRUNCATE: .truncate(node, size: Int(raw.size))
        case VDB_EFFECT_SYNC_FILE: .syncFile(node)
        case VDB_EFFECT_SYNC_DIRECTORY: .syncDirectory(node)
        case VDB_EFFECT_SYNC_FAILED: .syncFailed(node)
        case VDB_EFFECT_FAILED: .failed
        case VDB_EFFECT_MARK: .mark(Int(raw.offset))
        default: nil
        }
    }

    private static func name(of kind: vdb_effect_kind) -> String {
        switch kind {
        case VDB_EFFECT_CREATE_FILE: "creation"
        case VDB_EFFECT_CREATE_DIRECTORY: "mkdir"
        case VDB_EFFECT_REMOVE: "removal"
        case VDB_EFFECT_RENAME: "rename"
        case VDB_EFFECT_WRITE: "write"
        case VDB_EFFECT_TRUNCATE: "truncate"
        case VDB_EFFECT_SYNC_FILE: "sync"
        case VDB_EFFECT_SYNC_DIRECTORY: "directory sync"
        case VDB_EFFECT_OPEN: "open"
        case VDB_EFFECT_MAP: "map"
        default: "effect \(kind.rawValue)"
        }
    }
}
