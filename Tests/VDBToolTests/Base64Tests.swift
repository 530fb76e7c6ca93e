import Testing
import VDBPrimitives

@testable import vdbtool

@Suite struct Base64Tests {
    @Test(
        "the examples of RFC 4648 come out and in",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func examples(bytes: String, text: String) {
        #expect(Base64.encode(Array(bytes.utf8)) == text)
        #expect(Base64.decode(text) == Array(bytes.utf8))
    }

    @Test("any bytes come back")
    func roundTrip() {
        var random = RandomSource(seed: 4)
        for count in 0..<70 {
            let bytes = (0..<count).map { _ in UInt8(random.next(below: 256)) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
    }

    @Test(
        "what is not base64 is refused",
        arguments: ["Z", "Zg", "Zg=", "Z===", "====", "Zh==", "Zg==Zg==", "Zm9v\n", "Zm9-", "ü==="])
    func refused(text: String) { #expect(Base64.decode(text) == nil) }
}
