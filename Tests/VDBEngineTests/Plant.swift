import Testing
import VDBIndex
import VDBPrimitives
import VDBStorage

/// An inconsistency that somebody puts into the tables on purpose, with checksums that match.
struct Plant: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The table that must be named, or `tables`.
    let table: String
    /// A part of the reason that must be given; empty for any.
    let reason: String
    let edit: @Sendable (Planting) throws -> Void

    init(
        _ description: String, _ table: String, _ reason: String = "",
        _ edit: @escaping @Sendable (Planting) throws -> Void
    ) {
        (testDescription, self.table, self.reason, self.edit) = (description, table, reason, edit)
    }

    static var all: [Plant] { checksums + missing + relations + lists + values + strangers }

    /// Nothing is in `assignments` any more.
    private static let tables = TableName.allCases.filter { $0 != .assignments }

    private static var checksums: [Plant] {
        tables.map { table in
            Plant("a changed byte in \(table)", table.rawValue) { tables in
                try tables.rawEdit(table, tables.firstKey(table)) { $0[$0.count / 2] ^= 4 }
            }
        }
    }

    private static var missing: [Plant] {
        // What is missing there is missed elsewhere.
        let missedIn: [TableName: String] = [
            .deleted: "manifest"
        ]
        // A dictionary is missed only by payloads that need it.
        return tables.filter { $0 != .dictionaries }.map { table in
            Plant(
                "the first entry of \(table) is missing", missedIn[table] ?? table.rawValue
            ) {
                // Nobody misses the history, which comes first in its table.
                try $0.remove(table, table == .models ? $0.centroids : $0.firstKey(table))
            }
        }
    }

    private static let relations: [Plant] = [
        Plant("a live count that is too high", "manifest", "live rows counted") {
            try $0.manifest { $0.liveCount += 1 }
        },
        Plant("a row count that is too high", "", "") { try $0.manifest { $0.rowCount += 1 } },
        Plant("the next generation is the one in force", "manifest", "the next is") {
            try $0.manifest { $0.nextGeneration = $0.generation }
        },
        Plant("the next list is one in force", "manifest", "the next is") {
            try $0.manifest { $0.nextList -= 1 }
        },
        Plant("a row with another's id", "identifiers", "which is id") {
            try $0.edit(.rows, Keys.chunk(0)) { $0.store(UInt64(77_777), at: 24 + 8 * 5) }
        },
        Plant("an id that leads to another's row", "identifiers", "which is id") {
            try $0.identifiers { $0[3] = Identifiers.Entry(id: $0[3].id, row: $0[4].row) }
        },
        Plant("an id that leads to a row that is none", "identifiers", " of 300") {
            try $0.identifiers { $0[3] = Identifiers.Entry(id: $0[3].id, row: 300) }
        },
        Plant("an id without a row is missing", "identifiers", "under no id") {
            try $0.identifiers { $0.remove(at: 3) }
        },
        Plant("a bucket under a key above its ids", "identifiers", "below the bucket's key") {
            try $0.move(.identifiers, from: $0.firstKey(.identifiers), to: Key(UInt64(11)))
        },
        Plant("a dead row that is none", "deleted", "dead row") {
            try $0.edit(.deleted, Keys.chunk(0)) { $0[8 + 1000] |= 1 }
        },
        Plant("a live row is marked dead", "identifiers", "has the dead row") {
            try $0.edit(.deleted, Keys.chunk(0)) { $0[8 + 10] |= 1 }
        },
        Plant("a payload of a dead row", "payloads", "not alive") {
            try $0.move(.payloads, from: $0.firstKey(.payloads), to: Keys.payload(row: 3))
        },
        Plant("a payload of a row that is none", "payloads", "not alive") {
            try $0.move(.payloads, from: $0.firstKey(.payloads), to: Keys.payload(row: 60_000))
        },
        Plant("a payload that names a dictionary that is not there", "payloads") {
            try $0.edit(.payloads, $0.firstKey(.payloads)) {
                $0[8] = 2
                $0.store(UInt32(999), at: 12)
            }
        },
    ]

    private static let lists: [Plant] = [
        Plant("a row that comes twice in a list", "lists", "is also in list") {
            try $0.entries { $0.rows[1] = $0.rows[0] }
        },
        Plant("a row that is out of order", "lists", "comes after row") {
            try $0.entries { $0.rows.swapAt(0, 1) }
        },
        Plant("a row that is none in a list", "lists", "of 300") {
            try $0.entries { $0.rows[$0.count - 1] = 300 }
        },
        Plant("a live row that is in no list", "lists", "is in no list") {
            try $0.entries { $0 = $0.slice(1..<$0.count) }
        },
        Plant("attributes beside a code that are not the row's", "lists", "other attributes") {
            try $0.entries { $0.columns.swapAt(3, 4) }
        },
        Plant("an estimate that is not a number", "lists", "α nan") {
            try $0.entries { $0.alphas[2] = .nan }
        },
        Plant("an estimate that no threshold lets through", "lists", "β inf") {
            try $0.entries { $0.betas[2] = .infinity }
        },
        Plant("codes of another generation", "lists", "models in force") {
            try $0.edit(.lists, $0.firstKey(.lists)) { $0.store(UInt32(77), at: 12) }
        },
        Plant("codes of another shape", "lists") {
            try $0.edit(.lists, $0.firstKey(.lists)) { $0.store(UInt16(3), at: 16) }
        },
        Plant("a list with a gap in its blocks", "lists", "is missing") { tables in
            let key = tables.firstKey(.lists)
            try tables.move(.lists, from: key, to: Keys.block(list: key.firstPart, block: 4))
        },
        Plant("a block that is not full and not the last", "lists", "not the last block") {
            tables in
            let key = tables.firstKey(.lists)
            let next = Keys.block(list: key.firstPart, block: 1)
            try tables.splitBlock(key, next)
        },
        Plant("a row that is in two lists", "lists", "is also in list") {
            try $0.copyEntry()
        },
        Plant("a list of a number that is not given out yet", "manifest", "the next is") {
            try $0.manifest { $0.nextList = 1 }
        },
    ]

    private static let values: [Plant] = [
        Plant("a minimum that would hide records from filters", "rows", "is said to be") {
            try $0.edit(.rows, Keys.chunk(0)) { $0.store(UInt64.max, at: 24 + 8 * 300) }
        },
        Plant("a chunk of rows that is short", "rows") {
            try $0.edit(.rows, Keys.chunk(0)) { $0.store(UInt32(299), at: 8) }
        },
        Plant("a component that is not a number", "vectors") {
            try $0.edit(.vectors, Keys.chunk(0)) { $0.store(Float.nan.bitPattern, at: 48) }
        },
        Plant("a stripe's checksum that is wrong", "vectors", "checksum") {
            try $0.edit(.vectors, Keys.chunk(0)) { $0[48 + 17] ^= 1 }
        },
        Plant("an operating point that cannot be", "models", "operating point") {
            let calibration = Keys.calibration(generation: $0.centroids.firstPart)
            try $0.edit(.models, calibration) { $0.store(Float(-2).bitPattern, at: 28) }
        },
        Plant("a centroid that is not a number", "models", "not finite") {
            try $0.edit(.models, $0.lastKey(.models)) { $0.store(Float.nan.bitPattern, at: 16) }
        },
        Plant("a point of a generation to come", "models", "the next is") {
            try $0.edit(.models, Keys.driftHistory) { $0.store(UInt32(99), at: 16 + 8) }
        },
        Plant("a list in two slots", "models", "twice") {
            try $0.edit(.models, $0.centroids) { $0.copyWithin(from: 24, to: 28) }
        },
        Plant("a keyword with another text", "keywordCodes", "not found by its text") {
            try $0.edit(.keywords, Keys.keyword(attribute: 4, code: 1)) { $0[12] ^= 1 }
        },
        Plant("a code in the order of another hash", "keywordCodes") {
            try $0.edit(.keywordCodes, $0.firstKey(.keywordCodes)) { $0[16] ^= 1 }
        },
        Plant("a run that covers more than there is", "keywordCodes") {
            try $0.edit(.keywordCodes, $0.firstKey(.keywordCodes)) { $0[8] += 1 }
        },
        Plant("a keyword that comes twice", "keywords") {
            let second = Keys.keyword(attribute: 4, code: 1)
            try $0.move(.keywords, from: Keys.keyword(attribute: 4, code: 0), to: second)
        },
    ]

    private static let strangers: [Plant] =
        [
            Plant("a table that is none of ours", "tables", "called so") {
                try $0.addTable("guests")
            },
            Plant("a name too many in manifest", "manifest", "entries") {
                try $0.move(.manifest, from: Keys.schema, to: Key(name: "another"), keeping: true)
            },
        ]
        + tables.filter { $0 != .manifest }.map { table in
            Plant("a key of another size in \(table)", table.rawValue) { tables in
                var key = tables.lastKey(table)
                key.append(UInt8(1))
                try tables.move(table, from: tables.lastKey(table), to: key, keeping: true)
            }
        }
}

extension Key {
    /// The first four bytes.
    var firstPart: UInt32 {
        withBytes { UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: 0, as: UInt32.self)) }
    }
}

extension [UInt8] {
    mutating func store<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
        withUnsafeMutableBytes {
            $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
        }
    }

    /// Copies four bytes over four others.
    mutating func copyWithin(from: Int, to: Int) {
        for byte in 0..<4 { self[to + byte] = self[from + byte] }
    }
}
