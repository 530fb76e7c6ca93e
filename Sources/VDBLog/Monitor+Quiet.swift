internal import VDBPrimitives

extension Monitor {
    /// Waits, as long as it takes, until `body` returns a result; nobody is woken by it.
    func awaiting<Result>(_ body: (inout Value) -> Result?) -> Result {
        while true {
            if let result = wait(body) { return result }
        }
    }

    /// Runs `body` alone; nobody is woken, so it must not change what others wait for.
    func quietly<Result>(_ body: (inout Value) -> Result) -> Result {
        awaiting { body(&$0) }
    }
}
