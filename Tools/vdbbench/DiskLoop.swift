internal import VDBPrimitives

/// What the disk alone can do: `pwrite` at the end of a file and `fdatasync`, again and again.
struct DiskLoop {
    /// Bytes of one record as the log writes it.
    let recordSize: Int
    /// Records that share one sync.
    let groupSize: Int
    private(set) var syncs = Latencies()
    private(set) var elapsedSeconds = 0.0
    private var processorSeconds = 0.0

    init(recordSize: Int, groupSize: Int) {
        self.recordSize = recordSize
        self.groupSize = groupSize
    }

    var syncsPerSecond: Double { elapsedSeconds > 0 ? Double(syncs.count) / elapsedSeconds : 0 }
    /// Of the process; what the operating system takes for a write and a sync.
    var processorMicrosecondsPerSync: Double { processorSeconds * 1e6 / Double(syncs.count) }
    var recordsPerSecond: Double { syncsPerSecond * Double(groupSize) }

    /// Goes on for so many seconds, in a new file.
    mutating func run(seconds: Double, in workspace: Workspace) throws(BenchFailure) {
        let path = workspace.path(of: "disk")
        var times = Latencies()
        let bytes = [UInt8](repeating: 0x5A, count: recordSize * groupSize)
        let usedBefore = ProcessUsage.processorSeconds
        let clock = Stopwatch()
        try system { () throws(SystemFailure) in
            let file = try FileDescriptor(opening: path, .createNew)
            var end = 0
            while clock.seconds < seconds {
                let call = Stopwatch()
                try Self.write(bytes, to: file, at: end)
                try file.syncData()
                end += bytes.count
                times.add(call.seconds)
            }
        }
        elapsedSeconds += clock.seconds
        processorSeconds += ProcessUsage.processorSeconds - usedBefore
        syncs.add(times)
        try system { () throws(SystemFailure) in try FileSystem.remove(path) }
    }

    private static func write(
        _ bytes: [UInt8], to file: borrowing FileDescriptor, at offset: Int
    ) throws(SystemFailure) {
        var failure: SystemFailure?
        bytes.withUnsafeBytes { buffer in
            do throws(SystemFailure) {
                try file.write(buffer, at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
