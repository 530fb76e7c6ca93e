internal import VectorDB

/// `verify`: whether all that is stored is as it was written, and fits together.
enum VerifyCommand {
    static let command = Command(
        name: "verify", summary: "read everything and name what is damaged",
        positionals: [.database],
        notes: [
            "Reads checksums and formats, and follows every id to its row and its list. Changes "
                + "nothing, works beside a writer. The exit code is 1 if anything was found.",
            "JSON: {\"findings\":[{\"table\":…,\"key\":…,\"reason\":…}],\"ok\":true}.",
        ],
        example: "vdbtool verify photos.vdb",
        run: run)

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let database = try Database.reading(arguments)
        let progress = console.progress("verifying", unit: "steps", total: nil)
        let findings = try engine { () throws(VectorDBError) in
            try database.verify { step, share in progress.report(step: step, share: share) }
        }
        progress.finish()
        try database.finish()
        if console.printsJSON {
            let list = findings.map { finding in
                JSON.members([
                    "table": .string(finding.table), "key": .string(finding.key),
                    "reason": .string(finding.reason),
                ])
            }
            try console.print(
                JSON.members(["findings": .array(list), "ok": .bool(findings.isEmpty)]).text)
        } else {
            for finding in findings { try console.print(finding.description) }
            try console.print(
                findings.isEmpty ? "everything is sound" : "\(findings.count) findings")
        }
        return findings.isEmpty ? .done : .negative
    }
}
