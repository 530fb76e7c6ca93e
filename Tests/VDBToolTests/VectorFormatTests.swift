import Testing
import VectorDB

@testable import vdbtool

@Suite struct VectorFormatTests {
    /// A format's name, a sound file of three rows of two components 1 … 6, and its element type.
    struct Sample: CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        let element: ElementType
        var testDescription: String { name }
    }

    static let floats: [Float] = [1, 2, 3, 4, 5, 6]
    static let small: [UInt8] = [1, 2, 3, 4, 5, 6]
    static let halves = floats.map { Float16($0) }.flatMap { half in
        withUnsafeBytes(of: half.bitPattern.littleEndian) { Array($0) }
    }
    static let samples = [
        Sample(
            name: "a.fvecs", bytes: fvecs([[1, 2], [3, 4], [5, 6]]), element: .float32),
        Sample(name: "a.bvecs", bytes: bvecs([[1, 2], [3, 4], [5, 6]]), element: .uint8),
        Sample(name: "a.fbin", bytes: bytes(3) + bytes(2) + bytes(floats), element: .float32),
        Sample(name: "a.u8bin", bytes: bytes(3) + bytes(2) + small, element: .uint8),
        Sample(name: "a.i8bin", bytes: bytes(3) + bytes(2) + small, element: .int8),
        Sample(name: "1.npy", bytes: npy("<f4", "(3, 2)", bytes(floats)), element: .float32),
        Sample(
            name: "2.npy", bytes: npy("<f2", "(3, 2)", halves, version: 2), element: .float16),
        Sample(name: "3.npy", bytes: npy("|u1", "(3,2)", small, version: 3), element: .uint8),
        Sample(name: "4.npy", bytes: npy("|i1", "(3, 1, 2)", small), element: .int8),
        Sample(name: "a.idx", bytes: idx(0x08, [3, 2], small), element: .uint8),
        Sample(name: "t-idx3-ubyte", bytes: idx(0x08, [3, 2, 1], small), element: .uint8),
        Sample(
            name: "f.idx",
            bytes: idx(
                0x0D, [3, 2], floats.flatMap { bytes(Int32(bitPattern: $0.bitPattern.bigEndian)) }),
            element: .float32),
        Sample(
            name: "a.jsonl", bytes: Array("[1,2]\n{\"vector\":[3,4.0]}\r\n[5,6]".utf8),
            element: .float32),
    ]

    private func open(_ path: String) throws -> any VectorReader {
        try VectorFormat.open(path, schema: try schema(2))
    }

    /// All rows, and the failure that ended them.
    private func readAll(_ path: String, by count: Int) -> ([Float], ToolFailure?) {
        var read: [Float] = []
        let error = failure {
            var reader = try open(path)
            while let batch = try reader.next(count) {
                #expect(batch.vectors.element == reader.element)
                #expect(batch.vectors.count == batch.rowCount * 2)
                read += batch.vectors.floats
            }
        }
        return (read, error)
    }

    @Test("sound files are read in batches of any size", arguments: samples)
    func sound(sample: Sample) throws {
        let folder = try Folder()
        let path = try folder.write(sample.bytes, sample.name)
        let reader = try open(path)
        #expect(reader.element == sample.element)
        #expect(reader.dimension == 2)
        if sample.name != "a.jsonl" { #expect(reader.count == 3) }
        for count in 1...4 {
            let (read, error) = readAll(path, by: count)
            #expect(read == Self.floats)
            #expect(error == nil)
        }
    }

    @Test("rows can be left out", arguments: samples)
    func skipping(sample: Sample) throws {
        let folder = try Folder()
        let path = try folder.write(sample.bytes, sample.name)
        for count in 0...3 {
            var reader = try open(path)
            #expect(try reader.skip(count) == count)
            let rest = try reader.next(5)?.vectors.floats ?? []
            #expect(rest == Array(Self.floats[(2 * count)...]))
        }
        var reader = try open(path)
        #expect(try reader.skip(9) == 3)
    }

    @Test("a file cut anywhere fails, after the rows that are whole", arguments: samples)
    func cut(sample: Sample) throws {
        let folder = try Folder()
        for count in 0..<sample.bytes.count {
            let path = try folder.write(Array(sample.bytes[..<count]), sample.name)
            let (read, error) = readAll(path, by: 2)
            #expect(read == Array(Self.floats[..<read.count]))
            #expect(read.count % 2 == 0 && read.count < 6)
            // Only formats that do not count their rows can end after any of them.
            let endsBetweenRows =
                ["a.fvecs", "a.bvecs", "a.jsonl"].contains(sample.name) && read.count > 0
            if error == nil { #expect(endsBetweenRows, "cut at \(count)") }
            if let error {
                #expect(error.code == .badInput)
                #expect(error.message.contains(path))
                #expect(error.message.contains("byte") || error.message.contains("line"))
            }
        }
    }

    @Test("compressed files are read like others, and damage in them is noticed")
    func compressed() throws {
        let folder = try Folder()
        // gzip's bytes for an idx file of three rows; made with: gzip -9n
        let path = try folder.write(Self.compressedIDX, "a.idx.gz")
        let (read, error) = readAll(path, by: 2)
        #expect(read == Self.floats)
        #expect(error == nil)
        for count in [0, 5, 12, Self.compressedIDX.count - 1] {
            try folder.write(Array(Self.compressedIDX[..<count]), "a.idx.gz")
            #expect(readAll(path, by: 1).1?.code == .badInput)
        }
        try folder.write("this is not compressed", "a.idx.gz")
        #expect(readAll(path, by: 1).1?.code == .badInput)
    }

    private static let compressedIDX: [UInt8] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x63, 0x60, 0xe0, 0x60,
        0x62, 0x60, 0x60, 0x60, 0x06, 0x62, 0x26, 0x46, 0x26, 0x66, 0x16, 0x56, 0x36, 0x00,
        0x3c, 0x40, 0xc7, 0x82, 0x12, 0x00, 0x00, 0x00,
    ]

    @Test(
        "a wrong header says what is wrong and where",
        arguments: [
            ("a.fvecs", bytes(0) + bytes([1]), "0 components", "byte 0"),
            ("a.fvecs", bytes(-1) + bytes([1]), "-1 components", "byte 0"),
            ("a.bvecs", bytes(1 << 20), "1048576 components", "byte 0"),
            ("a.bvecs", bvecs([[1, 2], [1, 2, 3]]), "row 1 has 3 components", "byte 6"),
            ("a.fbin", bytes(3) + bytes(0), "0 components", "byte 4"),
            ("a.u8bin", bytes(1) + bytes(2) + [1, 2, 3], "something follows", "byte 10"),
            ("a.npy", Array("NUMPY???".utf8), "does not begin", "byte 0"),
            ("a.npy", npy("<f8", "(1, 2)", []), "\"<f8\"", "byte"),
            ("a.npy", npy(">f4", "(1, 2)", []), "\">f4\"", "byte"),
            ("a.npy", npy("<f4", "(1, 2)", [], order: "True"), "Fortran", "byte"),
            ("a.npy", npy("<f4", "()", []), "no dimension", "byte"),
            ("a.npy", npy("<f4", "(-1, 2)", []), "header", "byte"),
            ("a.npy", npy("<f4", "(1, 2)", [], version: 4), "version is 4", "byte 6"),
            ("a.idx", [1, 0, 8, 2], "two zeros", "byte 0"),
            ("a.idx", idx(0x0E, [1, 2], []), "0xe", "byte 2"),
            ("a.idx", idx(0x08, [2], [1, 2]), "1 dimensions", "byte 3"),
            ("a.idx", idx(0x08, [2, 1 << 20], []), "1048576", "byte 8"),
            ("a.jsonl", Array("[1,2]\n[1,2,3]\n".utf8), "3 components", "line 2"),
            ("a.jsonl", Array("[1,2]\n{}\n".utf8), "array of numbers", "line 2"),
            ("a.jsonl", Array("[1,2]\n[1,\"2\"]\n".utf8), "component 1", "line 2"),
            ("a.jsonl", Array("[1,2]\n[1,1e300]\n".utf8), "out of range", "line 2"),
            ("a.jsonl", Array("{\"vector\":[1,2],\"vektor\":1}".utf8), "unknown member", "line 1"),
            ("a.jsonl", Array("{\"vector\":[1,2],\"id\":1}\n[1,2]".utf8), "in all lines", "line 2"),
        ])
    func wrongHeader(name: String, content: [UInt8], reason: String, place: String) throws {
        let folder = try Folder()
        let error = readAll(try folder.write(content, name), by: 10).1
        #expect(error?.code == .badInput)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(place) == true, "\(error?.message ?? "")")
    }

    @Test("vectors of another dimension than the database's are refused")
    func dimension() throws {
        let folder = try Folder()
        let path = try folder.write(fvecs([[1, 2, 3]]), "a.fvecs")
        let error = failure { try open(path) }
        #expect(error?.code == .badInput)
        #expect(error?.message.hasSuffix("have 3 components, the database's have 2") == true)
    }

    @Test(
        "the name tells the format",
        arguments: [
            ("x/base.fvecs", "fvecs"), ("a.NPY", "npy"), ("a.jsonl.gz", "jsonl"),
            ("a.ndjson", "jsonl"),
            ("train-images-idx3-ubyte.gz", "idx"), ("train-images.idx3-ubyte", "idx"),
            ("a.bin", nil),
            ("fvecs", nil),
        ])
    func names(path: String, format: String?) {
        #expect(VectorFormat(fileName: path)?.rawValue == format)
    }

    @Test("a file that is not there has its own exit code")
    func missing() {
        #expect(failure { try open("/nowhere/a.fvecs") }?.code == .noInput)
        #expect(failure { try open("/nowhere/a.bin") }?.code == .usage)
    }
}
