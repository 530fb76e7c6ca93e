internal import VDBPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension SystemFailure {
    /// No room on the disk or in the user's quota: it may work again later.
    var isLackOfRoom: Bool { number == ENOSPC || number == EDQUOT }

    /// There is no such file (any more).
    var isAbsence: Bool { number == ENOENT }
}
