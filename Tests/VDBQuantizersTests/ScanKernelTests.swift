import CVDBKernels
import Testing
import VDBPrimitives

/// Subspace counts that end in every way: full quads, a pair, an odd one.
private let subspaceCounts = [1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 31, 32, 33, 98, 129, 196, 256]

/// The arguments of a scan over random codes.
private struct ScanCase {
    let M: Int
    let groupCount: Int
    var count: Int { 32 * groupCount }
    let alpha: [Float]
    var beta: [Float]
    let scale: Float = 0.01
    let bias: Float = -0.5
    let base: Float = 3
    let betaFactor: Float = 0.7
    let masks: [UInt32]

    init(M: Int, groupCount: Int, padding: Int = 5) {
        (self.M, self.groupCount) = (M, groupCount)
        let real = max(0, 32 * groupCount - padding)
        let zeros = 32 * groupCount - real
        alpha = randomFloats(real, seed: 3).map { $0 + 1.5 } + [Float](repeating: 0, count: zeros)
        beta = randomFloats(real, seed: 4) + [Float](repeating: .infinity, count: zeros)
        var random = RandomSource(seed: 5)
        masks = (0..<groupCount).map { $0 % 3 == 1 ? 0 : UInt32(truncatingIfNeeded: random.next()) }
    }
}

private struct Found: Equatable {
    var estimates: [Float] = []
    var positions: [UInt32] = []
}

extension QuantizerTests {
    @Suite("Scan kernels")
    struct ScanKernels {
        @Test("packed groups unpack to the same codes", arguments: subspaceCounts)
        func packing(M: Int) {
            let codes = randomBytes(32 * M, below: 16, seed: UInt64(M))
            var group = [UInt8](repeating: 0xAA, count: vdb_pq4_group_size(M))
            var back = [UInt8](repeating: 0xAA, count: 32 * M)
            vdb_pq4_pack(codes, M, &group)
            vdb_pq4_unpack(group, M, &back)
            #expect(back == codes)
            #expect(group.count == 16 * (M + M % 2))
        }

        @Test("the layout of a group is the documented one")
        func layout() {
            let M = 6
            var codes = [UInt8](repeating: 0, count: 32 * M)
            codes[3 * M + 2] = 5  // entry 3, subspace 2: quad 0, low nibble
            codes[20 * M + 1] = 9  // entry 20: high nibble of byte 4 * 4 + 1
            codes[7 * M + 5] = 3  // the pair after the quad
            var group = [UInt8](repeating: 0, count: vdb_pq4_group_size(M))
            vdb_pq4_pack(codes, M, &group)
            #expect(group[4 * 3 + 2] == 5)
            #expect(group[4 * 4 + 1] == 9 << 4)
            #expect(group[64 + 2 * 7 + 1] == 3)
            #expect(group.filter { $0 != 0 }.count == 3)
        }

        private func scan4(
            _ test: ScanCase, _ groups: UnsafeRawPointer, _ table: UnsafeRawPointer,
            threshold: Float, masks: [UInt32]?
        ) -> Found {
            var estimates = [Float](repeating: .nan, count: test.count)
            var positions = [UInt32](repeating: .max, count: test.count)
            // Entries are numbered from 1,000 on, and the block is its own next one.
            var query = vdb_pq4_query(
                table: table.assumingMemoryBound(to: UInt8.self), M: test.M, scale: test.scale,
                bias: test.bias, base: test.base, beta_factor: test.betaFactor,
                threshold: threshold, first: 1000)
            let found = test.alpha.withUnsafeBufferPointer { alpha in
                test.beta.withUnsafeBufferPointer { beta in
                    var block = vdb_pq4_block(
                        groups: groups.assumingMemoryBound(to: UInt8.self),
                        alpha: alpha.baseAddress, beta: beta.baseAddress,
                        groupCount: test.groupCount)
                    var ahead = block
                    return vdb_scan_pq4(
                        &query, &block, &ahead, masks, &estimates, &positions)
                }
            }
            return Found(
                estimates: Array(estimates.prefix(found)),
                positions: positions.prefix(found).map { $0 - 1000 })
        }

