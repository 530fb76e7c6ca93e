import Testing
import VDBPrimitives

@testable import VDBLog

@Suite("Looking into a log")
struct LogListingTests {
    /// All records from a position on, with the error that ended them.
    private func records(
        _ directory: LogDirectory, from position: UInt64 = 1
    ) throws -> (entries: [LogRecords.Entry], error: LogError?) {
        var records = try LogListing(of: directory).records(from: LogPosition(position))
        var entries: [LogRecords.Entry] = []
        do throws(LogError) {
            while let entry = try records.next() { entries.append(entry) }
        } catch {
            return (entries, error)
        }
        return (entries, nil)
    }

    @Test("every record is found in its place", arguments: [1, 200, 1 << 20], [false, true])
    func places(segmentSize: Int, isClosed: Bool) throws {
        let (store, directory) = try writtenLog(30, segmentSize: segmentSize, isClosed: isClosed)
        let listing = try LogListing(of: directory)
        #expect(listing.segments.map(\.name) == store.files.keys.sorted())
        #expect(
            listing.segments.map(\.size)
                == listing.segments.map {
                    store.files[$0.name]?.count ?? 0
                })
        #expect(listing.segments.reduce(0) { $0 + $1.recordCount } == 30)
        #expect(listing.segments.allSatisfy { $0.tail == nil })

        let (entries, error) = try records(directory)
        #expect(error == nil)
        #expect(entries.map(\.position.rawValue) == Array(1...30))
        for entry in entries {
            #expect(entry.payload == testPayload(entry.position.rawValue))
            let file = try #require(store.files[entry.segment])
            let frame = file[entry.offset..<entry.offset + entry.size]
            #expect(Array(frame.dropFirst(24).prefix(entry.payload.count)) == entry.payload)
        }
    }

    @Test("it begins where it is asked to", arguments: [0, 1, 2, 17, 29, 30, 31, 99])
    func start(position: Int) throws {
        let (_, directory) = try writtenLog(30, segmentSize: 200)
        let (entries, _) = try records(directory, from: UInt64(position))
        #expect(entries.map(\.position.rawValue) == (1...30).filter { $0 >= position })
    }

    @Test("a torn tail is shown as such and ends the list; damage is an error")
    func tornAndDamaged() throws {
        let (store, _) = try writtenLog(10)
        let name = segmentName(1)
        let whole = try #require(store.files[name])
        let places = try records(LogDirectory(store)).entries
        for entry in places {
            var cut = whole
            cut.removeSubrange((entry.offset + entry.size - 1)...)
            let torn = LogDirectory(MemoryStore(files: [name: cut]))
            let tail = try LogListing(of: torn).segments.last?.tail
            #expect(tail?.offset == entry.offset)
            #expect(tail?.size == entry.size - 1)
            let (entries, error) = try records(torn)
            #expect(entries == places.filter { $0.position < entry.position })
            #expect(error == nil)

            var changed = whole
            changed[entry.offset + 5] ^= 1
            let damaged = LogDirectory(MemoryStore(files: [name: changed]))
            let (sound, failure) = try records(damaged)
            #expect(sound == places.filter { $0.position < entry.position })
            // The last record has no later one that testifies to it.
            #expect((failure?.isDamage == true) == (entry.position.rawValue < 10))
        }
    }

    @Test("an invalid frame before the last segment is damage")
    func damagedEarlier() throws {
        let (store, directory) = try writtenLog(30, segmentSize: 200)
        let first = try #require(
            try records(directory).entries.last { $0.segment == segmentName(1) })
        var files = store.files
        files[first.segment]?[first.offset + 5] ^= 1
        let (entries, error) = try records(LogDirectory(MemoryStore(files: files)))
        #expect(entries.count == Int(first.position.rawValue) - 1)
        #expect(error?.isDamage == true)
    }

    @Test("segments that a checkpoint removes meanwhile are passed over")
    func removedMeanwhile() throws {
        let (store, directory) = try writtenLog(30, segmentSize: 200)
        let listing = try LogListing(of: directory)
        try #require(listing.segments.count > 2)
        var records = listing.records(from: LogPosition(1))
        _ = try records.next()
        try store.remove(listing.segments[1].name)
        var positions: [UInt64] = [1]
        while let entry = try records.next() { positions.append(entry.position.rawValue) }
        let gone = listing.segments[1].first.rawValue..<listing.segments[2].first.rawValue
        #expect(positions == (1...30).filter { !gone.contains($0) })
    }
}
