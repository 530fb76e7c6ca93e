import Testing
import VDBPrimitives
import VDBStorage

@testable import VDBIndex

@Suite struct AttributeSegmentTests {
    private let key = Keys.segment(attribute: 2, 5)

    private func cells(
        _ count: Int, _ width: CellWidth, seed: UInt64 = 1
    ) -> [UInt64?] {
        var random = RandomSource(seed: seed)
        return (0..<count).map { _ in
            switch random.next(below: 8) {
            case 0: nil
            case 1: UInt64.max >> UInt64(64 - width.size * 8)
            case 2...4: UInt64(random.next(below: 9))
            default: random.next() >> UInt64(64 - width.size * 8)
            }
        }
    }

    @Test(
        "ranks lead to exactly the rows with keys in a range, in order",
        arguments: CellWidth.allCases, [1, 2, 7, 100, 1000])
    func ranks(width: CellWidth, count: Int) throws {
        let cells = cells(count, width)
        try aligned(AttributeSegment.encode(cells, width: width, key: key)) { bytes in
            let segment = try AttributeSegment(bytes, width: width)
            #expect(segment.count == count)
            #expect(segment.validCount == cells.count { $0 != nil })
            #expect(Set((0..<count).map { segment.places[$0] }).count == count)
            for rank in 0..<segment.validCount {
                #expect(cells[Int(segment.places[rank])] == segment.key(rank))
            }
            for rank in segment.validCount..<count {
                #expect(cells[Int(segment.places[rank])] == nil)
            }
            var random = RandomSource(seed: 3)
            let bounds = cells.compactMap { $0 } + [0, 1, 5, .max]
            for _ in 0..<50 {
                let ends = [0, 1].map { _ in bounds[random.next(below: bounds.count)] }.sorted()
                let found = segment.ranks(ends[0], ends[1]).map { Int(segment.places[$0]) }
                let due = cells.indices.filter { index in
                    cells[index].map { ends[0] <= $0 && $0 <= ends[1] } ?? false
                }
                #expect(found.sorted() == due)
            }
        }
    }

    @Test("every flipped bit and every cut is detected", arguments: CellWidth.allCases)
    func damage(width: CellWidth) throws {
        try expectDetection(
            AttributeSegment.encode(cells(90, width), width: width, key: key), key: key,
            kind: ValueKind.attributeSegment
        ) { _ = try AttributeSegment($0, width: width) }
    }

    @Test("counts and widths that no segment can have are refused")
    func absurdHeaders() throws {
        let value = AttributeSegment.encode(cells(90, .four), width: .four, key: key)
        // Count 0 and 64,513; more keys than rows; width 8.
        let changes: [(Int, [UInt8])] = [
            (8, [0, 0, 0, 0]), (8, [0x01, 0xFC, 0, 0]), (12, [91, 0, 0, 0]), (16, [8]),
        ]
        for (offset, bytes) in changes {
            var changed = value
            changed.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            #expect(throws: DecodingFailure.self, "\(bytes) at \(offset)") {
                try aligned(changed) { _ = try AttributeSegment($0, width: .four) }
            }
        }
    }
}
