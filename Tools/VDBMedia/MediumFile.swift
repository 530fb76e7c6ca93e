internal import VDBPrimitives

/// A file on a disk that may lose power: what is durable, and every version since of each sector.
struct MediumFile: Sendable {
    static let sectorSize = 512

    /// What programs read.
    private(set) var current: [UInt8]
    private var durable: [UInt8]
    /// What sectors held since they were last durable, oldest first.
    private var versions: [Int: [[UInt8]]] = [:]
    /// The sizes since the size was last durable, that one first.
    private var sizes: [Int]
    /// Sectors whose versions no sync makes durable any more.
    private var abandoned: Set<Int> = []

    /// A file that is durable as it is.
    init(_ bytes: [UInt8] = []) {
        current = bytes
        durable = bytes
        sizes = [bytes.count]
    }

    mutating func write(_ bytes: [UInt8], at offset: Int, isDurable: Bool) {
        guard !bytes.isEmpty else { return }
        let end = offset + bytes.count
        if end > current.count {
            current += repeatElement(0, count: end - current.count)
            sizes.append(current.count)
        }
        current.replaceSubrange(offset..<end, with: bytes)
        for sector in offset / Self.sectorSize...(end - 1) / Self.sectorSize {
            versions[sector, default: []].append(content(of: sector, in: current))
            abandoned.remove(sector)
        }
        guard isDurable else { return }
        growDurable(to: end)
        for sector in offset / Self.sectorSize...(end - 1) / Self.sectorSize {
            settle(sector)
        }
    }

    mutating func truncate(to size: Int) {
        if size < current.count {
            let changed = size / Self.sectorSize...(current.count - 1) / Self.sectorSize
            current.removeLast(current.count - size)
            for sector in changed {
                versions[sector, default: []].append(content(of: sector, in: current))
            }
        } else {
            current += repeatElement(0, count: size - current.count)
        }
        sizes.append(size)
    }

    mutating func sync() {
        for sector in versions.keys where !abandoned.contains(sector) { settle(sector) }
        if abandoned.isEmpty {
            durable = current
        } else {
            growDurable(to: current.count)
            durable.removeLast(durable.count - current.count)
        }
        sizes = [current.count]
    }

    /// The system takes for written what was not: only what is written anew can become durable.
    mutating func failSync() { abandoned.formUnion(versions.keys) }

    /// What a loss of power may leave.
    func afterPowerLoss(_ choice: inout Choice) -> [UInt8] {
        let size = choice.size(among: sizes)
        var bytes = Array(durable.prefix(size))
        bytes += repeatElement(0, count: size - bytes.count)
        for (sector, later) in versions.sorted(by: { $0.key < $1.key }) {
            let index = choice.version(count: later.count + 1)
            let start = sector * Self.sectorSize
            guard index > 0, start < size else { continue }
            let end = min(start + Self.sectorSize, size)
            bytes.replaceSubrange(start..<end, with: later[index - 1].prefix(end - start))
        }
        return bytes
    }

    /// The newest version of a sector becomes the durable one.
    private mutating func settle(_ sector: Int) {
        versions[sector] = nil
        abandoned.remove(sector)
        let start = sector * Self.sectorSize
        let end = min(start + Self.sectorSize, durable.count)
        guard start < end else { return }
        durable.replaceSubrange(
            start..<end, with: content(of: sector, in: current).prefix(end - start))
    }

    private mutating func growDurable(to end: Int) {
        guard end > durable.count else { return }
        durable += repeatElement(0, count: end - durable.count)
        sizes = sizes.map { max($0, end) }
    }

    /// The sector's bytes; zeros behind the end of the file.
    private func content(of sector: Int, in bytes: [UInt8]) -> [UInt8] {
        let start = min(sector * Self.sectorSize, bytes.count)
        var content = Array(bytes[start..<min(start + Self.sectorSize, bytes.count)])
        content += repeatElement(0, count: Self.sectorSize - content.count)
        return content
    }
}
