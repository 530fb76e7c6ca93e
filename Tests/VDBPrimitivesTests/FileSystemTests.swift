import Foundation
import Testing

@testable import VDBPrimitives

@Suite struct FileSystemTests {
    private let noEntry: Int32 = 2
    private let exists: Int32 = 17

    @Test("directories come, are listed in order, and go")
    func directories() throws {
        try withTemporaryDirectory { path in
            let directory = path + "/a"
            #expect(!FileSystem.exists(directory))
            try FileSystem.createDirectory(directory)
            #expect(FileSystem.isDirectory(directory))
            for name in ["z", ".hidden", "m"] {
                _ = try FileDescriptor(opening: directory + "/" + name, .createNew)
            }
            #expect(try FileSystem.names(in: directory) == [".hidden", "m", "z"])
            #expect(!FileSystem.isDirectory(directory + "/m"))
            for name in [".hidden", "m", "z"] { try FileSystem.remove(directory + "/" + name) }
            try FileSystem.syncDirectory(directory)
            try FileSystem.removeDirectory(directory)
            #expect(!FileSystem.exists(directory))
        }
    }

    @Test("a failed call says which call, on what, and why")
    func failures() throws {
        try withTemporaryDirectory { path in
            let missing = path + "/missing"
            let expected: [(String, () throws(SystemFailure) -> Void)] = [
                ("unlink", { () throws(SystemFailure) in try FileSystem.remove(missing) }),
                ("rmdir", { () throws(SystemFailure) in try FileSystem.removeDirectory(missing) }),
                ("opendir", { () throws(SystemFailure) in _ = try FileSystem.names(in: missing) }),
                (
                    "rename",
                    { () throws(SystemFailure) in
                        try FileSystem.rename(missing, to: path + "/new")
                    }
                ),
                ("open", { () throws(SystemFailure) in try FileSystem.syncDirectory(missing) }),
                (
                    "open",
                    { () throws(SystemFailure) in
                        _ = try FileDescriptor(opening: missing, .read)
                    }
                ),
            ]
            for (call, body) in expected {
                let failure = SystemFailure(call: call, path: missing, number: noEntry)
                #expect(throws: failure) { try body() }
                #expect(failure.description.contains(missing))
            }
        }
    }

    @Test("renaming replaces what had the name")
    func rename() throws {
        try withTemporaryDirectory { path in
            try write([1, 2, 3], to: path + "/old")
            try write([9], to: path + "/new")
            try FileSystem.rename(path + "/old", to: path + "/new")
            #expect(try FileSystem.names(in: path) == ["new"])
            #expect(try FileDescriptor(opening: path + "/new", .read).size() == 3)
        }
    }

    @Test("different ways to a directory have one canonical path")
    func canonicalPath() throws {
        try withTemporaryDirectory { path in
            try FileSystem.createDirectory(path + "/a")
            let plain = FileSystem.canonicalPath(path + "/a")
            #expect(FileSystem.canonicalPath(path + "/a/../a/.") == plain)
            #expect(FileSystem.canonicalPath(path + "/missing") == path + "/missing")
        }
    }

    @Test("a file is created only by the ways of opening that create")
    func waysOfOpening() throws {
        try withTemporaryDirectory { path in
            let file = path + "/file"
            #expect(throws: SystemFailure(call: "open", path: file, number: noEntry)) {
                _ = try FileDescriptor(opening: file, .readWrite)
            }
            _ = try FileDescriptor(opening: file, .createIfMissing)
            _ = try FileDescriptor(opening: file, .createIfMissing)
            #expect(throws: SystemFailure(call: "open", path: file, number: exists)) {
                _ = try FileDescriptor(opening: file, .createNew)
            }
        }
    }

    @Test("bytes are read back where they were written, and no further than the end")
    func readAndWrite() throws {
        try withTemporaryDirectory { path in
            let file = try FileDescriptor(opening: path + "/file", .createNew)
            try put([UInt8](0..<10), into: file, at: 5)
            let size = try file.size()
            let tail = try bytes(of: file, count: 8, at: 11)
            try file.truncate(to: 3)
            let shorter = try file.size()
            #expect((size, shorter) == (15, 3))
            #expect(tail == [6, 7, 8, 9])
        }
    }

    @Test("writing to a file opened for reading is refused")
    func readOnly() throws {
        try withTemporaryDirectory { path in
            try write([1], to: path + "/file")
            #expect(throws: SystemFailure.self) {
                let file = try FileDescriptor(opening: path + "/file", .read)
                try put([1, 2, 3], into: file, at: 0)
            }
        }
    }

    @Test("only one open file has the lock, and closing gives it back")
    func lockExclusion() throws {
        try withTemporaryDirectory { path in
            let second = try FileDescriptor(opening: path + "/lock", .createIfMissing)
            #expect(try tryBoth(path + "/lock", second) == [true, false])
            // The first is closed by now.
            #expect(try second.tryLock())
            #expect(try second.tryLock())
        }
    }

    @Test("unlocking gives the lock back though a copy of the descriptor is open, as in a child")
    func unlocking() throws {
        try withTemporaryDirectory { path in
            let first = try FileDescriptor(opening: path + "/lock", .createIfMissing)
            let second = try FileDescriptor(opening: path + "/lock", .createIfMissing)
            let copy = dup(first.number)
            defer { close(copy) }
            #expect(try first.tryLock())
            #expect(try !second.tryLock())
            first.unlock()
            #expect(try second.tryLock())
        }
    }

    @Test("a regular file is told from directories and devices")
    func regularFile() throws {
        try withTemporaryDirectory { path in
            try write([1], to: path + "/a")
            #expect(FileSystem.isRegularFile(path + "/a"))
            #expect(!FileSystem.isRegularFile(path) && !FileSystem.isRegularFile("/dev/null"))
        }
    }

    @Test(
        "the parent of a path",
        arguments: [("a", "."), ("/a", "/"), ("a/b", "a"), ("/a/b/c", "/a/b")])
    func parent(path: String, parent: String) {
        #expect(FileSystem.parent(of: path) == parent)
    }

    /// Whether a new descriptor gets the lock, and then `second`.
    private func tryBoth(
        _ path: String, _ second: borrowing FileDescriptor
    ) throws(SystemFailure) -> [Bool] {
        let first = try FileDescriptor(opening: path, .createIfMissing)
        let results = [try first.tryLock(), try second.tryLock()]
        _ = try first.size()
        return results
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        try put(bytes, into: try FileDescriptor(opening: path, .createNew), at: 0)
    }

    private func put(_ bytes: [UInt8], into file: borrowing FileDescriptor, at offset: Int) throws {
        let content = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { content.deallocate() }
        content.copyBytes(from: bytes)
        try file.write(UnsafeRawBufferPointer(content), at: offset)
    }

    /// The bytes at `offset`, as many of `count` as there are.
    private func bytes(
        of file: borrowing FileDescriptor, count: Int, at offset: Int
    ) throws -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer { buffer.deallocate() }
        return Array(buffer[..<(try file.read(into: buffer, at: offset))])
    }
}
