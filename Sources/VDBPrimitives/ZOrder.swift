/// The curve that brings places into one order (`Formats/attributes.md`, "Keys"): the bits of
/// latitude and longitude in turns, so that places near each other mostly have keys near each
/// other, and a square whose side is a power of two is one run of keys.
///
/// G. M. Morton, "A Computer Oriented Geodetic Data Base and a New Technique in File Sequencing",
/// IBM, 1966.
package enum ZOrder {
    /// The key of a place: bit i of the longitude is bit 2 i + 1, that of the latitude bit 2 i.
    package static func key(latitude: UInt32, longitude: UInt32) -> UInt64 {
        spread(longitude) << 1 | spread(latitude)
    }

    /// The place of a key.
    package static func place(_ key: UInt64) -> (latitude: UInt32, longitude: UInt32) {
        (gather(key), gather(key >> 1))
    }

    /// Puts a zero above each bit.
    private static func spread(_ value: UInt32) -> UInt64 {
        var bits = UInt64(value)
        bits = (bits | bits << 16) & 0x0000_FFFF_0000_FFFF
        bits = (bits | bits << 8) & 0x00FF_00FF_00FF_00FF
        bits = (bits | bits << 4) & 0x0F0F_0F0F_0F0F_0F0F
        bits = (bits | bits << 2) & 0x3333_3333_3333_3333
        return (bits | bits << 1) & 0x5555_5555_5555_5555
    }

    /// Takes the bits at even places.
    private static func gather(_ value: UInt64) -> UInt32 {
        var bits = value & 0x5555_5555_5555_5555
        bits = (bits | bits >> 1) & 0x3333_3333_3333_3333
        bits = (bits | bits >> 2) & 0x0F0F_0F0F_0F0F_0F0F
        bits = (bits | bits >> 4) & 0x00FF_00FF_00FF_00FF
        bits = (bits | bits >> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: bits | bits >> 16)
    }
}
