#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// `vdbbench`: how fast VectorDB writes, recovers, and searches while it writes.
///
/// Build it with `swift build -c release --product vdbbench`; figures of a debug build say nothing.
@main
enum VDBBench {
    /// All commands, in the order of the overview.
    static let commands = [
        InsertsCommand.command, RecoveryCommand.command, MixedCommand.command,
        SteadyCommand.command, SearchCommand.command, BatchCommand.command, RangeCommand.command,
        CurvesCommand.command, OpenCommand.command, ManyCommand.command, KernelsCommand.command,
        CoarseCommand.command, FillCommand.command, RunbookCommand.command,
        AmendCommand.command,
    ]

    static func main() {
        do throws(BenchFailure) {
            print(try answer(to: Array(CommandLine.arguments.dropFirst())))
        } catch {
            write("vdbbench: \(error.message)\n", to: 2)
            exit(error.code)
        }
    }

    /// What is printed for the words of a command line.
    static func answer(to words: [String]) throws(BenchFailure) -> String {
        guard let first = words.first, first != "help" || words.count > 1, first != "--help" else {
            return overview
        }
        let name = first == "help" ? words[1] : first
        guard let command = commands.first(where: { $0.name == name }) else {
            let names = commands.map(\.name).joined(separator: ", ")
            throw .usage("unknown command \(name); there are \(names)")
        }
        if first == "help" || words.contains("--help") { return command.help }
        let arguments = try Arguments(parsing: words.dropFirst(), for: command)
        let report = try command.run(arguments)
        return arguments.has(.json)
            ? report.json.text : report.lines.joined(separator: "\n")
    }

    private static var overview: String {
        let lines = commands.map { "  \($0.name): \($0.summary)" }
        return
            (["usage: vdbbench COMMAND [ARGUMENT …] [--OPTION=VALUE …]", ""] + lines
            + ["", "vdbbench help COMMAND explains a command."]).joined(separator: "\n")
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        // A message that cannot be shown has no other place to go.
        _ = text.withUTF8 { sendBytes(descriptor, $0) }
    }

    private static func sendBytes(
        _ descriptor: Int32, _ bytes: UnsafeBufferPointer<UInt8>
    ) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}
