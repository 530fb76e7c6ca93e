import Testing

@testable import VDBPrimitives

@Suite struct ByteReaderTests {
    /// What brings the fields before it to 4 bytes less than a multiple of 16.
    private static let paddingSize = 11

    /// One of every kind of field.
    private func sample() -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 100)
        writer.write(UInt8(0xA5))
        writer.write(Int16(-2))
        writer.write(UInt32(0x0102_0304))
        writer.write(UInt64.max - 1)
        writer.write(Int64.min)
        writer.write(Float(-1.5))
        writer.write("größer ✓")
        writer.write(contentsOf: [UInt16(1), 2, 3])
        writer.pad(to: 16, offset: 4)
        writer.write([7, 8, 9])
        return writer.finish()
    }

    private func readSample(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            let byte = try reader.read(UInt8.self)
            let integers = (try reader.read(Int16.self), try reader.read(UInt32.self))
            let long = (try reader.read(UInt64.self), try reader.read(Int64.self))
            let floating = try reader.readFloat()
            let text = try reader.readString()
            let array = try reader.readArray(of: UInt16.self, count: 3)
            let padding = Array(try reader.readBytes(Self.paddingSize))
            let raw = Array(try reader.readBytes(3))
            #expect(byte == 0xA5)
            #expect(integers == (-2, 0x0102_0304))
            #expect(long == (.max - 1, .min))
            #expect(floating == -1.5)
            #expect(text == "größer ✓")
            #expect(array == [1, 2, 3])
            #expect(padding.allSatisfy { $0 == 0 } && (reader.offset - 3 + 4) % 16 == 0)
            #expect(raw == [7, 8, 9])
            #expect(reader.remaining == 0)
            try reader.finish()
        }
    }

    /// Reads without comparing, up to the first failure.
    private func failure(_ bytes: [UInt8]) -> DecodingFailure? {
        bytes.withUnsafeBytes { bytes in
            do throws(DecodingFailure) {
                var reader = ByteReader(bytes)
                _ = try reader.read(UInt8.self)
                _ = try reader.read(Int16.self)
                _ = try reader.read(UInt32.self)
                _ = try reader.read(UInt64.self)
                _ = try reader.read(Int64.self)
                _ = try reader.readFloat()
                _ = try reader.readString()
                _ = try reader.readArray(of: UInt16.self, count: 3)
                _ = try reader.readBytes(Self.paddingSize)
                _ = try reader.readBytes(3)
                try reader.finish()
                return nil
            } catch {
                return error
            }
        }
    }

    @Test("fields are read as they were written")
    func roundTrip() throws { try readSample(sample()) }

    @Test("a record cut at any byte is reported as truncated")
    func cuts() {
        let bytes = sample()
        #expect(failure(bytes) == nil)
        for size in 0..<bytes.count {
            guard case .truncated(let needed, let available) = failure(Array(bytes[..<size]))
            else {
                Issue.record("cut at \(size): \(String(describing: failure(bytes)))")
                continue
            }
            #expect(available == size)
            #expect(needed > size)
        }
    }

    @Test("bytes behind the last field are refused")
    func trailing() { #expect(failure(sample() + [0, 0]) == .trailingBytes(2)) }

    @Test("numbers are little-endian")
    func littleEndian() {
        var writer = ByteWriter()
        writer.write(UInt32(0x0102_0304))
        writer.write(Float(1))
        #expect(writer.finish() == [4, 3, 2, 1, 0, 0, 0x80, 0x3F])
    }

    @Test("a field written over keeps its neighbours")
    func overwrite() {
        var writer = ByteWriter()
        writer.write([1, 2, 3, 4, 5, 6])
        writer.overwrite(UInt16(0xBBAA), at: 2)
        #expect(writer.finish() == [1, 2, 0xAA, 0xBB, 5, 6])
    }

    @Test("text that is not UTF-8 is refused")
    func invalidText() {
        let bytes: [UInt8] = [2, 0, 0, 0, 0xC3, 0x28]
        _ = bytes.withUnsafeBytes { bytes in
            #expect(throws: DecodingFailure.inconsistent("text of 2 bytes is not UTF-8")) {
                var reader = ByteReader(bytes)
                _ = try reader.readString()
            }
        }
    }

    @Test(
        "counts that no record can hold are truncations, not crashes",
        arguments: [-1, 2, 1 << 40, .max / 2, .max, .min])
    func absurdCounts(count: Int) {
        _ = [UInt8](repeating: 0, count: 12).withUnsafeBytes { bytes in
            #expect(throws: DecodingFailure.self) {
                var reader = ByteReader(bytes)
                _ = try reader.readArray(of: UInt64.self, count: count)
            }
        }
    }

    @Test("the words of a failure carry its numbers")
    func descriptions() {
        #expect(
            DecodingFailure.truncated(needed: 9, available: 4).description
                == "9 bytes are needed, 4 are there")
        #expect(
            DecodingFailure.checksumMismatch(stored: 0xAB, computed: 1).description
                == "checksum is 0x000000ab, computed 0x00000001")
        #expect(
            DecodingFailure.unknownValue(field: "codec", value: 7).description
                == "unknown codec 7")
    }
}
