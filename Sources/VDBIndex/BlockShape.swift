/// How much room the entries of a block take, by groups of 32: worked out once for a search, which
/// then finds its way in a block by a few multiplications.
package struct BlockShape: Sendable, Hashable {
    package let codec: Codec
    package let subspaceCount: Int
    /// Bytes of the codes of a group.
    private let codeSize: Int
    /// Bytes of the α of a group, which are as many as those of its β.
    private let correctionSize: Int

    package init(_ codec: Codec, subspaceCount: Int) {
        self.codec = codec
        self.subspaceCount = subspaceCount
        codeSize =
            switch codec {
            case .pq4: ListBlock.groupSize / 2 * ((subspaceCount + 1) & ~1)
            case .pq8, .bits: ListBlock.groupSize * subspaceCount
            }
        correctionSize = codec.hasCorrections ? ListBlock.groupSize * 4 : 0
    }

    /// Bytes of the codes of `count` entries, rounded up to whole groups.
    func codeSize(count: Int) -> Int { groupCount(count) * codeSize }

    /// Bytes of their α, which are as many as those of their β.
    func correctionSize(count: Int) -> Int { groupCount(count) * correctionSize }

    /// Where the rows begin in a block of `count` entries.
    @inline(__always)
    func rows(ofBlockAt start: UnsafeRawPointer, count: Int) -> UnsafePointer<UInt32> {
        let size = groupCount(count) * (codeSize + 2 * correctionSize)
        return (start + AlignedValue.headerSize + size).assumingMemoryBound(to: UInt32.self)
    }

    private func groupCount(_ count: Int) -> Int {
        (count + ListBlock.groupSize - 1) / ListBlock.groupSize
    }
}

/// Which entry it is of which block, of all blocks of a snapshot's lists.
struct EntryPlace {
    let block: Int
    let position: Int

    /// - Parameter place: block × 256 + position.
    @inline(__always)
    init(_ place: UInt32) {
        block = Int(place) / ListBlock.capacity
        position = Int(place) % ListBlock.capacity
    }
}
