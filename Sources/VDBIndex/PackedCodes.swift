internal import VDBQuantizers

/// 4-bit codes in groups of 32 entries, as blocks store and scans read them.
enum PackedCodes {
    /// Packs `codes`, one byte a subspace and entry after entry, into whole groups.
    static func pack(_ codes: [UInt8], subspaceCount: Int) -> [UInt8] {
        let count = codes.count / subspaceCount
        let groupCount = ListBlock.paddedCount(count) / ListBlock.groupSize
        var padded = codes
        padded.append(
            contentsOf: repeatElement(
                0, count: groupCount * ListBlock.groupSize * subspaceCount - codes.count))
        let size = CodeKernel.groupSize(subspaceCount: subspaceCount)
        return [UInt8](unsafeUninitializedCapacity: groupCount * size) { packed, written in
            padded.withUnsafeBufferPointer { source in
                guard let from = source.baseAddress, let to = packed.baseAddress else { return }
                for group in 0..<groupCount {
                    CodeKernel.pack(
                        from + group * ListBlock.groupSize * subspaceCount,
                        subspaceCount: subspaceCount, into: to + group * size)
                }
            }
            written = groupCount * size
        }
    }

    /// The codes of the first `count` entries.
    static func unpack(
        _ groups: UnsafePointer<UInt8>, count: Int, subspaceCount: Int
    ) -> [UInt8] {
        let groupCount = ListBlock.paddedCount(count) / ListBlock.groupSize
        let size = CodeKernel.groupSize(subspaceCount: subspaceCount)
        let perGroup = ListBlock.groupSize * subspaceCount
        let codes = [UInt8](unsafeUninitializedCapacity: groupCount * perGroup) { codes, written in
            if let to = codes.baseAddress {
                for group in 0..<groupCount {
                    CodeKernel.unpack(
                        groups + group * size, subspaceCount: subspaceCount,
                        into: to + group * perGroup)
                }
            }
            written = groupCount * perGroup
        }
        return Array(codes.prefix(count * subspaceCount))
    }
}
