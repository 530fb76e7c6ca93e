/// When a change is acknowledged, and so what an acknowledged change survives.
///
/// Whatever the choice, a change is there as a whole or not at all, and never without the changes
/// acknowledged before it. `Formats/log.md` says how, and what is assumed of the disk.
public enum Durability: Sendable, Hashable {
    /// Acknowledged after `fdatasync`: survives the death of the process, a crash of the operating
    /// system and the loss of power.
    ///
    /// Callers that come at the same time share one `fdatasync`.
    case everyCommit

    /// Acknowledged when the operating system has the data; `fdatasync` follows in the background
    /// at least every so many milliseconds.
    ///
    /// Survives the death of the process (`kill -9` included). A crash of the operating system or
    /// the loss of power takes what was acknowledged in about the last interval.
    case interval(milliseconds: Int)

    /// Acknowledged when the operating system has the data, which writes it when it likes.
    ///
    /// Survives the death of the process (`kill -9` included). A crash of the operating system or
    /// the loss of power takes what it had not written by then, up to everything since the last
    /// checkpoint.
    case operatingSystem
}
