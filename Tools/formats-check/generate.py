#!/usr/bin/env python3
"""Makes databases with vdbtool for check.py: usage: generate.py VDBTOOL DIRECTORY.

One for each element type and some metrics, with lists, attributes of all types, nulls, payloads,
dead rows, records in the log alone; and one from which much was deleted, whose lists were split and
merged. The same ones each time.
"""

import base64
import json
import random
import subprocess
import sys

# Vectors of 2 MiB in all are enough for lists.
SHAPES = [
    ("float32", "euclidean", 277),
    ("float16", "cosine", 461),
    ("int8", "inner-product", 850),
    ("uint8", "euclidean", 900),
]
TYPES = ["timestamp", "location", "integer", "real", "keyword", "boolean"]


def record(source, number, element, dimension):
    whole = element in ("int8", "uint8")
    low, high = (0, 255) if element == "uint8" else (-128, 127)
    center = number % 6 * 20
    vector = [source.gauss(center, 6) for _ in range(dimension)]
    if whole:
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


def shrunk(tool, path):
    """A database that has grown, and of which whole chunks are gone."""
    source = random.Random("shrunk")
    run(tool, "create", path, "--dimension=900", "--element=uint8", "--attribute=a_keyword:keyword")
    for start in (0, 2600, 5200):
        lines = []
        for number in range(start, start + 2600):
            line = record(source, number, "uint8", 900)
            line["attributes"] = {"a_keyword": f"k{number % 7}"}
            lines.append(json.dumps(line))
        run(tool, "import", path, "-", "--format=jsonl", "--quiet", text="\n".join(lines))
    run(tool, "delete", path, *[str(n * 3) for n in range(100, 5000)])
    run(tool, "recluster", path)


def main():
    tool, directory = sys.argv[1:]
    shrunk(tool, f"{directory}/shrunk.vdb")
    for element, metric, dimension in SHAPES:
        source = random.Random(f"{element} {metric}")
        path = f"{directory}/{element}-{metric}.vdb"
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
        for start, end, more in [(0, 2600, []), (2600, 2700, ["--no-maintain"])]:
            lines = [json.dumps(record(source, n, element, dimension)) for n in range(start, end)]
            run(
                tool, "import", path, "-", "--format=jsonl", "--quiet", *more, text="\n".join(lines)
            )
        run(tool, "delete", path, *[str(n * 3) for n in range(0, 2700, 9)])
        run(tool, "update", path, "3", '--attributes={"a_keyword":"new"}')


if __name__ == "__main__":
    main()
