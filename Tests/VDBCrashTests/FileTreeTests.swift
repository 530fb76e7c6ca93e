import Foundation
import Testing
import VDBMedia

@Suite("Files and directories as a value")
struct FileTreeTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "vdb-crash-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private var tree: FileTree {
        var tree = FileTree()
        tree.directories = ["a", "a/b", "empty"]
        tree.files = ["a/b/x": [1, 2, 3], "y": [], "a/z": [UInt8](repeating: 9, count: 5000)]
        return tree
    }

    @Test("what is written is read again, except what is passed over")
    func roundTrip() throws {
        try withDirectory { path in
            try tree.write(to: path)
            #expect(try FileTree(reading: path, passingOver: []) == tree)
            let part = try FileTree(reading: path, passingOver: ["y", "b"])
            #expect(part.files.keys.sorted() == ["a/z"])
        }
    }

    @Test("a difference is named with file and offset")
    func difference() {
        #expect(tree.difference(from: tree) == nil)
        var other = tree
        other.files["a/b/x"] = [1, 2, 4]
        #expect(tree.difference(from: other) == "a/b/x differs at 2")
        other.files["a/b/x"] = [1]
        #expect(tree.difference(from: other) == "a/b/x has 3 bytes, not 1")
        other.files["a/b/x"] = nil
        #expect(tree.difference(from: other)?.hasPrefix("files ") == true)
    }
}
