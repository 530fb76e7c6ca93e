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

        /// Whether a snapshot that is still alive has the same: it pins the pages, so that none of
        /// them can have been written anew.
        func isSame(as earlier: Place) -> Bool {
            key == earlier.key && start == earlier.start && size == earlier.size
        }
    }

    /// What `decode`'s body throws.
    package typealias Failure = DecodingFailure

    private let places: UnsafeMutableBufferPointer<Place>
    private let isChecked: UnsafeMutablePointer<Atomic<Bool>>
    private let table: Table
    private let kind: UInt8
    private let versions: ClosedRange<UInt8>

    /// Takes the entries of a walk of the table, in ascending order of their keys; one without
    /// bytes stands for a value that is rightly missing.
    ///
    /// - Parameters:
    ///   - earlier: the snapshot before, still alive: what it has checked and what has not
    ///     moved is not checked again.
    package init(
        table: Table, kind: UInt8, versions: ClosedRange<UInt8>,
        entries: [(key: Key, value: UnsafeRawBufferPointer)], earlier: ResolvedValues? = nil
    ) throws(StorageError) {
        self.table = table
        self.kind = kind
        self.versions = versions
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
            let known = earlier?.isKnown(places[index], from: &position) ?? false
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
        if !isChecked[index].load(ordering: .relaxed) { try check(index, value) }
        return value
    }

    /// Value `index`, whether checked or not.
    func uncheckedValue(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: places[index].start, count: places[index].size)
    }

    /// Whether value `index` is also the one of that index in an earlier snapshot, still alive.
    func isSame(_ index: Int, in earlier: ResolvedValues) -> Bool {
        index < earlier.places.count && places[index].isSame(as: earlier.places[index])
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
        isChecked[index].store(true, ordering: .relaxed)
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

    /// Whether a value was checked in this earlier snapshot and has not moved since.
    ///
    /// - Parameter position: where to go on; keys are asked for in ascending order.
    private func isKnown(_ place: Place, from position: inout Int) -> Bool {
        while position < places.count, places[position].key < place.key { position += 1 }
        guard position < places.count, places[position].isSame(as: place) else { return false }
        return isChecked[position].load(ordering: .relaxed)
    }
}
