import Foundation
import Testing

@testable import VDBPrimitives

@Suite struct ByteStreamTests {
    @Test("all bytes go through a pipe that is full again and again", arguments: [false, true])
    func pipe(doesNotWait: Bool) throws {
        let pipe = Pipe()
        let (input, output) = (
            pipe.fileHandleForReading.fileDescriptor, pipe.fileHandleForWriting.fileDescriptor
        )
        if doesNotWait {
            for descriptor in [input, output] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
        }
        let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let writer = try VDBPrimitives.Thread(name: "writer") {
            content.withUnsafeBytes { bytes in
                try? ByteStream.write(bytes, to: output, named: "a pipe")
            }
            pipe.fileHandleForWriting.closeFile()
        }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 7000)
        while true {
            let count = try buffer.withUnsafeMutableBytes {
                try ByteStream.read(into: $0, from: input, named: "a pipe")
            }
            if count == 0 { break }
            received += buffer[..<count]
        }
        writer.join()
        #expect(received == content)
    }

    @Test("a descriptor that is none is an error that names the stream")
    func closed() {
        let error = #expect(throws: SystemFailure.self) {
            try [UInt8](repeating: 0, count: 1).withUnsafeBytes {
                try ByteStream.write($0, to: -1, named: "the stream")
            }
        }
        #expect(error?.call == "write")
        #expect(error?.path == "the stream")
    }
}
