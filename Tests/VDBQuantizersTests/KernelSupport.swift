import CVDBKernels
import Testing
import VDBPrimitives

/// The parent of all suites here. They run one after another because the kernels' level belongs to
/// the whole process.
@Suite("Quantizers", .serialized)
struct QuantizerTests {}

/// The levels that this machine has besides the scalar one.
let vectorLevels = [
    VDB_LEVEL_NEON, VDB_LEVEL_AVX2, VDB_LEVEL_AVX512, VDB_LEVEL_AVX512VBMI,
].filter { level in
    let current = vdb_kernels_level()
    defer { _ = vdb_kernels_select(current) }
    return vdb_kernels_select(level) == 0
}

/// Lengths around every register width, and a real one.
let lengths = [0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 129, 784]

extension vdb_level: @retroactive CustomTestStringConvertible {
    public var testDescription: String { String(cString: vdb_kernels_name(self)) }
}

/// Runs `body` with the kernels of `level`.
func at<Result>(_ level: vdb_level, _ body: () throws -> Result) rethrows -> Result {
    let current = vdb_kernels_level()
    #expect(vdb_kernels_select(level) == 0)
    defer { _ = vdb_kernels_select(current) }
    return try body()
}

/// The scalar result and that of `level`.
func both<Result>(_ level: vdb_level, _ body: () throws -> Result) rethrows -> (Result, Result) {
    (try at(VDB_LEVEL_SCALAR, body), try at(level, body))
}

/// `count` numbers in −1 ..< 1.
func randomFloats(_ count: Int, seed: UInt64) -> [Float] {
    var random = RandomSource(seed: seed)
    return (0..<count).map { _ in random.nextUnit() * 2 - 1 }
}

func randomBytes(_ count: Int, below bound: Int = 256, seed: UInt64) -> [UInt8] {
    var random = RandomSource(seed: seed)
    return (0..<count).map { _ in UInt8(random.next(below: bound)) }
}

/// Numbers from a few clusters with unequal directions, as real collections have.
func clusteredVectors(
    _ count: Int, dimension: Int, clusterCount: Int, spread: Float = 0.3, seed: UInt64
) -> [Float] {
    var random = RandomSource(seed: seed)
    let centers = randomFloats(clusterCount * dimension, seed: seed &+ 1)
    var result: [Float] = []
    result.reserveCapacity(count * dimension)
    for _ in 0..<count {
        let center = random.next(below: clusterCount) * dimension
        for t in 0..<dimension {
            let noise = random.nextUnit() + random.nextUnit() + random.nextUnit() - 1.5
            result.append(centers[center + t] + noise * spread * 2 / Float(1 + t % 7))
        }
    }
    return result
}

/// Calls `body` with a copy of `bytes` that starts at an odd address, with nothing readable
/// promised after it.
func withUnaligned<Result>(
    _ bytes: [UInt8], _ body: (UnsafeRawPointer) throws -> Result
) rethrows -> Result {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count + 1, alignment: 64)
    defer { memory.deallocate() }
    bytes.withUnsafeBytes { source in
        if let start = source.baseAddress {
            (memory + 1).copyMemory(from: start, byteCount: bytes.count)
        }
    }
    return try body(UnsafeRawPointer(memory + 1))
}
