/// A promise that was broken: the end of a run.
struct Violation: Error {
    let what: String
    /// Where to look: the files as they were found.
    var kept: String?
    /// The command that does it again.
    var again: String?

    init(_ what: String) { self.what = what }

    /// The same, with what is needed to look into it.
    func keeping(_ path: String, again command: String) -> Violation {
        var copy = self
        copy.kept = copy.kept ?? path
        copy.again = copy.again ?? command
        return copy
    }

    var text: String {
        var lines = ["violation: \(what)"]
        if let again { lines.append("again: \(again)") }
        if let kept { lines.append("kept: \(kept)") }
        return lines.joined(separator: "\n")
    }

    var json: String {
        let members = [("violation", what), ("again", again ?? ""), ("kept", kept ?? "")]
        let parts = members.map { "\(JSONText.of($0.0)):\(JSONText.of($0.1))" }
        return "{" + parts.joined(separator: ",") + "}"
    }
}

/// Strings as JSON.
enum JSONText {
    static func of(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20: result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
