import Testing
import VectorDB

@testable import vdbtool

@Suite struct CSVTests {
    private func records(_ text: String) throws -> [[String]] {
        let folder = try Folder()
        var reader = try CSVReader(ByteSource(opening: folder.write(text, "a.csv")))
        var records: [[String]] = []
        while let record = try reader.next() { records.append(record.map(\.text)) }
        return records
    }

    @Test(
        "records are read as RFC 4180 says",
        arguments: [
            ("", []),
            ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
            ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
            ("a,\n,b", [["a", ""], ["", "b"]]),
            (#""a,b","c""d","e"# + "\n" + #"f""#, [["a,b", "c\"d", "e\nf"]]),
            ("\"a\"\r\n\"\"", [["a"], [""]]),
            ("\u{FEFF}a\n", [["a"]]),
            ("a\n\nb\n", [["a"], [""], ["b"]]),
            ("a,b\r\n\r\n\n", [["a", "b"]]),
            (" a ,é\n", [[" a ", "é"]]),
        ])
    func sound(text: String, expected: [[String]]) throws {
        #expect(try records(text) == expected)
    }

    @Test(
        "what is not CSV is refused with its line",
        arguments: [
            ("a\nb\"c\n", "line 2"), ("a\n\"b", "line 2"), ("\"a\n\n\"b\n", "line 1"),
            ("\"a\nb\",c\nd\"\n", "line 3"),
        ])
    func refused(text: String, place: String) {
        let error = failure { try records(text) }
        #expect(error?.code == .badInput)
        #expect(error?.message.contains(place) == true, "\(error?.message ?? "")")
    }

    @Test("text that is not UTF-8 is refused")
    func encoding() throws {
        let folder = try Folder()
        var reader = try CSVReader(ByteSource(opening: folder.write([0x61, 0xFF], "a.csv")))
        #expect(failure { try reader.next() }?.message.contains("UTF-8") == true)
    }

    private func attributes(
        _ text: String, ignoresUnknown: Bool = false
    ) throws -> [[String: AttributeValue]] {
        let folder = try Folder()
        let schema = try schema(1, ["n": .integer, "p": .location, "k": .keyword])
        var reader = try openAttributes(
            folder.write(text, "a.csv"), schema: schema, ignoresUnknown: ignoresUnknown)
        var rows: [[String: AttributeValue]] = []
        while let row = try reader.next() { rows.append(row) }
        return rows
    }

    @Test("an empty cell is null, a quoted empty one the empty keyword")
    func nulls() throws {
        let rows = try attributes("k,n,p.lat,p.lon\n,,,\n\"\",\"\",\"\",\n")
        #expect(
            rows == [["k": .null, "n": .null, "p": .null], ["k": "", "n": .null, "p": .null]])
    }

    @Test("locations take two columns, anywhere")
    func locations() throws {
        let rows = try attributes("p.lon,k,p.lat\n2.5,x,48.5\n")
        #expect(
            rows == [["k": "x", "p": .location(Location(latitude: 48.5, longitude: 2.5))]])
    }

    @Test("columns may be missing, and unknown ones may be passed over")
    func columns() throws {
        #expect(try attributes("n\n1\n") == [["n": 1]])
        #expect(try attributes("x,n\n5,1\n", ignoresUnknown: true) == [["n": 1]])
    }

    @Test(
        "what does not fit the schema is refused",
        arguments: [
            ("", "the file is empty"),
            ("x\n1\n", "no attribute is called \"x\", there are n, p, k"),
            ("kk\n1\n", "did you mean k?"),
            ("p\n1\n", "p.lat and p.lon"),
            ("p.lat\n1\n", "only one is there"),
            ("n,n\n1,1\n", "two columns"),
            ("n\nx\n", "line 2: column n"),
            ("n,k\n1\n", "line 2: 1 fields, the header has 2"),
            ("p.lat,p.lon\n1,\n", "only one has a value"),
            ("p.lat,p.lon\n91,0\n", "line 2: column p"),
        ])
    func refusedAttributes(text: String, reason: String) {
        let error = failure { try attributes(text) }
        #expect(error?.code == .badInput)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test("attributes can be JSON lines")
    func jsonLines() throws {
        let folder = try Folder()
        let path = try folder.write("{\"n\":1,\"x\":2}\n{}\n{\"n\":\"1\"}\n", "a.jsonl")
        let schema = try schema(1, ["n": .integer])
        var strict = try openAttributes(path, schema: schema, ignoresUnknown: false)
        #expect(failure { try strict.next() }?.message.contains("line 1") == true)
        var reader = try openAttributes(path, schema: schema, ignoresUnknown: true)
        #expect(try reader.next() == ["n": 1])
        #expect(try reader.next() == [:])
        #expect(failure { try reader.next() }?.message.contains("line 3") == true)
    }
}
