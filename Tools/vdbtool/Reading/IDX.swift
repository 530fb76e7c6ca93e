internal import VectorDB

/// `idx`, the format of MNIST: type and number of dimensions, their sizes, the numbers; all with
/// the most significant byte first (http://yann.lecun.com/exdb/mnist).
///
/// The first dimension counts the vectors; all others together are a vector.
enum IDX {
    static func layout(_ source: ByteSource) throws(ToolFailure) -> RowLayout {
        let magic = try source.read(4)
        guard magic.count == 4 else { throw source.failure("the file ends within its header") }
        guard magic[0] == 0, magic[1] == 0 else {
            throw source.failure("the file does not begin with two zeros, as idx does,", at: 0)
        }
        let element: ElementType
        switch magic[2] {
        case 0x08: element = .uint8
        case 0x09: element = .int8
        case 0x0D: element = .float32
        default:
            throw source.failure(
                "the numbers' type is 0x\(String(magic[2], radix: 16)), not 0x8 (unsigned byte), "
                    + "0x9 (signed byte) or 0xd (float),", at: 2)
        }
        let dimensionCount = Int(magic[3])
        guard dimensionCount >= 2 else {
            throw source.failure(
                "there are \(dimensionCount) dimensions, vectors need at least 2,", at: 3)
        }
        let sizes = try source.read(4 * dimensionCount)
        guard sizes.count == 4 * dimensionCount else {
            throw source.failure("the file ends within its header")
        }
        let numbers = (0..<dimensionCount).map { index in
            sizes[index * 4..<index * 4 + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        var dimension = 1
        for number in numbers.dropFirst() {
            dimension = min(dimension * number, RowLayout.maximumDimension + 1)
        }
        guard (1...RowLayout.maximumDimension).contains(dimension) else {
            throw source.failure(
                "vectors of \(numbers.dropFirst().map(String.init).joined(separator: " × ")) "
                    + "components", at: 8)
        }
        return RowLayout(
            element: element, dimension: dimension, count: numbers[0], isBigEndian: true)
    }
}