        /// What the manual says, for any table sum.
        private func expected(
            _ test: ScanCase, threshold: Float, masks: [UInt32]?, product: (Int) -> Float
        ) -> Found {
            var result = Found()
            for i in 0..<test.count {
                if let masks, masks[i / 32] >> UInt32(i % 32) & 1 == 0 { continue }
                let start = test.base + test.betaFactor * test.beta[i]
                let estimate = start - test.alpha[i] * product(i)
                if estimate < threshold {
                    result.estimates.append(estimate)
                    result.positions.append(UInt32(i))
                }
            }
            return result
        }

        @Test(
            "the 4-bit scan equals the formula bit for bit at every level",
            arguments: subspaceCounts, [0, 1, 2, 5, 8])
        func scan4(M: Int, groupCount: Int) {
            let test = ScanCase(M: M, groupCount: groupCount)
            let codes = randomBytes(test.count * M, below: 16, seed: 1)
            // Some tables at the limit, to see sums near 65,535 survive.
            let table =
                M % 2 == 0
                ? randomBytes(16 * M, seed: 2) : [UInt8](repeating: 255, count: 16 * M)
            let size = vdb_pq4_group_size(M)
            var groups = [UInt8](repeating: 0, count: groupCount * size)
            for g in 0..<groupCount {
                codes.withUnsafeBufferPointer { codes in
                    groups.withUnsafeMutableBufferPointer { groups in
                        guard let from = codes.baseAddress, let to = groups.baseAddress else {
                            return
                        }
                        vdb_pq4_pack(from + g * 32 * M, M, to + g * size)
                    }
                }
            }
            let products = (0..<test.count).map { i in
                let sum = (0..<M).reduce(0) { $0 + Int(table[16 * $1 + Int(codes[i * M + $1])]) }
                return test.scale * Float(sum) + test.bias
            }
            let middle = test.count == 0 ? 0 : test.base - 1.5 * products[0]
            for threshold in [-Float.infinity, middle, .infinity] {
                for masks in [nil, test.masks] {
                    let wanted = expected(test, threshold: threshold, masks: masks) { products[$0] }
                    for level in [VDB_LEVEL_SCALAR] + vectorLevels {
                        let found = at(level) {
                            withUnaligned(groups) { groups in
                                withUnaligned(table) { table in
                                    scan4(
                                        test, groups, table, threshold: threshold, masks: masks)
                                }
                            }
                        }
                        #expect(found == wanted)
                    }
                }
            }
        }

        @Test("sums of 256 subspaces at 255 do not overflow", arguments: vectorLevels)
        func fullSums(level: vdb_level) {
            let test = ScanCase(M: 256, groupCount: 1, padding: 0)
            let groups = [UInt8](repeating: 0x73, count: vdb_pq4_group_size(256))
            let table = [UInt8](repeating: 255, count: 16 * 256)
            let found = at(level) {
                scan4(test, groups, table, threshold: .infinity, masks: nil)
            }
            let product = test.scale * Float(256 * 255) + test.bias
            #expect(found == expected(test, threshold: .infinity, masks: nil) { _ in product })
        }

        @Test("the 8-bit scan equals the formula bit for bit", arguments: [1, 7, 8, 16, 33, 129])
        func scan8(M: Int) {
            for groupCount in [0, 1, 3] {
                for missing in [0, 1, 6] where groupCount > 0 || missing == 0 {
                    let test = ScanCase(M: M, groupCount: groupCount)
                    let count = test.count - missing
                    let codes = randomBytes(test.count * M, seed: 1)
                    let table = randomFloats(256 * M, seed: 2)
                    for masks in [nil, test.masks] {
                        var estimates = [Float](repeating: .nan, count: count)
                        var positions = [UInt32](repeating: .max, count: count)
                        let found = vdb_scan_pq8(
                            codes, count, M, table, test.bias, test.alpha, test.beta, test.base,
                            test.betaFactor, 2.5, 7, masks, &estimates, &positions)
                        var wanted = expected(test, threshold: 2.5, masks: masks) { i in
                            (0..<M).reduce(Float(0)) {
                                $0 + table[256 * $1 + Int(codes[i * M + $1])]
                            } + test.bias
                        }
                        let kept = wanted.positions.filter { $0 < count }.count
                        wanted = Found(
                            estimates: Array(wanted.estimates.prefix(kept)),
                            positions: Array(wanted.positions.prefix(kept)))
                        #expect(
                            Found(
                                estimates: Array(estimates.prefix(found)),
                                positions: positions.prefix(found).map { $0 - 7 }) == wanted)
                    }
                }
            }
        }
    }
}
