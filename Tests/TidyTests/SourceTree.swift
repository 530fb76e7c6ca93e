import Foundation

/// One file of the repository.
struct SourceFile: Sendable {
    /// From the root of the repository.
    let path: String
    let lines: [String]

    /// The first folder below `Sources`, `Tests` or `Tools`: the module.
    var module: String { path.split(separator: "/").dropFirst().first.map { String($0) } ?? "" }

    /// The lines without comments, and with every text literal empty: what is left is code.
    let code: [String]

    init(path: String, lines: [String]) {
        self.path = path
        self.lines = lines
        var isText = false
        code = lines.map { line in
            if line.contains("\"\"\"") {
                let count = line.components(separatedBy: "\"\"\"").count - 1
                if count % 2 == 1 { isText.toggle() }
                return ""
            }
            return isText ? "" : Self.withoutTextAndComment(line)
        }
    }

    private static func withoutTextAndComment(_ line: String) -> String {
        let bytes = Array(line.utf8)
        var code: [UInt8] = []
        code.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == slash, index + 1 < bytes.count, bytes[index + 1] == slash { break }
            code.append(byte)
            index += 1
            guard byte == quote else { continue }
            code.append(quote)
            index = behindText(bytes, index)
        }
        return String(decoding: code, as: UTF8.self)
    }

    /// The index behind a text literal whose opening quote is before `start`; interpolations may
    /// hold texts of their own.
    private static func behindText(_ bytes: [UInt8], _ start: Int) -> Int {
        var index = start
        var depth = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == backslash {
                if index < bytes.count, bytes[index] == opening { depth += 1 }
                index += 1
            } else if byte == quote {
                if depth == 0 { return index }
                index = behindText(bytes, index)
            } else if depth > 0, byte == opening || byte == closing {
                depth += byte == opening ? 1 : -1
            }
        }
        return index
    }
}

private let slash = UInt8(ascii: "/")
private let quote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")
private let opening = UInt8(ascii: "(")
private let closing = UInt8(ascii: ")")

/// The repository that these tests were compiled in.
enum SourceTree {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The files below `folders` whose names end in one of `extensions`, by path.
    static func files(
        in folders: [String], extensions: Set<String> = ["swift"]
    ) throws -> [SourceFile] {
        var files: [SourceFile] = []
        for folder in folders {
            let start = root.appendingPathComponent(folder).path
            for name in try FileManager.default.subpathsOfDirectory(atPath: start).sorted() {
                let path = folder + "/" + name
                guard extensions.contains((name as NSString).pathExtension),
                    !path.contains("/.")
                else { continue }
                let text = try String(
                    contentsOf: root.appendingPathComponent(path), encoding: .utf8)
                files.append(
                    SourceFile(path: path, lines: text.components(separatedBy: "\n")))
            }
        }
        return files
    }

    static func contains(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }

    /// Where `isViolation` holds of a line of code, as `path:line: text`.
    static func violations(
        in files: [SourceFile], _ isViolation: (SourceFile, String) -> Bool
    ) -> [String] {
        files.flatMap { file in
            file.code.enumerated().filter { isViolation(file, $0.element) }.map {
                place(file, $0.offset)
            }
        }
    }

    static func place(_ file: SourceFile, _ index: Int) -> String {
        "\(file.path):\(index + 1): \(file.lines[index].trimmingCharacters(in: .whitespaces))"
    }
}
