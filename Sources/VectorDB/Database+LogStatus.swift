internal import VDBEngine
package import VDBLog

extension Database {
    /// Where the log stands, for measuring; nil if the database is closed or read-only.
    package var logStatus: LogStatus? { (try? engine)?.logStatus }
}
