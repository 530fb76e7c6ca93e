import Testing
import VDBPrimitives
import VectorDB

@testable import vdbtool

/// Commands from end to end, on databases of a few records.
@Suite struct CommandTests {
    private let folder: Folder
    private let path: String

    init() throws {
        folder = try Folder()
        path = folder.path + "/test.vdb"
    }

    private func create(_ words: String...) {
        let answer = tool(["create", path, "--dimension=2"] + words)
        #expect(answer.code == .done, "\(answer.errors)")
    }

    /// Vectors (row, 0), whose distances to (0, 0) grow with the row.
    private func rows(_ count: Int) -> [UInt8] { fvecs((0..<count).map { [Float($0), 0] }) }

    private func load(_ count: Int, _ words: String...) throws -> Answer {
        tool(["import", path, try folder.write(rows(count), "a.fvecs"), "--json"] + words)
    }

    private var live: Int? {
        get throws {
            guard
                case .integer(let count) = try tool("info", path, "--json").json[0]["counts"]?[
                    "live"]
            else { return nil }
            return Int(count)
        }
    }

    @Test("payloads come in with jsonl, and are shown as they came")
    func payloads() throws {
        create("--attribute=kind:keyword")
        let lines = [
            #"{"id":4,"vector":[1.0,2.0],"attributes":{"kind":"cat"},"payload":"Zm9vYmFy"}"#,
            #"{"id":5,"vector":[1.0,3.0],"attributes":{}}"#,
        ]
        let file = try folder.write(lines.joined(separator: "\n"), "a.jsonl")
        let imported = tool("import", path, file)
        #expect(imported.code == .done, "\(imported.errors)")
        let shown = tool("get", path, "4", "5", "--json").output.split(separator: "\n")
        #expect(shown.map(String.init) == lines)
        #expect(tool("get", path, "4").output.contains("6 bytes"))
        let bad = try folder.write(#"{"vector":[1,2],"payload":"?"}"#, "b.jsonl")
        #expect(tool("import", path, bad).code == .badInput)
    }

    @Test("a database is created once")
    func creating() throws {
        let words = ["create", path, "--dimension=2", "--attribute=p:location", "--json"]
        let answer = tool(words)
        #expect(
            try answer.json[0]["schema"]?.text
                == #"{"dimension":2,"element":"float32","metric":"euclidean","#
                + #""attributes":[{"name":"p","type":"location"}]}"#)
        #expect(tool(words).code == .cannotCreate)
    }

    @Test(
        "options of create that mean nothing are refused",
        arguments: [
            ["--dimension=0"], ["--dimension=x"], ["--dimension=2", "--element=bits"],
            ["--dimension=2", "--element=bit", "--metric=euclidean"],
            ["--dimension=2", "--metric=hamming"],
            ["--dimension=2", "--metric=cosin"], ["--dimension=2", "--attribute=p"],
            ["--dimension=2", "--attribute=p:place"], ["--dimension=2", "--attribute=and:real"], [],
        ])
    func creatingWrongly(words: [String]) {
        #expect(tool(["create", path] + words).code == .usage)
    }

    @Test(
        "a database that is not there has its own exit code",
        arguments: [
            ["info"], ["verify"], ["get", "1"], ["checkpoint"], ["search", "--id=1"],
        ])
    func missing(words: [String]) {
        let answer = tool([words[0], path] + words.dropFirst())
        #expect(answer.code == .noInput)
        #expect(answer.errors.hasPrefix("vdbtool: cannot "))
        #expect(answer.errors.split(separator: "\n").count == 1)
    }

    @Test("import says what it did, and search finds it")
    func importing() throws {
        create()
        let answer = try load(2500, "--first-id=100")
        #expect(answer.code == .done, "\(answer.errors)")
        let json = try answer.json[0]
        #expect(json["imported"] == .integer(2500))
        #expect(json["skipped"] == .integer(0))
        #expect(json["replaced"] == .integer(0))
        #expect(json["nextID"] == .integer(2600))
        #expect(json["nextSkip"] == .integer(2500))
        #expect(json["seconds"] != nil && json["maintainSeconds"] != nil)
        let found = tool("search", path, "--vector=[3.2, 0]", "--count=2", "--json")
        #expect(try found.json[0]["matches"]?.text.contains(#"{"id":103,"distance":0.04"#) == true)
    }

    @Test("the limit, what is left out and the batch size do not change ids")
    func slices() throws {
        create()
        for (skip, limit) in [(4, 3), (0, 2), (2, 2), (7, 100)] {
            let answer = try load(10, "--skip=\(skip)", "--limit=\(limit)", "--batch=2")
            #expect(answer.code == .done, "\(answer.errors)")
        }
        #expect(try live == 10)
        let record = try tool("get", path, "7", "--json").json[0]
        #expect(record["vector"]?.text == "[7.0,0.0]")
    }

    @Test("ids that are there fail, stay or are replaced, as asked")
    func duplicates() throws {
        create()
        #expect(try load(5).code == .done)
        let refused = try load(7)
        #expect(refused.code == .badInput)
        #expect(refused.errors.contains("row 0 has id 0, which is there already; 0 vectors"))
        #expect(refused.errors.contains("go on with --skip=0 --on-duplicate=skip, or =replace"))
        #expect(try load(7, "--on-duplicate=skip").json[0]["skipped"] == .integer(5))
        let replaced = try load(8, "--on-duplicate=replace").json[0]
        #expect(replaced["replaced"] == .integer(7))
        #expect(replaced["imported"] == .integer(8))
        #expect(try live == 8)
    }

    @Test("a truncated file keeps what came before, and says how to go on")
    func truncated() throws {
        create()
        let file = try folder.write(Array(rows(10).dropLast(5)), "cut.fvecs")
        let answer = tool("import", path, file, "--batch=4")
        #expect(answer.code == .badInput)
        #expect(
            answer.errors.contains(
                "9 vectors are in; when that is put right, go on with --skip=9"))
        #expect(answer.errors.contains("byte 115"))
        #expect(try live == 9)
        let rest = try folder.write(rows(10), "cut.fvecs")
        #expect(tool("import", path, rest, "--skip=9").code == .done)
        #expect(try live == 10)
    }

