package import VDBPrimitives

/// Finds sealed values anywhere in a file of LMDB's pages, whatever its trees say: each proves
/// itself by its checksum, which covers the key too (`Formats/database.md`, "Repair").
///
/// It looks for nodes at every second byte of every page, so that no damage to a page's header or
/// pointers hides them; what it finds may be an older version, left on a free page.
///
/// Memory: a window of the file and the value at hand; a bit a page.
package struct PageScan: ~Copyable {
    private static let windowPageCount = 256
    /// No value that is looked for is larger.
    private static let valueSizeLimit = 512 << 20
    /// The limit on bytes read from overflow pages, as a multiple of the file's size: every page of
    /// a hostile file can be full of nodes that name the largest value.
    private static let summedPart = 64

    /// What to look for: the sizes of keys by kind of value.
    package typealias Wanted = [UInt8: Int]

    /// One node with a value of a kind that is looked for.
    package struct Found {
        package let kind: UInt8
        package let key: UnsafeRawBufferPointer
        /// Prologue included; valid during the call.
        package let value: UnsafeRawBufferPointer
        /// Where the value begins in the file.
        package let offset: Int
        /// The page of the node.
        package let page: UInt64
        /// Nil if the checksum matches.
        package let failure: DecodingFailure?
    }

    private let file: FileDescriptor
    private let fileSize: Int
    private let pageSize: Int
    private let wanted: Wanted
    private let window: UnsafeMutableRawBufferPointer
    private var large: UnsafeMutableRawBufferPointer
    /// Overflow pages of values that are sound: what looks like a node there is a user's data.
    private var taken: PageSet
    /// Bytes of values on overflow pages that were read.
    private var summedSize = 0

    package init(_ directory: Directory, wanted: Wanted) throws(StorageError) {
        let file = try Environment.dataFile(in: directory)
        let fileSize = try storageCall { () throws(SystemFailure) in try file.size() }
        let pageSize = try MetaPages.pageSize(of: file)
        self.init(file, fileSize: fileSize, pageSize: pageSize, wanted: wanted)
    }

    private init(
        _ file: consuming FileDescriptor, fileSize: Int, pageSize: Int, wanted: Wanted
    ) {
        self.file = file
        self.fileSize = fileSize
        self.pageSize = pageSize
        self.wanted = wanted
        window = .allocate(byteCount: Self.windowPageCount * pageSize, alignment: 64)
        large = .allocate(byteCount: 1 << 20, alignment: 64)
        taken = PageSet(count: UInt64((fileSize + pageSize - 1) / pageSize))
    }

    deinit {
        window.deallocate()
        large.deallocate()
    }

    /// Visits everything that is found, sound or not, page by page.
    ///
    /// - Parameter progress: told the share of the file that was read.
    package mutating func run(
        progress: (Double) -> Void, _ visit: (borrowing Found) -> Void
    ) throws(StorageError) {
        // First the values on overflow pages, by leaves that look like leaves: a vector whose bytes
        // look like a node must not pass for one.
        try forEachPage { (scan, page, bytes) throws(StorageError) in
            progress(Double(page) / Double(scan.taken.count) / 2)
            let view = PageView(bytes)
            guard bytes.count == scan.pageSize, view.isLeaf, view.number == page else { return }
            try scan.forEachNode(page, bytes) { (scan, found, run) in
                if found.failure == nil, let run { _ = scan.taken.insert(run) }
            }
        }
        try forEachPage { (scan, page, bytes) throws(StorageError) in
            progress(0.5 + Double(page) / Double(scan.taken.count) / 2)
            guard page > 1, !scan.taken.contains(page) else { return }
            try scan.forEachNode(page, bytes) { _, found, _ in visit(found) }
        }
    }

    /// Reads bytes of the file; false if they are not all there.
    package func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(StorageError) -> Bool {
        try storageCall { () throws(SystemFailure) in
            try file.read(into: buffer, at: offset) == buffer.count
        }
    }

    private mutating func forEachPage(
        _ body: (inout PageScan, UInt64, UnsafeRawBufferPointer) throws(StorageError) -> Void
    ) throws(StorageError) {
        var start = 0
        while start < fileSize {
            let wantedCount = min(window.count, fileSize - start)
            let place = UnsafeMutableRawBufferPointer(rebasing: window[..<wantedCount])
            let count = try storageCall { () throws(SystemFailure) in
                try file.read(into: place, at: start)
            }
            for offset in stride(from: 0, to: count, by: pageSize) {
                let bytes = UnsafeRawBufferPointer(
                    rebasing: place[offset..<min(offset + pageSize, count)])
                try body(&self, UInt64((start + offset) / pageSize), bytes)
            }
            start += window.count
        }
    }

    /// Visits what may be nodes of one page, with the overflow pages of their values.
    private mutating func forEachNode(
        _ page: UInt64, _ bytes: UnsafeRawBufferPointer,
        _ visit: (inout PageScan, borrowing Found, Range<UInt64>?) -> Void
    ) throws(StorageError) {
        let headerSize = PageLayout.nodeHeaderSize
        var start = PageLayout.headerSize
        while start + headerSize + SealedValue.prologueSize <= bytes.count {
            defer { start += 2 }
            let keySize = Int(bytes.loadUnaligned(fromByteOffset: start + 6, as: UInt16.self))
            guard keySize > 0, keySize <= Key.sizeLimit else { continue }
            let flags = bytes.loadUnaligned(fromByteOffset: start + 4, as: UInt16.self)
            let size = Int(bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
            let valueStart = start + headerSize + keySize
            guard size >= SealedValue.prologueSize, size <= Self.valueSizeLimit else { continue }
            let key = UnsafeRawBufferPointer(
                rebasing: bytes[min(start + headerSize, bytes.count)..<min(valueStart, bytes.count)]
            )
            if flags == PageLayout.NodeKind.value, valueStart + size <= bytes.count {
                let value = UnsafeRawBufferPointer(rebasing: bytes[valueStart..<valueStart + size])
                let offset = Int(page) * pageSize + valueStart
                guard let found = found(key, value, at: offset, page) else { continue }
                visit(&self, found, nil)
            } else if flags == PageLayout.NodeKind.overflow, valueStart + 8 <= bytes.count {
                let first = bytes.loadUnaligned(fromByteOffset: valueStart, as: UInt64.self)
                guard let found = try found(key, size: size, onPages: first, page) else { continue }
                let count = PageLayout.overflowPageCount(size, pageSize: pageSize)
                visit(&self, found, first..<first + UInt64(count))
            }
        }
    }

    /// A value on overflow pages.
    private mutating func found(
        _ key: UnsafeRawBufferPointer, size: Int, onPages first: UInt64, _ page: UInt64
    ) throws(StorageError) -> Found? {
        guard first > 1, first < taken.count else { return nil }
        let offset = Int(first) * pageSize + PageLayout.headerSize
        guard offset + size <= fileSize else { return nil }
        // Most of what only looks like a node falls here, by a few bytes.
        let beginning = UnsafeMutableRawBufferPointer(
            rebasing: large[..<SealedValue.prologueSize])
        guard try read(into: beginning, at: offset),
            isWanted(UnsafeRawBufferPointer(beginning), key),
            summedSize < Self.summedPart * fileSize
        else { return nil }
        summedSize += size
        if large.count < size {
            large.deallocate()
            large = .allocate(byteCount: size, alignment: 64)
        }
        let place = UnsafeMutableRawBufferPointer(rebasing: large[..<size])
        guard try read(into: place, at: offset) else { return nil }
        return found(key, UnsafeRawBufferPointer(place), at: offset, page)
    }

    private func found(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, at offset: Int,
        _ page: UInt64
    ) -> Found? {
        guard isWanted(value, key) else { return nil }
        return Found(
            kind: value[4], key: key, value: value, offset: offset, page: page,
            failure: SealedValue.checksumFailure(of: value, key: Key(bytes: key)))
    }

    /// Whether a value begins like one of the kinds that are looked for.
    private func isWanted(_ value: UnsafeRawBufferPointer, _ key: UnsafeRawBufferPointer) -> Bool {
        value[6] == 0 && value[7] == 0 && wanted[value[4]] == key.count
    }
}
