import VDBFilters
import VDBPrimitives
import VectorDB

@testable import vdbtool

extension Target {
    /// Files of vectors, ids and ground truth.
    static var vectorFiles: [Target] {
        [
            Target(name: "npy", seeds: { _ in VectorFile.arrays }) { bytes in
                VectorFile.readAll(bytes, "a.npy")
                VectorFile.readIDs(bytes, "b.npy")
            },
            Target(name: "idx", seeds: { _ in VectorFile.indexed }) { bytes in
                VectorFile.readAll(bytes, "a.idx")
            },
            Target(name: "vecs", seeds: { _ in VectorFile.rows }) { bytes in
                let names = ["a.fvecs", "a.bvecs", "a.fbin", "a.u8bin", "a.i8bin", "ids", "truth"]
                let name = names[Int(bytes.first ?? 0) % names.count]
                let rest = Array(bytes.dropFirst())
                switch name {
                case "ids": VectorFile.readIDs(rest, name)
                case "truth": VectorFile.readTruth(rest, name)
                default: VectorFile.readAll(rest, name)
                }
            },
        ]
    }
}

/// Reads files of vectors as `vdbtool import` does.
enum VectorFile {
    /// Into a database of each element type: a reader converts, or refuses.
    static func readAll(_ bytes: [UInt8], _ name: String) {
        for schema in SampleDatabase.schemas { read(bytes, name, schema) }
    }

    static func read(_ bytes: [UInt8], _ name: String, _ schema: Schema) {
        let path = Scratch.folder + "/" + name
        do {
            try Scratch.write(bytes, to: path)
            for skipped in [0, 2] {
                var reader = try VectorFormat.open(path, schema: schema)
                guard try reader.skip(skipped) == skipped else { continue }
                while try reader.next(3) != nil {}
            }
        } catch {}
    }

    static func readIDs(_ bytes: [UInt8], _ name: String) {
        let path = Scratch.folder + "/" + name
        do {
            try Scratch.write(bytes, to: path)
            var reader = try IDReader(opening: path)
            _ = try reader.skip(1)
            while try reader.next() != nil {}
        } catch {}
    }

    static func readTruth(_ bytes: [UInt8], _ name: String) {
        let path = Scratch.folder + "/" + name
        do {
            try Scratch.write(bytes, to: path)
            _ = try GroundTruth.read(path, limit: 100)
        } catch {}
    }

    static var arrays: [[UInt8]] {
        let numbers = (0..<96).map { UInt8($0) }
        return [
            Numpy.header(.float32, [3, 4]) + numbers.prefix(48),
            Numpy.header(.float16, [3, 4]) + numbers.prefix(24),
            Numpy.header(.uint8, [3, 1]) + numbers.prefix(3),
            Array("\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) }) + [1, 0, 70, 0]
                + Array("{'descr': '<u8', 'fortran_order': False, 'shape': (3,), }".utf8)
                + [UInt8](repeating: 32, count: 12) + [10] + numbers.prefix(24),
        ]
    }

    static var indexed: [[UInt8]] {
        [
            [0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 4] + [UInt8](repeating: 7, count: 12),
            [0, 0, 13, 2, 0, 0, 0, 1, 0, 0, 0, 4] + [UInt8](repeating: 64, count: 16),
            [0, 0, 9, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2] + [UInt8](repeating: 1, count: 8),
        ]
    }

    static var rows: [[UInt8]] {
        let row: [UInt8] = [4, 0, 0, 0] + [UInt8](repeating: 63, count: 16)
        let bytes: [UInt8] = [4, 0, 0, 0, 1, 2, 3, 4]
        return [
            [0] + row + row, [1] + bytes + bytes,
            [2, 2, 0, 0, 0, 4, 0, 0, 0] + [UInt8](repeating: 64, count: 32),
            [3, 2, 0, 0, 0, 4, 0, 0, 0] + [UInt8](repeating: 64, count: 8),
            [5] + Array("1\n2\n18446744073709551615\n".utf8),
            [6, 2, 0, 0, 0, 1, 0, 0, 0, 255, 255, 255, 255],
        ]
    }
}
