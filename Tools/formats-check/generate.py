#!/usr/bin/env python3
"""Makes databases with vdbtool for check.py: usage: generate.py [--short] VDBTOOL DIRECTORY.

One for each element type and some metrics, with lists, attributes of all types, nulls, payloads,
dead rows, records in the log alone; and one from which much was deleted, whose lists were split and
merged. The same ones each time. With --short fewer and smaller ones.
"""

import base64
import json
import random
import subprocess
import sys

# Element type, metric, dimension, records.
SHAPES = [
    ("float32", "euclidean", 277, 2700),
    ("float16", "cosine", 461, 2700),
    ("int8", "inner-product", 850, 2700),
    ("uint8", "euclidean", 900, 2700),
    ("bit", "hamming", 1001, 2700),
]
SHORT_SHAPES = [
    ("float32", "cosine", 18, 600),
    ("uint8", "euclidean", 33, 600),
    ("bit", "hamming", 77, 600),
]
TYPES = ["timestamp", "location", "integer", "real", "keyword", "boolean"]


def record(source, number, element, dimension):
    low, high = (0, 255) if element == "uint8" else (-128, 127)
    center = number % 6 * 20
    vector = [source.gauss(center, 6) for _ in range(dimension)]
    if element == "bit":
        vector = [int(v > 20 * (i % 6)) for i, v in enumerate(vector)]
    elif element in ("int8", "uint8"):
        vector = [min(max(round(v), low), high) for v in vector]
    values = {
        "timestamp": f"20{source.randrange(10, 40)}-0{source.randrange(1, 10)}-11T10:20:30.5Z",
        "location": {"lat": source.uniform(-90, 90), "lon": source.uniform(-180, 180)},
        "integer": source.randrange(-(1 << 63), 1 << 63),
        "real": source.uniform(-1e9, 1e9),
        "keyword": source.choice(["", "Hündchen", "a b", "\n", f"k{source.randrange(50)}"]),
        "boolean": source.random() < 0.5,
    }
    attributes = {f"a_{name}": value for name, value in values.items() if source.random() < 0.8}
    line = {"id": number * 3, "vector": vector, "attributes": attributes}
    if source.random() < 0.4:
        content = source.choice([b"", b'{"camera":"X100"}' * source.randrange(1, 9), b"\x00\xff"])
        line["payload"] = base64.b64encode(content).decode()
    return line


def run(*words, text=None):
    subprocess.run(words, check=True, input=text, text=True, stdout=subprocess.DEVNULL)


def shrunk(tool, path, dimension, third):
    """A database that has grown, and of which whole chunks are gone."""
    source = random.Random("shrunk")
    run(
        tool,
        "create",
        path,
        f"--dimension={dimension}",
        "--element=uint8",
        "--attribute=a_keyword:keyword",
    )
    for start in range(0, 3 * third, third):
        lines = []
        for number in range(start, start + third):
            line = record(source, number, "uint8", dimension)
            line["attributes"] = {"a_keyword": f"k{number % 7}"}
            lines.append(json.dumps(line))
        run(tool, "import", path, "-", "--format=jsonl", "--quiet", text="\n".join(lines))
        if start == 0:
            run(tool, "recluster", path, "--full", "--quiet")
    run(tool, "delete", path, *[str(n * 3) for n in range(100, 3 * third - 200)])
    run(tool, "recluster", path, "--quiet")


def make(tool, path, element, metric, dimension, count):
    source = random.Random(f"{element} {metric}")
    options = [f"--attribute=a_{name}:{name}" for name in TYPES]
    run(
        tool,
        "create",
        path,
        f"--dimension={dimension}",
        f"--element={element}",
        f"--metric={metric}",
        *options,
    )
    logged = count - 100
    lines = [json.dumps(record(source, n, element, dimension)) for n in range(count)]
    words = [tool, "import", path, "-", "--format=jsonl", "--quiet"]
    run(*words, text="\n".join(lines[:logged]))
    run(tool, "recluster", path, "--full", "--quiet")
    run(*words, "--no-maintain", text="\n".join(lines[logged:]))
    run(tool, "delete", path, *[str(n * 3) for n in range(0, count, 9)])
    for n in (1, count // 2, count - 2):
        run(tool, "update", path, str(n * 3), '--attributes={"a_keyword":"new","a_location":null}')


def main():
    is_short = sys.argv[1] == "--short"
    tool, directory = sys.argv[-2:]
    shrunk(tool, f"{directory}/shrunk.vdb", *(33, 800) if is_short else (900, 2600))
    for element, metric, *size in SHORT_SHAPES if is_short else SHAPES:
        make(tool, f"{directory}/{element}-{metric}.vdb", element, metric, *size)


if __name__ == "__main__":
    main()
