import Testing
import VDBPrimitives
import VectorDB

@testable import vdbbench

@Suite struct VectorFileTests {
    /// A file of the name's kind that holds `bytes`.
    private func withFile<Result>(
        _ name: String, _ bytes: [UInt8], _ body: (String) throws -> Result
    ) throws -> Result {
        let workspace = try Workspace(in: "/tmp/")
        let path = workspace.path(of: name)
        let file = try FileDescriptor(opening: path, .createNew)
        try bytes.withUnsafeBytes { try file.write($0, at: 0) }
        return try body(path)
    }

    @Test("bytes with their number before each row")
    func bvecs() throws {
        let table = try withFile("a.bvecs", [2, 0, 0, 0, 7, 8, 2, 0, 0, 0, 9, 10]) {
            try VectorFile.read($0)
        }
        #expect(table.count == 2 && table.dimension == 2)
        #expect(table.vector(1) == .uint8([9, 10]))
        #expect(table.slice(1..<2).vector(0) == .uint8([9, 10]))
    }

    @Test("floats with their number before each row, as many as wanted")
    func fvecs() throws {
        var bytes: [UInt8] = []
        for value: Float in [1.5, -2] {
            bytes += [1, 0, 0, 0]
            withUnsafeBytes(of: value) { bytes += $0 }
        }
        #expect(try withFile("a.fvecs", bytes) { try VectorFile.read($0).count } == 2)
        let first = try withFile("a.fvecs", bytes) { try VectorFile.read($0, limit: 1) }
        #expect(first.count == 1 && first.vector(0) == .float32([1.5]))
    }

    @Test("whole numbers with their number before each row")
    func ivecs() throws {
        let bytes: [UInt8] = [
            2, 0, 0, 0, 7, 0, 0, 0, 1, 2, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 1, 0,
        ]
        let rows = try withFile("a.ivecs", bytes) { try VectorFile.readNumbers($0) }
        #expect(rows == [[7, 513], [3, 65_536]])
    }

    @Test("the pictures of MNIST")
    func idx() throws {
        let head: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3]
        let table = try withFile("images-idx3-ubyte", head + [1, 2, 3, 4, 5, 6]) {
            try VectorFile.read($0)
        }
        #expect(table.count == 2 && table.vector(1) == .uint8([4, 5, 6]))
    }

    @Test(
        "a file that is not what its name says is refused",
        arguments: [
            ("a.bvecs", [UInt8]()), ("a.bvecs", [0, 0, 0, 0]), ("a.bvecs", [4, 0, 0, 0, 1]),
            ("a.idx", [0, 0, 8, 3]), ("a.txt", [1]),
        ])
    func refused(name: String, bytes: [UInt8]) throws {
        _ = try withFile(name, bytes) { path in
            #expect(throws: BenchFailure.self) { try VectorFile.read(path) }
        }
    }

    @Test("a file that is not there is said to be so")
    func missing() {
        #expect(
            throws: BenchFailure(
                code: 66, message: "cannot open /tmp/none/a.idx: there is no such file")
        ) { try VectorFile.read("/tmp/none/a.idx") }
    }
}
