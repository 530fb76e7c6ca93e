"""The write-ahead log (Formats/log.md): its operations in order."""

import os
import struct

from crc32c import crc32c
from layouts import column_runs, components
from reader import Reader, expect


def operations(directory, identity, applied, schema):
    """The operations after `applied`; a torn tail of the last segment is the end."""
    names = sorted(n for n in os.listdir(directory) if n.endswith(".log"))
    expect(names, "a log without segments")
    position = None
    for number, name in enumerate(names):
        with open(os.path.join(directory, name), "rb") as file:
            data = file.read()
        is_last = number == len(names) - 1
        if is_last and number > 0 and len(data) <= 64 and not sound_header(data, identity):
            return
        expect(sound_header(data, identity), f"header of {name}")
        first = struct.unpack_from("<Q", data, 32)[0]
        expect(name == f"{first:016x}.log", f"{name} begins with {first}")
        expect(position is None or position == first, f"{name} follows {position}")
        position = first
        offset = 64
        while offset < len(data):
            frame = valid_frame(data, offset, identity, position, first)
            expect(frame or is_last, f"frame at {offset} of {name}")
            if not frame:
                return
            offset, payload = frame
            if payload is None:
                continue
            if position > applied:
                yield operation(payload, schema)
            position += 1


def sound_header(data, identity):
    """log.md, "Directory and segments"."""
    return (
        len(data) >= 64
        and data[:8] == b"VDBLOG\r\n"
        and struct.unpack_from("<II", data, 8) == (1, 0)
        and data[16:32] == identity
        and struct.unpack_from("<I", data, 60)[0] == crc32c(data[:60])
    )


def valid_frame(data, offset, identity, position, first):
    """log.md, "Frames": the next offset and the payload, None for a mark; or None if not valid."""
    if offset + 24 > len(data):
        return None
    length, checksum, own, synced = struct.unpack_from("<IIQQ", data, offset)
    is_mark = length == 0xFFFFFFFF
    size = 0 if is_mark else length
    end = offset + 24 + size
    padded = -(-end // 8) * 8
    payload = data[offset + 24 : end]
    if padded > len(data) or any(data[end:padded]):
        return None
    head = data[offset : offset + 4] + data[offset + 8 : offset + 24]
    if checksum != crc32c(identity, payload, head):
        return None
    if is_mark:
        return (padded, None) if own == position - 1 == synced else None
    return (padded, payload) if own == position and synced < own else None


def operation(payload, schema):
    """log.md, "Payload": ids to delete, (id, vector, cells, payload) to put, keywords, (id, cells)
    to amend."""
    reader = Reader(payload)
    version = reader.take("B")
    reader.zeros(3)
    expect(version in (1, 2, 3), f"operation version {version}")
    keyword_count, deletions, puts = reader.take("III")
    payload_count, amendments = reader.take("II") if version >= 2 else (0, 0)
    expect(version > 2 or amendments == 0, f"{amendments} amendments in version {version}")
    deleted = reader.array("Q", deletions)
    ids = reader.array("Q", puts)
    amended = reader.array("Q", amendments)
    cells = column_runs(reader, puts, schema.widths) if puts or version < 3 else []
    amended_cells = column_runs(reader, amendments, schema.widths) if amendments else []
    vectors = [
        components(reader.bytes(schema.vector_size), schema.element, schema.dimension)
        for _ in range(puts)
    ]
    keywords = [(*reader.take("II"), reader.string()) for _ in range(keyword_count)]
    payloads = dict(
        (reader.take("I"), reader.bytes(reader.take("I"))) for _ in range(payload_count)
    )
    reader.end()
    records = [(*fields, payloads.get(i)) for i, fields in enumerate(zip(ids, vectors, cells))]
    expect(len(set(deleted)) == deletions, "an id is deleted twice")
    expect(len(set(ids) | set(amended)) == puts + amendments, "an id is put or amended twice")
    expect(not set(deleted) & set(amended), "an id is deleted and amended")
    return deleted, records, keywords, list(zip(amended, amended_cells))
