/// What the tool's exit code says; the numbers are those of `sysexits.h` where it has one.
enum ExitCode: Int32 {
    case done = 0
    /// The answer is no: `verify` found damage, a record is not there.
    case negative = 1
    /// The command line is wrong.
    case usage = 64
    /// An input file's contents are wrong.
    case badInput = 65
    /// There is no such database or file.
    case noInput = 66
    /// The tool or the engine broke its own rules.
    case internalError = 70
    /// The output cannot be created.
    case cannotCreate = 73
    case readWriteError = 74
    /// Another writer has the database.
    case inUse = 75
    /// The database is damaged, or none of ours.
    case damaged = 76
    /// Stopped by Ctrl-C (SIGINT), as shells say it.
    case interrupted = 130
    /// Stopped by SIGTERM, as shells say it.
    case terminated = 143
}
