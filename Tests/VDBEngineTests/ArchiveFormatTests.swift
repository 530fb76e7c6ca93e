import CZstd
import Testing
import VDBEngine
import VDBFilters
import VDBIndex
import VDBPrimitives
import VDBStorage
import VectorDB

@Suite("Archives are as Formats/archive.md says")
struct ArchiveFormatTests {
    private let schema: Schema

    init() throws { schema = try Schema(dimension: 2, element: .uint8) }

    @Test("one that was put together by hand is restored, however its content is cut into blocks")
    func handBuilt() throws {
        let content = try Self.content(Self.tables(schema, applied: 41)) + operation()
        for cuts in [[], [1], [5, 9, 70], Array(1...100)] {
            try withTemporaryDirectory { (directory: String) throws in
                var plan = try Self.plan(schema, applied: 41)
                plan.position = 42
                plan.liveCount = 1
                plan.operationCount = 1
                let bounds = [0] + cuts + [content.count]
                plan.blocks = zip(bounds, bounds.dropFirst()).map { Array(content[$0..<$1]) }
                let path = directory + "/restored"
                let summary = try Database.restore(HandBuilt.archive(plan), to: path)
                #expect(summary.position == 42)
                #expect(summary.takenMicroseconds == 1_700_000_000_000_000)
                #expect(summary.contentSize == content.count)
                // The log goes on where the tables end.
                let log = try LogContents(ofDatabaseAt: path)
                #expect(log.appliedPosition == 41)
                #expect(log.segments.map(\.name) == ["000000000000002a.log"])
                let database = try Database.open(at: path, options: .manual)
                #expect(database.schema == schema)
                #expect(try database.get(7)?.vector == .uint8([3, 4]))
                try database.close()
            }
        }
    }

    @Test("the archive of an empty database, byte by byte")
    func written() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database", schema: schema, options: .manual)
            let archive = try database.archive()
            try database.close()

            let schemaBytes = schema.encode()
            let size = 88 + schemaBytes.count
            #expect(Array(archive[0..<8]) == [0x56, 0x44, 0x42, 0x41, 0x52, 0x43, 0x0D, 0x0A])
            #expect(HandBuilt.number(archive[8..<12]) == 1)
            #expect(HandBuilt.number(archive[12..<16]) == UInt64(size))
            #expect(HandBuilt.number(archive[16..<20]) == UInt64(Manifest.currentFormatVersion))
            #expect(archive[20..<32].allSatisfy { $0 == 0 })
            #expect(archive[56..<72].allSatisfy { $0 == 0 })
            #expect(HandBuilt.number(archive[80..<84]) == UInt64(schemaBytes.count))
            #expect(Array(archive[84..<84 + schemaBytes.count]) == schemaBytes)
            var chain = HandBuilt.crc(archive[0..<size - 4])
            #expect(HandBuilt.number(archive[size - 4..<size]) == UInt64(chain))

            // One block.
            let rawSize = Int(HandBuilt.number(archive[size..<size + 4]))
            let storedSize = Int(HandBuilt.number(archive[size + 4..<size + 8]))
            let stored = Array(archive[size + 12..<size + 12 + storedSize])
            let block = HandBuilt.block(rawSize: rawSize, stored, &chain)
            #expect(Array(archive[size..<size + 12 + storedSize]) == block)
            #expect(ZSTD_getFrameContentSize(stored, storedSize) == UInt64(rawSize))
            // Bit 2 of the frame's header: it has a checksum.
            #expect(stored[4] & 4 == 4)
            var content = [UInt8](repeating: 0, count: rawSize)
            #expect(ZSTD_decompress(&content, rawSize, stored, storedSize) == rawSize)
            // The identity is the database's own.
            let identity = (
                HandBuilt.number(archive[32..<40]), HandBuilt.number(archive[40..<48])
            )
            #expect(Self.items(content).map(\.kind) == Self.kinds(ofEmpty: 2))
            let manifest = Self.items(content)[1].value
            #expect(HandBuilt.number(manifest[24..<32]) == identity.0)
            #expect(HandBuilt.number(manifest[32..<40]) == identity.1)

