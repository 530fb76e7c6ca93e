import Foundation
import Testing
import VDBPrimitives
import VectorDB

@testable import vdbtool

/// What `export` writes, `import` reads, and the databases are the same.
@Suite struct ExportCommandTests {
    private let folder: Folder
    private let path: String

    init() throws {
        folder = try Folder()
        path = folder.path + "/test.vdb"
    }

    /// A database of 90 records, a few of them dead, one replaced.
    private func make(_ element: ElementType) throws {
        let attributes = try IndexedDatabase.schema.attributes
        let schema = try Schema(dimension: 8, element: element, attributes: attributes)
        let database = try Database.create(at: path, schema: schema)
        var batch = IndexedDatabase.batch(of: 0..<90)
        if element == .int8 || element == .uint8 {
            batch.vectors = .float32(batch.vectors.floats.map { $0.rounded() })
        }
        try database.insert(batch)
        try database.checkpoint()
        try database.delete([4, 17, 31])
        try database.update(id: 50, attributes: ["stars": 4])
        try database.close()
    }

    private func records(_ path: String) throws -> [Record] {
        var options = Options()
        options.isReadOnly = true
        let database = try Database.open(at: path, options: options)
        var walk = try database.records()
        var records: [Record] = []
        while let record = try walk.next() { records.append(record) }
        try database.close()
        return records
    }

    private func empty(_ element: String, _ name: String) throws -> String {
        let target = folder.path + "/" + name
        let words = try IndexedDatabase.schema.attributes.map {
            "--attribute=\($0.name):\($0.type.name)"
        }
        let answer = tool(["create", target, "--dimension=8", "--element=\(element)"] + words)
        #expect(answer.code == .done, "\(answer.errors)")
        return target
    }

    @Test(
        "every format brings back the same vectors, ids and attributes",
        arguments: [
            ("fvecs", ElementType.float32), ("fbin", .float32), ("npy", .float32),
            ("npy", .float16), ("npy", .int8), ("npy", .uint8), ("bvecs", .uint8),
            ("u8bin", .uint8), ("i8bin", .int8), ("fvecs", .float16), ("jsonl", .float32),
            ("jsonl", .float16), ("jsonl", .int8),
        ])
    func roundTrip(format: String, element: ElementType) throws {
        try make(element)
        let file = folder.path + "/out.\(format)"
        let isJSON = format == "jsonl"
        let beside = ["--ids=\(folder.path)/ids.txt", "--attributes=\(folder.path)/a.csv"]
        let out = tool(["export", path, file, "--json"] + (isJSON ? [] : beside))
        #expect(out.code == .done, "\(out.errors)")
        #expect(try out.json[0]["exported"] == .integer(87))
        let target = try empty(element.name, "copy.vdb")
        let answer = tool(["import", target, file] + (isJSON ? [] : beside))
        #expect(answer.code == .done, "\(answer.errors)")
        var expected = try records(path)
        if !isJSON { for index in expected.indices { expected[index].payload = nil } }
        #expect(try records(target) == expected)
        #expect(try FileSystem.names(in: folder.path).allSatisfy { !$0.hasSuffix(".new") })
    }

    @Test("attributes as JSON lines come back too")
    func attributesAsJSON() throws {
        try make(.float32)
        let words = ["--attributes=\(folder.path)/a.jsonl", "--ids=\(folder.path)/ids.txt"]
        #expect(tool(["export", path, folder.path + "/v.fvecs"] + words).code == .done)
        let target = try empty("float32", "copy.vdb")
        #expect(tool(["import", target, folder.path + "/v.fvecs"] + words).code == .done)
        #expect(try records(target).map(\.attributes) == records(path).map(\.attributes))
    }

