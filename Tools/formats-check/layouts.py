"""The values in the tables, one function a kind; each names its page in Formats/.

Another layout version is another number in `versions`, and what it changes is asked of `version`.
"""

import struct
from types import SimpleNamespace

from crc32c import crc32c
from reader import expect, open_value

# schema.md: element types by number, as letters of `struct`; bits have none.
ELEMENTS = {
    1: ("float32", "f"),
    2: ("float16", "e"),
    3: ("int8", "b"),
    4: ("uint8", "B"),
    5: ("bit", None),
}
METRICS = {1: "euclidean", 2: "inner-product", 3: "cosine", 4: "hamming"}
# schema.md: attribute types with the widths of their columns.
TYPES = {
    1: ("timestamp", [8]),
    2: ("location", [4, 4]),
    3: ("integer", [8]),
    4: ("real", [8]),
    5: ("keyword", [4]),
    6: ("boolean", [1]),
}
LETTERS = {1: "B", 4: "I", 8: "Q"}


def manifest(key, value):
    """database.md, "manifest"."""
    reader, _ = open_value(key, value, 1, [1])
    expect(reader.bytes(8) == b"VectorDB", "the magic")
    m = SimpleNamespace()
    m.format_version, m.vector_chunk_rows = reader.take("II")
    expect(m.format_version in (1, 2, 3, 4, 5, 6), f"format version {m.format_version}")
    m.identity = reader.bytes(16)
    m.created, m.checkpoint, m.applied = reader.take("qqQ")
    m.row_count, m.live_count, m.generation, m.next_generation, m.next_list = reader.take("5I")
    reader.zeros(4)
    reader.end()
    expect(m.vector_chunk_rows.bit_count() == 1, "rows per chunk are no power of two")
    expect(m.live_count <= m.row_count, "more live rows than rows")
    return m


def schema(key, value):
    """schema.md."""
    reader, _ = open_value(key, value, 2, [1])
    version, element, metric, dimension, count = reader.take("HBBIH")
    expect(version == 1, f"schema version {version}")
    expect(element in ELEMENTS and metric in METRICS, f"element {element}, metric {metric}")
    s = SimpleNamespace(dimension=dimension, element=element, metric=METRICS[metric])
    s.element_name, _ = ELEMENTS[element]
    expect((s.element_name == "bit") == (s.metric == "hamming"), f"{s.metric} of {s.element_name}")
    s.attributes = []
    for _ in range(count):
        kind, size = reader.take("BB")
        s.attributes.append((reader.bytes(size).decode("ascii"), *TYPES[kind]))
    reader.end()
    s.widths = [width for _, _, widths in s.attributes for width in widths]
    s.vector_size = vector_size(element, dimension)
    return s


