package import VDBPrimitives

// Written and read only here; the page is Formats/schema.md.
extension Schema {
    /// The version that `encode()` writes.
    private static let formatVersion: UInt16 = 1

    /// The stored form, without a checksum.
    ///
    /// All fields little-endian, without padding:
    ///
    /// | offset | size | field |
    /// |---|---|---|
    /// | 0 | 2 | format version, 1 |
    /// | 2 | 1 | element type: 1 float32, 2 float16, 3 int8, 4 uint8, 5 bit |
    /// | 3 | 1 | metric: 1 euclidean, 2 inner product, 3 cosine, 4 hamming |
    /// | 4 | 4 | dimension, 1 … 65,536 |
    /// | 8 | 2 | count of attributes, 0 … 64 |
    /// | 10 | | the attributes, one after the other |
    ///
    /// Each attribute:
    ///
    /// | offset | size | field |
    /// |---|---|---|
    /// | 0 | 1 | type: 1 timestamp … 6 boolean (`AttributeType`) |
    /// | 1 | 1 | size of the name in bytes, 1 … 64 |
    /// | 2 | size | name, ASCII |
    package func encode() -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 10 + attributes.count * 16)
        writer.write(Self.formatVersion)
        writer.write(element.rawValue)
        writer.write(metric.rawValue)
        writer.write(UInt32(dimension))
        writer.write(UInt16(attributes.count))
        for attribute in attributes {
            writer.write(attribute.type.rawValue)
            writer.write(UInt8(attribute.name.utf8.count))
            writer.write(Array(attribute.name.utf8))
        }
        return writer.finish()
    }

    /// Reads what `encode()` wrote, and refuses everything that it would not have written.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        let version = try reader.read(UInt16.self)
        guard version == Self.formatVersion else {
            throw .unknownValue(field: "schema format version", value: UInt64(version))
        }
        let elementNumber = try reader.read(UInt8.self)
        guard let element = ElementType(rawValue: elementNumber) else {
            throw .unknownValue(field: "element type", value: UInt64(elementNumber))
        }
        let metricNumber = try reader.read(UInt8.self)
        guard let metric = Metric(rawValue: metricNumber) else {
            throw .unknownValue(field: "metric", value: UInt64(metricNumber))
        }
        let dimension = try reader.read(UInt32.self)
        let attributeCount = try reader.read(UInt16.self)
        var attributes: [Attribute] = []
        for _ in 0..<attributeCount { attributes.append(try Self.attribute(from: &reader)) }
        try reader.finish()

        do {
            try self.init(
                dimension: Int(dimension), element: element, metric: metric,
                attributes: attributes)
        } catch {
            throw .inconsistent(error.description)
        }
    }

    /// Reads what `encode()` wrote.
    package init(decoding bytes: [UInt8]) throws(DecodingFailure) {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(DecodingFailure) in try Schema(decoding: buffer) }
        }
        self = try result.get()
    }

    private static func attribute(
        from reader: inout ByteReader
    ) throws(DecodingFailure) -> Attribute {
        let typeNumber = try reader.read(UInt8.self)
        guard let type = AttributeType(rawValue: typeNumber) else {
            throw .unknownValue(field: "attribute type", value: UInt64(typeNumber))
        }
        let size = Int(try reader.read(UInt8.self))
        let field = try reader.readBytes(size)
        guard let name = String(validating: field, as: UTF8.self) else {
            throw .inconsistent("attribute name of \(size) bytes is not UTF-8")
        }
        return Attribute(name: name, type: type)
    }
}
