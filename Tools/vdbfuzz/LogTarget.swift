import Synchronization
import VDBLog
import VDBPrimitives

extension Target {
    /// Segments of a log, whose checksums are mended: opened to write, read, listed and salvaged.
    static var log: Target {
        Target(name: "log", seeds: seedsOfLog) { bytes in
            var fields = Fields(bytes)
            let flags = fields.byte()
            let identity = LogIdentity(1, 2)
            let applied = LogPosition(
                flags & 1 == 0 ? UInt64(flags >> 4) : fields.number(8))
            let store = FuzzedLog()
            for index in 0..<1 + Int(flags >> 1 & 1) {
                let first = flags & 4 == 0 ? UInt64(1 + 3 * index) : fields.number(8)
                let size = flags & 2 == 0 ? bytes.count : Int(fields.number(2))
                let segment = Mending.segment(fields.take(size), identity: identity)
                store.put(segment, as: FuzzedLog.name(of: first))
            }
            read(LogDirectory(store, identity: identity), after: applied)
        }
    }

    private static func read(_ directory: LogDirectory, after applied: LogPosition) {
        do {
            var reader = try LogReader(directory, after: applied)
            while try reader.next() != nil {}
        } catch {}
        do {
            let listing = try LogListing(of: directory)
            var records = listing.records(from: applied)
            while try records.next() != nil {}
        } catch {}
        do {
            var salvage = try LogSalvage(directory, after: applied)
            while let step = try salvage.next() {
                if case .lost(let positions, _, _) = step { _ = positions.upperBound }
            }
        } catch {}
        // Last of all, since it cuts what is torn.
        do {
            let writer = try LogWriter(directory, segmentSize: 256, after: applied)
            _ = try writer.append([1, 2, 3])
            try writer.close()
        } catch {}
    }

    private static func seedsOfLog(_ seed: UInt64) throws -> [[UInt8]] {
        var random = RandomSource(seed: seed)
        let store = FuzzedLog()
        let directory = LogDirectory(store, identity: LogIdentity(1, 2))
        try directory.create()
        let writer = try LogWriter(directory, segmentSize: 1 << 20, after: .none)
        for size in [5, 0, 40, 300] {
            _ = try writer.append((0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        }
        let open = store.contents(of: FuzzedLog.name(of: 1))
        try writer.close()
        let closed = store.contents(of: FuzzedLog.name(of: 1))
        return [[0] + open, [0x20] + closed, [2, 64, 0] + open.prefix(64) + open]
    }
}

/// A log's directory in memory.
final class FuzzedLog: LogStore {
    let path = "/log"
    private let files = Mutex<[String: FuzzedFile]>([:])

    static func name(of position: UInt64) -> String {
        let digits = String(position, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits + ".log"
    }

    func put(_ bytes: [UInt8], as name: String) {
        files.withLock { $0[name] = FuzzedFile(bytes) }
    }

    func contents(of name: String) -> [UInt8] { files.withLock { $0[name]?.bytes ?? [] } }

    func names() throws(SystemFailure) -> [String] { files.withLock { $0.keys.sorted() } }

    func open(_ name: String, forWriting: Bool) throws(SystemFailure) -> any LogFile {
        guard let file = files.withLock({ $0[name] }) else {
            throw SystemFailure(call: "open", path: name, number: 2)
        }
        return file
    }

    func create(_ name: String) throws(SystemFailure) -> any LogFile {
        put([], as: name)
        return try open(name, forWriting: true)
    }

    func remove(_ name: String) throws(SystemFailure) {
        _ = files.withLock { $0.removeValue(forKey: name) }
    }

    func sync() throws(SystemFailure) {}
}

/// A file in memory.
final class FuzzedFile: LogFile {
    private let content: Mutex<[UInt8]>

    init(_ bytes: [UInt8]) { content = Mutex(bytes) }

    var bytes: [UInt8] { content.withLock { $0 } }

    func size() throws(SystemFailure) -> Int { content.withLock { $0.count } }

    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(SystemFailure) -> Int {
        content.withLock { bytes in
            let part = bytes[min(max(offset, 0), bytes.count)...].prefix(buffer.count)
            buffer.copyBytes(from: part)
            return part.count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SystemFailure) {
        let copy = Array(bytes)
        content.withLock { content in
            let end = offset + copy.count
            if content.count < end {
                content.append(contentsOf: [UInt8](repeating: 0, count: end - content.count))
            }
            content.replaceSubrange(offset..<end, with: copy)
        }
    }

    func truncate(to size: Int) throws(SystemFailure) {
        content.withLock { $0 = Array($0.prefix(size)) }
    }

    func sync() throws(SystemFailure) {}
}
