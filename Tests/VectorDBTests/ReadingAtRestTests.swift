import Foundation
import Testing
import VectorDB

/// In processes that give their rights up, since to root every file is writable.
@Suite("Who may only read")
struct ReadingAtRestTests {
    private static let nobody: uid_t = 65534

    /// Runs `body` with a database of ten records that everybody may read and its owner write, in a
    /// process that is not its owner.
    private static func asReader(_ body: (String) throws -> Void) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/a.vdb"
            try Host.create(at: path, ids: 0..<10).close()
            try openToReaders(path)
            if geteuid() == 0 { guard seteuid(nobody) == 0 else { throw HostFailure("seteuid") } }
            defer { if getuid() == 0 { seteuid(0) } }
            // Who is not root is the owner, and takes the right from itself.
            try body(path)
            if getuid() != 0 { chmod(path, 0o755) }
        }
    }

    private static func openToReaders(_ path: String) throws {
        let own: mode_t = getuid() == 0 ? 0o644 : 0o444
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where name != "log" {
            chmod(path + "/" + name, own)
        }
        chmod(path, getuid() == 0 ? 0o755 : 0o555)
        chmod((path as NSString).deletingLastPathComponent, 0o755)
    }

    @Test("reads a database that nobody writes, and a writer is told to wait")
    func atRest() async {
        await #expect(processExitsWith: .success) {
            try Self.asReader { path in
                let reader = try Database.open(at: path, options: Host.readOnly())
                try require(Host.ids(reader) == Array(0..<10), "it reads")
                try require(reader.search(Query([3], count: 2)).first?.id == 3, "it searches")
                try require(reader.verify().isEmpty, "it verifies")
                if getuid() == 0 {
                    seteuid(0)
                    try requireFailure(.inUse, saying: "in this process") {
                        _ = try Database.open(at: path, options: .manual)
                    }
                    let isTold = try Host.succeedsInChild {
                        try requireFailure(.inUse, saying: "keeps writers off") {
                            _ = try Database.open(at: path, options: .manual)
                        }
                        return true
                    }
                    try require(isTold, "the writer is told")
                }
                try reader.close()
                if getuid() == 0 {
                    try require(Host.idsFound(at: path) == Array(0..<10), "then it may write")
                }
            }
        }
    }

    @Test("is told what to do while another process writes")
    func besideWriter() async {
        await #expect(processExitsWith: .success) {
            guard getuid() == 0 else { return }
            try withTemporaryDirectory { directory in
                let path = directory + "/a.vdb"
                let writer = try Host.create(at: path, ids: 0..<10)
                try Self.openToReaders(path)
                let isTold = try Host.succeedsInChild {
                    guard setuid(Self.nobody) == 0 else { return false }
                    try requireFailure(.inUse, saying: "chmod g+w") {
                        _ = try Database.open(at: path, options: Host.readOnly())
                    }
                    return true
                }
                try require(isTold, "the reader is told")
                try writer.close()
            }
        }
    }

    @Test("may not write, and hears which file refuses")
    func writing() async {
        await #expect(processExitsWith: .success) {
            try Self.asReader { path in
                try requireFailure(.inputOutput, saying: "writer.lock") {
                    _ = try Database.open(at: path, options: .manual)
                }
            }
        }
    }
}
