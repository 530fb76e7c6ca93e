import Testing
import VDBPrimitives

@testable import VDBLog

/// Logs with checksums that match and numbers that would overflow.
@Suite("Hostile logs are refused")
struct HostileLogTests {
    private func segment(first: UInt64, frames: [UInt8] = []) -> [UInt8] {
        SegmentHeader(
            identity: testIdentity, first: LogPosition(first), previousFirst: .none,
            previousSize: 0
        ).encoded() + frames
    }

    private func frame(at position: UInt64, payload: [UInt8]) -> [UInt8] {
        let checksum = crc32c(payload, seed: testIdentity.checksumSeed)
        let header = FrameHeader(
            payloadSize: payload.count, payloadChecksum: checksum,
            position: LogPosition(position), synced: LogPosition(position - 1))
        var bytes: [UInt8] = []
        header.encode(into: &bytes)
        return bytes + payload + [UInt8](repeating: 0, count: header.paddingSize)
    }

    /// Reads it in all ways.
    private func read(_ files: [String: [UInt8]], after applied: LogPosition) {
        let directory = LogDirectory(MemoryStore(files: files))
        _ = thrownError { () throws(LogError) in try directory.records(after: applied) }
        _ = thrownError { () throws(LogError) in try LogListing(of: directory) }
        _ = thrownError { () throws(LogError) in
            var salvage = try LogSalvage(directory, after: applied)
            while let step = try salvage.next() {
                if case .lost(let positions, _, _) = step { #expect(positions.count > 0) }
            }
        }
        _ = thrownError { () throws(LogError) in try LogWriter(directory, after: applied) }
    }

    @Test(
        "positions at the end of what can be counted",
        arguments: [.max, .max - 1, 1 << 63, 1 << 62 + 1, 1 << 62] as [UInt64])
    func farPositions(first: UInt64) throws {
        let far = segment(first: first, frames: frame(at: first, payload: [1]))
        for applied in [LogPosition.none, LogPosition(1 << 62), LogPosition(first / 4)] {
            read([segmentName(first): far], after: applied)
            read([segmentName(1): segment(first: 1), segmentName(first): far], after: applied)
        }
        #expect((SegmentName.position(in: segmentName(first)) == nil) == (first > 1 << 62))
        let near = segment(first: 1, frames: frame(at: first, payload: [1]))
        read([segmentName(1): near], after: .none)
    }

    @Test("frames that are said to begin everywhere and reach to the end are not summed for ever")
    func overlappingFrames() throws {
        // Headers at every third word, each of a payload up to the end of 4.8 MB.
        let count = 200_000
        let size = count * FrameHeader.size
        let start = segment(
            first: 1, frames: frame(at: 1, payload: [1]) + frame(at: 3, payload: [1]))
        var bytes = start
        bytes.reserveCapacity(start.count + size)
        for index in 0..<count {
            FrameHeader(
                payloadSize: size - (index + 1) * FrameHeader.size, payloadChecksum: 1,
                position: LogPosition(UInt64(3 + index / 2)),
                synced: LogPosition(UInt64(2 + index / 2))
            ).encode(into: &bytes)
        }
        // Half a million million bytes otherwise.
        read([segmentName(1): bytes], after: .none)
    }
}
