"""One engine that inserts, in a process of its own: `inserters.py ENGINE FOLDER TASK.json`.

Inserts `batch` records per call until `seconds` are over or `records` are in, and prints one JSON
object: records, seconds, processor seconds and the latencies' percentiles. A call counts when it
has returned; whether that means that a loss of power cannot take it, the counted syncs say.
"""

import json
import os
import resource
import sys
import time

import numpy

from vectors import read


class Zvec:
    """zvec with an HNSW index, as its guide creates it."""

    def __init__(self, folder, dimension):
        import zvec

        zvec.init(log_dir=f"{folder}/logs")
        index = zvec.HnswIndexParam(metric_type=zvec.typing.MetricType.L2)
        field = zvec.VectorSchema(
            "v", zvec.typing.DataType.VECTOR_FP32, dimension, index_param=index
        )
        self.document = zvec.Doc
        self.collection = zvec.create_and_open(
            f"{folder}/collection", zvec.CollectionSchema("c", vectors=field)
        )

    def insert(self, first, rows):
        answers = self.collection.insert(
            [self.document(id=str(first + i), vectors={"v": row}) for i, row in enumerate(rows)]
        )
        if not all(answer.ok() for answer in answers):
            raise RuntimeError(f"cannot insert record {first}: {answers[0]}")

    def close(self):
        self.collection.close()


class LanceDB:
    """LanceDB without an index: each call is a new version of the table."""

    def __init__(self, folder, dimension):
        import lancedb
        import pyarrow

        self.arrow = pyarrow
        self.dimension = dimension
        vector = pyarrow.list_(pyarrow.float32(), dimension)
        self.schema = pyarrow.schema([("id", pyarrow.int64()), ("vector", vector)])
        self.table = lancedb.connect(folder).create_table("t", schema=self.schema)

    def insert(self, first, rows):
        ids = self.arrow.array(range(first, first + len(rows)), self.arrow.int64())
        flat = self.arrow.array(numpy.ascontiguousarray(rows).reshape(-1))
        vectors = self.arrow.FixedSizeListArray.from_arrays(flat, self.dimension)
        self.table.add(self.arrow.table([ids, vectors], schema=self.schema))

    def close(self):
        pass


class SQLiteVec:
    """sqlite-vec, one transaction per call; `mode` is the journal's."""

    mode = "delete"

    def __init__(self, folder, dimension):
        # Python's own sqlite3 is often built without the right to load extensions.
        import apsw
        import sqlite_vec

        self.connection = apsw.Connection(f"{folder}/vectors.db")
        self.connection.enable_load_extension(True)
        self.connection.load_extension(sqlite_vec.loadable_path())
        self.connection.execute(f"pragma journal_mode = {self.mode}")
        self.connection.execute("pragma synchronous = full")
        self.connection.execute(f"create virtual table t using vec0(v float[{dimension}])")

    def insert(self, first, rows):
        self.connection.execute("begin")
        self.connection.executemany(
            "insert into t(rowid, v) values (?, ?)",
            [(first + i, row.tobytes()) for i, row in enumerate(rows)],
        )
        self.connection.execute("commit")

    def close(self):
        self.connection.close()


class SQLiteVecLog(SQLiteVec):
    """The same with SQLite's write-ahead log, synced at each commit."""

    mode = "wal"


ENGINES = {
    "zvec": Zvec, "lancedb": LanceDB, "sqlite-vec": SQLiteVec, "sqlite-vec-wal": SQLiteVecLog,
}


def vectors_of(task):
    """The vectors to insert: a file's first rows, or random ones, the same each time."""
    if task["base"]:
        return read(task["base"], 20_000)
    return numpy.random.default_rng(1).random((4096, task["dimension"]), dtype=numpy.float32)


def main():
    name, folder, path = sys.argv[1:]
    with open(path) as file:
        task = json.load(file)
    vectors = vectors_of(task)
    engine = ENGINES[name](folder, vectors.shape[1])
    batch, latencies, first = task["batch"], [], 0
    clock, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    while time.perf_counter() - clock < task["seconds"] and first < task["records"]:
        start = first % (len(vectors) - batch + 1)
        call = time.perf_counter()
        engine.insert(first, vectors[start : start + batch])
        latencies.append(time.perf_counter() - call)
        first += batch
    elapsed = time.perf_counter() - clock
    after = resource.getrusage(resource.RUSAGE_SELF)
    engine.close()
    p50, p99 = numpy.percentile(latencies, [50, 99], method="inverted_cdf") * 1e6
    used = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    print(
        json.dumps(
            {
                "records": first, "seconds": elapsed, "processorSeconds": used,
                "p50Microseconds": p50, "p99Microseconds": p99,
                "peakResidentBytes": after.ru_maxrss * 1024,
            }
        ),
        flush=True,
    )
    # Some engines' threads outlive their use.
    os._exit(0)


if __name__ == "__main__":
    main()
