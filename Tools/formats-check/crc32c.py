"""CRC-32C as Formats/README.md says it, "Conventions"."""

_POLYNOMIAL = 0x82F63B78


def _table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _table()


def crc32c(*parts):
    """The checksum of some byte strings, one after the other."""
    crc = 0xFFFFFFFF
    table = _TABLE
    for part in parts:
        for byte in part:
            crc = crc >> 8 ^ table[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283
