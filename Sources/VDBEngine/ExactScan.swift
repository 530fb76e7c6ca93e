internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// Consecutive rows whose vectors lie one after the other.
struct RowRun {
    let start: UnsafeRawPointer
    let element: ElementType
    /// The row of the first vector.
    let first: Int
    let count: Int

    /// A part of it.
    func part(_ range: Range<Int>, rowSize: Int) -> RowRun {
        RowRun(
            start: start + range.lowerBound * rowSize, element: element,
            first: first + range.lowerBound, count: range.count)
    }
}

/// One query that is compared with runs of rows, as fast as they can be read.
///
/// The distances of some hundred rows at a time stay in the first level cache, where the few are
/// picked out that are near enough to look at.
final class ExactScan {
    let distance: ExactDistance
    private var integers = QueryIntegers()
    private var distances = Buffer<Float>(capacity: partCount)
    private var positions = Buffer<UInt32>(capacity: partCount)
    private var pointers = Buffer<UnsafeRawPointer?>(capacity: partCount)
    private var rows = Buffer<UInt32>(capacity: partCount)

    /// Rows that are compared before those near enough are picked out.
    private static let partCount = 512

    init(_ distance: ExactDistance) { self.distance = distance }

    /// Compares all rows of a run and keeps the nearest that are alive.
    ///
    /// - Parameter isWanted: whether a row of the run, counted from its first, is to be kept.
    func compare(
        _ run: RowRun, dead: RowSet, into nearest: inout TopK,
        isWanted: (Int) -> Bool = { _ in true }
    ) {
        let rowSize = distance.shape.storedSize(as: run.element)
        for start in stride(from: 0, to: run.count, by: Self.partCount) {
            let count = min(Self.partCount, run.count - start)
            distance.toRows(
                run.start + start * rowSize, count: count, element: run.element,
                integers: integers.pointer(distance, run.element), into: distances.start)
            let found = SelectionKernel.within(
                nearest.threshold, distances.start, count: count, into: positions.start)
            for place in 0..<found {
                let index = Int(positions.start[place])
                let row = UInt32(run.first + start + index)
                // The threshold may have come down since.
                guard distances.start[index] <= nearest.threshold, isWanted(start + index),
                    !dead.contains(row)
                else { continue }
                nearest.insert(Neighbor(distance: distances.start[index], row: row))
            }
        }
    }

    /// Compares those rows of one chunk of vectors that are wanted and alive, without touching the
    /// others; returns how many they are.
    ///
    /// - Parameter wanted: the bits of 64 rows each, from the first on.
    func compareFew(
        _ range: Range<Int>, in stored: StoredRows, dead: RowSet, into nearest: inout TopK,
        wanted: (Int) -> UInt64
    ) throws(StorageError) -> Int {
        var total = 0
        var count = 0
        var element = stored.shape.element
        for word in 0..<(range.count + 63) / 64 {
            try wanted(word).forEachSetBit { (bit) throws(StorageError) in
                let row = UInt32(range.lowerBound + word * 64 + bit)
                if dead.contains(row) { return }
                let vector = try stored.vector(row)
                element = vector.element
                pointers.start[count] = vector.start
                rows.start[count] = row
                count += 1
                if count == Self.partCount {
                    gather(count, element, into: &nearest)
                    total += count
                    count = 0
                }
            }
        }
        gather(count, element, into: &nearest)
        return total + count
    }

    /// Compares the vectors that have been gathered.
    private func gather(
        _ count: Int, _ element: ElementType, into nearest: inout TopK
    ) {
        guard count > 0 else { return }
        distance.gathering(
            pointers.start, count: count, element: element,
            integers: integers.pointer(distance, element), into: distances.start)
        for index in 0..<count where distances.start[index] <= nearest.threshold {
            nearest.insert(
                Neighbor(distance: distances.start[index], row: rows.start[index]))
        }
    }
}
