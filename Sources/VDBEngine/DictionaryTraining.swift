internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// Trains a dictionary for the payloads to come if there are many more of them than at the last
    /// attempt, and keeps it if it makes them clearly smaller.
    func trainDictionaryIfDue() throws(EngineError) {
        let stored = snapshot.stored
        let trained = try storing { () throws(StorageError) -> PayloadDictionary? in
            let count = try stored.access.statistics(environment.table(.payloads)).entryCount
            guard count >= DictionaryTraining.smallestCount else { return nil }
            let current = try PayloadDictionary.newest(stored.access)
            let isDue = dictionaryTrial.update { tried in
                let last = max(tried, Int(clamping: current?.trainedCount ?? 0))
                guard count >= DictionaryTraining.growth * last else { return false }
                tried = count
                return true
            }
            guard isDue else { return nil }
            return try DictionaryTraining(stored: stored, current: current, payloadCount: count)
                .dictionary()
        }
        guard let trained else { return }
        try exclusively { () throws(EngineError) in
            guard writer.read({ !$0.isDeparting }) else { return }
            try storing { () throws(StorageError) in
                let transaction = try environment.beginWrite()
                try trained.write(transaction)
                try transaction.commit()
            }
        }
    }
}

/// The training of a dictionary on a sample of the payloads, judged by others that it has not seen.
struct DictionaryTraining {
    /// Fewer payloads have too little in common to learn from.
    static let smallestCount = 256
    /// So many times as many payloads as at the last attempt call for another.
    static let growth = 8

    private static let sampleCount = 2500
    private static let sampleSize = 4 << 20
    /// Longer payloads are compressed well enough on their own.
    private static let longestPayload = 32 << 10
    private static let largestDictionary = 32 << 10
    private static let smallestDictionary = 1 << 10
    /// A dictionary must make payloads smaller by this much to be worth its upkeep.
    private static let worthwhileShare = 0.9

    let stored: StoredState
    let current: PayloadDictionary?
    let payloadCount: Int

    /// A dictionary that pays, or nil.
    func dictionary() throws(StorageError) -> PayloadDictionary? {
        let sample = try sample()
        let heldOut = sample.indices.filter { $0 % 5 == 4 }.map { sample[$0] }
        let training = sample.indices.filter { $0 % 5 != 4 }.map { sample[$0] }
        // Ten times the dictionary is the least that zstd's manual asks for.
        let capacity = min(Self.largestDictionary, training.reduce(0) { $0 + $1.count } / 10)
        guard capacity >= Self.smallestDictionary,
            let bytes = Zstd.trainDictionary(training, capacity: capacity)
        else { return nil }
        let trained = PayloadDictionary(
            number: (current?.number ?? 0) + 1, trainedCount: UInt64(payloadCount), bytes: bytes)
        let before = Self.size(of: heldOut, with: current)
        let after = Self.size(of: heldOut, with: trained)
        return Double(after) <= Self.worthwhileShare * Double(before) ? trained : nil
    }

    private static func size(of payloads: [[UInt8]], with dictionary: PayloadDictionary?) -> Int {
        let writer = Payload.Writer(dictionary: dictionary)
        return payloads.reduce(0) { $0 + writer.encode(row: 0, $1).count }
    }

    /// Payloads from all over the rows.
    private func sample() throws(StorageError) -> [[UInt8]] {
        var payloads: [[UInt8]] = []
        var size = 0
        let step = max(1, stored.rows.count / Self.sampleCount)
        var next: UInt32 = 0
        while size < Self.sampleSize,
            let row = try Payload.firstRow(from: next, stored.access)
        {
            if let payload = try Payload.read(row: row, stored.access),
                payload.count <= Self.longestPayload
            {
                payloads.append(payload)
                size += payload.count
            }
            next = row &+ UInt32(step)
        }
        return payloads
    }
}
