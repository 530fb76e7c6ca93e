internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// Reads the items of an archive in order and checks all of it that can be checked without a
/// database (`Formats/archive.md`, "Content").
///
/// Memory: one block and one item.
struct ArchiveReader: ~Copyable {
    private var content: ArchiveContent
    private var entryCount: UInt64 = 0
    private var operationCount: UInt64 = 0
    private var tablesToCome = TableName.allCases[...]
    private var lastKey: Key?

    /// Reads the header.
    init(from source: @escaping ArchiveSource) throws(EngineError) {
        content = try ArchiveContent(from: source)
    }

    var header: ArchiveHeader { content.header }

    /// Bytes read so far.
    var offset: Int { content.offset }

    /// What the end says; nil before `next` has returned nil.
    var end: ArchiveEnd? { content.end }

    /// The next item; nil after the last, when the counts at the end have been found right.
    mutating func next() throws(EngineError) -> ArchiveItem? {
        if try content.isAtEnd() {
            try checkEnd()
            return nil
        }
        let bytes = try content.read(ArchiveItemHead.size)
        let head: ArchiveItemHead
        do throws(DecodingFailure) {
            head = try ArchiveItemHead(decoding: bytes)
        } catch {
            throw content.damaged(error)
        }
        let key = try content.read(head.keySize)
        let value = try content.read(head.valueSize)
        do throws(DecodingFailure) {
            switch head.kind {
            case .table: return .table(try beginTable(name: key))
            case .entry: return .entry(try entryKey(key), value)
            case .operation:
                try checkTablesAreComplete()
                operationCount += 1
                return .operation(value)
            }
        } catch {
            throw content.damaged(error)
        }
    }

    /// The error for something wrong in what was read last.
    func damaged(_ reason: DecodingFailure) -> EngineError { content.damaged(reason) }

    private mutating func beginTable(name: [UInt8]) throws(DecodingFailure) -> TableName {
        let text = String(decoding: name, as: UTF8.self)
        skipLaterTables(before: text)
        guard let table = tablesToCome.first, table.rawValue == text else {
            throw .inconsistent(
                "table \(text) comes where "
                    + (tablesToCome.first.map { "table \($0.rawValue) is" } ?? "no table is")
                    + " expected")
        }
        tablesToCome = tablesToCome.dropFirst()
        lastKey = nil
        return table
    }

    private mutating func entryKey(_ bytes: [UInt8]) throws(DecodingFailure) -> Key {
        guard tablesToCome.startIndex > TableName.allCases.startIndex, operationCount == 0,
            let key = bytes.withUnsafeBytes({ Key(stored: $0) })
        else { throw .inconsistent("an entry that is of no table") }
        if let lastKey, key <= lastKey {
            throw .inconsistent("key \(key) comes after \(lastKey)")
        }
        lastKey = key
        entryCount += 1
        return key
    }

    /// Passes over the tables that came with a later format version than the archive's.
    ///
    /// - Parameter name: the table that comes; a writer may have made it already.
    private mutating func skipLaterTables(before name: String) {
        tablesToCome = tablesToCome.drop {
            $0.rawValue != name && $0.firstFormatVersion > header.formatVersion
        }
    }

    private func checkTablesAreComplete() throws(DecodingFailure) {
        let missing = tablesToCome.first { $0.firstFormatVersion <= header.formatVersion }
        guard let missing else { return }
        throw .inconsistent("table \(missing.rawValue) is missing")
    }

    private func checkEnd() throws(EngineError) {
        do throws(DecodingFailure) {
            try checkTablesAreComplete()
            let entries = content.end?.entryCount ?? 0
            let operations = content.end?.operationCount ?? 0
            guard entries == entryCount, operations == operationCount else {
                throw .inconsistent(
                    "\(entries) entries and \(operations) operations are said to be there, "
                        + "\(entryCount) and \(operationCount) were read")
            }
        } catch {
            throw content.damaged(error)
        }
    }
}
