internal import Synchronization
internal import VDBIndex

/// Which entries of the lists' blocks match one filter, as far as searches have looked.
///
/// Any number of threads may use it.
final class BlockMasks: @unchecked Sendable {
    // @unchecked: a block's words are written by the one thread that has claimed them, before the
    // state that lets others read them.
    private let words: UnsafeMutablePointer<UInt64>
    private let states: UnsafeMutablePointer<State>
    private let blockCount: Int

    private struct State: ~Copyable {
        let value = Atomic<UInt16>(unknown)
    }

    private static let unknown: UInt16 = 0
    private static let claimed: UInt16 = 1
    /// This and the number of entries that match.
    private static let known: UInt16 = 2
    private static let wordCount = ListBlock.capacity / 64

    /// Bytes for each block.
    static let sizePerBlock = wordCount * 8 + 2

    init(blockCount: Int) {
        self.blockCount = blockCount
        words = .allocate(capacity: max(blockCount * Self.wordCount, 1))
        states = .allocate(capacity: max(blockCount, 1))
        for index in 0..<blockCount { (states + index).initialize(to: State()) }
    }

    deinit {
        states.deinitialize(count: blockCount)
        states.deallocate()
        words.deallocate()
    }

    /// A block's mask and how many entries match, if it is known.
    subscript(block: Int) -> (mask: UnsafePointer<UInt64>, count: Int)? {
        precondition(block >= 0 && block < blockCount, "block \(block) of \(blockCount)")
        let state = states[block].value.load(ordering: .acquiring)
        guard state >= Self.known else { return nil }
        return (UnsafePointer(words + block * Self.wordCount), Int(state - Self.known))
    }

    /// Keeps a block's mask, of which so many bits are set.
    func keep(_ mask: UnsafeMutableBufferPointer<UInt64>, count: Int, of block: Int) {
        precondition(block >= 0 && block < blockCount, "block \(block) of \(blockCount)")
        let claim = states[block].value.compareExchange(
            expected: Self.unknown, desired: Self.claimed, ordering: .relaxed)
        guard claim.exchanged else { return }
        for word in 0..<Self.wordCount {
            words[block * Self.wordCount + word] = word < mask.count ? mask[word] : 0
        }
        states[block].value.store(Self.known + UInt16(count), ordering: .releasing)
    }
}
