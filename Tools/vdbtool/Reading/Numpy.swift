internal import VectorDB

/// `npy`, NumPy's own format, versions 1 to 3
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
enum Numpy {
    /// What the header says.
    struct Header: Hashable {
        /// `<f4`: byte order, kind and size of the elements.
        let type: String
        let isFortranOrder: Bool
        let shape: [Int]
    }

    /// The layout of an array of vectors: its first dimension counts them; one vector is well too.
    static func layout(_ source: ByteSource) throws(ToolFailure) -> RowLayout {
        let header = try header(source)
        let elements: [String: ElementType] = [
            "<f4": .float32, "<f2": .float16, "|u1": .uint8, "|i1": .int8, "<u1": .uint8,
            "<i1": .int8,
        ]
        guard let element = elements[header.type] else {
            throw source.failure(
                "the elements are \(quoted(header.type)), not float32, float16, uint8 or int8 "
                    + "(little-endian; array.astype(\"float32\") makes them so); their header ends")
        }
        let shape = header.shape.count == 1 ? [1] + header.shape : header.shape
        guard shape.count >= 2 else {
            throw source.failure("the array has no dimension; its header ends")
        }
        guard !header.isFortranOrder || header.shape.count == 1 else {
            throw source.failure(
                "the array is in Fortran order (numpy.ascontiguousarray makes it C order); "
                    + "its header ends")
        }
        var dimension = 1
        for number in shape.dropFirst() {
            dimension = min(dimension * min(number, 1 << 20), 1 << 20)
        }
        guard (1...RowLayout.maximumDimension).contains(dimension) else {
            throw source.failure("the array is of shape \(header.shape); its header ends")
        }
        return RowLayout(element: element, dimension: dimension, count: shape[0])
    }

    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    /// Takes the header.
    static func header(_ source: ByteSource) throws(ToolFailure) -> Header {
        let start = try source.read(8)
        guard start.count == 8, Array(start[..<6]) == magic else {
            throw source.failure("the file does not begin as npy files do,", at: 0)
        }
        guard (1...3).contains(start[6]) else {
            throw source.failure("the format's version is \(start[6]), not 1, 2 or 3,", at: 6)
        }
        let sizeBytes = try source.read(start[6] == 1 ? 2 : 4)
        let size = sizeBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard sizeBytes.count == (start[6] == 1 ? 2 : 4), size <= 1 << 20 else {
            throw source.failure("a header of \(size) bytes", at: 8)
        }
        let begin = source.offset
        let bytes = try source.read(size)
        guard bytes.count == size else {
            throw source.failure("the file ends within its header, which takes \(size) bytes,")
        }
        guard let header = parse(String(decoding: bytes, as: UTF8.self)) else {
            throw source.failure("the header is none of a plain array", at: begin)
        }
        return header
    }

    /// The header of an array, as NumPy writes it: padded to a multiple of 64 bytes.
    static func header(_ element: ElementType, _ shape: [Int]) -> [UInt8] {
        let types: [ElementType: String] = [
            .float32: "<f4", .float16: "<f2", .uint8: "|u1", .int8: "|i1",
        ]
        let sizes = shape.map(String.init).joined(separator: ", ")
        var text =
            "{'descr': '\(types[element] ?? "|V1")', 'fortran_order': False, 'shape': (\(sizes)), }"
        while (10 + text.utf8.count + 1) % 64 != 0 { text += " " }
        text += "\n"
        return magic + [1, 0] + littleEndian(UInt16(text.utf8.count)) + Array(text.utf8)
    }

    /// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (60000, 784), }`.
    private static func parse(_ text: String) -> Header? {
        func value(of key: String) -> Substring? {
            for quote in ["'", "\""] {
                let parts = text.split(
                    separator: "\(quote)\(key)\(quote):", maxSplits: 1,
                    omittingEmptySubsequences: false)
                if parts.count == 2 { return parts[1].drop { $0 == " " } }
            }
            return nil
        }
        guard let descr = value(of: "descr"), let quote = descr.first,
            quote == "'" || quote == "\"", let order = value(of: "fortran_order"),
            order.hasPrefix("True") || order.hasPrefix("False"),
            let shape = value(of: "shape"), shape.first == "("
        else { return nil }
        var numbers: [Int] = []
        for part in shape.dropFirst().prefix(while: { $0 != ")" }).split(separator: ",") {
            let digits = part.filter { $0 != " " }
            if digits.isEmpty { continue }
            guard let number = Int(digits), number >= 0 else { return nil }
            numbers.append(number)
        }
        return Header(
            type: String(descr.dropFirst().prefix { $0 != quote }),
            isFortranOrder: order.hasPrefix("True"), shape: numbers)
    }
}
