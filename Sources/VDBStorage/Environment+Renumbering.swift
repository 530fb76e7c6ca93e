package import VDBPrimitives

extension Environment {
    /// Where a meta page has the number of its transaction.
    private static let transactionOffset = 144

    /// The number of the last commit in a file that nobody has open.
    package static func lastTransaction(in directory: Directory) throws(StorageError) -> Int {
        Int(try MetaPages(reading: try dataFile(in: directory)).newest.transaction)
    }

    /// Gives the last commit of a file that nobody has open another, higher number.
    ///
    /// A file that takes the place of another, of which readers may still hold transactions, must
    /// go on counting where that one was: `lock.mdb`, which both share, names the meta page to read
    /// by the last number. Both pages then say the same.
    package static func renumber(
        _ directory: Directory, lastTransaction: Int
    ) throws(StorageError) {
        let pages = try MetaPages(reading: try dataFile(in: directory))
        let newest = pages.newest
        try storageCall { () throws(SystemFailure) in
            let file = try directory.open("data.mdb", .readWrite)
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

    /// Whether no other file has taken the place of the one that is open, in its directory.
    package var isInPlace: Bool { mapping.file == directory.identity(of: "data.mdb") }

    /// Throws if another file has the place of one that is open: what is written would not be
    /// found, or would take the pages of readers who are not seen.
    func confirmPlace() throws(StorageError) {
        guard isInPlace else { throw .system(.replaced(path)) }
        try readerTableLock?.confirm(directory)
    }
}
