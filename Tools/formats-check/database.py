"""A database by its pages alone: all of it is read, checked, and put together as records."""

import datetime
import os
import struct

import lmdb

import layouts
import models
import oplog
from reader import Damage, expect
from siphash import siphash

TABLES = {
    1: "manifest models lists vectors rows assignments identifiers deleted keywords".split(),
    2: "payloads dictionaries".split(),
    3: ["attributes"],
    6: ["keywordCodes"],
}


def rotate(axes, vector):
    """The vector along the axes."""
    return [sum(a * b for a, b in zip(axis, vector)) for axis in axes]


class Database:
    """`records` has what is alive: id → (vector, attributes, payload)."""

    def __init__(self, path):
        self.tables = read_tables(os.path.join(path, "data.mdb"))
        stored = self.tables["manifest"]
        expect(set(stored) == {b"manifest", b"schema"}, f"manifest has {sorted(stored)}")
        self.manifest = layouts.manifest(b"manifest", stored[b"manifest"])
        self.schema = layouts.schema(b"schema", stored[b"schema"])
        version = self.manifest.format_version
        known = [name for v, names in TABLES.items() if v <= version for name in names]
        missing = set(known) - set(self.tables)
        expect(not missing, f"tables {sorted(missing)} are missing")

        self.keywords = self.read_keywords()
        self.check_keyword_codes()
        self.dead = set().union(*(layouts.deleted(k, v) for k, v in self.entries("deleted")))
        self.rows = self.chunks("rows", 2016, layouts.row_chunk)
        self.vectors = self.chunks("vectors", self.manifest.vector_chunk_rows, layouts.vector_chunk)
        self.payloads = self.read_payloads()
        self.check_rows()
        self.check_attributes()
        self.check_lists()
        self.check_history()
        self.records = self.stored_records()
        for found in oplog.operations(
            os.path.join(path, "log"), self.manifest.identity, self.manifest.applied, self.schema
        ):
            self.apply(*found)

    def entries(self, table):
        return sorted(self.tables.get(table, {}).items())

    def chunks(self, table, size, decode):
        """The rows of a table in chunks, all but the last full; None for those of a missing one."""
        rows, count = [], self.manifest.row_count
        stored = dict(self.entries(table))
        for start in range(0, count, size):
            key = struct.pack(">I", start // size)
            due = min(size, count - start)
            if self.manifest.format_version >= 4 and key not in stored:
                gone = range(start, start + due)
                expect(self.dead.issuperset(gone), f"{table}: chunk {key.hex()} is missing")
                rows += [None] * due
                continue
            part = decode(key, stored.pop(key), self.schema)
            expect(len(part) == due, f"{table}: chunk {key.hex()} has {len(part)} of {due} rows")
            rows += part
        expect(not stored, f"{table}: chunks beyond the rows")
        return rows

    def read_keywords(self):
        texts = {}
        for key, value in self.entries("keywords"):
            attribute, code = struct.unpack(">II", key)
            known = texts.setdefault(attribute, [])
            expect(code == len(known), f"keyword {code} of attribute {attribute}")
            text = layouts.keyword(key, value)
            expect(text not in known, f"keyword {text!r} comes twice")
            known.append(text)
        return texts

    def check_keyword_codes(self):
        """attributes.md, "keywordCodes": the runs are the codes in the order of their hashes."""
        if self.manifest.format_version < 6:
            return
        runs = {}
        for key, value in self.entries("keywordCodes"):
            attribute, run, covered, entries = layouts.keyword_bucket(key, value)
            runs.setdefault(attribute, {}).setdefault((run, covered), []).extend(entries)
        expect(set(runs) == set(self.keywords), f"codes of attributes {sorted(runs)}")
        for attribute, found in runs.items():
            texts, start = self.keywords[attribute], 0
            for (run, covered), entries in sorted(found.items()):
                expect(run == start, f"a run from code {run} where {start} follows")
                start = run + covered
                due = [(siphash(t.encode()) & 0xFFFFFFFF, code) for code, t in enumerate(texts)]
                expect(entries == sorted(due[run:start]), f"the run from code {run}")
            expect(start == len(texts), f"{start} codes of {len(texts)} keywords")

    def read_payloads(self):
        dictionaries = {
            struct.unpack(">I", key)[0]: layouts.dictionary(key, value)
            for key, value in self.entries("dictionaries")
        }
        return {
            struct.unpack(">I", key)[0]: layouts.payload(key, value, dictionaries)
            for key, value in self.entries("payloads")
        }

    def check_rows(self):
        """database.md: every live row is under its id, and has its payload, if it has one."""
        live = set(range(self.manifest.row_count)) - self.dead
        expect(len(live) == self.manifest.live_count, f"{len(live)} live rows")
        expect(max(self.dead, default=-1) < self.manifest.row_count, "dead rows that are none")
        pairs = [
            p for key, value in self.entries("identifiers") for p in layouts.identifiers(key, value)
        ]
        expect([p[0] for p in pairs] == sorted({p[0] for p in pairs}), "ids do not ascend")
        expect({row for _, row in pairs} == live, "identifiers are not those of the live rows")
        expect(all(self.rows[row][0] == number for number, row in pairs), "an id has another's row")
        due = {row for row in live if self.rows[row][2]}
        expect(set(self.payloads) == due, f"payloads {set(self.payloads) ^ due}")

    def check_attributes(self):
        """attributes.md: the segments are the rows in the order of each attribute."""
        starts, column = [], 0
        for _, _, widths in self.schema.attributes:
            starts.append((column, column + len(widths)))
            column += len(widths)
        covered = [0] * len(starts)
        for key, value in self.entries("attributes"):
            attribute, segment, keys, places = layouts.attribute_segment(key, value, self.schema)
            gap = self.rows[covered[attribute] : 64512 * segment]
            expect(covered[attribute] <= 64512 * segment, f"segment {segment} comes too late")
            expect(not any(gap), f"a segment before {segment} is missing")
            covered[attribute] = 64512 * segment + len(places)
            begin, end = starts[attribute]
            rows = self.rows[64512 * segment : 64512 * segment + len(places)]
            # Rows of a missing chunk may have any key.
            former = dict(zip(places, keys))
            due = [
                layouts.attribute_key(row[1][begin:end]) if row else former.get(place)
                for place, row in enumerate(rows)
            ]
            order = sorted(
                range(len(due)), key=lambda place: (due[place] is None, due[place] or 0, place)
            )
            expect(list(places) == order, f"the order of attribute {attribute}")
            expect(list(keys) == [due[p] for p in order[: len(keys)]], f"keys of {attribute}")
            expect(len(keys) == sum(k is not None for k in due), f"nulls of {attribute}")
        expect(len(set(covered)) <= 1, f"attributes cover {covered} rows")

    def check_lists(self):
        """lists.md, models.md: every live row in one list, with code and cells."""
        generation = self.manifest.generation
        if generation == 0:
            return
        parts = [
            (k, self.tables["models"][k])
            for k in (struct.pack(">II", generation, i) for i in (1, 2, 3))
        ]
        centroids = models.centroids(*parts[0], self.schema, self.centroid_chunk)
        quantizer = models.quantizer(*parts[1], self.schema)
        models.calibration(*parts[2])
        key = struct.pack(">II", generation, 4)
        if key in self.tables["models"]:
            models.drift(key, self.tables["models"][key])
        found = self.list_entries(generation, centroids, quantizer)
        for row in range(self.manifest.row_count):
            expect(row in found or row in self.dead, f"the live row {row} is in no list")
        if self.manifest.format_version < 4:
            self.check_assignments(generation, found)

    def check_history(self):
        """models.md, "History": of models that there have been."""
        key = struct.pack(">II", 0, 5)
        if key not in self.tables["models"]:
            return
        expect(self.manifest.format_version >= 5, "a history of drift before format version 5")
        for point in models.history(key, self.tables["models"][key]):
            expect(point.generation < self.manifest.next_generation, "a generation to come")

    def centroid_chunk(self, chunk):
        """Key and value of a chunk of the centroids in force."""
        key = struct.pack(">II", self.manifest.generation, 16 + chunk)
        expect(key in self.tables["models"], f"chunk {chunk} of centroids is missing")
        return key, self.tables["models"][key]

    def list_entries(self, generation, centroids, quantizer):
        """The list of each row, all entries checked."""
        found = {}
        for key, value in self.entries("lists"):
            number, block = struct.unpack(">II", key)
            if number not in centroids:
                continue  # Left over; database.md, "Generations and lists".
            made, entries = layouts.list_block(key, value, self.schema)
            expect(made == generation, f"a block of generation {made}")
            for row, code, alpha, beta, cells in entries:
                expect(row not in found, f"row {row} is in two lists")
                found[row] = number
                if self.rows[row]:
                    expect(cells == self.rows[row][1], f"cells of row {row} in list {number}")
                if self.vectors[row]:
                    self.check_code(row, centroids[number], quantizer, code, alpha, beta)
        return found

    def check_assignments(self, generation, found):
        """lists.md, "assignments"."""
        assigned = []
        for key, value in self.entries("assignments"):
            if struct.unpack(">II", key)[0] == generation:
                assigned += layouts.assignments(key, value)
        expect(len(assigned) == self.manifest.row_count, f"{len(assigned)} assignments")
        for row, number in enumerate(assigned):
            expect(found.get(row, 0xFFFFFFFF) == number, f"row {row} is assigned to {number}")

    def check_code(self, row, centroid, quantizer, code, alpha, beta):
        """models.md, "Bits", or "The estimate", but for rounding."""
        x = self.vectors[row]
        if quantizer.codebook is None:
            same = x == layouts.components(code, self.schema.element, self.schema.dimension)
            expect(same, f"the code of row {row} is not its vector")
            return
        if self.schema.metric == "cosine":
            norm = sum(v * v for v in x) ** 0.5
            x = [v / norm for v in x]
        residual = [a - b for a, b in zip(x, centroid)]
        if quantizer.axes:
            # Along the axes, products are what they were.
            residual = rotate(quantizer.axes, residual)
            centroid = rotate(quantizer.axes, centroid)
        decoded = [
            quantizer.codebook[m][s][j] for m, j in enumerate(code) for s in range(quantizer.width)
        ]
        dot = sum(a * b for a, b in zip(residual, decoded))
        square = sum(a * a for a in residual)
        length = (square * sum(b * b for b in decoded[: len(x)])) ** 0.5
        if abs(dot - 0.1 * length) < 1e-3 * length:
            return  # On the edge, rounding decides.
        if square < 1e-8 * sum(v * v for v in x):
            return  # The vector is the centroid: what is left is rounding.
        due = square / dot if dot > 0.1 * length else 1
        expect(abs(alpha - due) <= 1e-3 * abs(due) + 1e-6, f"alpha of row {row}: {alpha}, {due}")
        if quantizer.euclidean:
            parts = [2 * alpha * c * d for c, d in zip(centroid, decoded)] + [square]
        elif beta == 0:
            return  # Of an earlier release, or of a centroid of 0.
        else:
            parts = [
                c * (alpha * d - r) for c, d, r in zip(centroid, decoded, residual)
            ]
        due, scale = sum(parts), sum(abs(part) for part in parts)
        expect(abs(beta - due) <= 1e-3 * scale + 1e-6, f"beta of row {row}: {beta}, {due}")

    def stored_records(self):
        records = {}
        for row in sorted(set(range(self.manifest.row_count)) - self.dead):
            number, cells, _ = self.rows[row]
            records[number] = (self.vectors[row], cells, self.payloads.get(row))
        return records

    def apply(self, deleted, records, keywords, amended):
        """log.md, "Payload": in this order."""
        for attribute, code, text in keywords:
            known = self.keywords.setdefault(attribute, [])
            expect(code == len(known) and text not in known, f"keyword {code} of {attribute}")
            known.append(text)
        for number in deleted:
            self.records.pop(number, None)
        for number, vector, cells, payload in records:
            self.records.pop(number, None)
            self.records[number] = (vector, cells, payload)
        for number, cells in amended:
            if number in self.records:
                vector, _, payload = self.records[number]
                self.records[number] = (vector, cells, payload)

    def attributes(self, cells):
        """schema.md, "Cells": the values by name, without those that are null."""
        values, cells = {}, list(cells)
        for index, (name, kind, widths) in enumerate(self.schema.attributes):
            own = [cells.pop(0) for _ in widths]
            expect(len({cell is None for cell in own}) == 1, f"half of {name} is null")
            if own[0] is not None:
                values[name] = self.value(index, kind, own)
        return values

    def value(self, attribute, kind, cells):
        cell = cells[0]
        if kind in ("timestamp", "integer"):
            return cell - (1 << 63)
        if kind == "real":
            bits = cell ^ (1 << 63) if cell >> 63 else cell ^ (1 << 64) - 1
            return struct.unpack("<d", struct.pack("<Q", bits))[0]
        if kind == "keyword":
            return self.keywords[attribute][cell]
        if kind == "boolean":
            expect(cell <= 1, f"a boolean of {cell}")
            return cell == 1
        expect(cells[0] <= 1_800_000_000 and cells[1] <= 3_600_000_000, f"a place at {cells}")
        return [(cells[0] - 900_000_000) / 1e7, (cells[1] - 1_800_000_000) / 1e7]


def read_tables(path):
    """All tables of an LMDB environment: name → key → value."""
    environment = lmdb.open(path, subdir=False, readonly=True, lock=False, max_dbs=64)
    tables = {}
    with environment.begin() as transaction:
        for name, _ in transaction.cursor():
            table = environment.open_db(name, txn=transaction, create=False)
            tables[name.decode()] = dict(transaction.cursor(table))
    environment.close()
    return tables


def microseconds(text):
    """A timestamp as vdbtool shows it, or None where Python's calendar does not reach."""
    try:
        parsed = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    since = parsed - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


__all__ = ["Database", "Damage", "microseconds"]
