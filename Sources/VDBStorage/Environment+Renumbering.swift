internal import VDBPrimitives

extension Environment {
    /// Where a meta page has the number of its transaction.
    private static let transactionOffset = 144

    /// The number of the last commit in a file that nobody has open.
    package static func lastTransaction(inFile path: String) throws(StorageError) -> Int {
        Int(try MetaPages(reading: try dataFile(FileSystem.parent(of: path))).newest.transaction)
    }

    /// Whether this process has a directory's file open.
    package static func isOpen(_ path: String) -> Bool {
        openPaths.read { $0.contains(FileSystem.canonicalPath(path)) }
    }

    /// Gives the last commit of a file that nobody has open another, higher number.
    ///
    /// A file that takes the place of another, of which readers may still hold transactions, must
    /// go on counting where that one was: `lock.mdb`, which both share, names the meta page to read
    /// by the last number. Both pages then say the same.
    package static func renumber(
        file path: String, lastTransaction: Int
    ) throws(StorageError) {
        let pages = try MetaPages(reading: try dataFile(FileSystem.parent(of: path)))
        let newest = pages.newest
        try storageCall { () throws(SystemFailure) in
            let file = try FileDescriptor(opening: path, .readWrite)
            let bytes = UnsafeMutableRawBufferPointer.allocate(
                byteCount: PageLayout.metaSize, alignment: 8)
            defer { bytes.deallocate() }
            _ = try file.read(into: bytes, at: newest.number * newest.pageSize)
            for number in 0..<2 {
                let transaction =
                    lastTransaction % 2 == number ? lastTransaction : lastTransaction - 1
                bytes.storeBytes(
                    of: UInt64(number).littleEndian, toByteOffset: 0, as: UInt64.self)
                bytes.storeBytes(
                    of: UInt64(transaction).littleEndian, toByteOffset: transactionOffset,
                    as: UInt64.self)
                try file.write(
                    UnsafeRawBufferPointer(bytes), at: number * newest.pageSize)
            }
            try file.syncData()
        }
    }

    /// Whether the file is still the one at its path, and no other has taken its place.
    package var isInPlace: Bool {
        (try? Self.dataFile(of: raw, path))?.isAtPath() ?? true
    }
}
