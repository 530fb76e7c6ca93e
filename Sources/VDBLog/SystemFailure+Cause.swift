package import VDBPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension SystemFailure {
    /// There is no such file (any more).
    package var isAbsence: Bool { number == ENOENT }
}
