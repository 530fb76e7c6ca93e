internal import VDBPrimitives

/// Both meta pages, checked before LMDB sees them: it needs both, and refuses a file without saying
/// which of them is bad.
struct MetaPages {
    let first: MetaPage
    let second: MetaPage

    var newest: MetaPage { second.transaction > first.transaction ? second : first }

    /// The page that this transaction wrote, if it is still there.
    func page(of transaction: UInt64) -> MetaPage? {
        if first.transaction == transaction { return first }
        return second.transaction == transaction ? second : nil
    }

    /// Reads both pages of a file that a writer may be changing.
    init(reading file: borrowing FileDescriptor) throws(StorageError) {
        var last: Images?
        while true {
            let images = try storageCall { () throws(SystemFailure) in try Images(file) }
            do throws(StorageError) {
                self = try images.decode()
                return
            } catch {
                // A page may have been written while it was read, or one before the other: what is
                // the same twice is damaged.
                if images == last { throw error }
                last = images
            }
        }
    }

    /// The page size that either meta page says; 4096, that of most machines, if neither does.
    static func pageSize(of file: borrowing FileDescriptor) throws(StorageError) -> Int {
        try storageCall { () throws(SystemFailure) in try Images(file) }.pageSize
    }

    private init(_ first: MetaPage, _ second: MetaPage) {
        self.first = first
        self.second = second
    }

    /// The two pages as they were read.
    private struct Images: Equatable {
        let path: String
        let fileSize: Int
        let pageSize: Int
        let bytes: [[UInt8]]

        init(_ file: borrowing FileDescriptor) throws(SystemFailure) {
            path = file.path
            fileSize = try file.size()
            let first = try Self.read(file, at: 0)
            var second: [UInt8] = []
            var pageSize = Self.pageSize(of: first) ?? 0
            if pageSize > 0 { second = try Self.read(file, at: pageSize) }
            // If page 0 does not say where page 1 is, page 1 does.
            var candidate = PageLayout.pageSizes.lowerBound
            while Self.pageSize(of: second) != pageSize || pageSize == 0 {
                guard PageLayout.pageSizes.contains(candidate) else { break }
                let found = try Self.read(file, at: candidate)
                if Self.pageSize(of: found) == candidate {
                    (second, pageSize) = (found, candidate)
                }
                candidate *= 2
            }
            self.pageSize = pageSize > 0 ? pageSize : 4096
            if second.isEmpty { second = try Self.read(file, at: self.pageSize) }
            bytes = [first, second]
        }

        private static func read(
            _ file: borrowing FileDescriptor, at offset: Int
        ) throws(SystemFailure) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: PageLayout.metaSize)
            var failure: SystemFailure?
            let count = bytes.withUnsafeMutableBytes { buffer in
                do throws(SystemFailure) {
                    return try file.read(into: buffer, at: offset)
                } catch {
                    failure = error
                    return 0
                }
            }
            if let failure { throw failure }
            return Array(bytes.prefix(count))
        }

        /// The page size that a page says if it begins like a meta page.
        private static func pageSize(of bytes: [UInt8]) -> Int? {
            guard bytes.count == PageLayout.metaSize else { return nil }
            return bytes.withUnsafeBytes { bytes in
                let magic = UInt32(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
                let size = Int(
                    UInt32(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: 40, as: UInt32.self)))
                let isPossible =
                    magic == PageLayout.magic && PageLayout.pageSizes.contains(size)
                    && size.nonzeroBitCount == 1
                return isPossible ? size : nil
            }
        }

        func decode() throws(StorageError) -> MetaPages {
            let results = bytes.enumerated().map { number, bytes in
                bytes.withUnsafeBytes { bytes in
                    Result { () throws(MetaPage.Refusal) in
                        try MetaPage(decoding: bytes, number: number, fileSize: fileSize)
                    }
                }
            }
            switch (results[0], results[1]) {
            case (.success(let first), .success(let second)):
                guard first.pageSize == second.pageSize else {
                    throw damage(
                        0, offset: 40,
                        "the page size is \(first.pageSize), meta page 1 says \(second.pageSize)")
                }
                let (low, high) = (
                    min(first.transaction, second.transaction),
                    max(first.transaction, second.transaction)
                )
                guard high - low == 1 || high == 0 else {
                    throw damage(
                        0, offset: 144,
                        "transactions \(first.transaction) and, on meta page 1, "
                            + "\(second.transaction) do not follow each other")
                }
                let pages = MetaPages(first, second)
                if let refusal = pages.newest.refusalOfTrees() {
                    throw damage(
                        pages.newest.number, offset: refusal.offset,
                        "\(refusal.reason); the other meta page is of the transaction before")
                }
                return pages
            case (.failure(let refusal), let other):
                throw damage(0, offset: refusal.offset, "\(refusal.reason); \(describe(1, other))")
            case (let other, .failure(let refusal)):
                throw damage(1, offset: refusal.offset, "\(refusal.reason); \(describe(0, other))")
            }
        }

        private func damage(_ page: Int, offset: Int, _ reason: String) -> StorageError {
            .damagedPage(
                file: path, page: UInt64(page), table: "meta", offset: page * pageSize + offset,
                reason: reason)
        }

        private func describe(
            _ page: Int, _ result: Result<MetaPage, MetaPage.Refusal>
        ) -> String {
            switch result {
            case .success(let meta):
                "meta page \(page) is sound (transaction \(meta.transaction))"
            case .failure: "meta page \(page) is damaged too"
            }
        }
    }
}

/// Makes a system call; its failure becomes a storage error.
func storageCall<Result: ~Copyable>(
    _ body: () throws(SystemFailure) -> Result
) throws(StorageError) -> Result {
    do throws(SystemFailure) {
        return try body()
    } catch {
        throw .system(error)
    }
}