    @Test("attributes and ids must be as many as the vectors")
    func counts() throws {
        create("--attribute=n:integer")
        let few = try folder.write("n\n1\n2\n", "few.csv")
        let answer = try load(3, "--attributes=\(few)")
        #expect(answer.code == .badInput)
        #expect(answer.errors.contains("few.csv has 2 rows, there are more vectors, 3"))
        #expect(
            answer.errors.contains(
                "2 vectors are in; when that is put right, go on with --skip=2"))

        let many = try folder.write("10\n11\n12\n13\n14\n", "ids")
        let tooMany = try load(3, "--ids=\(many)")
        #expect(tooMany.code == .badInput)
        #expect(tooMany.errors.hasSuffix("it has 5 ids, there are 3 vectors; 3 vectors are in\n"))
        #expect(try live == 5)
    }

    @Test("attributes come back from get, search and filters")
    func attributes() throws {
        create("--attribute=n:integer", "--attribute=p:location", "--attribute=t:timestamp")
        let csv = try folder.write(
            "t,p.lat,p.lon,n\r\n2024-05-01,48.5,2.5,7\r\n,,,\r\n", "a.csv")
        #expect(try load(2, "--attributes=\(csv)").code == .done)
        let expected = #"{"n":7,"p":{"lat":48.5,"lon":2.5},"t":"2024-05-01T00:00:00Z"}"#
        #expect(try tool("get", path, "0", "--json").json[0]["attributes"]?.text == expected)
        let found = tool("search", path, "--id=1", "--json")
        #expect(found.output.contains(#""id":1,"distance":0.0,"attributes":{}"#))
        #expect(found.output.contains(expected))
        #expect(tool("search", path, "--id=1", "--where=nn = 7").code == .usage)
        #expect(tool("search", path, "--id=1").output.hasPrefix("id  distance  n  p"))
    }

    @Test("jsonl brings its own ids and attributes, as get prints them")
    func jsonLines() throws {
        create("--attribute=n:integer")
        let line = #"{"id":42,"vector":[1.5,2.0],"attributes":{"n":7}}"#
        let file = try folder.write(line + "\n", "a.jsonl")
        #expect(tool("import", path, file).code == .done)
        #expect(tool("get", path, "42", "--json").output == line + "\n")
    }

    @Test("records are got, changed and deleted")
    func records() throws {
        create("--attribute=n:integer")
        #expect(try load(3).code == .done)
        #expect(tool("update", path, "1", "--attributes={\"n\":5}").code == .done)
        #expect(tool("update", path, "9", "--attributes={\"n\":5}").code == .negative)
        #expect(tool("update", path, "1", "--attributes={\"m\":5}").code == .usage)
        #expect(tool("update", path, "1", "--attributes=5").code == .usage)
        let answer = tool("get", path, "9", "1", "--json")
        #expect(answer.code == .negative)
        #expect(try answer.json.map { $0["id"] } == [.integer(1)])
        #expect(answer.errors == "vdbtool: cannot get 9: there is no such record\n")
        #expect(tool("delete", path, "1", "9", "--json").output == "{\"deleted\":1}\n")
        #expect(tool("get", path, "1").code == .negative)
        #expect(tool("get", path, "x").code == .usage)
        #expect(tool("search", path, "--id=1").code == .negative)
    }

    @Test("a search within a distance finds all that is within it, or the nearest of it")
    func within() throws {
        create()
        #expect(try load(30).code == .done)
        // Distances are squares, and components 0, 1, 2 …
        let all = tool("search", path, "--vector=[10, 0]", "--within=36", "--json")
        let ids = try all.json[0]["matches"]?.text.split(separator: #""id":"#).count
        #expect(ids == 1 + 13)
        let two = tool(
            "search", path, "--vector=[10, 0]", "--within=36", "--count=2", "--exact", "--json")
        #expect(try two.json[0]["matches"]?.text.split(separator: #""id":"#).count == 1 + 2)
        #expect(tool("search", path, "--vector=[10.5, 0]", "--within=0.1").code == .done)
    }

    @Test("each row of a file of queries has its line")
    func queries() throws {
        create()
        #expect(try load(10).code == .done)
        let file = try folder.write(fvecs([[2.1, 0], [7.1, 0]]), "q.fvecs")
        let lines = try tool("search", path, "--queries=\(file)", "--count=1", "--json").json
        #expect(lines.count == 2)
        #expect(lines[1]["matches"]?.text.hasPrefix(#"[{"id":7,"#) == true)
        let one = tool("search", path, "--queries=\(file)", "--row=1", "--count=1", "--json")
        #expect(try one.json == [lines[1]])
        #expect(tool("search", path, "--queries=\(file)", "--row=2").code == .usage)
        #expect(tool("search", path, "--queries=\(file)").output.hasPrefix("query 0\n"))
    }

    @Test(
        "search needs one query that fits",
        arguments: [
            [], ["--id=1", "--vector=[1,2]"], ["--vector=[1]"], ["--vector=x"], ["--vector=[]"],
            ["--id=1", "--row=1"], ["--id=1", "--recall=0"], ["--id=1", "--recall=1.5"],
            ["--id=1", "--probes=5"], ["--id=1", "--exact", "--recall=0.9"],
            ["--id=1", "--count=0"],
            ["--id=1", "--within=x"], ["--id=1", "--within=-1"], ["--id=1", "--within=nan"],
        ])
    func wrongQueries(words: [String]) throws {
        create()
        #expect(try load(3).code == .done)
        #expect(tool(["search", path] + words).code == .usage)
    }

    @Test("evaluate has the promised members, with and without the truth")
    func evaluating() throws {
        create()
        #expect(try load(50).code == .done)
        let queries = try folder.write(fvecs([[3.1, 0], [40.2, 0]]), "q.fvecs")
        let truth = try folder.write(ivecs([[3, 4, 2], [40, 41, 0]]), "t.ivecs")
        let words = ["evaluate", path, "--queries=\(queries)", "--count=3", "--json"]
        let answer = try tool(words + ["--repeat=2", "--threads=2"]).json[0]
        #expect(answer["recall"] == .double(1))
        #expect(answer["returned"]?.text == #"{"min":3,"mean":3.0}"#)
        guard case .object(let members) = answer else { return #expect(Bool(false)) }
        #expect(
            members.map(\.name) == [
                "recall", "queriesPerSecond", "latencyMicroseconds", "returned", "probes",
                "reranked", "scanned",
            ])
        guard case .double(let recall) = try tool(words + ["--truth=\(truth)"]).json[0]["recall"]
        else { return #expect(Bool(false)) }
        #expect(abs(recall - 5.0 / 6) < 1e-9)
        #expect(tool(words + ["--truth=\(truth)", "--count=4"]).code == .usage)
        #expect(
            tool("evaluate", path, "--queries=\(queries)", "--truth=\(truth)").code == .badInput)
    }

    @Test("repair makes a new database, says what is lost, and puts it over nothing")
    func repair() throws {
        create("--attribute=n:integer")
        #expect(try load(20).code == .done)
        let new = folder.path + "/new.vdb"
        let answer = tool("repair", path, "--into=\(new)", "--json")
        #expect(answer.code == .done)
        #expect(answer.output == "{\"salvaged\":20,\"lost\":[]}\n")
        #expect(tool("repair", path, "--into=\(new)").code == .cannotCreate)
        #expect(tool("repair", path + "x", "--into=\(new)y").code == .noInput)
        #expect(tool("repair", path).code == .usage)
        #expect(try tool("info", new, "--json").json[0]["counts"]?["live"] == .integer(20))
    }

    @Test("a database too damaged to open is exit code 76, with the file and the remedy on a line")
    func damaged() throws {
        create()
        #expect(try load(20).code == .done)
        let file = try FileDescriptor(opening: path + "/data.mdb", .readWrite)
        try [UInt8](repeating: 0, count: 8).withUnsafeBytes { try file.write($0, at: 4096 + 16) }
        for command in ["verify", "info", "checkpoint"] {
            let answer = tool(command, path)
            #expect(answer.code == .damaged)
            #expect(answer.output == "")
            #expect(answer.errors.split(separator: "\n").count == 1)
            #expect(
                answer.errors.contains(
                    "meta page 1 of \(path)/data.mdb is damaged at byte 4112: magic is 0x0, "
                        + "0xbeefc0de is expected; meta page 0 is sound (transaction "))
            #expect(answer.errors.contains("`vdbtool repair`"))
        }
        let answer = tool("repair", path, "--into=\(folder.path)/new.vdb", "--json")
        #expect(answer.output == "{\"salvaged\":20,\"lost\":[]}\n")
        // Not even a schema is left: there is nothing to salvage.
        try file.truncate(to: 8192)
        let nothing = tool("repair", path, "--into=\(folder.path)/other.vdb")
        #expect(nothing.code == .damaged)
        #expect(nothing.errors.contains("schema"))
        let words = ["repair", path, "--into=\(folder.path)/other.vdb", "--json"]
        #expect(tool(words + ["--metric=cosine"]).code == .usage)
        let given = try tool(words + ["--dimension=2"]).json[0]
        #expect(given["salvaged"] == .integer(0))
        #expect(given["lost"]?.text.contains("manifest") == true)
    }

    @Test("info, verify, checkpoint and recluster answer as JSON and text")
    func upkeep() throws {
        create("--attribute=n:integer")
        #expect(try load(20).code == .done)
        let info = try tool("info", path, "--json").json[0]
        for name in ["counts", "lists", "bytes", "formatVersion", "schema", "drift", "generation"] {
            #expect(info[name] != nil, "\(name)")
        }
        #expect(info["counts"]?["live"] == .integer(20))
        #expect(tool("info", path).output.contains("live records"))
        #expect(tool("verify", path, "--json").output == "{\"findings\":[],\"ok\":true}\n")
        #expect(tool("verify", path).code == .done)
        #expect(try tool("checkpoint", path, "--json").json[0]["moved"] != nil)
        #expect(try tool("recluster", path, "--json").json[0]["after"]?["counts"] != nil)
        #expect(tool("recluster", path).output.contains("before"))
    }
}
