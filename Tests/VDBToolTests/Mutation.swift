import Foundation
import Testing
import VDBPrimitives

@testable import vdbtool

/// Changes a file's bytes as accidents and careless programs do; the same seed, the same change.
enum Mutation {
    /// Changes of one file that a test makes; `VDB_MUTATIONS` in the environment sets another
    /// number, for a long search.
    static var count: Int {
        ProcessInfo.processInfo.environment["VDB_MUTATIONS"].flatMap { Int($0) } ?? 12
    }

    /// What sizes, counts and types are most often wrong in.
    private static let numbers: [UInt32] = [
        0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF,
        // As floats: infinity, not a number.
        0x7F80_0000, 0x7FC0_0000,
    ]

    static func change(_ original: [UInt8], seed: UInt64) -> [UInt8] {
        var random = RandomSource(seed: seed)
        var bytes = original
        for _ in 0...random.next(below: 3) { change(&bytes, &random) }
        return bytes
    }

    private static func change(_ bytes: inout [UInt8], _ random: inout RandomSource) {
        guard !bytes.isEmpty else { return bytes.append(UInt8(random.next(below: 256))) }
        // Half of the changes hit the beginning, where headers are.
        let reach = random.next(below: 2) == 0 ? min(64, bytes.count) : bytes.count
        let start = random.next(below: reach)
        let end = min(bytes.count, start + 1 + random.next(below: 300))
        switch random.next(below: 7) {
        case 0: bytes[start] ^= 1 << UInt8(random.next(below: 8))
        case 1: bytes[start] = UInt8(random.next(below: 256))
        case 2: bytes.removeSubrange(start...)
        case 3: bytes.removeSubrange(start..<end)
        case 4: bytes.insert(contentsOf: bytes[start..<end], at: start)
        case 5:
            for index in start..<end { bytes[index] = 0 }
        default:
            let number = numbers[random.next(below: numbers.count)]
            let order = random.next(below: 2) == 0 ? number.littleEndian : number.bigEndian
            for (index, byte) in withUnsafeBytes(of: order, Array.init).enumerated()
            where start + index < bytes.count {
                bytes[start + index] = byte
            }
        }
    }
}

/// Runs the tool, which must end by the rules: an exit code of the contract that blames input or
/// database, and one line that says why.
@discardableResult
func toolThatMayFail(
    _ words: [String], allowingUsage: Bool = false, _ change: String,
    sourceLocation: SourceLocation = #_sourceLocation
) -> Answer {
    let answer = tool(words)
    let command = "\(words.joined(separator: " ")), \(change)"
    #expect(answer.code != .internalError, "\(command)", sourceLocation: sourceLocation)
    #expect(
        allowingUsage || answer.code != .usage, "\(command): \(answer.errors)",
        sourceLocation: sourceLocation)
    if answer.code != .done, answer.code != .negative {
        let reasons = answer.errors.split(separator: "\n").filter { $0.hasPrefix("vdbtool: ") }
        #expect(reasons.count == 1, "\(command): \(answer.errors)", sourceLocation: sourceLocation)
    }
    return answer
}