    @Test("a filter chooses what is exported, and files that count it count right")
    func filter() throws {
        try make(.float32)
        let matching = try records(path).filter { $0.attributes["stars"] == .integer(4) }
        #expect(matching.count > 5)
        for name in ["a.npy", "a.fbin", "a.fvecs"] {
            let file = folder.path + "/" + name
            let answer = tool(
                "export", path, file, "--where=stars = 4", "--ids=\(folder.path)/ids.txt")
            #expect(answer.code == .done, "\(answer.errors)")
            let copy = try empty("float32", name + ".vdb")
            #expect(tool("import", copy, file, "--ids=\(folder.path)/ids.txt").code == .done)
            #expect(try records(copy).map(\.id) == matching.map(\.id))
            #expect(try records(copy).map(\.vector) == matching.map(\.vector))
        }
    }

    @Test("through pipes, export and import need no file")
    func pipes() throws {
        try make(.float32)
        let export = try ToolProcess(["export", path, "-", "--format=jsonl"])
        #expect(export.code == 0, "\(export.errors)")
        let lines = try folder.write(Array(export.output), "piped")
        let target = try empty("float32", "copy.vdb")
        let answer = try ToolProcess(["import", target, "-", "--format=jsonl"], input: lines)
        #expect(answer.code == 0, "\(answer.errors)")
        #expect(try records(target) == records(path))
        let refused = try ToolProcess(["import", target, "-"], input: lines)
        #expect(refused.code == 64)
        #expect(refused.errors.contains("--format says it"))
    }

    @Test("a malformed line is named, and what was before it stays")
    func malformed() throws {
        let target = try empty("float32", "copy.vdb")
        var lines = (0..<20).map { #"{"id":\#($0),"vector":[1,2,3,4,5,6,7,\#($0)]}"# }
        lines[12] = #"{"id":12,"vector":[1,2,3,"#
        let file = try folder.write(lines.joined(separator: "\n"), "bad")
        let answer = try ToolProcess(["import", target, "-", "--format=jsonl"], input: file)
        #expect(answer.code == 65)
        #expect(answer.errors.contains("standard input: line 13: "))
        #expect(answer.errors.contains("--skip=12"))
        #expect(try records(target).map(\.id) == Array(0..<12))
    }

    @Test("an import that was killed goes on where the records are missing")
    func resumption() throws {
        try make(.float32)
        let words = ["--attributes=\(folder.path)/a.csv", "--ids=\(folder.path)/ids.txt"]
        let file = folder.path + "/v.fvecs"
        #expect(tool(["export", path, file] + words).code == .done)
        let target = try empty("float32", "copy.vdb")
        #expect(tool(["import", target, file, "--limit=40"] + words).code == .done)
        let again = tool(["import", target, file, "--on-duplicate=skip", "--json"] + words)
        #expect(again.code == .done, "\(again.errors)")
        #expect(try again.json[0]["skipped"] == .integer(40))
        #expect(try records(target).map(\.attributes) == records(path).map(\.attributes))
        let third = try empty("float32", "third.vdb")
        #expect(tool(["import", third, file, "--limit=33"] + words).code == .done)
        #expect(tool(["import", third, file, "--skip=33"] + words).code == .done)
        #expect(try records(third).map(\.id) == records(path).map(\.id))
    }

    @Test("what cannot be exported is refused before a file is touched")
    func refusals() throws {
        try make(.float32)
        let file = try folder.write("mine", "a.bvecs")
        #expect(tool("export", path, file).code == .usage)
        #expect(try Data(contentsOf: URL(filePath: file)) == Data("mine".utf8))
        #expect(tool("export", path, folder.path + "/a.txt").code == .usage)
        #expect(tool("export", path, "-", "--format=npy", "--ids=-").code == .usage)
        #expect(tool("export", path, folder.path + "/a.npy", "--where=stars >").code == .usage)
        #expect(tool("export", path, folder.path + "/none/a.npy").code == .cannotCreate)
        #expect(try Set(FileSystem.names(in: folder.path)) == ["test.vdb", "a.bvecs"])
    }
}
