import Testing
import VDBPrimitives
import VDBStorage

@testable import VDBIndex

@Suite("The codes of keywords by text")
struct KeywordCodesTests {
    /// Adds texts behind those that an attribute has.
    private func append(
        _ texts: [String], attribute: UInt32, first: Int, _ environment: Environment
    ) throws {
        try environment.change { (transaction) throws(StorageError) in
            try KeywordCodes.append(
                attribute: attribute, first: UInt32(first), texts.map { HashedText($0) },
                transaction)
        }
    }

    private func candidates(
        _ text: String, attribute: UInt32, _ access: Access
    ) throws(StorageError) -> [UInt32] {
        var codes: [UInt32] = []
        for run in try KeywordCodes.runs(attribute: attribute, access) {
            codes += try KeywordCodes.codes(
                of: KeywordBucket.hash(of: HashedText(text)), attribute: attribute, run: run,
                access)
        }
        return codes
    }

    @Test(
        "each is found however they came, and the runs stay few",
        arguments: [[1, 1, 1, 5, 1, 2, 900, 3, 1, 1], [4000, 2000, 1000, 1, 1], [1, 3000, 248]])
    func model(sizes: [Int]) throws {
        try withTables { environment in
            for attribute in [3, 1] as [UInt32] {
                var count = 0
                for size in sizes {
                    let texts = (count..<count + size).map { "\(attribute): \($0)" }
                    try append(texts, attribute: attribute, first: count, environment)
                    count += size
                }
                try environment.read { (access) throws(StorageError) in
                    let runs = try KeywordCodes.runs(attribute: attribute, access)
                    #expect(runs.count <= 5)
                    #expect(runs.reduce(0) { $0 + $1.count } == count)
                    for code in 0..<count {
                        let found = try candidates(
                            "\(attribute): \(code)", attribute: attribute, access)
                        #expect(found.contains(UInt32(code)))
                    }
                    for run in runs {
                        try KeywordCodes.forEachBucket(attribute: attribute, run, access) {
                            #expect($2.refusal(first: $1, run) == nil)
                        }
                    }
                    #expect(try candidates("another", attribute: attribute, access) == [])
                }
            }
        }
    }

    @Test("texts of one hash are all found, across buckets")
    func collisions() throws {
        try withTables { environment in
            let text = HashedText("same")
            let count = 3 * KeywordBucket.capacity + 7
            try append(
                Array(repeating: "same", count: count), attribute: 0, first: 0, environment)
            try environment.read { (access) throws(StorageError) in
                let found = try candidates(text.text, attribute: 0, access)
                #expect(found == (0..<UInt32(count)).map { $0 })
            }
        }
    }

    @Test("codes that do not follow are refused")
    func gap() throws {
        try withTables { environment in
            try append(["a", "b"], attribute: 0, first: 0, environment)
            #expect(throws: StorageError.self) {
                try append(["c"], attribute: 0, first: 3, environment)
            }
        }
    }

    @Test("any damage to a bucket is noticed")
    func damage() throws {
        let entries = ["a", "b", "c"].enumerated().map {
            KeywordBucket.entry(HashedText($0.element), code: UInt32($0.offset))
        }.sorted()
        let (key, value) = KeywordBucket.encode(
            attribute: 2, run: 0, covered: 3, entries[...])
        try expectDetection(value, key: key, kind: ValueKind.keywordBucket) {
            _ = try KeywordBucket(
                decoding: UnsafeRawBufferPointer(rebasing: $0[SealedValue.prologueSize...]))
        }
        try withTables { environment in
            try environment.put(.keywordCodes, key, value)
            try expectDetectionInTable(
                environment, .keywordCodes, key
            ) { (access) throws(StorageError) in
                _ = try KeywordCodes.runs(attribute: 2, access)
            }
        }
    }
}
