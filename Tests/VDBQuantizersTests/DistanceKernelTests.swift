import CVDBKernels
import Testing
import VDBPrimitives

/// A stored type with its three distance functions.
struct StoredElement: Sendable, CustomTestStringConvertible {
    let element: vdb_element
    let size: Int
    let l2: @Sendable (UnsafePointer<Float>, UnsafeRawPointer, Int) -> Float
    let ip: @Sendable (UnsafePointer<Float>, UnsafeRawPointer, Int) -> Float
    let dotNorm: @Sendable (UnsafePointer<Float>, UnsafeRawPointer, Int) -> [Float]
    var testDescription: String { "element \(element.rawValue)" }

    /// Random stored vectors of `count` elements, without infinities.
    func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
        let floats = randomFloats(count, seed: seed)
        switch element {
        case VDB_FLOAT32:
            return floats.withUnsafeBytes { Array($0) }
        case VDB_FLOAT16:
            var halves = [UInt16](repeating: 0, count: count)
            vdb_from_f32_f16(floats, count, &halves)
            return halves.withUnsafeBytes { Array($0) }
        default:
            return randomBytes(count, seed: seed)
        }
    }

    /// The elements as float32, one by one.
    func floats(_ bytes: [UInt8]) -> [Float] {
        var result = [Float](repeating: 0, count: bytes.count / size)
        switch element {
        case VDB_FLOAT32:
            bytes.withUnsafeBytes { source in
                for i in result.indices {
                    result[i] = source.loadUnaligned(fromByteOffset: 4 * i, as: Float.self)
                }
            }
        case VDB_FLOAT16: vdb_to_f32_f16(bytes, result.count, &result)
        case VDB_INT8: result = bytes.map { Float(Int8(bitPattern: $0)) }
        default: result = bytes.map { Float($0) }
        }
        return result
    }
}

private func pair(_ body: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
    var out: [Float] = [0, 0]
    body(&out)
    return out
}

let storedElements = [
    StoredElement(
        element: VDB_FLOAT32, size: 4, l2: { vdb_l2_f32($0, $1, $2) },
        ip: { vdb_ip_f32($0, $1, $2) },
        dotNorm: { q, x, n in pair { vdb_dot_norm_f32(q, x, n, $0) } }),
    StoredElement(
        element: VDB_FLOAT16, size: 2, l2: { vdb_l2_f16($0, $1, $2) },
        ip: { vdb_ip_f16($0, $1, $2) },
        dotNorm: { q, x, n in pair { vdb_dot_norm_f16(q, x, n, $0) } }),
    StoredElement(
        element: VDB_INT8, size: 1, l2: { vdb_l2_i8($0, $1, $2) },
        ip: { vdb_ip_i8($0, $1, $2) },
        dotNorm: { q, x, n in pair { vdb_dot_norm_i8(q, x, n, $0) } }),
    StoredElement(
        element: VDB_UINT8, size: 1, l2: { vdb_l2_u8($0, $1, $2) },
        ip: { vdb_ip_u8($0, $1, $2) },
        dotNorm: { q, x, n in pair { vdb_dot_norm_u8(q, x, n, $0) } }),
]

/// Sums in double precision, with the sums of absolute terms that tolerances refer to.
struct ReferenceSums {
    var l2 = 0.0, ip = 0.0, norm = 0.0, ipMagnitude = 0.0

    init(_ q: [Float], _ x: [Float]) {
        for (a, b) in zip(q, x) {
            let (a, b) = (Double(a), Double(b))
            l2 += (a - b) * (a - b)
            ip += a * b
            ipMagnitude += abs(a * b)
            norm += b * b
        }
    }
}

private func near(_ value: Float, _ reference: Double, of magnitude: Double) -> Bool {
    abs(Double(value) - reference) <= 1e-5 * magnitude
}

extension QuantizerTests {
    @Suite("Distance kernels")
    struct DistanceKernels {
        @Test(
            "every level agrees with sums in double precision", arguments: storedElements, lengths)
        func agrees(stored: StoredElement, n: Int) {
            let q = randomFloats(n, seed: 1).map { $0 * (stored.size == 1 ? 100 : 1) }
            let bytes = stored.bytes(n, seed: 2)
            let reference = ReferenceSums(q, stored.floats(bytes))
            for level in [VDB_LEVEL_SCALAR] + vectorLevels {
                at(level) {
                    withUnaligned(bytes) { x in
                        #expect(near(stored.l2(q, x, n), reference.l2, of: reference.l2))
                        #expect(near(stored.ip(q, x, n), reference.ip, of: reference.ipMagnitude))
                        let both = stored.dotNorm(q, x, n)
                        #expect(near(both[0], reference.ip, of: reference.ipMagnitude))
                        #expect(near(both[1], reference.norm, of: reference.norm))
                    }
                }
            }
        }

        @Test(
            "rows and gathered rows give what single vectors give, bit for bit",
            arguments: storedElements, [VDB_LEVEL_SCALAR] + vectorLevels)
        func many(stored: StoredElement, level: vdb_level) {
            for (n, count) in [(0, 3), (7, 5), (33, 9), (129, 4), (16, 24), (784, 17)] {
                let stride = n * stored.size + 3
                let q = randomFloats(n, seed: 1)
                var bytes: [UInt8] = []
                for row in 0..<count {
                    bytes += stored.bytes(n, seed: UInt64(row)) + [0, 0, 0]
                }
                at(level) {
                    withUnaligned(bytes) { x in
                        let rows = (0..<count).map { Optional(x + (count - 1 - $0) * stride) }
                        let forward = (0..<count).map { x + $0 * stride }
                        var out = [Float](repeating: 0, count: count)
                        vdb_l2_rows(stored.element, q, x, stride, count, n, &out)
                        #expect(out == forward.map { stored.l2(q, $0, n) })
                        vdb_l2_gather(stored.element, q, rows, count, n, &out)
                        #expect(out == forward.reversed().map { stored.l2(q, $0, n) })
                        vdb_ip_rows(stored.element, q, x, stride, count, n, &out)
                        #expect(out == forward.map { stored.ip(q, $0, n) })
                        vdb_ip_gather(stored.element, q, rows, count, n, &out)
                        #expect(out == forward.reversed().map { stored.ip(q, $0, n) })
                        var pairs = [Float](repeating: 0, count: 2 * count)
                        vdb_dot_norm_rows(stored.element, q, x, stride, count, n, &pairs)
                        #expect(pairs == forward.flatMap { stored.dotNorm(q, $0, n) })
                        vdb_dot_norm_gather(stored.element, q, rows, count, n, &pairs)
                        #expect(pairs == forward.reversed().flatMap { stored.dotNorm(q, $0, n) })
                    }
                }
            }
        }
    }
}
