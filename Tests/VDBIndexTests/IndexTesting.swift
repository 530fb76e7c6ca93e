import Foundation
import Testing
import VDBPrimitives
import VDBQuantizers
import VDBStorage

@testable import VDBIndex

/// Runs `body` with a new environment of all tables, which is removed after it.
func withTables<Result>(
    mapSize: Int = 64 << 20, _ body: (Environment) throws -> Result
) throws -> Result {
    let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("vectordb-test-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try body(
        try Environment(
            path: directory.path, tableNames: TableName.names, mapSize: mapSize, readOnly: false,
            creating: true))
}

extension Environment {
    /// Runs `body` in a write transaction and commits it.
    func change(
        _ body: (borrowing WriteTransaction) throws(StorageError) -> Void
    ) throws(StorageError) {
        let transaction = try beginWrite()
        try body(transaction)
        try transaction.commit()
    }

    /// Puts one value as it is.
    func put(_ name: TableName, _ key: Key, _ value: [UInt8]) throws(StorageError) {
        let table = table(name)
        try change { (transaction) throws(StorageError) in
            try transaction.put(table, key, value)
        }
    }

    /// A copy of a value.
    func value(_ name: TableName, _ key: Key) throws -> [UInt8] {
        let table = table(name)
        let found = try read { (access) throws(StorageError) -> [UInt8]? in
            try access.value(table, key).map { Array($0) }
        }
        return try #require(found)
    }
}

/// Runs `body` on a copy at a 16-aligned address, as values have in the memory map.
func aligned<Result>(
    _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws -> Result
) rethrows -> Result {
    let copy = UnsafeMutableRawBufferPointer.allocate(
        byteCount: max(bytes.count, 1), alignment: 64)
    defer { copy.deallocate() }
    copy.copyBytes(from: bytes)
    return try body(UnsafeRawBufferPointer(rebasing: copy[..<bytes.count]))
}

/// The bit positions to flip: all of a small value, every one of the first 64 bytes and a seeded
/// choice of the others of a large one.
func bitsToFlip(of size: Int) -> [Int] {
    guard size > 1024 else { return Array(0..<size * 8) }
    var random = RandomSource(seed: UInt64(size))
    return Array(0..<64 * 8) + random.sample(2000, below: (size - 64) * 8).map { $0 + 64 * 8 }
}

/// Expects that a sealed value decodes, and that no flipped bit and no cut does.
///
/// After the checksum, `decode` is also given the cuts: it may accept what was cut, but must not
/// read behind it, which the address sanitizer and the reader's own bounds would show.
func expectDetection(
    _ value: [UInt8], key: Key, kind: UInt8, version: UInt8 = 1,
    decode: (UnsafeRawBufferPointer) throws -> Void
) throws {
    func open(_ bytes: [UInt8]) throws {
        try aligned(bytes) { bytes in
            _ = try SealedValue.open(bytes, key: key, kind: kind, version: version)
            try decode(bytes)
        }
    }
    try open(value)
    for bit in bitsToFlip(of: value.count) {
        var damaged = value
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        #expect(throws: DecodingFailure.self, "bit \(bit)") { try open(damaged) }
    }
    for size in 0..<value.count {
        let cut = Array(value[..<size])
        #expect(throws: DecodingFailure.self, "cut at \(size)") { try open(cut) }
        guard size >= SealedValue.prologueSize else { continue }
        // A cut that was sealed anew gets past the checksum.
        var writer = SealedValue.writer(kind: kind, version: version)
        writer.write(Array(cut[SealedValue.prologueSize...]))
        let resealed = SealedValue.seal(writer, key: key)
        do { try open(resealed) } catch { #expect(error is DecodingFailure) }
    }
    #expect(throws: DecodingFailure.self) {
        try aligned(value) {
            _ = try SealedValue.open($0, key: Key(99, 99), kind: kind, version: version)
        }
    }
}

/// Expects that `read` fails, naming the table, for every flipped bit and every cut of the value
/// that is stored under `key`.
func expectDetectionInTable(
    _ environment: Environment, _ name: TableName, _ key: Key,
    read: (Access) throws(StorageError) -> Void
) throws {
    let value = try environment.value(name, key)
    let table = environment.table(name)
    func expectDamage(_ bytes: [UInt8], _ comment: Comment) throws {
        let transaction = try environment.beginWrite()
        try transaction.put(table, key, bytes)
        do throws(StorageError) {
            try read(transaction.access)
            Issue.record("not noticed: \(comment)")
        } catch {
            guard case .damaged(let damagedTable, _, _) = error, damagedTable == name.rawValue
            else {
                Issue.record("\(comment): \(error)")
                return
            }
        }
    }
    for bit in bitsToFlip(of: value.count) {
        var damaged = value
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        try expectDamage(damaged, "bit \(bit)")
    }
    for size in 0..<value.count { try expectDamage(Array(value[..<size]), "cut at \(size)") }
    try environment.read(read)
}

extension ListEntries {
    /// `count` entries of random codes and cells, about a tenth of the cells null.
    static func random(
        _ count: Int, codec: Codec, subspaceCount: Int, shape: RecordShape,
        firstRow: UInt32 = 0, _ random: inout RandomSource
    ) -> ListEntries {
        var entries = ListEntries(codec: codec, subspaceCount: subspaceCount, shape: shape)
        let codewordCount = codec == .pq4 ? 16 : 256
        for index in 0..<count {
            let code = (0..<subspaceCount).map { _ in UInt8(random.next(below: codewordCount)) }
            let cells = shape.columns.map { width -> UInt64? in
                guard random.next(below: 10) > 0 else { return nil }
                return random.next() >> UInt64(64 - width.size * 8)
            }
            entries.append(
                code: code, alpha: codec == .bits ? 0 : random.nextUnit(),
                beta: codec == .bits ? 0 : random.nextUnit() - 0.5,
                row: firstRow + UInt32(index), cells: cells)
        }
        return entries
    }
}

/// Columns of every width, the narrow one twice.
let allWidths = RecordShape(
    dimension: 12, element: .float32, metric: .euclidean, columns: [.one, .four, .eight, .one])

extension Environment {
    /// Opens the environment in the directory at `path`.
    convenience init(
        path: String, tableNames: [String], laterNames: Set<String> = [], mapSize: Int,
        readOnly: Bool, creating: Bool = false, deferred: Set<String> = []
    ) throws(StorageError) {
        let directory: Directory
        do throws(SystemFailure) {
            directory = try Directory(opening: path)
        } catch {
            throw .system(error)
        }
        try self.init(
            directory, tableNames: tableNames, laterNames: laterNames, sizeLimit: mapSize,
            mode: readOnly ? .read : .write, creating: creating, deferred: deferred)
    }
}
