"""SipHash-2-4 under the key 0: attributes.md, "keywordCodes"."""

import struct

MASK = (1 << 64) - 1


def rotated(word, count):
    return (word << count | word >> (64 - count)) & MASK


def mixed(a, b, c, d):
    """One SipRound."""
    a, c = (a + b) & MASK, (c + d) & MASK
    b, d = rotated(b, 13) ^ a, rotated(d, 16) ^ c
    a = rotated(a, 32)
    c, a = (c + b) & MASK, (a + d) & MASK
    b, d = rotated(b, 17) ^ c, rotated(d, 21) ^ a
    return a, b, rotated(c, 32), d


def siphash(data):
    state = 0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573
    padding = bytes(7 - len(data) % 8) + bytes([len(data) & 255])
    for (word,) in struct.iter_unpack("<Q", data + padding):
        a, b, c, d = mixed(*mixed(*state[:3], state[3] ^ word))
        state = a ^ word, b, c, d
    a, b, c, d = state
    state = a, b, c ^ 255, d
    for _ in range(4):
        state = mixed(*state)
    a, b, c, d = state
    return a ^ b ^ c ^ d
