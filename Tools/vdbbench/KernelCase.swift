internal import CVDBKernels
internal import VDBPrimitives

/// One kernel with its input, to be called again and again.
struct KernelCase {
    let name: String
    /// Bytes that a call reads, without what stays in registers.
    let size: Int
    /// Table look-ups of a call; 0 where it makes none.
    let lookupCount: Int
    let call: () -> Void

    init(_ name: String, size: Int, lookups: Int = 0, _ call: @escaping () -> Void) {
        self.name = name
        self.size = size
        lookupCount = lookups
        self.call = call
    }

    /// Seconds of the fastest of some calls, or of runs of calls where one is too short to time.
    func seconds() -> Double {
        call()
        let once = Stopwatch()
        call()
        let runLength = max(1, Int(2e-4 / max(once.seconds, 1e-9)))
        var shortest = Double.infinity
        for _ in 0..<25 {
            let run = Stopwatch()
            for _ in 0..<runLength { call() }
            shortest = min(shortest, run.seconds / Double(runLength))
        }
        return shortest
    }
}

/// Memory that the kernels read and write: random whole numbers, valid in every element type.
final class KernelMemory {
    let bytes: UnsafeMutableRawPointer
    let size: Int
    let query: UnsafeMutablePointer<Float>
    let integers: UnsafeMutablePointer<Int16>
    /// Room for the results of any kernel.
    let out: UnsafeMutablePointer<Float>
    let positions: UnsafeMutablePointer<UInt32>
    /// Random numbers within 0 ..< 64.
    let floats: UnsafeMutablePointer<Float>

    init(size: Int, dimension: Int) {
        self.size = size
        var random = RandomSource(seed: 1)
        bytes = .allocate(byteCount: size, alignment: 64)
        // Halves of these bytes are small float16, words of them small float32.
        for index in 0..<size {
            bytes.storeBytes(of: UInt8(random.next(below: 60)), toByteOffset: index, as: UInt8.self)
        }
        let count = max(size, 1 << 16)
        query = .allocate(capacity: dimension)
        integers = .allocate(capacity: dimension)
        for index in 0..<dimension {
            let number = random.next(below: 60)
            query[index] = Float(number)
            integers[index] = Int16(number)
        }
        out = .allocate(capacity: 2 * count)
        out.initialize(repeating: 0, count: 2 * count)
        positions = .allocate(capacity: count)
        positions.initialize(repeating: 0, count: count)
        floats = .allocate(capacity: count)
        for index in 0..<count { (floats + index).initialize(to: Float(random.next(below: 64))) }
    }

    deinit {
        bytes.deallocate()
        query.deallocate()
        integers.deallocate()
        out.deallocate()
        positions.deallocate()
        floats.deallocate()
    }
}

extension KernelMemory {
    private static let elements: [(name: String, code: vdb_element, size: Int)] = [
        ("float32", VDB_FLOAT32, 4), ("float16", VDB_FLOAT16, 2), ("int8", VDB_INT8, 1),
        ("uint8", VDB_UINT8, 1),
    ]

    /// Distances of one query to all rows that the memory holds.
    func distanceCases(dimension: Int) -> [KernelCase] {
        var cases = [
            KernelCase("read", size: size) { [self] in
                out[0] = Float(bitPattern: readAll())
            }
        ]
        for (name, code, elementSize) in Self.elements {
            let stride = dimension * elementSize
            let count = size / stride
            let read = count * stride
            cases += [
                KernelCase("l2 \(name)", size: read) { [self] in
                    vdb_l2_rows(code, query, bytes, stride, count, dimension, out)
                },
                KernelCase("ip \(name)", size: read) { [self] in
                    vdb_ip_rows(code, query, bytes, stride, count, dimension, out)
                },
                KernelCase("cosine \(name)", size: read) { [self] in
                    vdb_dot_norm_rows(code, query, bytes, stride, count, dimension, out)
                    vdb_cosines(out, count, 3, out)
                },
            ]
            guard elementSize == 1 else { continue }
            cases += [
                KernelCase("l2 \(name) in integers", size: read) { [self] in
                    vdb_l2_integer_rows(code, integers, bytes, stride, count, dimension, out)
                },
                KernelCase("ip \(name) in integers", size: read) { [self] in
                    vdb_ip_integer_rows(code, integers, bytes, stride, count, dimension, out)
                },
            ]
        }
        return cases
    }

    /// What does nothing but read: the yardstick of the others.
    private func readAll() -> UInt32 {
        vdb_greatest_magnitude(bytes.assumingMemoryBound(to: Float.self), size / 4)
    }

    /// Choosing and checking, on 4,096 keys.
    func selectionCases() -> [KernelCase] {
        let count = 4096
        return [
            KernelCase("select within", size: 4 * count) { [self] in
                _ = vdb_select_within(floats, count, 0, positions)
            },
            KernelCase("select 64 smallest", size: 4 * count) { [self] in
                var bound: Float = 0
                _ = vdb_select_smallest(floats, nil, count, 64, 80, out, positions, &bound)
            },
            KernelCase("order 64", size: 4 * 64) { [self] in
                vdb_order_pairs(floats, positions, 64, out, positions + 64)
            },
            KernelCase("crc32c", size: 1 << 16) { [self] in
                positions[0] = vdb_crc32c(0, floats, 1 << 16)
            },
        ]
    }
}
