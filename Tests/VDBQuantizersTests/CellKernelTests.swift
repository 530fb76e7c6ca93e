import CVDBKernels
import Testing
import VDBPrimitives

extension QuantizerTests {
    @Suite("Cell kernels")
    struct CellKernelTests {
        private static let levels = [VDB_LEVEL_SCALAR] + vectorLevels

        /// A bit for each number of entries for which `isIn` holds.
        private static func set(_ count: Int, _ isIn: (Int) -> Bool) -> [UInt64] {
            var bits = [UInt64](repeating: 0, count: 4)
            for index in 0..<count where isIn(index) {
                bits[index >> 6] |= 1 << UInt64(index & 63)
            }
            return bits
        }

        @Test("every level adds the cells of a range, of each width", arguments: levels)
        func ranges(level: vdb_level) {
            var random = RandomSource(seed: 5)
            for count in [0, 1, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 128, 200, 256] {
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
                        let expected = Self.set(count) { index in
                            var cell: UInt64 = 0
                            for byte in 0..<width.size {
                                cell |=
                                    UInt64(source[index * width.size + byte]) << UInt64(8 * byte)
                            }
                            return index % 5 == 0 || cell >= low && cell - low <= span
                        }
                        var found = Self.set(count) { $0 % 5 == 0 }
                        at(level) {
                            CellKernel.within(
                                start, width: width, count: count, low: low, span: span,
                                addingTo: &found)
                        }
                        #expect(found == expected, "\(count) of \(width), \(low) + \(span)")
                    }
                }
            }
        }

        @Test("every level takes keys apart", arguments: levels)
        func placesOfKeys(level: vdb_level) {
            var random = RandomSource(seed: 8)
            for count in [0, 1, 7, 8, 9, 64, 250] {
                let keys = (0..<count).map { _ in random.next() }
                var latitudes = [UInt32](repeating: 0, count: count)
                var longitudes = latitudes
                at(level) {
                    CellKernel.places(
                        ofKeys: keys, count: count, latitudes: &latitudes,
                        longitudes: &longitudes)
                }
                for (index, key) in keys.enumerated() {
                    #expect(ZOrder.place(key) == (latitudes[index], longitudes[index]))
                }
            }
        }

        @Test("every level adds the places of a box", arguments: levels)
        func box(level: vdb_level) {
            var random = RandomSource(seed: 7)
            let most: UInt32 = 3_600_000_000
            for count in [0, 1, 15, 16, 17, 63, 64, 65, 130, 256] {
                func cells() -> [UInt32] {
                    (0..<count).map { _ in
                        [0, most, .max, UInt32(random.next(below: Int(most)))][
                            random.next(below: 4)]
                    }
                }
                let (latitudes, longitudes) = (cells(), cells())
                for low in [0, most / 3, most] {
                    let span = low == most ? 0 : most / 2
                    let expected = Self.set(count) { index in
                        let isIn = { (cell: UInt32) in cell >= low && cell - low <= span }
                        return index % 7 == 0 || isIn(latitudes[index]) && isIn(longitudes[index])
                    }
                    var found = Self.set(count) { $0 % 7 == 0 }
                    at(level) {
                        CellKernel.places(
                            latitude: (low, span), longitude: (low, span), latitudes: latitudes,
                            longitudes: longitudes, count: count, addingTo: &found)
                    }
                    #expect(found == expected, "\(count), \(low) + \(span)")
                }
            }
        }

        @Test(
            "every level is sure of nearly all places, and of none what plain C denies",
            arguments: vectorLevels)
        func circle(level: vdb_level) {
            var random = RandomSource(seed: 6)
            var openCount = 0
            for count in [1, 7, 8, 9, 63, 64, 100, 256] {
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
                    // All, or few of them.
                    for step in [1, 3] {
                        let asked = Self.set(count) { $0 % step == 0 }
                        let (plain, found) = both(level) {
                            var (kept, open) = (asked, [UInt64](repeating: 0, count: 4))
                            CellKernel.keepPlaces(
                                within: circle, latitudes: latitudes, longitudes: longitudes,
                                count: count, in: &kept, open: &open)
                            return (kept: kept, open: open)
                        }
                        for word in 0..<(count + 63) / 64 {
                            #expect(found.kept[word] & ~asked[word] == 0)
                            #expect(found.open[word] & ~found.kept[word] == 0)
                            #expect(found.kept[word] & ~found.open[word] & ~plain.kept[word] == 0)
                            #expect(plain.kept[word] & ~plain.open[word] & ~found.kept[word] == 0)
                            openCount += found.open[word].nonzeroBitCount
                        }
                    }
                }
            }
            #expect(openCount <= 70)
        }
    }
}
