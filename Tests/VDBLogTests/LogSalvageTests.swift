import Testing
import VDBPrimitives

@testable import VDBLog

@Suite("Salvaging a log")
struct LogSalvageTests {
    @Test("any byte may be changed: all other records come, and the one that is lost is named")
    func changedByte() throws {
        let (store, _) = try writtenLog(6, segmentSize: 300)
        let count = UInt64(6)
        for (name, bytes) in store.files {
            for offset in bytes.indices {
                var files = store.files
                files[name]?[offset] ^= 0x10
                var seen: [UInt64] = []
                var lost: [UInt64] = []
                var words = 0
                try walk(LogDirectory(MemoryStore(files: files)), after: .none) { step in
                    switch step {
                    case .record(let record):
                        #expect(testRecords(1...count).contains(record))
                        seen.append(record.position.rawValue)
                    case .lost(let positions, _, _): lost += positions
                    case .remnant, .refused: words += 1
                    }
                }
                let missing = (1...count).filter { !seen.contains($0) }
                #expect(seen == seen.sorted() && missing.count <= 1)
                // Of the last record only what is behind it could say that it is lost.
                #expect(missing == lost || (missing == [count] && words == 1), "\(name) \(offset)")
            }
        }
    }

    @Test("records of a segment that is gone are named, and those that were applied passed over")
    func missingSegment() throws {
        let (store, _) = try writtenLog(20, segmentSize: 256)
        let names = store.files.keys.sorted()
        var files = store.files
        files[names[1]] = nil
        let first = try #require(SegmentName.position(in: names[1])).rawValue
        let end = try #require(SegmentName.position(in: names[2])).rawValue
        for applied in [0, first, end, 20] {
            var steps: [String] = []
            try walk(LogDirectory(MemoryStore(files: files)), after: LogPosition(applied)) { step in
                switch step {
                case .record(let record): steps.append("\(record.position)")
                case .lost(let positions, _, _): steps.append("lost \(positions)")
                case .remnant, .refused: steps.append("?")
                }
            }
            let before = (applied + 1..<max(first, applied + 1)).map { "\($0)" }
            let gap = applied + 1 < end ? ["lost \(max(first, applied + 1)...end - 1)"] : []
            let after = (max(end, applied + 1)..<21).map { "\($0)" }
            #expect(steps == before + gap + after, "applied \(applied)")
        }
    }

    private func walk(
        _ directory: LogDirectory, after applied: LogPosition, _ visit: (LogSalvage.Step) -> Void
    ) throws {
        var salvage = try LogSalvage(directory, after: applied)
        while let step = try salvage.next() { visit(step) }
    }
}
