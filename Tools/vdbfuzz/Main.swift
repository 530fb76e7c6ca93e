import Glibc

/// `vdbfuzz`: gives bytes from libFuzzer to whatever reads bytes from strangers.
///
/// `Tools/fuzz` builds it, with the sanitizers, and runs it.
///
///     vdbfuzz list                      the names of the targets, one a line
///     vdbfuzz seeds TARGET FOLDER SEED  writes inputs to begin with, the same for the same seed
///     vdbfuzz TARGET [OPTION…] [PATH…]  runs libFuzzer with its own options and folders
@main
enum Main {
    static func main() {
        let words = CommandLine.arguments.dropFirst()
        do {
            switch words.first {
            case "list":
                for target in Target.all { print(target.name) }
            case "seeds":
                try writeSeeds(Array(words.dropFirst()))
            case let name?:
                try fuzz(target(named: name))
            case nil:
                throw Refusal("no target is given")
            }
        } catch {
            print("vdbfuzz: \(error)")
            exit(64)
        }
    }

    private static func target(named name: String) throws -> Target {
        guard let target = Target.all.first(where: { $0.name == name }) else {
            throw Refusal("there is no target \(name)")
        }
        return target
    }

    private static func writeSeeds(_ words: [String]) throws {
        guard words.count == 3, let seed = UInt64(words[2]) else {
            throw Refusal("seeds needs a target, a folder and a number")
        }
        for (index, bytes) in try target(named: words[0]).seeds(seed).enumerated() {
            try Scratch.write(bytes, to: "\(words[1])/seed-\(index)")
        }
    }

    /// Hands over to libFuzzer, which ends the process.
    private static func fuzz(_ target: Target) throws {
        Chosen.run = target.run
        // It sees the program's name and what comes behind the target's.
        var pointers = [CommandLine.unsafeArgv[0]]
        for index in 2..<max(2, Int(CommandLine.argc)) {
            pointers.append(CommandLine.unsafeArgv[index])
        }
        var count = CInt(pointers.count)
        pointers.append(nil)
        let code = pointers.withUnsafeMutableBufferPointer { buffer in
            var start = buffer.baseAddress
            return runDriver(&count, &start) { bytes, size in
                Chosen.run(Array(UnsafeBufferPointer(start: bytes, count: size)))
                return 0
            }
        }
        Scratch.remove()
        exit(code)
    }
}

/// What libFuzzer calls; a C function has no context.
private enum Chosen {
    // nonisolated(unsafe): set once, before libFuzzer begins, which has one thread.
    nonisolated(unsafe) static var run: ([UInt8]) -> Void = { _ in }
}

/// Why a command was not understood, or could not be done.
struct Refusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ argumentCount: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
