import Foundation
import Testing
import VDBEngine
import VDBFilters
import VDBIndex
import VDBLog
import VDBPrimitives
import VDBStorage

@Suite("The pages' examples are what the code writes, byte for byte")
struct WorkedExampleTests {
    /// The bytes of an example: `### Example: NAME`, and the next block of hexadecimal digits.
    private func example(_ name: String, in page: String) throws -> [UInt8] {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Formats/\(page).md").standardizedFileURL
        let text = try String(contentsOf: path, encoding: .utf8)
        let parts = text.components(separatedBy: "### Example: \(name)\n")
        #expect(parts.count == 2)
        let block = try #require(parts.last?.components(separatedBy: "```hex\n").dropFirst().first)
        let lines = try #require(block.components(separatedBy: "```").first)
        return lines.split(separator: "\n")
            .flatMap { $0.prefix { $0 != ";" }.split(separator: " ") }
            .compactMap { UInt8($0, radix: 16) }
    }

    @Test("a keyword")
    func keyword() throws {
        let entry = KeywordTable.Entry(attribute: 4, code: 2, text: "Hündchen")
        #expect(try example("keyword", in: "attributes") == KeywordTable.encode(entry))
    }

    @Test("a bucket of keyword codes")
    func keywordBucket() throws {
        let entries = ["cat", "Hündchen"].enumerated().map {
            KeywordBucket.entry(HashedText($0.element), code: UInt32(7 + $0.offset))
        }
        let bucket = KeywordBucket.encode(
            attribute: 4, run: 7, covered: 2, entries.sorted()[...])
        #expect(try example("bucket of keyword codes", in: "attributes") == bucket.value)
    }

    @Test("a payload")
    func payload() throws {
        let writer = Payload.Writer(dictionary: nil)
        #expect(try example("payload", in: "payloads") == writer.encode(row: 7, Array("VDB".utf8)))
    }

    @Test("a bucket of identifiers")
    func identifiers() throws {
        let entries = [Identifiers.Entry(id: 17, row: 5), Identifiers.Entry(id: 300, row: 1)]
        let key = Keys.identifierBucket(firstID: 17)
        #expect(
            try example("bucket of identifiers", in: "database")
                == Identifiers.encode(key: key, entries: entries[...]))
    }

    @Test("a column run")
    func columnRun() throws {
        var column = ColumnBuffer(width: .four)
        for cell in [9, nil, 3] as [UInt64?] { column.append(cell) }
        var writer = ByteWriter()
        column.encode(into: &writer)
        #expect(try example("column run", in: "lists") == writer.finish())
    }

    @Test("an operation, which is read back as what it was")
    func operation() throws {
        let schema = try Schema(
            dimension: 2, attributes: [Attribute(name: "kind", type: .keyword)])
        var operation = Operation(shape: schema.shape)
        var keywords = KeywordDictionary(attributeCount: 1)
        let cells = try schema.cells(for: [.keyword("cat")], keywords: &keywords)
        operation.keywords = [.init(attributeIndex: 0, code: 0, text: "cat")]
        operation.deletedIDs = [40]
        operation.ids = [41]
        operation.columns[0].append(cells[0])
        operation.vectors = [1, -2].flatMap { (value: Float) in
            withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
        }
        operation.payloads = [(0, Array("hi".utf8))]
        operation.amendedIDs = [42]
        operation.amendedColumns[0].append(cells[0])
        let bytes = try example("operation", in: "log")
        #expect(bytes == operation.encode())
        let decoded = try Operation(decoding: bytes, shape: schema.shape)
        #expect(decoded.ids == [41])
        #expect(decoded.amendedIDs == [42])
        #expect(decoded.amendedColumns[0][0] == cells[0])
    }

    @Test("a segment of the log, with a record and the mark of closing")
    func segment() throws {
        try withTemporaryDirectory { path in
            let directory = try LogDirectory(path: path, identity: LogIdentity(1, 2))
            try directory.create()
            let writer = try LogWriter(directory, after: LogPosition(0))
            try writer.sync(through: try writer.append(Array("abc".utf8)))
            try writer.close()
            let file = URL(filePath: path + "/0000000000000001.log")
            #expect(try example("segment", in: "log") == Array(Data(contentsOf: file)))
        }
    }
}
