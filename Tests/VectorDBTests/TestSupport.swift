import Foundation
import Testing
import VectorDB

/// Runs `body` with the path of an empty directory, which is gone afterwards.
func withTemporaryDirectory<Result>(
    _ body: (String) throws -> Result
) throws -> Result {
    let path = NSTemporaryDirectory() + "vdb-api-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

extension Options {
    /// Nothing happens by itself.
    static var manual: Options {
        var options = Options()
        options.isAutomatic = false
        options.trainingThreshold = 256
        options.mapSize = 1 << 28
        return options
    }
}

extension Metric {
    /// Those of numbers, which fit every element type but bits.
    static let ofNumbers: [Metric] = [.euclidean, .innerProduct, .cosine]
}

extension ElementType {
    /// Those of numbers.
    static let ofNumbers: [ElementType] = [.float32, .float16, .int8, .uint8]
}

/// Checks that `body` fails with `code`, and that the message says each of `parts`.
func expectFailure(
    _ code: VectorDBError.Code, saying parts: String...,
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    do {
        try body()
        Issue.record("\(code) expected, nothing thrown", sourceLocation: sourceLocation)
    } catch let error as VectorDBError {
        #expect(error.code == code, "\(error.message)", sourceLocation: sourceLocation)
        #expect(error.message.hasPrefix("cannot "), sourceLocation: sourceLocation)
        for part in parts {
            #expect(error.message.contains(part), "\(part)", sourceLocation: sourceLocation)
        }
    } catch {
        Issue.record("\(error) is no VectorDBError", sourceLocation: sourceLocation)
    }
}
