import VDBIndex
import VDBPrimitives
import VDBStorage
import VectorDB

extension Target {
    /// Archives, whose checksums are mended; what is in their blocks is changed before it is
    /// compressed, since a changed frame of zstd is hardly ever one.
    static var archive: Target {
        Target(name: "archive", seeds: seedsOfArchive) { bytes in
            var fields = Fields(bytes)
            let isRaw = fields.byte() & 1 == 1
            let archive = isRaw ? MendedArchive.mended(fields.all()) : composed(&fields)
            let path = Scratch.folder + "/restored"
            Scratch.removeTree(path)
            var rest = archive[...]
            do {
                try Database.restore(to: path, options: SampleDatabase.options) { buffer in
                    let part = rest.prefix(buffer.count)
                    buffer.copyBytes(from: part)
                    rest = rest.dropFirst(part.count)
                    return part.count
                }
            } catch {}
        }
    }

    /// A sample's archive, changed by the input: its items or its header.
    private static func composed(_ fields: inout Fields) -> [UInt8] {
        let sample = SampleDatabase.all[Int(fields.byte()) % SampleDatabase.all.count]
        guard var (header, items) = MendedArchive.taken(apart: sample.archive) else { return [] }
        let original = items
        while !fields.isEmpty {
            let what = fields.byte()
            let index = Int(fields.number(2)) % max(1, items.count)
            let size = 1 << Int(what >> 4 & 3)
            switch what & 7 {
            case 0: header.set(fields.number(size), size: size, at: 8 + Int(fields.byte()))
            case 1: items[index].head.set(fields.number(size), size: size, at: Int(what >> 6) * 2)
            case 2: items[index].key.set(fields.number(size), size: size, at: Int(fields.byte()))
            case 3, 4:
                items[index].value.set(
                    fields.number(size), size: size, at: 4 + Int(fields.byte() & 0x3F))
            case 5: items.remove(at: index)
            case 6: items.insert(original[Int(fields.byte()) % original.count], at: index)
            default: items[index].value = Array(items[index].value.prefix(Int(fields.byte())))
            }
            if items.isEmpty { break }
        }
        return MendedArchive.put(together: header, items)
    }

    private static func seedsOfArchive(_ seed: UInt64) throws -> [[UInt8]] {
        var random = RandomSource(seed: seed)
        let raw = SampleDatabase.all.map { [1] + $0.archive }
        return raw
            + (0..<32).map { index in
                [0, UInt8(index % 4)]
                    + (0..<6).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            }
    }
}

/// Archives as bytes, with checksums that match.
enum MendedArchive {
    struct Item {
        var head: [UInt8]
        var key: [UInt8]
        var value: [UInt8]
    }

    /// Header and blocks with the checksums that their bytes have.
    static func mended(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        let headerSize = Int(bytes.number32(at: 12))
        guard headerSize >= 16, headerSize <= bytes.count else { return bytes }
        var chain = crc32c(Array(bytes[..<(headerSize - 4)]))
        bytes.set(UInt64(chain), at: headerSize - 4)
        var offset = headerSize
        while offset + 12 <= bytes.count {
            let end = offset + 12 + Int(bytes.number32(at: offset + 4))
            guard end <= bytes.count else { break }
            chain = crc32c(
                Array(bytes[offset + 12..<end]),
                seed: crc32c(Array(bytes[offset..<offset + 8]), seed: chain))
            bytes.set(UInt64(chain), at: offset + 8)
            offset = end
        }
        return bytes
    }

    /// The header and the items of a sound archive.
    static func taken(apart bytes: [UInt8]) -> (header: [UInt8], items: [Item])? {
        let headerSize = Int(bytes.number32(at: 12))
        var content: [UInt8] = []
        var offset = headerSize
        while offset + 12 <= bytes.count {
            let rawSize = Int(bytes.number32(at: offset))
            let end = offset + 12 + Int(bytes.number32(at: offset + 4))
            guard rawSize > 0, end <= bytes.count else { break }
            let raw = bytes[offset + 12..<end].withUnsafeBytes {
                try? Zstd.decompress($0, size: rawSize)
            }
            guard let raw else { return nil }
            content += raw
            offset = end
        }
        var fields = Fields(content)
        var items: [Item] = []
        while !fields.isEmpty {
            let head = fields.take(8)
            items.append(
                Item(
                    head: head, key: fields.take(Int(head[1])),
                    value: fields.take(Int(head.number32(at: 4)))))
        }
        return (Array(bytes.prefix(headerSize)), items)
    }

    /// An archive of these items: values are sealed, blocks compressed, counts right.
    static func put(together header: [UInt8], _ items: [Item]) -> [UInt8] {
        var content: [UInt8] = []
        var counts = [0, 0, 0, 0]
        var isOfVectors = false
        for item in items {
            var value = item.value
            let kind = item.head.first ?? 0
            if kind == 1 { isOfVectors = item.key.elementsEqual("vectors".utf8) }
            if kind < counts.count { counts[Int(kind)] += 1 }
            if kind == 2, item.key.count <= Key.sizeLimit {
                let key = item.key.withUnsafeBytes { Key(bytes: $0) }
                value = Mending.value(value, key: key, isVectors: isOfVectors)
            }
            var head = item.head
            // A size that is not the value's is a change that was meant.
            if Int(head.number32(at: 4)) > value.count, kind != 1 {
                head.set(UInt64(value.count), at: 4)
            }
            content += head + item.key + value
        }
        var archive = header
        var blockCount = 0
        let compressor = ZstdCompressor(dictionary: nil)
        for start in stride(from: 0, to: content.count, by: 1 << 18) {
            let raw = Array(content[start..<min(start + 1 << 18, content.count)])
            guard let stored = compressor?.compress(raw) else { continue }
            archive += [UInt8](repeating: 0, count: 12) + stored
            archive.set(UInt64(raw.count), at: archive.count - stored.count - 12)
            archive.set(UInt64(stored.count), at: archive.count - stored.count - 8)
            blockCount += 1
        }
        var end = [UInt8](repeating: 0, count: 44)
        end.set(32, at: 4)
        for (index, number) in [blockCount, content.count, counts[2], counts[3]].enumerated() {
            end.set(UInt64(number), size: 8, at: 12 + 8 * index)
        }
        return mended(archive + end)
    }
}
