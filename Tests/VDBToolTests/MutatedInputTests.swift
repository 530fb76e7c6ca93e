import Foundation
import Testing
import VectorDB

@testable import vdbtool

/// Input files that are wrong in ways that nobody thought of. A trap in one of these tests leaves
/// the file behind, in a folder whose name begins with `/tmp/vdbtool-tests-`.
@Suite struct MutatedInputTests {
    private let folder: Folder
    private let path: String

    init() throws {
        folder = try Folder()
        path = folder.path + "/test.vdb"
    }

    /// What `export` says of a few records of a database, in a file of this name.
    private func exported(_ name: String, _ words: [String] = []) throws -> [UInt8] {
        let source = folder.path + "/source.vdb"
        try IndexedDatabase.make(at: source)
        defer { try? FileManager.default.removeItem(atPath: source) }
        let file = folder.path + "/" + name
        let answer = tool(["export", source, file, "--where=stars <= 1"] + words)
        try #require(answer.code == .done, "\(answer.errors)")
        return try content(file)
    }

    private func content(_ file: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(filePath: file)))
    }

    private func create(_ element: ElementType = .float32) throws {
        try? FileManager.default.removeItem(atPath: path)
        let attributes = try IndexedDatabase.schema.attributes.map {
            "--attribute=\($0.name):\($0.type.name)"
        }
        let dimension = IndexedDatabase.dimension
        let answer = tool(
            ["create", path, "--dimension=\(dimension)", "--element=\(element.name)"] + attributes)
        try #require(answer.code == .done, "\(answer.errors)")
    }

    /// Imports into a new database, which is sound then, whatever was read of the files.
    private func importing(
        _ words: [String], into element: ElementType = .float32, _ change: String
    ) throws {
        try create(element)
        toolThatMayFail(["import", path, "--batch=7"] + words, change)
        let verified = tool("verify", path)
        #expect(verified.code == .done, "\(change): \(verified.output)")
    }

    @Test(
        "changed files of vectors are imported or refused, and the database stays sound",
        arguments: ["a.fvecs", "a.fbin", "a.npy", "a.jsonl"])
    func vectors(name: String) throws {
        let original = try exported(name)
        for seed in 0..<Mutation.count {
            let file = try folder.write(Mutation.change(original, seed: UInt64(seed)), name)
            try importing([file], "seed \(seed)")
        }
    }

    @Test("so are those of bytes, compressed or not", arguments: ["a.bvecs", "a.idx", "a.idx.gz"])
    func bytes(name: String) throws {
        let rows = (0..<20).map { row in (0..<8).map { UInt8(row * 8 + $0) } }
        var original = name == "a.bvecs" ? bvecs(rows) : idx(0x08, [20, 8], rows.flatMap { $0 })
        if name.hasSuffix(".gz") {
            let plain = try folder.write(original, "plain.idx")
            let gzip = Process()
            gzip.executableURL = URL(filePath: "/bin/gzip")
            gzip.arguments = [plain]
            try gzip.run()
            gzip.waitUntilExit()
            original = try content(plain + ".gz")
        }
        for seed in 0..<Mutation.count {
            let file = try folder.write(Mutation.change(original, seed: UInt64(seed)), name)
            try importing([file], into: .uint8, "seed \(seed)")
        }
    }

    @Test(
        "so are attributes and ids",
        arguments: [("attributes", "a.csv"), ("attributes", "b.jsonl"), ("ids", "a.ids")])
    func columns(option: String, name: String) throws {
        let column = folder.path + "/" + name
        let vectors = try folder.write(
            exported("a.npy", ["--\(option)=\(column)"]), "vectors.npy")
        let original = try content(column)
        for seed in 0..<Mutation.count {
            let file = try folder.write(Mutation.change(original, seed: UInt64(seed)), name)
            try importing([vectors, "--\(option)=\(file)"], "seed \(seed)")
        }
    }

    @Test("changed queries and truths are answered or refused")
    func queries() throws {
        let source = folder.path + "/source.vdb"
        let original = try exported("a.fvecs")
        try IndexedDatabase.make(at: source)
        let truth = (0..<200).flatMap { row in
            [2, Int32(row), Int32(row + 1)].flatMap { value in
            withUnsafeBytes(of: value.littleEndian, Array.init)
        } }
        let sound = try folder.write(original, "sound.fvecs")
        for seed in 0..<Mutation.count {
            let queries = try folder.write(
                Mutation.change(original, seed: UInt64(seed)), "queries.fvecs")
            let truth = try folder.write(Mutation.change(truth, seed: UInt64(seed)), "t.ivecs")
            toolThatMayFail(["search", source, "--queries=\(queries)"], "seed \(seed)")
            toolThatMayFail(
                ["evaluate", source, "--queries=\(sound)", "--truth=\(truth)"], "seed \(seed)")
        }
    }

    @Test("a changed archive is restored as it was, or not at all")
    func archives() throws {
        let source = folder.path + "/source.vdb"
        let archive = folder.path + "/a.vdba"
        try IndexedDatabase.make(at: source)
        #expect(tool("backup", source, archive).code == .done)
        let original = try content(archive)
        for seed in 0..<Mutation.count {
            try? FileManager.default.removeItem(atPath: path)
            let changed = Mutation.change(original, seed: UInt64(seed))
            let file = try folder.write(changed, "changed.vdba")
            let answer = toolThatMayFail(["restore", file, path], "seed \(seed)")
            #expect(answer.code != .done || changed == original, "seed \(seed)")
            #expect(answer.code == .done || !FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("a changed filter, vector or record is understood or refused, never a trap")
    func words() throws {
        let source = folder.path + "/source.vdb"
        try IndexedDatabase.make(at: source)
        let filter = Array(
            """
            taken >= 2024-05-01T00:00:00Z and place within 5 km of (48.8566, 2.3522) and not \
            (kind in ("X100", "Q3") or score between -1e3 and 2.5 or hidden = true) or place in \
            polygon ((1, 2), (3, 4), (5, 0)) and place in box (-9, 170, 9, -170)
            """.utf8)
        let record = Array(#"{"stars": 3, "kind": "dog", "place": [1.5, -3], "taken": null}"#.utf8)
        let vector = Array("[1, 2.5, -3e2, 4, 5, 6, 7, 0.125]".utf8)
        for seed in 0..<UInt64(4 * Mutation.count) {
            func text(_ bytes: [UInt8]) -> String {
                String(decoding: Mutation.change(bytes, seed: seed), as: UTF8.self)
            }
            for words in [
                ["search", source, "--id=1", "--where=\(text(filter))"],
                ["search", source, "--vector=\(text(vector))"],
                ["update", source, "12", "--attributes=\(text(record))"],
            ] {
                toolThatMayFail(words, allowingUsage: true, "seed \(seed)")
            }
        }
    }
}
