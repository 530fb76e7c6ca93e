"""models.md: what was learnt from the data, one function a kind of value."""

import math
from types import SimpleNamespace

from reader import expect, open_value


def centroids(key, value, schema, chunk):
    """"Centroids": centroid by number of the list; `chunk` gives key and value of one."""
    reader, version = open_value(key, value, 3, [1, 2])
    count, dimension, third = reader.take("III")
    reader.zeros(4)
    expect(count > 0 and dimension == schema.dimension, f"{count} centroids of {dimension}")
    expect(third > 0, "no list, or no slots in a chunk")
    if version == 1:
        numbers = range(third, third + count)
        rows = [reader.array("f", dimension) for _ in range(count)]
    else:
        numbers = reader.array("I", count)
        used = [number for number in numbers if number]
        expect(used and len(set(used)) == len(used), "a list in two slots, or none at all")
        rows = []
        for start in range(0, count, third):
            part = centroid_chunk(*chunk(start // third), dimension)
            expect(len(part) == min(third, count - start), f"{len(part)} slots in a chunk")
            rows += part
        free = [row for number, row in zip(numbers, rows) if not number]
        expect(not any(map(any, free)), "a centroid in a free slot")
    reader.end()
    return {number: row for number, row in zip(numbers, rows) if number}


def centroid_chunk(key, value, dimension):
    """"Centroids": the vectors of a run of slots."""
    reader, _ = open_value(key, value, 16, [1])
    count, found = reader.take("II")
    expect(found == dimension, f"centroids of {found}")
    rows = [reader.array("f", dimension) for _ in range(count)]
    reader.end()
    return rows


def drift(key, value):
    """"Drift"."""
    reader, _ = open_value(key, value, 17, [1])
    placed, _, encoded, _ = reader.take("dddd")
    expect(placed >= encoded >= 0, f"{placed} rows placed, {encoded} compared")
    reader.take("QQQ")
    reader.end()


def history(key, value):
    """"History"."""
    reader, _ = open_value(key, value, 18, [1])
    count = reader.take("I")
    reader.zeros(4)
    expect(1 <= count <= 256, f"a history of {count} points")
    points = []
    for _ in range(count):
        point = SimpleNamespace()
        point.time, point.generation, point.live, point.lists = reader.take("qIII")
        figures = reader.take("ffff")
        point.spread, point.centroid_shift, point.code_shift, point.dead = figures
        reader.zeros(4)
        expect(point.generation > 0 and point.lists > 0, f"generation {point.generation}")
        expect(all(math.isfinite(f) and f >= 0 for f in figures), f"figures {figures}")
        expect(point.dead <= 1, f"{point.dead} dead")
        expect(not points or points[-1].time <= point.time, f"time {point.time} falls")
        points.append(point)
    reader.end()
    return points


def quantizer(key, value, schema):
    """"Quantizer"."""
    reader, version = open_value(key, value, 4, [1, 2])
    q = SimpleNamespace(axes=None)
    dimension, q.subspaces, q.bits, q.width = reader.take("IHHI")
    rotated = 0
    if version == 1:
        reader.zeros(4)
        q.euclidean = schema.metric in ("euclidean", "hamming")
    else:
        metric, rotated = reader.take("BB")
        reader.zeros(2)
        due = {"inner-product": (2,), "cosine": (1, 2)}.get(schema.metric, (1,))
        expect(metric in due and rotated in (0, 1), f"metric of lists {metric}, rotated {rotated}")
        q.euclidean = metric == 1
    expect(dimension == schema.dimension and q.bits in (1, 4, 8), f"{q.bits} bits of {dimension}")
    expect((q.bits == 1) == (schema.element_name == "bit"), f"{q.bits} bits a subspace")
    if q.bits == 1:
        due = (-(-dimension // 8), 8)
        expect((q.subspaces, q.width) == due, f"{q.subspaces} subspaces of {q.width} bits")
        q.codebook = None
        expect(rotated == 0, "bits are rotated")
        reader.end()
        return q
    expect(q.width == -(-dimension // q.subspaces), f"subspaces of {q.width} dimensions")
    words = 1 << q.bits
    q.codebook = [[reader.array("f", words) for _ in range(q.width)] for _ in range(q.subspaces)]
    if rotated:
        q.axes = [reader.array("f", dimension) for _ in range(dimension)]
        for i, axis in enumerate(q.axes):
            for j, other in enumerate(q.axes[: i + 1]):
                product = sum(a * b for a, b in zip(axis, other))
                expect(abs(product - (i == j)) < 1e-3, f"axes {i} and {j}: {product}")
    reader.end()
    return q


def calibration(key, value):
    """"Calibration": the operating points."""
    reader, version = open_value(key, value, 5, [1, 2, 3, 4])
    reader.take("Qff")
    form = "fII" if version == 1 else "fIIf"
    points = [reader.take(form) for _ in range(reader.take("I"))]
    if version >= 3:
        ranges = [reader.take("fff") for _ in range(reader.take("I"))]
        expect(ranges == sorted(ranges), "the range points do not ascend")
    if version >= 4:
        reader.take("I")
    reader.end()
    expect(points == sorted(points), "the points do not ascend")
    return points
