package import VDBLog

extension Engine {
    /// Where the log stands, and how many writes and syncs it took since opening; nil if the
    /// database is read-only.
    package var logStatus: LogStatus? { log?.status }
}
