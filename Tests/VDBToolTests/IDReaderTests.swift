import Testing

@testable import vdbtool

@Suite struct IDReaderTests {
    private func ids(_ content: [UInt8], _ name: String = "ids") throws -> [UInt64] {
        let folder = try Folder()
        var reader = try IDReader(opening: folder.write(content, name))
        var ids: [UInt64] = []
        while let id = try reader.next() { ids.append(id) }
        return ids
    }

    private func words(_ values: [UInt64]) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    }

    @Test("ids are lines of text or arrays of NumPy")
    func sound() throws {
        #expect(try ids(Array("5\n18446744073709551615\r\n0".utf8)) == [5, .max, 0])
        #expect(try ids(npy("<u8", "(2,)", words([7, .max]))) == [7, .max])
        #expect(try ids(npy("<i8", "(1,)", words([7]))) == [7])
        #expect(try ids([]) == [])
        #expect(try ids(Array("\u{FEFF}5\n6\n\r\n\n".utf8)) == [5, 6])
    }

    @Test(
        "what is no id is refused with its place",
        arguments: [
            (Array("5\n-1\n".utf8), "line 2"), (Array("5\n\n6\n".utf8), "line 2"),
            (Array("5 6\n".utf8), "line 1"), (Array("18446744073709551616".utf8), "line 1"),
            (npy("<u4", "(1,)", []), "<u4"), (npy("<u8", "(1, 1)", []), "[1, 1]"),
            (npy("<u8", "(1,)", [1, 2]), "byte"),
            (npy("<i8", "(1,)", [UInt8](repeating: 255, count: 8)), "-1 is negative"),
        ])
    func refused(content: [UInt8], reason: String) {
        let error = failure { try ids(content) }
        #expect(error?.code == .badInput)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test("the truth is read row by row, without what fills it up")
    func groundTruth() throws {
        let folder = try Folder()
        let content = ivecs([[3, 1], [2, -1], []])
        let path = try folder.write(content, "a.ivecs")
        #expect(try GroundTruth.read(path, limit: 9) == [[3, 1], [2], []])
        #expect(try GroundTruth.read(path, limit: 1) == [[3, 1]])
        for count in 0..<content.count where ![0, 12, 24].contains(count) {
            try folder.write(Array(content[..<count]), "a.ivecs")
            #expect(failure { try GroundTruth.read(path, limit: 9) }?.code == .badInput)
        }
    }
}
