internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// Takes the bytes of an archive on, in order.
package typealias ArchiveSink = (UnsafeRawBufferPointer) throws(EngineError) -> Void

/// Writes an archive (`Formats/archive.md`), in the order of its bytes.
///
/// Memory: two blocks for each thread, not compressed and compressed. Each block is a frame of its
/// own: zstd's own worker threads have nothing to share in so little, so threads take a block each.
struct ArchiveWriter: ~Copyable {
    private let sink: ArchiveSink
    private let compressors: [FrameCompressor]
    /// Blocks that are full, at most one for each thread.
    private var full: [[UInt8]] = []
    private var current: [UInt8] = []
    private var chain: UInt32
    private(set) var counts = ArchiveEnd()
    /// Bytes written so far.
    private(set) var size: Int

    /// Writes the header.
    init(
        _ header: ArchiveHeader, level: Int, threadCount: Int, to sink: @escaping ArchiveSink
    ) throws(EngineError) {
        var compressors: [FrameCompressor] = []
        for _ in 0..<max(1, threadCount) {
            compressors.append(
                try archiving { () throws(ArchiveError) in try FrameCompressor(level: level) })
        }
        let bytes = header.encode()
        try Self.write(bytes, to: sink)
        self.compressors = compressors
        self.sink = sink
        chain = ArchiveHeader.checksum(of: bytes)
        size = bytes.count
    }

    /// From here on entries are of this table.
    mutating func begin(_ table: TableName) throws(EngineError) {
        let name = Array(table.rawValue.utf8)
        try append(ArchiveItemHead(.table, keySize: name.count, valueSize: 0).encode())
        try append(name)
    }

    mutating func appendEntry(_ entry: borrowing Cursor.Entry) throws(EngineError) {
        let head = ArchiveItemHead(
            .entry, keySize: entry.key.count, valueSize: entry.value.count)
        try append(head.encode())
        try append(entry.key)
        try append(entry.value)
        counts.entryCount += 1
    }

    mutating func append(_ operation: Operation) throws(EngineError) {
        let payload = operation.encode()
        try append(
            ArchiveItemHead(.operation, keySize: 0, valueSize: payload.count).encode())
        try append(payload)
        counts.operationCount += 1
    }

    /// Writes what is left, and the end; returns the counts and the archive's size.
    consuming func finish() throws(EngineError) -> (counts: ArchiveEnd, size: Int) {
        if !current.isEmpty { full.append(current) }
        try flush()
        let end = counts.encode()
        try write(ArchiveBlockHead(rawSize: 0, stored: end, after: chain).encode())
        try write(end)
        return (counts, size + ArchiveBlockHead.size + end.count)
    }

    private mutating func append(_ bytes: [UInt8]) throws(EngineError) {
        let result = bytes.withUnsafeBytes { field in
            Result { () throws(EngineError) in try append(field) }
        }
        try result.get()
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) throws(EngineError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(ArchiveBlockHead.rawLimit - current.count)
            if current.isEmpty { current.reserveCapacity(ArchiveBlockHead.rawLimit) }
            current.append(contentsOf: UnsafeRawBufferPointer(rebasing: part))
            rest = rest.dropFirst(part.count)
            guard current.count == ArchiveBlockHead.rawLimit else { continue }
            full.append(current)
            current = []
            if full.count == compressors.count { try flush() }
        }
    }

    /// Compresses the full blocks, each on a thread, and writes them in their order.
    private mutating func flush() throws(EngineError) {
        let blocks = full
        full = []
        let compressors = compressors
        typealias Outcome = Result<[UInt8], ArchiveError>
        let frames = Monitor<[Outcome]>(
            Array(
                repeating: .failure(.compressor(reason: "a block was passed over")),
                count: blocks.count))
        parallelFor(blocks.count, threads: compressors.count) { index in
            let outcome = Outcome { () throws(ArchiveError) in
                try compressors[index].compress(blocks[index])
            }
            frames.update { $0[index] = outcome }
        }
        for (block, outcome) in zip(blocks, frames.read { $0 }) {
            let frame = try archiving { () throws(ArchiveError) in try outcome.get() }
            let head = ArchiveBlockHead(rawSize: block.count, stored: frame, after: chain)
            try write(head.encode())
            try write(frame)
            chain = head.checksum
            size += ArchiveBlockHead.size + frame.count
            counts.blockCount += 1
            counts.rawSize += UInt64(block.count)
        }
    }

    private func write(_ bytes: [UInt8]) throws(EngineError) {
        try Self.write(bytes, to: sink)
    }

    private static func write(_ bytes: [UInt8], to sink: ArchiveSink) throws(EngineError) {
        let result = bytes.withUnsafeBytes { field in
            Result { () throws(EngineError) in try sink(field) }
        }
        try result.get()
    }
}

/// Runs `body`, whose archive errors become the engine's.
func archiving<Result: ~Copyable>(
    _ body: () throws(ArchiveError) -> Result
) throws(EngineError) -> Result {
    do throws(ArchiveError) {
        return try body()
    } catch {
        throw .archive(error)
    }
}
