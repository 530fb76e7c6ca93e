internal import CLMDB
internal import Synchronization
internal import VDBPrimitives

extension Environment {
    /// The mapping for the next write transaction, which has room for one behind what is in use.
    ///
    /// Where no larger map can be had, what there is must do.
    func mappingForWriting() throws(StorageError) -> Mapping {
        try mappings.withLock { (mappings) throws(StorageError) in
            let current = mappings.current
            let usedSize = mappings.isFull ? current.size : current.usedSize
            guard current.size < sizeLimit, current.size - usedSize < headroom
            else { return }
            do throws(StorageError) {
                try enlarge(
                    &mappings,
                    wanted: Mapping.size(
                        forFileOf: usedSize, mode: mode, headroom: headroom, limit: sizeLimit),
                    least: current.size + (1 << 16))
            } catch {
                // What there is may do; a transaction that meets its end says so.
                if case .system(let failure) = error, failure.isDisplacement { throw error }
                mappings.isLargest = true
            }
        }
        return mapping
    }

    private var allowsGrowth: Bool { readerTableLock?.allowsGrowth ?? false }

    /// Enlarges the map for a file that another process has made larger than it.
    func followGrowth() throws(StorageError) {
        try mappings.withLock { (mappings) throws(StorageError) in
            let (size, usedSize) = (mappings.current.size, mappings.current.usedSize)
            guard usedSize > size else { return }
            guard allowsGrowth else {
                throw .mapFull(path: path, size: size, limit: sizeLimit)
            }
            try enlarge(
                &mappings,
                wanted: Mapping.size(
                    forFileOf: usedSize, mode: mode, headroom: headroom, limit: .max),
                least: usedSize)
        }
    }

    /// The error for a transaction that has met the end of its map; the next one gets more if there
    /// is more.
    func fullMapError(_ mapping: Mapping) -> StorageError {
        mappings.withLock { mappings in
            mappings.isFull = true
            return mapping.size < sizeLimit && !mappings.isLargest && allowsGrowth
                ? .mapTooSmall(path: path, size: mapping.size)
                : .mapFull(path: path, size: mapping.size, limit: sizeLimit)
        }
    }

    /// Opens the file again with a larger map. Transactions under way stay where they are.
    private func enlarge(
        _ mappings: inout Mappings, wanted: Int, least: Int
    ) throws(StorageError) {
        guard allowsGrowth else { return }
        // LMDB opens by path: both files must be those that are open, before and after.
        try readerTableLock?.confirm(directory)
        var next = try Mapping.open(directory, mode: mode, wanted: wanted, least: least)
        do throws(StorageError) {
            try readerTableLock?.confirm(directory)
            guard next.file == mappings.current.file else { throw .system(.replaced(path)) }
        } catch {
            mdb_env_close(next.raw)
            throw error
        }
        do throws(StorageError) {
            try readerTableLock?.enter(next, path: path)
            try openTables(in: next.raw)
            next.start = try Self.mapStart(of: next, path: path)
        } catch {
            // From its first transaction on, closing it would free the slots of this process's
            // other readers.
            mappings.earlier.append(next)
            throw error
        }
        mappings.earlier.append(mappings.current)
        mappings.current = next
        mappings.isFull = false
        mappings.isLargest = false
    }
}
