import Synchronization
import VDBPrimitives

@testable import VDBLog

/// A store in memory that counts calls, makes them fail, and can lose power.
final class MemoryStore: LogStore {
    enum Call: Hashable, Sendable {
        case names, open, create, remove, syncDirectory
        case size, read, write, truncate, sync

        /// Whether it changes something, or makes it durable.
        var isEffect: Bool {
            switch self {
            case .names, .open, .size, .read: false
            case .create, .remove, .syncDirectory, .write, .truncate, .sync: true
            }
        }
    }

    /// A file's contents since it was last durable, oldest first; the last is what is read.
    typealias Versions = [[UInt8]]

    struct Contents: Sendable {
        var files: [String: Versions] = [:]
        /// Files as the directory was last synced.
        var durableFiles: [String: Versions] = [:]
        var callCounts: [Call: Int] = [:]
    }

    let path = "/memory/log"
    private let contents: Mutex<Contents>
    /// Asked before every call with the call and how many of its kind were made: an error number
    /// makes it fail. A failing write leaves half of its bytes.
    private let fault: Mutex<@Sendable (Call, Int) -> Int32?> = Mutex { _, _ in nil }

    init(files: [String: [UInt8]] = [:]) {
        let versions = files.mapValues { [$0] }
        contents = Mutex(Contents(files: versions, durableFiles: versions))
    }

    var files: [String: [UInt8]] {
        contents.withLock { $0.files.mapValues { $0.last ?? [] } }
    }

    func count(_ call: Call) -> Int { contents.withLock { $0.callCounts[call] ?? 0 } }

    func setFault(_ body: @escaping @Sendable (Call, Int) -> Int32?) {
        fault.withLock { $0 = body }
    }

    /// Makes the n-th call of a kind from now on fail once.
    func fail(_ call: Call, after skipped: Int = 0, with number: Int32) {
        let failing = count(call) + skipped + 1
        setFault { made, count in made == call && count == failing ? number : nil }
    }

    func clearFault() { setFault { _, _ in nil } }

    fileprivate func enter(_ call: Call, _ name: String) throws(SystemFailure) {
        let count = contents.withLock { contents in
            contents.callCounts[call, default: 0] += 1
            return contents.callCounts[call] ?? 0
        }
        let body = fault.withLock { $0 }
        if let number = body(call, count) {
            throw SystemFailure(call: "\(call)", path: path + "/" + name, number: number)
        }
    }

    fileprivate func change(_ name: String, _ body: (inout Versions) -> Void) {
        contents.withLock { contents in
            if var versions = contents.files[name] {
                body(&versions)
                contents.files[name] = versions
                if contents.durableFiles[name] != nil { contents.durableFiles[name] = versions }
            }
        }
    }

    func names() throws(SystemFailure) -> [String] {
        try enter(.names, "")
        return files.keys.sorted()
    }

    func open(_ name: String, forWriting: Bool) throws(SystemFailure) -> any LogFile {
        try enter(.open, name)
        guard files[name] != nil else {
            throw SystemFailure(call: "open", path: name, number: 2)
        }
        return MemoryFile(self, name)
    }

    func create(_ name: String) throws(SystemFailure) -> any LogFile {
        try enter(.create, name)
        contents.withLock { $0.files[name] = [[]] }
        return MemoryFile(self, name)
    }

    func remove(_ name: String) throws(SystemFailure) {
        try enter(.remove, name)
        contents.withLock { contents in _ = contents.files.removeValue(forKey: name) }
    }

    func sync() throws(SystemFailure) {
        try enter(.syncDirectory, "")
        contents.withLock { $0.durableFiles = $0.files }
    }

    /// What a loss of power could leave: of every file and every sector of 512 bytes, any version
    /// since the last sync.
    func afterPowerLoss(_ random: inout RandomSource) -> MemoryStore {
        let contents = contents.withLock { $0 }
        var left: [String: [UInt8]] = [:]
        for name in Set(contents.files.keys).union(contents.durableFiles.keys).sorted() {
            let isCertain = contents.files[name] != nil && contents.durableFiles[name] != nil
            let versions = contents.files[name] ?? contents.durableFiles[name] ?? []
            guard isCertain || random.next(below: 2) == 0 else { continue }
            let size = versions[random.next(below: versions.count)].count
            var bytes: [UInt8] = []
            while bytes.count < size {
                let version = versions[random.next(below: versions.count)]
                let end = min(bytes.count + 512, size)
                let there = version[min(bytes.count, version.count)..<min(end, version.count)]
                bytes += there
                bytes += repeatElement(0, count: end - bytes.count)
            }
            left[name] = bytes
        }
        return MemoryStore(files: left)
    }
}

private final class MemoryFile: LogFile {
    private let store: MemoryStore
    private let name: String

    init(_ store: MemoryStore, _ name: String) {
        self.store = store
        self.name = name
    }

    private var bytes: [UInt8] { store.files[name] ?? [] }

    func size() throws(SystemFailure) -> Int {
        try store.enter(.size, name)
        return bytes.count
    }

    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(SystemFailure) -> Int {
        try store.enter(.read, name)
        let part = bytes.dropFirst(offset).prefix(buffer.count)
        buffer.copyBytes(from: part)
        return part.count
    }

    func write(_ field: UnsafeRawBufferPointer, at offset: Int) throws(SystemFailure) {
        var failure: SystemFailure?
        do throws(SystemFailure) {
            try store.enter(.write, name)
        } catch {
            failure = error
        }
        let part = failure == nil ? Array(field) : Array(field.prefix(field.count / 2))
        store.change(name) { versions in
            var bytes = versions.last ?? []
            let missing = max(0, offset + part.count - bytes.count)
            bytes += repeatElement(0, count: missing)
            bytes.replaceSubrange(offset..<offset + part.count, with: part)
            versions.append(bytes)
        }
        if let failure { throw failure }
    }

    func truncate(to size: Int) throws(SystemFailure) {
        try store.enter(.truncate, name)
        store.change(name) { $0.append(Array(($0.last ?? []).prefix(size))) }
    }

    func sync() throws(SystemFailure) {
        try store.enter(.sync, name)
        store.change(name) { $0 = $0.suffix(1) }
    }
}
