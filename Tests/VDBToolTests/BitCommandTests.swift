import Testing
import VectorDB

@testable import vdbtool

/// Databases of bits from the command line.
@Suite struct BitCommandTests {
    private let folder: Folder
    private let path: String

    /// Two vectors of twelve bits, and what they are in JSON.
    private static let rows: [[UInt8]] = [[0b1000_0011, 0b1001], [0xFF, 0x0F]]
    private static let json = ["[1,1,0,0,0,0,0,1,1,0,0,1]", "[1,1,1,1,1,1,1,1,1,1,1,1]"]

    init() throws {
        folder = try Folder()
        path = folder.path + "/test.vdb"
        let answer = tool("create", path, "--dimension=12", "--element=bit", "--json")
        #expect(answer.code == .done, "\(answer.errors)")
        #expect(answer.output.contains(#""element":"bit","metric":"hamming""#))
    }

    /// A file's name, and what is in it.
    struct Sample: CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        var testDescription: String { name }
    }

    static let samples = [
        Sample(name: "a.u8bin", bytes: bytes(2) + bytes(2) + rows.flatMap { $0 }),
        Sample(name: "a.bvecs", bytes: bvecs(rows)),
        Sample(name: "a.npy", bytes: npy("|u1", "(2, 2)", rows.flatMap { $0 })),
        Sample(
            name: "unpacked.npy",
            bytes: npy(
                "|u1", "(2, 12)",
                rows.flatMap { row in (0..<12).map { row[$0 / 8] >> ($0 % 8) & 1 } })),
        Sample(name: "a.fvecs", bytes: fvecs([[1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1], ones])),
        Sample(name: "a.jsonl", bytes: Array(json.joined(separator: "\n").utf8)),
        Sample(name: "text.jsonl", bytes: Array("{\"vector\":\"gwk=\"}\n\"/w8=\"".utf8)),
    ]
    private static let ones = [Float](repeating: 1, count: 12)

    @Test(
        "bits come in packed, as numbers and as text, and are shown as numbers", arguments: samples)
    func importing(sample: Sample) throws {
        let file = try folder.write(sample.bytes, sample.name)
        let imported = tool("import", path, file)
        #expect(imported.code == .done, "\(imported.errors)")
        let shown = tool("get", path, "0", "1", "--json").output.split(separator: "\n")
        #expect(
            shown.map(String.init)
                == Self.json.enumerated().map {
                    "{\"id\":\($0.offset),\"vector\":\($0.element),\"attributes\":{}}"
                })
        for query in [Self.json[1], "\"/w8=\""] {
            let found = tool("search", path, "--vector=\(query)", "--json")
            #expect(
                found.output == #"{"matches":[{"id":1,"distance":0.0,"attributes":{}},"#
                    + #"{"id":0,"distance":7.0,"attributes":{}}]}"# + "\n")
        }
        let evaluated = tool("evaluate", path, "--queries=\(file)", "--count=2", "--json")
        #expect(try evaluated.json[0]["recall"]?.text == "1.0")
        #expect(tool("verify", path).code == .done)
    }

    @Test(
        "files and queries that are no bits of this number are refused",
        arguments: [
            Sample(name: "a.u8bin", bytes: bytes(1) + bytes(3) + [1, 2, 3]),
            Sample(name: "a.bvecs", bytes: bvecs([[1, 0x10]])),
            Sample(name: "a.fvecs", bytes: fvecs([[Float](repeating: 0.5, count: 12)])),
            Sample(name: "a.jsonl", bytes: Array("\"gwk\"".utf8)),
            Sample(name: "b.jsonl", bytes: Array("\"g/k=\"".utf8)),
            Sample(name: "c.jsonl", bytes: Array("[1,0,2,0,0,0,0,0,0,0,0,0]".utf8)),
        ])
    func refused(sample: Sample) throws {
        let file = try folder.write(sample.bytes, sample.name)
        #expect(tool("import", path, file).code == .badInput)
        #expect(tool("search", path, "--vector=[1,0]").code == .usage)
        #expect(tool("search", path, "--vector=\"gwk\"").code == .usage)
    }
}