def vector_size(element, dimension):
    """schema.md, vectors.md: bytes of a vector."""
    letter = ELEMENTS[element][1]
    return dimension * struct.calcsize(letter) if letter else -(-dimension // 8)


def components(data, element, dimension):
    """vectors.md: the numbers of a vector."""
    letter = ELEMENTS[element][1]
    if letter:
        return struct.unpack(f"<{dimension}{letter}", data)
    bits = [byte >> place & 1 for byte in data for place in range(8)]
    expect(not any(bits[dimension:]), "bits behind the last component")
    return tuple(bits[:dimension])


def column_run(reader, count, width):
    """lists.md, "Column runs": the cells, None where null."""
    expect(reader.offset % 8 == 0, f"a run at {reader.offset}")
    minimum, maximum, nulls, found = reader.take("QQIB")
    reader.zeros(3)
    expect(found == width, f"width {found}, the schema says {width}")
    expect(nulls <= count, f"{nulls} nulls of {count}")
    words = reader.array("Q", (count + 63) // 64) if nulls else None
    cells = reader.array(LETTERS[width], count)
    reader.align(8)
    if words:
        valid = [words[i >> 6] >> (i & 63) & 1 for i in range(count)]
        expect(valid.count(0) == nulls, "the null count is not that of the bits")
        expect(not words[-1] >> ((count - 1) % 64 + 1), "bits behind the last cell")
        expect(all(v or c == 0 for v, c in zip(valid, cells)), "a null cell that is not 0")
        cells = [cell if v else None for v, cell in zip(valid, cells)]
    known = [cell for cell in cells if cell is not None]
    expect((minimum, maximum) == (min(known, default=0), max(known, default=0)), "minimum, maximum")
    return cells


def column_runs(reader, count, widths):
    """The cells of each row, column after column."""
    columns = [column_run(reader, count, width) for width in widths]
    return list(zip(*columns)) if columns else [()] * count


def row_chunk(key, value, schema):
    """database.md, "rows": (id, cells, has payload) of each row."""
    reader, version = open_value(key, value, 8, [1, 2, 3])
    count, word_count = reader.take("II")
    expect(1 <= count <= 2016, f"{count} rows in a chunk")
    expect(word_count == 0 or version > 1 and word_count == (count + 63) // 64, "payload words")
    if version > 2:
        reader.take("Q")
    ids = reader.array("Q", count)
    cells = column_runs(reader, count, schema.widths)
    words = reader.array("Q", word_count)
    reader.padding()
    has = [bool(words and words[i >> 6] >> (i & 63) & 1) for i in range(count)]
    return list(zip(ids, cells, has))


def vector_chunk(key, value, schema):
    """vectors.md: the vectors, as tuples of numbers."""
    reader, version = open_value(key, value, 7, [1, 2, 3])
    count, size = reader.take("II")
    expect(size == schema.vector_size, f"vectors of {size} bytes")
    stored = reader.take("B")
    narrow = schema.element_name == "float32" and stored in (3, 4) and version > 1
    expect(stored == 0 or narrow, f"element type {stored} of a chunk")
    element = stored or schema.element
    own_size = vector_size(element, schema.dimension)
    reader.zeros(3)
    stripe, head = reader.take("II")
    reader.zeros(20)
    vectors = [reader.bytes(own_size) for _ in range(count)]
    if version >= 3:
        rule = max(1, 1 << max(0, (4096 // own_size).bit_length() - 1))
        expect(stripe == rule, f"stripes of {stripe} rows, the rule gives {rule}")
        reader.align(4)
        start = reader.offset
        sums = reader.array("I", (count + stripe - 1) // stripe)
        expect(head == crc32c(key, value[4:24], value[start : reader.offset]), "head checksum")
        for index, checksum in enumerate(sums):
            part = vectors[index * stripe : (index + 1) * stripe]
            expect(checksum == crc32c(*part), f"checksum of stripe {index}")
    else:
        expect(stripe == head == 0, "zeros of the earlier layouts")
    reader.padding()
    return [components(vector, element, schema.dimension) for vector in vectors]


def attribute_segment(key, value, schema):
    """attributes.md, "attributes": (attribute, segment, keys, places of all rows covered)."""
    expect(len(key) == 8, f"a key of {len(key)} bytes")
    attribute, segment = struct.unpack(">II", key)
    expect(attribute < len(schema.attributes), f"attribute {attribute}")
    reader, _ = open_value(key, value, 15, [1])
    count, valid_count, width = reader.take("IIB")
    reader.zeros(15)
    expect(1 <= count <= 64512 and valid_count <= count, f"{valid_count} of {count} rows")
    widths = schema.attributes[attribute][2]
    expect(width == (widths[0] if len(widths) == 1 else 8), f"keys of {width} bytes")
    keys = reader.array(LETTERS[width], valid_count)
    reader.align(8)
    places = reader.array("H", count)
    reader.align(8)
    reader.padding()
    return attribute, segment, keys, places


def attribute_key(cells):
    """attributes.md, "Keys": the key of an attribute's cells, None where it is null."""
    if cells[0] is None or len(cells) == 1:
        return cells[0]
    latitude, longitude = cells
    return sum(
        (latitude >> bit & 1) << 2 * bit | (longitude >> bit & 1) << 2 * bit + 1
        for bit in range(32)
    )


def identifiers(key, value):
    """database.md, "identifiers": pairs of id and row."""
    reader, _ = open_value(key, value, 10, [1])
    count = reader.take("I")
    reader.zeros(4)
    expect(1 <= count <= 166, f"{count} ids in a bucket")
    ids = reader.array("Q", count)
    rows = reader.array("I", count)
    reader.end()
    expect(struct.unpack(">Q", key)[0] <= ids[0], "the key is above the first id")
    expect(ids == sorted(set(ids)), "the ids do not ascend")
    return list(zip(ids, rows))


def deleted(key, value):
    """database.md, "deleted": the dead rows of the chunk."""
    reader, _ = open_value(key, value, 11, [1])
    words = reader.array("Q", 128)
    reader.end()
    base = struct.unpack(">I", key)[0] * 8192
    return {base + i for i in range(8192) if words[i >> 6] >> (i & 63) & 1}


def assignments(key, value):
    """lists.md, "assignments": the list of each row."""
    reader, _ = open_value(key, value, 9, [1])
    count = reader.take("I")
    reader.zeros(4)
    expect(1 <= count <= 1016, f"{count} rows in a chunk")
    lists = reader.array("I", count)
    reader.end()
    return lists


def keyword(key, value):
    """attributes.md, "keywords"."""
    reader, _ = open_value(key, value, 12, [1])
    text = reader.string()
    reader.end()
    return text


def keyword_bucket(key, value):
    """attributes.md, "keywordCodes": attribute, run, covered, [(hash, code)]."""
    attribute, run, *first = struct.unpack(">4I", key)
    reader, _ = open_value(key, value, 19, [1])
    covered, count = reader.take("II")
    expect(1 <= count <= 248, f"{count} codes in a bucket")
    hashes, codes = reader.array("I", count), reader.array("I", count)
    reader.end()
    entries = list(zip(hashes, codes))
    expect(entries == sorted(set(entries)), "the hashes do not ascend")
    expect(list(entries[0]) == first, "the key is not the first hash and code")
    return attribute, run, covered, entries


def payload(key, value, dictionaries):
    """payloads.md: the user's bytes."""
    import zstandard

    reader, _ = open_value(key, value, 13, [1])
    encoding = reader.take("B")
    reader.zeros(3)
    number, size = reader.take("II")
    data = reader.bytes(len(value) - reader.offset)
    if encoding == 2:
        known = zstandard.ZstdCompressionDict(dictionaries[number]) if number else None
        data = zstandard.ZstdDecompressor(dict_data=known).decompress(data, max_output_size=size)
    expect(encoding in (1, 2) and len(data) == size, f"encoding {encoding}, {len(data)} of {size}")
    return data


def dictionary(key, value):
    """payloads.md, "dictionaries"."""
    reader, _ = open_value(key, value, 14, [1])
    reader.take("Q")
    return reader.bytes(len(value) - reader.offset)


def list_block(key, value, schema):
    """lists.md, "Blocks": generation, and (row, code, alpha, beta, cells) of each entry.

    Of bits the code is the vector's bytes, and alpha and beta are None.
    """
    reader, _ = open_value(key, value, 6, [1])
    count, codec = reader.take("HB")
    reader.zeros(1)
    generation, subspaces = reader.take("IH")
    reader.zeros(30)
    known = (3,) if schema.element_name == "bit" else (1, 2)
    expect(1 <= count <= 256 and codec in known and subspaces, f"{count} entries, codec {codec}")
    padded = -(-count // 32) * 32
    if codec == 1:
        even = subspaces + subspaces % 2
        data = reader.bytes(padded // 32 * 16 * even)
        codes = [packed_code(data, i, even)[:subspaces] for i in range(padded)]
    else:
        codes = [reader.bytes(subspaces) for _ in range(padded)]
    expect(not any(map(any, codes[count:])), "codes of padding entries")
    alphas = betas = [None] * padded
    if codec != 3:
        alphas, betas = reader.array("f", padded), reader.array("f", padded)
        expect(not any(alphas[count:]), "α of padding entries")
        expect(all(beta == float("inf") for beta in betas[count:]), "β of padding entries")
    rows = reader.array("I", count)
    reader.align(8)
    cells = column_runs(reader, count, schema.widths)
    reader.padding()
    return generation, list(zip(rows, codes, alphas, betas, cells))


def packed_code(data, entry, even):
    """lists.md, `pq4`: the codes of an entry, one for each of an even number of subspaces."""
    group, place = divmod(entry, 32)
    base = group * 16 * even
    shift = 4 if place >= 16 else 0
    codes = []
    for subspace in range(even):
        quad, j = divmod(subspace, 4)
        width = 4 if quad * 4 + 4 <= even else 2
        byte = data[base + quad * 64 + width * (place % 16) + j]
        codes.append(byte >> shift & 15)
    return codes
