import Testing
import VDBPrimitives

@Suite struct SipHashTests {
    @Test("gives the values that its authors published")
    func published() {
        let key: (UInt64, UInt64) = (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908)
        let text = String(decoding: Array(0..<15 as Range<UInt8>), as: UTF8.self)
        #expect(SipHash.hash(text, key: key) == 0xa129_ca61_49be_45e5)
        #expect(SipHash.hash("", key: key) == 0x726f_db47_dd0e_0e31)
    }

    @Test("texts are equal if their bytes are, not if they look alike")
    func bytes() {
        #expect("\u{E9}" == "e\u{301}")
        #expect(HashedText("\u{E9}") != HashedText("e\u{301}"))
        #expect(HashedText("cat") == HashedText("c" + "at"))
    }
}