            // The end.
            let end =
                HandBuilt.bytes(UInt64(1)) + HandBuilt.bytes(UInt64(rawSize))
                + HandBuilt.bytes(UInt64(2)) + HandBuilt.bytes(UInt64(0))
            let last = HandBuilt.block(rawSize: 0, end, &chain)
            #expect(Array(archive[(size + 12 + storedSize)...]) == last)
        }
    }

    @Test("what contradicts itself behind right checksums is refused", arguments: Lie.allCases)
    func lies(lie: Lie) throws {
        try withTemporaryDirectory { directory in
            var plan = try Self.plan(schema, applied: 41)
            var tables = try Self.tables(schema, applied: 41)
            switch lie {
            case .entryCount: plan.entryCount += 1
            case .operationCount: plan.operationCount += 1
            case .liveCount: plan.liveCount = 1
            case .rowCount: plan.rowCount = 1
            case .applied: plan.applied = 40
            case .position: plan.position = 40
            case .schema: plan.schema = try Schema(dimension: 3, element: .uint8).encode()
            case .identity: plan.identity.1 += 1
            case .missingTable: tables.removeLast()
            case .unknownTable: tables.append((name: "others", entries: []))
            case .orderOfTables: tables.swapAt(2, 3)
            case .orderOfKeys: tables[0].entries.reverse()
            case .repeatedKey:
                tables[0].entries.append(tables[0].entries[1])
                plan.entryCount += 1
            case .longKey:
                tables[8].entries = [([UInt8](repeating: 1, count: 25), [])]
                plan.entryCount += 1
            case .damagedValue: tables[0].entries[1].value[9] ^= 1
            case .missingSchema:
                tables[0].entries.removeLast()
                plan.entryCount -= 1
            case .cutItem, .unknownItem, .foreignOperation, .entryBehindOperation: break
            }
            var content = Self.content(tables)
            switch lie {
            case .cutItem: content.removeLast()
            case .unknownItem: content += HandBuilt.item(4, [])
            case .foreignOperation:
                content += HandBuilt.item(3, [], [99, 0, 0, 0])
                plan.operationCount = 1
            case .entryBehindOperation:
                content += try operation()
                content += HandBuilt.item(2, [1, 1, 1, 1, 1, 1, 1, 1], [0])
                plan.operationCount = 1
                plan.liveCount = 1
                plan.entryCount += 1
            default: break
            }
            plan.blocks = [content]
            let error = #expect(throws: VectorDBError.self) {
                try Database.restore(HandBuilt.archive(plan), to: directory + "/restored")
            }
            #expect(error?.code == .damaged, "\(error?.message ?? "")")
            #expect(try names(in: directory) == [])
        }
    }

    enum Lie: CaseIterable {
        case entryCount, operationCount, liveCount, rowCount, applied, position, schema, identity
        case missingTable, unknownTable, orderOfTables, orderOfKeys, repeatedKey, longKey
        case damagedValue, missingSchema, cutItem, unknownItem, foreignOperation
        case entryBehindOperation
    }

    typealias Tables = [(name: String, entries: [(key: [UInt8], value: [UInt8])])]

    /// All tables, as they are in an empty database.
    private static func tables(_ schema: Schema, applied: UInt64) throws -> Tables {
        var manifest = Manifest(
            identity: (1, 2), createdMicroseconds: 3, shape: schema.shape)
        manifest.appliedPosition = applied
        var writer = SealedValue.writer(kind: ValueKind.schema, version: 1)
        writer.write(schema.encode())
        let entries = [
            (key: Array("manifest".utf8), value: manifest.encode()),
            (key: Array("schema".utf8), value: SealedValue.seal(writer, key: Keys.schema)),
        ]
        return TableName.names.map { (name: $0, entries: $0 == "manifest" ? entries : []) }
    }

    private static func content(_ tables: Tables) -> [UInt8] {
        tables.flatMap { table in
            HandBuilt.item(1, Array(table.name.utf8))
                + table.entries.flatMap { HandBuilt.item(2, $0.key, $0.value) }
        }
    }

    private static func plan(_ schema: Schema, applied: UInt64) throws -> HandBuilt.Plan {
        HandBuilt.Plan(
            schema: schema.encode(), formatVersion: Manifest.currentFormatVersion, applied: applied,
            position: applied, blocks: [], entryCount: 2)
    }

    /// The item that puts record 7.
    private func operation() throws -> [UInt8] {
        var operation = Operation(shape: schema.shape)
        operation.ids = [7]
        operation.vectors = [3, 4]
        return HandBuilt.item(3, [], operation.encode())
    }

    private static func kinds(ofEmpty entryCount: Int) -> [UInt8] {
        [1] + [UInt8](repeating: 2, count: entryCount)
            + [UInt8](repeating: 1, count: TableName.allCases.count - 1)
    }

    private static func items(_ content: [UInt8]) -> [(kind: UInt8, value: [UInt8])] {
        var items: [(kind: UInt8, value: [UInt8])] = []
        var offset = 0
        while offset + 8 <= content.count {
            let keySize = Int(content[offset + 1])
            let valueSize = Int(HandBuilt.number(content[offset + 4..<offset + 8]))
            let start = offset + 8 + keySize
            items.append((content[offset], Array(content[start..<start + valueSize])))
            offset = start + valueSize
        }
        return items
    }
}
