import Foundation
import Testing
import VectorDB

@Suite("Address space")
struct ManyDatabasesTests {
    @Test("three hundred databases are open at once, and the host has room")
    func manyAreOpen() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = min(limit.rlim_max, 8192)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            // Each needs some ten descriptors.
            let count = min(300, Int(limit.rlim_cur) / 12)
            try withTemporaryDirectory { directory in
                var open: [Database] = []
                for number in 0..<count {
                    let database = try Host.create(
                        at: "\(directory)/\(number)", ids: 0..<UInt64(number + 1))
                    open.append(database)
                }
                for (number, database) in open.enumerated() {
                    try database.checkpoint()
                    try require(database.count() == number + 1, "each is itself")
                }
                try require([UInt8](repeating: 1, count: 1 << 30).count == 1 << 30, "room")
            }
        }
    }

    @Test("under a limit of 4 GiB small databases are written and read")
    func limited() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit(rlim_cur: 4 << 30, rlim_max: 4 << 30)
            setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
            try withTemporaryDirectory { directory in
                var open: [Database] = []
                for number in 0..<4 {
                    var options = Options()
                    options.isAutomatic = false
                    let database = try Database.create(
                        at: "\(directory)/\(number)", schema: Schema(dimension: 64),
                        options: options)
                    let vectors = (0..<20_000 * 64).map { Float($0 % 251) }
                    try database.insert(
                        Batch(ids: Array(0..<20_000), vectors: Vector(vectors)))
                    try database.checkpoint()
                    try require(database.verify().isEmpty, "sound")
                    open.append(database)
                }
            }
        }
    }

    @Test("without address space for the file, opening says how much it needs")
    func tooLittle() async {
        await #expect(processExitsWith: .success) {
            try withTemporaryDirectory { directory in
                let path = directory + "/a.vdb"
                let database = try Database.create(
                    at: path, schema: Schema(dimension: 784), options: .manual)
                let vectors = (0..<20_000 * 784).map { Float($0 % 251) / 2 }
                try database.insert(Batch(ids: Array(0..<20_000), vectors: Vector(vectors)))
                try database.close()
                var limit = rlimit(rlim_cur: 0, rlim_max: .max)
                limit.rlim_cur = try addressSpaceInUse() + (40 << 20)
                setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
                try requireFailure(.mapFull, saying: "address space") {
                    _ = try Database.open(at: path, options: Host.readOnly())
                }
            }
        }
    }
}

/// Bytes of address space that this process has.
private func addressSpaceInUse() throws -> rlim_t {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    guard let pages = text.split(separator: " ").first.flatMap({ rlim_t($0) }) else {
        throw HostFailure("/proc/self/statm: \(text)")
    }
    return pages * rlim_t(sysconf(Int32(_SC_PAGESIZE)))
}
