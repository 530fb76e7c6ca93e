internal import Synchronization
package import VDBPrimitives
package import VDBStorage

/// The places of a table's values in the memory map, looked up once for a snapshot: a search then
/// descends no B+tree.
///
/// Each value's checksum is checked on first touch. The places are valid as long as the read
/// transaction that they were resolved in; whoever owns this object owns that too.
package final class ResolvedValues: @unchecked Sendable {
    // @unchecked: places never change after `init`; the flags are atomic. Plain memory, because an
    // array's bounds and references are work in the inner loop of a search.
    private struct Place {
        let start: UnsafeRawPointer
        let size: Int
        let key: Key
    }

    /// What `decode`'s body throws.
    package typealias Failure = DecodingFailure

    private let places: UnsafeMutableBufferPointer<Place>
    private let isChecked: UnsafeMutablePointer<Atomic<UInt16>>
    private let table: Table
    private let kind: UInt8
    private let versions: ClosedRange<UInt8>
    private let tagOffset: Int?

    /// Takes the entries of a walk of the table, in ascending order of their keys; one without
    /// bytes stands for a value that is rightly missing.
    ///
    /// - Parameters:
    ///   - tagOffset: the place of the byte that `tag` gives.
    ///   - earlier: the snapshot before, still alive: what it has checked and what has not
    ///     moved is not checked again.
    package init(
        table: Table, kind: UInt8, versions: ClosedRange<UInt8>, tagOffset: Int? = nil,
        entries: [(key: Key, value: UnsafeRawBufferPointer)], earlier: ResolvedValues? = nil
    ) throws(StorageError) {
        self.table = table
        self.kind = kind
        self.versions = versions
        self.tagOffset = tagOffset
        isChecked = .allocate(capacity: max(entries.count, 1))
        var places: [Place] = []
        places.reserveCapacity(entries.count)
        for (key, value) in entries {
            if value.count == 0 {
                // Its start is never read, but must be an address.
                places.append(Place(start: UnsafeRawPointer(isChecked), size: 0, key: key))
                continue
            }
            guard let start = value.baseAddress, value.count >= SealedValue.prologueSize else {
                throw .damaged(
                    table: table.name, key: key.description,
                    failure: .truncated(
                        needed: SealedValue.prologueSize, available: value.count))
            }
            places.append(Place(start: start, size: value.count, key: key))
        }
        self.places = .allocate(capacity: places.count)
        _ = self.places.initialize(from: places)
        var position = 0
        for index in places.indices {
            let known = earlier?.flag(of: places[index], from: &position) ?? 0
            (isChecked + index).initialize(to: Atomic(known))
        }
    }

    deinit {
        isChecked.deinitialize(count: places.count)
        isChecked.deallocate()
        places.deallocate()
    }

    package var count: Int { places.count }

    package func key(_ index: Int) -> Key { places[index].key }

    /// Whether the value is rightly missing.
    package func isMissing(_ index: Int) -> Bool { places[index].size == 0 }

    /// Key and value `index`, whether checked or not: what `init` takes.
    package func entry(_ index: Int) -> (key: Key, value: UnsafeRawBufferPointer) {
        let place = places[index]
        return (place.key, UnsafeRawBufferPointer(start: place.start, count: place.size))
    }

    /// Value `index`, prologue included, its checksum checked if it was not before.
    package func value(_ index: Int) throws(StorageError) -> UnsafeRawBufferPointer {
        precondition(index >= 0 && index < places.count, "value \(index) of \(places.count)")
        let place = places[index]
        let value = UnsafeRawBufferPointer(start: place.start, count: place.size)
        if isChecked[index].load(ordering: .relaxed) == 0 { try check(index, value) }
        return value
    }

    /// The byte at `tagOffset` of a value that has been checked: kept beside the flag, so that
    /// nobody has to fetch the value's head for it.
    package func tag(_ index: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: isChecked[index].load(ordering: .relaxed) &- 1)
    }

    /// Where value `index` begins, whether checked or not.
    package func start(_ index: Int) -> UnsafeRawPointer { places[index].start }

    /// The first touch of a value.
    @inline(never)
    private func check(
        _ index: Int, _ value: UnsafeRawBufferPointer
    ) throws(StorageError) {
        let key = places[index].key
        do throws(DecodingFailure) {
            let version = SealedValue.version(of: value, among: versions)
            _ = try SealedValue.open(value, key: key, kind: kind, version: version)
        } catch {
            throw .damaged(table: table.name, key: key.description, failure: error)
        }
        isChecked[index].store(tagged(value), ordering: .relaxed)
    }

    /// What the flag of a checked value is: 1 and its tag.
    private func tagged(_ value: UnsafeRawBufferPointer) -> UInt16 {
        guard let tagOffset, tagOffset < value.count else { return 1 }
        return 1 + UInt16(value[tagOffset])
    }

    /// Reads a value's fields with `body`; a failure names table and key.
    package func decode<Result>(
        _ index: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(StorageError) -> Result {
        let value = try value(index)
        do throws(DecodingFailure) {
            return try body(value)
        } catch {
            throw .damaged(
                table: table.name, key: places[index].key.description, failure: error)
        }
    }

    /// The flag of a value that was checked in this earlier snapshot and has not moved since, or 0.
    ///
    /// As this snapshot still pins its pages, none of them can have been written anew.
    ///
    /// - Parameter position: where to go on; keys are asked for in ascending order.
    private func flag(of place: Place, from position: inout Int) -> UInt16 {
        while position < places.count, places[position].key < place.key { position += 1 }
        guard position < places.count else { return 0 }
        let mine = places[position]
        let isSame =
            mine.key == place.key && mine.start == place.start && mine.size == place.size
        return isSame ? isChecked[position].load(ordering: .relaxed) : 0
    }
}
