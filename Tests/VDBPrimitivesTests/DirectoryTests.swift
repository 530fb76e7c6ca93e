import Foundation
import Testing

@testable import VDBPrimitives

@Suite struct DirectoryTests {
    @Test("a directory that was moved is still the same one, and knows what became of its path")
    func places() throws {
        try withTemporaryDirectory { path in
            let (here, away) = (path + "/here", path + "/away")
            try FileSystem.createDirectory(here)
            let directory = try Directory(opening: here)
            #expect(directory.place == .unchanged && directory.currentPath == here)

            try FileSystem.rename(here, to: away)
            #expect(directory.place == .moved)
            #expect(directory.currentPath == FileSystem.canonicalPath(away))
            _ = try directory.open("file", .createNew)
            #expect(FileSystem.exists(away + "/file"))
            try directory.confirmPlace()

            try FileSystem.createDirectory(here)
            #expect(directory.place == .replaced)
            #expect(throws: SystemFailure.replaced(here)) { try directory.confirmPlace() }
            #expect(SystemFailure.replaced(here).isDisplacement)
            #expect(try Directory(opening: here).names() == [])

            // A link to where it is now makes the path its own again; one to elsewhere does not.
            try FileSystem.removeDirectory(here)
            #expect(symlink(away, here) == 0)
            #expect(directory.place == .unchanged)
            try FileSystem.remove(here)
            #expect(symlink(path, here) == 0)
            #expect(directory.place == .replaced)
            try FileSystem.remove(here)

            try directory.remove("file")
            try FileSystem.removeDirectory(away)
            #expect(directory.place == .removed)
            #expect(throws: SystemFailure.removed(here)) { try directory.confirmPlace() }
        }
    }

    @Test("every call acts on the directory that was opened")
    func entries() throws {
        try withTemporaryDirectory { path in
            try FileSystem.createDirectory(path + "/a")
            let directory = try Directory(opening: path + "/a")
            try FileSystem.rename(path + "/a", to: path + "/b")
            try FileSystem.createDirectory(path + "/a")

            try directory.createDirectory("inner")
            let inner = try Directory(opening: "inner", in: directory)
            _ = try inner.open("file", .createNew)
            try inner.rename("file", to: "moved", in: directory)
            try directory.sync()
            #expect(try directory.names() == ["inner", "moved"])
            #expect(try FileSystem.names(in: path + "/b") == ["inner", "moved"])
            #expect(directory.isDirectory("inner") && !directory.isDirectory("moved"))
            #expect(try directory.size(of: "moved") == 0)
            #expect(directory.isWritable("moved") && directory.isWritable("not there yet"))
            try directory.remove("moved")
            try directory.removeDirectory("inner")
            #expect(try FileSystem.names(in: path + "/a") == [])
            #expect(try FileSystem.names(in: path + "/b") == [])
        }
    }

    @Test("links, pipes and devices are refused without waiting for them")
    func otherKinds() throws {
        try withTemporaryDirectory { path in
            let directory = try Directory(opening: path)
            #expect(symlink("/etc/passwd", path + "/link") == 0)
            #expect(mkfifo(path + "/pipe", 0o600) == 0)
            try FileSystem.createDirectory(path + "/directory")
            for name in ["link", "pipe", "directory"] {
                let refusal = SystemFailure.wrongKind(
                    path + "/" + name, isDirectoryWanted: false)
                #expect(throws: refusal) { _ = try directory.open(name, .read) }
                #expect(throws: refusal) { _ = try directory.open(name, .createIfMissing) }
                #expect(throws: refusal) { try directory.confirmRegular(name) }
                #expect(refusal.description == "\(path)/\(name) is not a regular file")
            }
            #expect(throws: SystemFailure.self) {
                _ = try Directory(opening: "link", in: directory)
            }
        }
    }

    @Test("a shared byte stays held when another descriptor of the file is closed")
    func bytesOfOpenFiles() throws {
        try withTemporaryDirectory { path in
            let file = path + "/file"
            let first = try FileDescriptor(opening: file, .createIfMissing)
            let isHeld = first.holdShared(byteAt: 7)
            #expect(isHeld)
            _ = try FileDescriptor(opening: file, .read)
            // What a process locks for itself collides with it.
            #expect(!takesExclusively(byteAt: 7, of: file))
            first.release(byteAt: 7)
            #expect(takesExclusively(byteAt: 7, of: file))
        }
    }

    private func takesExclusively(byteAt offset: Int, of path: String) -> Bool {
        let number = open(path, O_RDWR)
        defer { close(number) }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_start = off_t(offset)
        lock.l_len = 1
        return fcntl(number, F_SETLK, &lock) == 0
    }
}
