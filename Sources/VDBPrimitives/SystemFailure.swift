/// A system call that failed: which one, on what, and why.
package struct SystemFailure: Error, Hashable, CustomStringConvertible {
    /// The call's name, as in its manual page.
    package let call: String
    package let path: String
    /// The error number (`errno`).
    package let number: Int32

    package init(call: String, path: String, number: Int32) {
        self.call = call
        self.path = path
        self.number = number
    }

    /// The failure of the call that has just returned −1.
    package static func last(_ call: String, _ path: String) -> SystemFailure {
        SystemFailure(call: call, path: path, number: Platform.lastError)
    }

    /// No room on the disk or in the user's quota: it may work again later.
    package var isLackOfRoom: Bool { Platform.isLackOfRoom(number) }

    package var description: String {
        "\(call) of \(path): \(Platform.message(for: number)) (errno \(number))"
    }
}
