import Testing
import VectorDB

@testable import vdbtool

/// `lists`, `list` and `block`: what is in the index is what was put in.
@Suite struct InspectionCommandTests {
    private let folder: Folder
    private let path: String

    init() throws {
        folder = try Folder()
        path = folder.path + "/test.vdb"
        try IndexedDatabase.make(at: path)
    }

    private func numbers() throws -> [String] {
        guard case .array(let lists) = try tool("lists", path, "--json").json[0]["lists"] else {
            return []
        }
        return lists.compactMap { $0["list"]?.text }
    }

    @Test("lists say how large they are and how well they fit")
    func lists() throws {
        let answer = tool("lists", path, "--json")
        #expect(answer.code == .done, "\(answer.errors)")
        guard case .array(let lists) = try answer.json[0]["lists"] else {
            Issue.record("no lists")
            return
        }
        #expect(lists.count == 5)
        func sum(_ name: String) -> Double {
            lists.reduce(0) { $0 + (Double($1[name]?.text ?? "") ?? 0) }
        }
        #expect(sum("entries") == 600)
        #expect(sum("live") == 597)
        var errors = (centroid: 0.0, code: 0.0)
        for list in lists {
            let centroid = try #require(Double(list["centroidError"]?.text ?? ""))
            let code = try #require(Double(list["codeError"]?.text ?? ""))
            let live = try #require(Double(list["live"]?.text ?? ""))
            #expect(code > 0 && code < centroid)
            errors.centroid += centroid * live / 597
            errors.code += code * live / 597
        }
        // What training measured over all records, three of which died since.
        let drift = try #require(try tool("info", path, "--json").json[0]["drift"])
        for (name, mean) in [("centroid", errors.centroid), ("quantization", errors.code)] {
            let trained = try #require(Double(drift[name + "Error"]?.text ?? ""))
            #expect(abs(mean / trained - 1) < 0.05, "\(name): \(mean), \(trained) in training")
        }
        guard case .array(let history)? = drift["history"] else {
            Issue.record("no history")
            return
        }
        #expect(history.last?["live"]?.text == "597" || history.last?["live"]?.text == "600")
        #expect(history.allSatisfy { $0["lists"]?.text == "5" && $0["time"] != nil })
        let quick = try tool("lists", path, "--no-errors", "--json").json[0]
        #expect(!quick.text.contains("\"codeError\":1"))
        let text = tool("lists", path).output.split(separator: "\n")
        #expect(text.count == 6)
        #expect(text[0].contains("centroid error"))
    }

    @Test("all lists together have every record once, with its code and its attributes")
    func entries() throws {
        var seen: Set<String> = []
        for number in try numbers() {
            for entry in try tool("list", path, number, "--json").json {
                let id = try #require(entry["id"]?.text)
                #expect(seen.insert(id).inserted)
                let isDeleted = IndexedDatabase.deletedIDs.contains(try #require(UInt64(id)))
                #expect(entry["live"] == .bool(!isDeleted))
                #expect(entry["alpha"] != nil && entry["beta"] != nil)
                if !isDeleted, seen.count % 29 == 0 {
                    let record = try tool("get", path, id, "--json").json[0]
                    #expect(record["attributes"] == entry["attributes"])
                }
            }
        }
        #expect(seen.count == 600)
    }

    @Test("a list is shown block by block, up to the limit")
    func limit() throws {
        let number = try #require(try numbers().first)
        #expect(try tool("list", path, number, "--limit=7", "--json").json.count == 7)
        let text = tool("list", path, number, "--limit=3").output.split(separator: "\n")
        #expect(text.count == 5)
        #expect(text[0].hasPrefix("block 0, "))
        #expect(text[1].contains("alpha") && text[1].contains("kind"))
    }

    @Test("a block's columns say what is in it")
    func block() throws {
        let number = try #require(try numbers().first)
        let answer = tool("block", path, number, "0", "--json")
        #expect(answer.code == .done, "\(answer.errors)")
        let json = try answer.json[0]
        let entries = try tool("list", path, number, "--json").json
        #expect(json["entries"]?.text == String(entries.count))
        #expect(json["firstRow"] == entries.first?["row"])
        #expect(json["lastRow"] == entries.last?["row"])
        guard case .array(let columns) = json["columns"] else {
            Issue.record("no columns")
            return
        }
        #expect(
            columns.map { $0["name"]?.text }
                == [
                    "taken", "place.lat", "place.lon", "kind", "stars", "score", "hidden",
                ].map { JSON.string($0).text })
        let scores = entries.compactMap { Double($0["attributes"]?["score"]?.text ?? "") }
        #expect(Double(columns[5]["min"]?.text ?? "") == scores.min())
        #expect(Double(columns[5]["max"]?.text ?? "") == scores.max())
        #expect(columns[5]["nulls"]?.text == String(entries.count - scores.count))
        let text = tool("block", path, number, "0").output
        #expect(text.contains("place.lat") && text.contains("generation"))
    }

    @Test("beside a writer they show what the tables have")
    func besideWriter() throws {
        var options = Options()
        options.isAutomatic = false
        let writer = try Database.open(at: path, options: options)
        try writer.insert(IndexedDatabase.batch(of: 600..<650))
        let before = try ToolProcess(["lists", path, "--json"])
        #expect(before.code == 0, "\(before.errors)")
        try writer.checkpoint()
        let after = try ToolProcess(["lists", path, "--json"])
        #expect(after.code == 0, "\(after.errors)")
        func entries(_ process: ToolProcess) throws -> Int {
            let json = try JSONParser.parse(Array(process.output))
            guard case .array(let lists) = json["lists"] else { return 0 }
            return lists.reduce(0) { $0 + (Int($1["entries"]?.text ?? "") ?? 0) }
        }
        #expect(try entries(before) == 600)
        #expect(try entries(after) == 650)
        try writer.close()
    }

    @Test("what is not there has its own exit code, and without an index there are no lists")
    func missing() throws {
        #expect(tool("list", path, "4000000").code == .negative)
        #expect(tool("block", path, try #require(try numbers().first), "99").code == .negative)
        #expect(tool("list", path, "x").code == .usage)
        #expect(tool("block", path, "1", "-1").code == .usage)
        let flat = folder.path + "/flat.vdb"
        #expect(tool("create", flat, "--dimension=2").code == .done)
        #expect(tool("lists", flat).output == "there are no lists: search is exact\n")
        #expect(try tool("lists", flat, "--json").json[0].text == "{\"lists\":[]}")
        #expect(tool("list", flat, "1").code == .negative)
    }
}
