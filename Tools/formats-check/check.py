#!/usr/bin/env python3
"""Reads databases by the pages in Formats/ alone, and compares with what vdbtool says.

usage: check.py VDBTOOL DATABASE …

Needs the packages in requirements.txt, and no line of VectorDB's code. Ids, vectors, attributes and
payloads must be those that `vdbtool export` gives; on the way everything that the pages promise is
checked. Nobody may be writing meanwhile.
"""

import base64
import json
import struct
import subprocess
import sys

from database import Damage, Database, microseconds
from reader import expect


def exported(tool, path):
    """The records that vdbtool gives, in the order of its export."""
    command = [tool, "export", path, "-", "--format=jsonl", "--quiet"]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    for line in output.decode("utf-8").splitlines():
        yield json.loads(line)


def single(vector):
    """Components as float32 bits, so that −0 is not 0."""
    return struct.pack(f"<{len(vector)}f", *vector)


def same_attributes(ours, theirs):
    if set(ours) != set(theirs):
        return False
    for name, value in ours.items():
        other = theirs[name]
        if isinstance(value, list):
            other = [other["lat"], other["lon"]]
        elif isinstance(other, str) and isinstance(value, int):
            other = microseconds(other)
            if other is None:
                continue  # A year that Python does not know.
        if type(value) is not type(other) or value != other:
            return False
    return True


def check(tool, path):
    database = Database(path)
    left = dict(database.records)
    count = 0
    for record in exported(tool, path):
        number = record["id"]
        expect(number in left, f"id {number} is not in the tables and the log")
        vector, cells, payload = left.pop(number)
        expect(single(vector) == single(record["vector"]), f"the vector of id {number}")
        attributes = database.attributes(cells)
        expect(
            same_attributes(attributes, record["attributes"]),
            f"attributes of id {number}: {attributes}, {record['attributes']}",
        )
        given = record.get("payload")
        expect(
            payload == (None if given is None else base64.b64decode(given)), f"payload of {number}"
        )
        count += 1
    expect(not left, f"vdbtool does not know ids {sorted(left)[:10]}")
    version = database.manifest.format_version
    print(
        f"{path}: format version {version}, {count} records, {len(database.payloads)} payloads, ok"
    )


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    failures = 0
    for path in sys.argv[2:]:
        try:
            check(sys.argv[1], path)
        except Damage as damage:
            failures += 1
            print(f"{path}: {damage}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
