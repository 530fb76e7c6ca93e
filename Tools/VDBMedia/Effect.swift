/// A file or directory, by the number that a trace gives it; 0 is the root.
package typealias Node = Int

/// One thing that a program did to the files below a directory.
package enum Effect: Sendable, Hashable {
    /// What was there before the trace began is used for the first time.
    case known(Node, parent: Node, name: String)
    case createFile(Node, parent: Node, name: String)
    case createDirectory(Node, parent: Node, name: String)
    case remove(parent: Node, name: String)
    case rename(parent: Node, name: String, newParent: Node, newName: String)
    /// Durable when it returns if the file was opened so.
    case write(Node, offset: Int, bytes: [UInt8], isDurable: Bool)
    case truncate(Node, size: Int)
    case syncFile(Node)
    case syncDirectory(Node)
    /// What had not been synced may never be: the system takes it for written.
    case syncFailed(Node)
    /// Something failed, without effect but for what the trace says beside it.
    case failed
    /// The program's own word on where it is.
    case mark(Int)

    /// Whether it makes something durable.
    package var isSync: Bool {
        switch self {
        case .syncFile, .syncDirectory: true
        case .write(_, _, _, let isDurable): isDurable
        default: false
        }
    }

    /// Whether much is different before and after it: it syncs, or renames.
    package var isTurn: Bool {
        if case .rename = self { return true }
        return isSync
    }

    /// Its kind in a word, to count by.
    package var name: String {
        switch self {
        case .known: "known"
        case .createFile: "create"
        case .createDirectory: "mkdir"
        case .remove: "remove"
        case .rename: "rename"
        case .write(_, _, _, let isDurable): isDurable ? "durable write" : "write"
        case .truncate: "truncate"
        case .syncFile: "sync"
        case .syncDirectory: "directory sync"
        case .syncFailed: "failed sync"
        case .failed: "failure"
        case .mark: "mark"
        }
    }
}
