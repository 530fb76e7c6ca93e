internal import VDBPrimitives

/// A segment of the log, as its header and the file system tell.
struct Segment: Sendable, Hashable {
    let name: String
    let header: SegmentHeader
    /// Bytes in the file, a torn tail included.
    let size: Int

    var first: LogPosition { header.first }
}

/// The segments of a log, in order, their headers checked.
struct SegmentList {
    private(set) var segments: [Segment] = []
    /// A last file that is no more than the beginning of a header: a crash while creating it.
    private(set) var torn: (name: String, reason: DecodingFailure)?

    /// Reads the header of every segment.
    init(reading directory: LogDirectory) throws(LogError) {
        let store = directory.store
        let names = try systemCall(try store.names()).filter(SegmentName.claims)
        for name in names {
            let path = store.path(of: name)
            guard let position = SegmentName.position(in: name) else {
                throw .unexpectedFile(path)
            }
            guard let (bytes, size) = try Self.beginning(of: name, in: store) else {
                continue
            }
            do throws(DecodingFailure) {
                let header = try Self.header(bytes)
                guard header.first == position else {
                    throw .inconsistent("its first position is \(header.first)")
                }
                segments.append(Segment(name: name, header: header, size: size))
            } catch {
                // A header is durable before anything is written behind it.
                guard name == names.last, size <= SegmentHeader.size, !error.isForeignVersion
                else { throw Self.refusal(of: path, error) }
                torn = (name, error)
                return
            }
            let stored = segments[segments.count - 1].header.identity
            guard stored == directory.identity else {
                throw .foreignSegment(
                    file: path, stored: stored, expected: directory.identity)
            }
        }
    }

    /// Refuses a gap between the segments from the one that holds `position` on.
    ///
    /// Those before are leftovers of a removal that did not reach the disk.
    ///
    /// - Returns: the index of the segment that holds `position`, or will; nil if there is none.
    func checkChain(
        from position: LogPosition, in store: any LogStore
    ) throws(LogError) -> Int? {
        guard let oldest = segments.first else { return nil }
        guard let start = segments.lastIndex(where: { $0.first <= position }) else {
            throw .missingSegment(
                directory: store.path, position: position, found: oldest.name)
        }
        for (segment, next) in zip(segments[start...], segments[(start + 1)...]) {
            guard next.header.previousFirst == segment.first else {
                throw .missingSegment(
                    directory: store.path, position: next.header.previousFirst,
                    found: next.name)
            }
            guard next.header.previousSize == segment.size else {
                throw .damaged(
                    file: store.path(of: segment.name),
                    offset: min(segment.size, next.header.previousSize),
                    reason: .truncated(
                        needed: next.header.previousSize, available: segment.size))
            }
        }
        return start
    }

    /// The first bytes of a file and its size; nil if it was removed meanwhile.
    private static func beginning(
        of name: String, in store: any LogStore
    ) throws(LogError) -> (bytes: [UInt8], size: Int)? {
        do throws(SystemFailure) {
            let file = try store.open(name, forWriting: false)
            return (try file.read(SegmentHeader.size, at: 0), try file.size())
        } catch {
            guard error.isAbsence else { throw .system(error) }
            return nil
        }
    }

    private static func header(_ bytes: [UInt8]) throws(DecodingFailure) -> SegmentHeader {
        let result = bytes.withUnsafeBytes { field in
            Result { () throws(DecodingFailure) in try SegmentHeader(decoding: field) }
        }
        return try result.get()
    }

    /// The error for a file whose header is not one.
    static func refusal(of path: String, _ reason: DecodingFailure) -> LogError {
        guard case .unknownValue(SegmentHeader.versionField, let version) = reason else {
            return .damaged(file: path, offset: 0, reason: reason)
        }
        return .unsupportedVersion(
            file: path, version: UInt32(version), supported: SegmentHeader.version)
    }
}

extension DecodingFailure {
    fileprivate var isForeignVersion: Bool {
        guard case .unknownValue(SegmentHeader.versionField, _) = self else { return false }
        return true
    }
}
