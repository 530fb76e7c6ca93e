"""Little-endian fields one after the other, and the sealed values that they are in."""

import struct

from crc32c import crc32c


class Damage(Exception):
    """Something is not as the pages say."""


def expect(condition, message):
    if not condition:
        raise Damage(message)


class Reader:
    """Takes fields from bytes in order; `offset` counts from the start of the value."""

    def __init__(self, data, offset=0):
        self.data = data
        self.offset = offset

    def bytes(self, count):
        expect(0 <= count <= len(self.data) - self.offset, f"{count} bytes at {self.offset}")
        self.offset += count
        return bytes(self.data[self.offset - count : self.offset])

    def take(self, form):
        """One field by its letter in `struct`, several as a tuple."""
        values = struct.unpack("<" + form, self.bytes(struct.calcsize("<" + form)))
        return values[0] if len(values) == 1 else values

    def array(self, letter, count):
        return list(
            struct.unpack(f"<{count}{letter}", self.bytes(struct.calcsize("<" + letter) * count))
        )

    def align(self, size):
        self.zeros(-self.offset % size)

    def zeros(self, count):
        expect(not any(self.bytes(count)), f"no zeros before {self.offset}")

    def string(self):
        return self.bytes(self.take("I")).decode("utf-8")

    def end(self):
        expect(
            self.offset == len(self.data),
            f"{len(self.data) - self.offset} bytes behind the last field",
        )

    def padding(self):
        """What pads a value to 2048 bytes in all (database.md, "Alignment")."""
        expect(
            self.offset == len(self.data) or len(self.data) == 2048, f"padded to {len(self.data)}"
        )
        self.zeros(len(self.data) - self.offset)


def open_value(key, value, kind, versions):
    """Checks a prologue (database.md, "Values"): a reader behind it, and the layout version."""
    expect(len(value) >= 8, f"a value of {len(value)} bytes")
    checksum, found, version, zero = struct.unpack_from("<IBBH", value)
    expect(found == kind, f"kind {found} under {key.hex()}, {kind} expected")
    expect(version in versions, f"layout version {version} of kind {kind}")
    expect(zero == 0, "the prologue's last field is not zero")
    expect(checksum == crc32c(key, value[4:]), f"checksum of {key.hex()} in kind {kind}")
    return Reader(value, 8), version
