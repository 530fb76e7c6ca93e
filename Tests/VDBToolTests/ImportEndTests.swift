import Foundation
import Testing
import VDBPrimitives
import VectorDB

@testable import vdbtool

/// How an import ends: with ids that come twice, values that cannot be read, files that are cut.
@Suite struct ImportEndTests {
    private let folder: Folder
    private let path: String

    init() throws {
        folder = try Folder()
        path = folder.path + "/test.vdb"
        #expect(
            tool("create", path, "--dimension=1", "--attribute=n:integer", "--attribute=p:location")
                .code == .done)
    }

    private func lines(_ lines: String...) throws -> String {
        try folder.write(lines.joined(separator: "\n"), "a.jsonl")
    }

    /// The records of the database, as `export` writes them, by id.
    private func records() throws -> [String] {
        let file = folder.path + "/out-\(UInt64.random(in: 0 ... .max)).jsonl"
        let answer = tool("export", path, file)
        try #require(answer.code == .done, "\(answer.errors)")
        return try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map {
            String($0)
        }.sorted()
    }

    // MARK: - Duplicates

    private let twice = [
        #"{"id":3,"vector":[1]}"#, #"{"id":1,"vector":[2]}"#, #"{"id":3,"vector":[3]}"#,
        #"{"id":3,"vector":[4]}"#,
    ]

    @Test(
        "of rows with the same id the last or the first stays, whatever the batch",
        arguments: ["replace", "skip"], [1, 2, 3, 100])
    func duplicates(policy: String, batch: Int) throws {
        let file = try folder.write(twice.joined(separator: "\n"), "a.jsonl")
        let answer = tool(
            "import", path, file, "--on-duplicate=\(policy)", "--batch=\(batch)", "--json")
        #expect(answer.code == .done, "\(answer.errors)")
        let isReplacing = policy == "replace"
        let json = try answer.json[0]
        #expect(json["imported"] == .integer(isReplacing ? 4 : 2))
        #expect(json["replaced"] == .integer(isReplacing ? 2 : 0))
        #expect(json["skipped"] == .integer(isReplacing ? 0 : 2))
        #expect(json["nextSkip"] == .integer(4))
        let record = try tool("get", path, "3", "--json").json[0]
        #expect(record["vector"]?.text == (isReplacing ? "[4.0]" : "[1.0]"))
    }

    @Test("without a policy the row of the second one is named", arguments: [1, 3, 100])
    func refusedDuplicates(batch: Int) throws {
        let file = try folder.write(twice.joined(separator: "\n"), "a.jsonl")
        let answer = tool("import", path, file, "--batch=\(batch)")
        #expect(answer.code == .badInput)
        #expect(answer.errors.contains("row 2 has id 3, "), "\(answer.errors)")
        #expect(answer.errors.contains("2 vectors are in; go on with --skip=2 --on-duplicate="))
        #expect(try records().count == 2)
        let rest = tool("import", path, file, "--skip=2", "--on-duplicate=replace")
        #expect(rest.code == .done)
        #expect(try records().last == #"{"id":3,"vector":[4.0],"attributes":{}}"#)
    }

    // MARK: - Values

    @Test("whole numbers are integers however they are written; fractions are refused")
    func wholeNumbers() throws {
        let row = { (number: String) in #"{"vector":[1],"attributes":{"n":"# + number + "}}" }
        let file = try lines(row("1.0"), row("1e3"), row("-0"))
        #expect(tool("import", path, file).code == .done)
        let csv = try folder.write("n\n1.0\n1e3\n0\n", "a.csv")
        let words = ["import", path, try folder.write(fvecs([[1], [2], [3]]), "a.fvecs")]
        #expect(tool(words + ["--attributes=\(csv)", "--first-id=3"]).code == .done)
        let numbers = try records().compactMap { $0.firstMatch(of: /"n":([0-9]+)/)?.1 }
        #expect(numbers == ["1", "1000", "0", "1", "1000", "0"])
        let fraction = tool("import", path, try lines(row("1.5")), "--first-id=9")
        #expect(fraction.errors.contains("attribute n is 1.5, not a whole number of 64 bits"))
        try folder.write("n\n1.5\n", "a.csv")
        let answer = tool(words + ["--attributes=\(csv)", "--first-id=9"])
        #expect(answer.errors.contains("it has a fraction, the attribute takes whole numbers"))
    }

    @Test("a latitude out of range is named, with the swap", arguments: ["csv", "jsonl"])
    func swapped(form: String) throws {
        let rows =
            form == "csv"
            ? "p.lat,p.lon\n120.5,10\n" : #"{"p":{"lat":120.5,"lon":10}}"# + "\n"
        let file = try folder.write(rows, "p.\(form)")
        let vectors = try folder.write(fvecs([[1]]), "a.fvecs")
        let answer = tool("import", path, vectors, "--attributes=\(file)")
        #expect(
            answer.errors.contains(
                "latitude 120.5 is not within −90…90 (are the two swapped?)"))
    }

    @Test(
        "values that cannot be read are null or leave the record out, and are counted and shown",
        arguments: ["null", "skip"], ["csv", "attributes.jsonl", "jsonl"])
    func badValues(policy: String, form: String) throws {
        let values = (0..<9).map { $0 % 3 == 0 ? "\($0)" : #""x\#($0)""# }
        let words: [String]
        if form == "jsonl" {
            let rows = values.map { #"{"vector":[1],"attributes":{"n":\#($0)}}"# }
            words = [try folder.write(rows.joined(separator: "\n"), "a.jsonl")]
        } else {
            let isCSV = form == "csv"
            let rows = values.map { isCSV ? $0 : #"{"n":\#($0)}"# }
            let text = ((isCSV ? ["n"] : []) + rows).joined(separator: "\n")
            words = [
                try folder.write(fvecs((0..<9).map { [Float($0)] }), "a.fvecs"),
                "--attributes=\(try folder.write(text, "a." + form))",
            ]
        }
        let refused = tool(["import", path] + words)
        #expect(refused.code == .badInput && refused.errors.contains("1 vectors are in"))
        let words2 = ["import", path] + words + ["--on-duplicate=replace", "--batch=4", "--json"]
        let answer = tool(words2 + ["--bad-values=\(policy)"])
        #expect(answer.code == .done, "\(answer.errors)")
        let report = try answer.json[0]
        #expect(report["imported"] == .integer(policy == "null" ? 9 : 3))
        #expect(report["refused"] == .integer(policy == "null" ? 0 : 6))
        #expect(report["nextSkip"] == .integer(9))
        let bad = try #require(report["badValues"])
        #expect(bad["count"] == .integer(6) && bad["records"] == .integer(6))
        guard case .array(let first)? = bad["first"] else { return #expect(Bool(false)) }
        #expect(first.map { $0["row"] } == [1, 2, 4, 5, 7].map { .integer($0) })
        #expect(first[0]["attribute"] == .string("n"))
        #expect(first[0]["line"] == .integer(form == "csv" ? 3 : 2))
        #expect(first[0]["value"]?.text.contains("x1") == true)
        #expect(answer.errors.contains("cannot be read: 6"))
        #expect(answer.errors.contains("  row 1 (line \(form == "csv" ? 3 : 2)), attribute n, "))
        #expect(try records().count == (policy == "null" ? 9 : 3))
        let last = policy == "null" ? #""attributes":{}"# : #""n":6"#
        #expect(try records().last?.contains(last) == true)
    }

    // MARK: - Files

    @Test(
        "a byte-order mark and empty last lines are nothing, in every text file",
        arguments: [
            ("attributes", "a.csv", "n,p.lat,p.lon\n1,,\n2,,\n\n\n"),
            ("attributes", "b.csv", "n\n1\n2\n\n\n"),
            ("attributes", "c.jsonl", "{\"n\":1}\n{\"n\":2}\n\n\n"),
            ("ids", "ids", "0\n1\n\n\n"),
        ])
    func marks(option: String, name: String, text: String) throws {
        let mark = "\u{FEFF}"
        let file = try folder.write(
            mark + #"{"vector":[1]}"# + "\n" + #"{"vector":[2]}"# + "\n\n\r\n", "a.jsonl")
        let other = try folder.write(mark + text, name)
        let answer = tool("import", path, file, "--\(option)=\(other)")
        #expect(answer.code == .done, "\(answer.errors)")
        #expect(try records().count == 2)
    }

    @Test("the last rows of one column may be null")
    func lastNull() throws {
        let csv = try folder.write("n\n1\n\n", "a.csv")
        let words = ["import", path, try folder.write(fvecs([[1], [2]]), "a.fvecs")]
        #expect(tool(words + ["--attributes=\(csv)"]).code == .done)
        #expect(try records().map { $0.contains("\"n\":1") } == [true, false])
    }

    @Test(
        "rows too many are named alike, and no advice is given that cannot help",
        arguments: [
            ("--attributes=", "a.csv", "n\n1\n2\n3\n"),
            ("--attributes=", "b.jsonl", "{}\n{}\n{}\n"),
            ("--attributes=", "c.csv", "n\n1\n2\nx\n"), ("--ids=", "ids", "0\n1\nx\n"),
        ])
    func surplus(option: String, name: String, text: String) throws {
        let vectors = try folder.write(fvecs([[1], [2]]), "a.fvecs")
        let answer = tool("import", path, vectors, option + (try folder.write(text, name)))
        let unit = option == "--ids=" ? "ids" : "rows"
        #expect(answer.code == .badInput)
        #expect(
            answer.errors.hasSuffix(
                "it has 3 \(unit), there are 2 vectors; 2 vectors are in\n"), "\(answer.errors)")
    }

    @Test("of a compressed file that is cut or damaged nothing is kept", arguments: [false, true])
    func compressed(isCut: Bool) throws {
        let rows = (0..<3000).map { [Float($0 &* 7919 % 1000)] }
        let gzip = Process()
        gzip.executableURL = URL(filePath: "/bin/gzip")
        gzip.arguments = [try folder.write(fvecs(rows), "a.fvecs")]
        try gzip.run()
        gzip.waitUntilExit()
        let file = folder.path + "/a.fvecs.gz"
        let sound = try Array(Data(contentsOf: URL(filePath: file)))
        var damaged = sound
        // The checksum's first byte; or all of it with the length.
        if isCut { damaged.removeLast(8) } else { damaged[damaged.count - 8] ^= 1 }
        try folder.write(damaged, "a.fvecs.gz")
        let answer = tool("import", path, file, "--batch=10")
        #expect(answer.code == .badInput)
        #expect(answer.errors.contains("truncated or damaged"))
        #expect(!answer.errors.contains("--skip"))
        #expect(try records().isEmpty)
        try folder.write(sound, "a.fvecs.gz")
        #expect(tool("import", path, file).code == .done)
        #expect(try records().count == 3000)
    }
}
