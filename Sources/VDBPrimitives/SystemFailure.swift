/// A system call that failed: which one, on what, and why.
package struct SystemFailure: Error, Hashable, CustomStringConvertible {
    /// The call's name, as in its manual page.
    package let call: String
    package let path: String
    /// The error number (`errno`).
    package let number: Int32

    package init(call: String, path: String, number: Int32) {
        self.call = call
        self.path = path
        self.number = number
    }

    /// The failure of the call that has just returned −1.
    package static func last(_ call: String, _ path: String) -> SystemFailure {
        SystemFailure(call: call, path: path, number: Platform.lastError)
    }

    /// No room on the disk or in the user's quota: it may work again later.
    package var isLackOfRoom: Bool { Platform.isLackOfRoom(number) }

    package var description: String {
        switch self {
        case .replaced(path):
            "another database is at \(path) now; open it again. What this handle has acknowledged "
                + "is in the directory that was there before"
        case .removed(path):
            "the directory \(path) was removed while it was open"
        case .fileReplaced(path):
            "\(path) was removed or replaced while the database was open: open it again"
        case .wrongKind(path, isDirectoryWanted: false):
            "\(path) is not a regular file"
        case .wrongKind(path, isDirectoryWanted: true):
            "\(path) is not a directory"
        default:
            "\(call) of \(path): \(Platform.message(for: number)) (errno \(number))"
        }
    }
}

extension SystemFailure {
    /// The call of failures that are found by comparing, and not by a call that fails.
    private static let placeCall = "comparison"

    /// Something else is at the path of a directory or file that is open.
    package static func replaced(_ path: String) -> SystemFailure {
        SystemFailure(call: placeCall, path: path, number: Platform.staleHandle)
    }

    /// A file of a database that is open was removed, or another one has its name.
    package static func fileReplaced(_ path: String) -> SystemFailure {
        SystemFailure(call: placeCall, path: path, number: Platform.badDescriptor)
    }

    /// A directory that is open has no name any more.
    package static func removed(_ path: String) -> SystemFailure {
        SystemFailure(call: placeCall, path: path, number: Platform.noEntry)
    }

    /// The entry of a directory is a link, a device or something else that must not be there.
    package static func wrongKind(_ path: String, isDirectoryWanted: Bool) -> SystemFailure {
        SystemFailure(
            call: placeCall, path: path,
            number: isDirectoryWanted ? Platform.notDirectory : Platform.invalidArgument)
    }

    /// Another process holds a lock on a file.
    package static func inUse(_ path: String) -> SystemFailure {
        SystemFailure(call: "flock", path: path, number: Platform.wouldBlock)
    }

    /// Whether the files that are open are no longer those at the path.
    package var isDisplacement: Bool {
        self == .replaced(path) || self == .removed(path) || self == .fileReplaced(path)
    }
}
