import Synchronization
import VDBPrimitives
import VectorDB

@testable import vdbtool

/// What a run of the tool left behind.
struct Answer {
    let code: ExitCode
    let output: String
    let errors: String

    /// The output's lines as JSON.
    var json: [JSON] {
        get throws {
            try output.split(separator: "\n").map { try JSONParser.parse(String($0)) }
        }
    }
}

/// Runs the tool within this process.
func tool(_ words: String...) -> Answer { tool(words) }

func tool(_ words: [String]) -> Answer {
    let texts = Texts()
    let console = Console(
        writeOutput: { texts.append($0, \.output) }, writeError: { texts.append($0, \.errors) })
    let code = VDBTool.run(words, console: console)
    return Answer(code: code, output: texts.get(\.output), errors: texts.get(\.errors))
}

/// What is written, by any thread.
final class Texts: Sendable {
    struct Streams { var output = "", errors = "" }
    private let streams = Mutex(Streams())

    func append(_ text: String, _ path: WritableKeyPath<Streams, String> & Sendable) -> Int32? {
        streams.withLock { $0[keyPath: path] += text }
        return nil
    }

    func get(_ path: KeyPath<Streams, String> & Sendable) -> String {
        streams.withLock { $0[keyPath: path] }
    }
}

/// A new directory that is removed with all that is in it.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = "/tmp/vdbtool-tests-\(Platform.processID)-\(UInt64.random(in: 0 ... .max))"
        try FileSystem.createDirectory(path)
    }

    deinit { Self.remove(path) }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let file = try FileDescriptor(opening: path + "/" + name, .createIfMissing)
        try file.truncate(to: 0)
        try bytes.withUnsafeBytes { try file.write($0, at: 0) }
        return file.path
    }

    @discardableResult
    func write(_ text: String, _ name: String) throws -> String {
        try write(Array(text.utf8), name)
    }

    private static func remove(_ path: String) {
        for name in (try? FileSystem.names(in: path)) ?? [] {
            let inner = path + "/" + name
            if FileSystem.isDirectory(inner) {
                remove(inner)
            } else {
                try? FileSystem.remove(inner)
            }
        }
        try? FileSystem.removeDirectory(path)
    }
}

/// The failure of a body that must fail.
func failure<Result>(_ body: () throws -> Result) -> ToolFailure? {
    do {
        _ = try body()
        return nil
    } catch {
        return error as? ToolFailure
    }
}

// MARK: - Files of vectors

/// Little-endian bytes of a 32-bit integer.
func bytes(_ value: Int32) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

func bytes(_ values: [Float]) -> [UInt8] {
    values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
}

/// Rows as fvecs.
func fvecs(_ rows: [[Float]]) -> [UInt8] {
    rows.flatMap { bytes(Int32($0.count)) + bytes($0) }
}

/// Rows as bvecs.
func bvecs(_ rows: [[UInt8]]) -> [UInt8] { rows.flatMap { bytes(Int32($0.count)) + $0 } }

/// Rows as ivecs.
func ivecs(_ rows: [[Int32]]) -> [UInt8] {
    rows.flatMap { bytes(Int32($0.count)) + $0.flatMap { bytes($0) } }
}

/// An npy file with the given header fields.
func npy(
    _ type: String, _ shape: String, _ data: [UInt8], version: UInt8 = 1, order: String = "False"
) -> [UInt8] {
    let text = "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }\n"
    let size = text.utf8.count
    let sizeBytes =
        version == 1
        ? [UInt8(size & 0xFF), UInt8(size >> 8)] : bytes(Int32(size))
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + sizeBytes + Array(text.utf8) + data
}

/// An idx file.
func idx(_ type: UInt8, _ sizes: [Int32], _ data: [UInt8]) -> [UInt8] {
    [0, 0, type, UInt8(sizes.count)] + sizes.flatMap { bytes($0.bigEndian) } + data
}

/// A schema for tests.
func schema(_ dimension: Int, _ attributes: KeyValuePairs<String, AttributeType> = [:]) throws
    -> Schema
{
    try Schema(
        dimension: dimension,
        attributes: attributes.map { Attribute(name: $0.key, type: $0.value) })
}
