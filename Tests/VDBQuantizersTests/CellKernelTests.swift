import CVDBKernels
import Testing
import VDBPrimitives

extension QuantizerTests {
    @Suite("Cell kernels")
    struct CellKernelTests {
        private static let levels = [VDB_LEVEL_SCALAR] + vectorLevels

        @Test("every level finds the cells of a range, of each width", arguments: levels)
        func ranges(level: vdb_level) {
            var random = RandomSource(seed: 5)
            for count in [0, 1, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64] {
                for width in CellWidth.allCases {
                    let limit = UInt64.max >> UInt64(64 - width.size * 8)
                    let bytes = randomBytes(count * width.size + 8, seed: UInt64(count))
                    let low = [0, limit, random.next() & limit][random.next(below: 3)]
                    let span = [0, limit - low, (limit - low) / 2][random.next(below: 3)]
                    bytes.withUnsafeBytes { source in
                        let cells = UnsafeMutableRawBufferPointer.allocate(
                            byteCount: max(bytes.count, 1), alignment: 8)
                        defer { cells.deallocate() }
                        cells.copyMemory(from: source)
                        guard let start = cells.baseAddress else { return }
                        var expected: UInt64 = 0
                        for index in 0..<count {
                            var cell: UInt64 = 0
                            for byte in 0..<width.size {
                                cell |=
                                    UInt64(source[index * width.size + byte]) << UInt64(8 * byte)
                            }
                            if cell >= low && cell - low <= span { expected |= 1 << UInt64(index) }
                        }
                        let found = at(level) {
                            CellKernel.within(
                                start, width: width, count: count, low: low, span: span)
                        }
                        #expect(found == expected, "\(count) of \(width), \(low) + \(span)")
                    }
                }
            }
        }

        @Test(
            "every level is sure of nearly all places, and of none what plain C denies",
            arguments: vectorLevels)
        func places(level: vdb_level) {
            var random = RandomSource(seed: 6)
            var openCount = 0
            for count in [1, 7, 8, 9, 63, 64] {
                for limit in [1e-12, 1e-6, 0.01, 0.9] {
                    let circle = CellCircle(
                        latitude: 1_200_000_000, longitude: 3_599_000_000, step: .pi / 1.8e9,
                        turn: 3_600_000_000, cosine: 0.8660254037844387, sine: 0.5, limit: limit)
                    // Up to one and a half times the radius away.
                    let reach = 3 * limit.squareRoot() / (.pi / 1.8e9)
                    func cell(_ center: Double, _ most: Double) -> UInt32 {
                        let unit = Double(random.nextUnit()) * 2 - 1
                        return UInt32(min(max(center + unit * reach, 0), most))
                    }
                    let latitudes = (0..<count).map { _ in cell(1.2e9, 1.8e9) }
                    let longitudes = (0..<count).map { _ in cell(3.599e9, 3.6e9) }
                    let (plain, found) = both(level) {
                        CellKernel.places(
                            within: circle, latitudes: latitudes, longitudes: longitudes,
                            count: count)
                    }
                    #expect(found.inside & plain.outside == 0)
                    #expect(found.outside & plain.inside == 0)
                    #expect(found.inside & found.outside == 0)
                    #expect(count == 64 || (found.inside | found.outside) >> UInt64(count) == 0)
                    openCount += count - (found.inside | found.outside).nonzeroBitCount
                }
            }
            #expect(openCount <= 30)
        }
    }
}
