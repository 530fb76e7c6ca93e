internal import CVDBKernels

// Continues KernelCase.swift with the kernels of centroids and codes.

extension KernelMemory {
    /// One query against 1,024 centroids; their values do not matter to the time.
    func centroidCases(dimension: Int) -> [KernelCase] {
        let count = 1024
        let panels = [Float](repeating: 1, count: count * dimension)
        let norms = [Float](repeating: Float(dimension), count: count)
        let bytePanels = [Int8](repeating: 1, count: vdb_byte_panels_size(count, dimension))
        let sums = [Int32](repeating: Int32(dimension), count: count)
        let padded = (dimension + 3) / 4 * 4
        let byteQuery = [Int8](repeating: 3, count: padded)
        let points = [Float](repeating: 2, count: 84 * dimension)
        return [
            KernelCase("centroids l2", size: 4 * count * dimension) { [self] in
                vdb_centroid_l2(query, panels, count, dimension, out)
            },
            KernelCase("centroids in 8 bits", size: count * padded) { [self] in
                vdb_centroid_keys(
                    byteQuery, bytePanels, sums, norms, 2, count, dimension, out)
            },
            KernelCase("assign 84 points", size: 4 * count * dimension) { [self] in
                withUnsafeTemporaryAllocation(
                    of: Float.self, capacity: vdb_assign_scratch_count(dimension)
                ) { scratch in
                    vdb_assign(
                        points, 84, dimension, dimension, panels, norms, count, positions, out,
                        scratch.baseAddress)
                }
            },
        ]
    }

    /// Table and scan of a product quantizer of M subspaces of four dimensions, on 256 entries.
    func codeCases(dimension: Int) -> [KernelCase] {
        let subspaceCount = min(max(dimension / 4, 1), 256)
        let codebook = [Float](repeating: 1, count: subspaceCount * 4 * 16)
        let wideQuery = [Float](repeating: 1, count: subspaceCount * 4)
        let table = (0..<subspaceCount * 16).map { UInt8($0 % 251) }
        let wideTable = [Float](repeating: 1, count: subspaceCount * 256)
        let groupSize = vdb_pq4_group_size(subspaceCount)
        let groups = (0..<8 * groupSize).map { UInt8($0 % 253) }
        let codes = (0..<256 * subspaceCount).map { UInt8($0 % 256) }
        let ones = [Float](repeating: 1, count: 256)
        return [
            KernelCase("table", size: 4 * codebook.count) { [self] in
                vdb_pq_table(wideQuery, codebook, subspaceCount, 4, 16, out)
            },
            KernelCase(
                "scan 4 bits", size: groups.count + 2048, lookups: 256 * subspaceCount
            ) { [self] in
                groups.withUnsafeBufferPointer { groups in
                    ones.withUnsafeBufferPointer { ones in
                        table.withUnsafeBufferPointer { table in
                            // Nothing is below the threshold, as nearly always.
                            var start = vdb_pq4_query()
                            start.table = table.baseAddress
                            start.M = subspaceCount
                            start.threshold = -.infinity
                            var block = vdb_pq4_block()
                            block.groups = groups.baseAddress
                            block.alpha = ones.baseAddress
                            block.beta = ones.baseAddress
                            block.groupCount = 8
                            _ = vdb_scan_pq4(&start, &block, nil, nil, out, positions)
                        }
                    }
                }
            },
            KernelCase(
                "scan 8 bits", size: codes.count + 2048, lookups: 256 * subspaceCount
            ) { [self] in
                _ = vdb_scan_pq8(
                    codes, 256, subspaceCount, wideTable, 0, ones, ones, 0, 1, -.infinity, 0, nil,
                    out, positions)
            },
        ]
    }
}
