import Testing
import VectorDB

@Suite("Bits are refused unless they are bits, and of the schema's number")
struct BitInputTests {
    @Test("a vector of bits is packed from the least significant bit on")
    func packing() {
        var bits = [Bool](repeating: false, count: 11)
        for index in [0, 3, 9] { bits[index] = true }
        let vector = Vector(bits: bits)
        #expect(vector == .bit([0b1001, 0b10], dimension: 11))
        #expect(vector.count == 11 && vector.element == .bit)
        #expect(vector.floats == bits.map { $0 ? 1 : 0 })
        #expect(Vector.bit([1, 2, 3, 4], dimension: 11).floats.count == 22)
        #expect(Vector.bit([], dimension: 0).count == 0)
    }

    @Test("whatever is no vector of eleven bits")
    func refused() throws {
        try withDatabase { database in
            let cases: [(Vector, String)] = [
                (.bit([1, 2], dimension: 12), "12 components"),
                (.bit([1], dimension: 8), "8 components"),
                (.bit([1, 2, 3, 4], dimension: 11), "22 components"),
                (.bit([0, 0b1000], dimension: 11), "of 11 bits"),
                (.uint8([1, 2]), "2 components"),
                (.bit([], dimension: 0), "0 components"),
                (.float32([Float](repeating: 0.25, count: 11)), "0.25"),
                (.int8([0, -1] + [Int8](repeating: 0, count: 9)), "component 1"),
                (.uint8([0, 2] + [UInt8](repeating: 0, count: 9)), "component 1"),
                (.float32([.nan] + [Float](repeating: 0, count: 10)), "nan"),
            ]
            for (vector, reason) in cases {
                expectFailure(.invalidArgument, saying: "id 9", reason) {
                    try database.insert(Record(id: 9, vector: vector))
                }
                expectFailure(.invalidArgument, saying: "id 1", reason) {
                    try database.update(id: 1, vector: vector)
                }
                expectFailure(.invalidArgument, saying: "the query vector", reason) {
                    _ = try database.search(Query(vector))
                }
            }
            expectFailure(.invalidArgument, saying: "11 bits", "4 bytes", "3") {
                try database.insert(Record(id: 9, vector: .bit([1, 2, 3], dimension: 11)))
            }
            expectFailure(.invalidArgument, saying: "id 8", "11 bits") {
                try database.insert(
                    Batch(ids: [7, 8], vectors: .bit([1, 0, 2, 0b1000], dimension: 11)))
            }
            expectFailure(.invalidArgument, saying: "22", "11") {
                try database.insert(Batch(ids: [7, 8], vectors: .bit([1, 0], dimension: 11)))
            }
        }
    }

    @Test("bits are numbers where a database has numbers")
    func asNumbers() throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database", schema: try Schema(dimension: 11, element: .float16),
                options: .manual)
            try database.insert(
                Batch(ids: [1, 2], vectors: .bit([0xFF, 0x07, 0x01, 0x04], dimension: 11)))
            let second = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] as [Float]
            #expect(try database.get(1)?.vector.floats == [Float](repeating: 1, count: 11))
            #expect(try database.get(2)?.vector.floats == second)
            #expect(try database.search(Query(.bit([0x01, 0x04], dimension: 11)))[0].distance == 0)
            try database.close()
        }
    }

    /// Runs `body` with a database of the one record 1, which must be all there is afterwards.
    private func withDatabase(_ body: (Database) throws -> Void) throws {
        try withTemporaryDirectory { directory in
            let database = try Database.create(
                at: directory + "/database",
                schema: try Schema(dimension: 11, element: .bit, metric: .hamming),
                options: .manual)
            let vector = Vector.bit([0b1010_0101, 0b101], dimension: 11)
            try database.insert(Record(id: 1, vector: vector))
            try body(database)
            #expect(try database.get(1)?.vector == vector)
            #expect(try database.statistics().liveCount == 1)
            #expect(try database.search(Query(.bit([0, 0], dimension: 11)))[0].distance == 6)
            #expect(try database.verify().isEmpty)
            try database.close()
        }
    }
}
