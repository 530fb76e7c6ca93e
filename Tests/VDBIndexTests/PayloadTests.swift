import Testing
import VDBPrimitives
import VDBStorage

@testable import VDBIndex

@Suite("Payloads")
struct PayloadTests {
    private static let text = Array(
        "{\"file\": \"IMG_0001.jpeg\", \"tags\": [\"sea\", \"sea\", \"sea\", \"sea\"]}".utf8)

    @Test("come back as they went in, compressed or not", arguments: [0, 1, 2, 70, 5000])
    func roundTrip(size: Int) throws {
        var random = RandomSource(seed: UInt64(size))
        let noise = (0..<size).map { _ in UInt8(random.next(below: 256)) }
        let zeros = [UInt8](repeating: 0, count: size)
        try withTables { environment in
            try environment.change { (transaction) throws(StorageError) in
                let writer = Payload.Writer(dictionary: nil)
                try writer.write(row: 3, noise, transaction)
                try writer.write(row: 5, zeros, transaction)
            }
            try environment.read { (access) throws(StorageError) in
                #expect(try Payload.read(row: 3, access) == noise)
                #expect(try Payload.read(row: 5, access) == zeros)
                #expect(try Payload.read(row: 4, access) == nil)
                #expect(try Payload.rows(access) == [3, 5])
            }
            let stored = try environment.value(.payloads, Keys.payload(row: 5))
            #expect(stored.count <= 20 + min(size, 40))
        }
    }

    @Test("are smaller with a dictionary, which is found by its number")
    func dictionary() throws {
        let samples = (0..<3000).map { Array("{\"file\": \"IMG_\($0).jpeg\", \"tags\": []}".utf8) }
        let bytes = try #require(Zstd.trainDictionary(samples, capacity: 4096))
        let dictionary = PayloadDictionary(number: 7, trainedCount: 3000, bytes: bytes)
        try withTables { environment in
            try environment.change { (transaction) throws(StorageError) in
                try dictionary.write(transaction)
                try Payload.Writer(dictionary: dictionary)
                    .write(row: 1, samples[44], transaction)
            }
            try environment.read { (access) throws(StorageError) in
                #expect(try PayloadDictionary.newest(access) == dictionary)
                #expect(try Payload.read(row: 1, access) == samples[44])
            }
            let plain = Payload.Writer(dictionary: nil).encode(row: 1, samples[44])
            let stored = try environment.value(.payloads, Keys.payload(row: 1))
            #expect(stored.count < plain.count)

            try environment.change { (transaction) throws(StorageError) in
                try transaction.remove(
                    transaction.environment.table(.dictionaries), Keys.dictionary(number: 7))
            }
            let error = #expect(throws: StorageError.self) {
                try environment.read { (access) throws(StorageError) in
                    try Payload.read(row: 1, access)
                }
            }
            #expect(error?.description.contains("dictionary 7 is missing") == true)
        }
    }

    @Test("a changed or missing byte is noticed, in payloads and dictionaries")
    func damage() throws {
        let payload = Payload.Writer(dictionary: nil).encode(row: 9, Self.text)
        let dictionary = PayloadDictionary(number: 2, trainedCount: 5, bytes: Self.text)
        try withTables { environment in
            try environment.put(.payloads, Keys.payload(row: 9), payload)
            try environment.put(.dictionaries, Keys.dictionary(number: 2), dictionary.encode())
            try expectDetectionInTable(environment, .payloads, Keys.payload(row: 9)) {
                (access) throws(StorageError) in _ = try Payload.read(row: 9, access)
            }
            try expectDetectionInTable(environment, .dictionaries, Keys.dictionary(number: 2)) {
                (access) throws(StorageError) in _ = try PayloadDictionary.newest(access)
            }
        }
    }
}
