"""Reads fvecs, bvecs and ivecs: each row after its number of components, 32-bit little-endian."""

import os

import numpy

TYPES = {".fvecs": numpy.float32, ".bvecs": numpy.uint8, ".ivecs": numpy.int32}


def read(path, limit=None):
    """The first `limit` rows as an array [rows, components] of the file's type."""
    element = numpy.dtype(TYPES[os.path.splitext(path)[1]])
    dimension = int(numpy.fromfile(path, dtype="<i4", count=1)[0])
    size = 4 + dimension * element.itemsize
    count = os.path.getsize(path) // size
    if limit is not None:
        count = min(count, limit)
    rows = numpy.memmap(path, dtype=numpy.uint8, mode="r", shape=(count, size))[:, 4:]
    return numpy.ascontiguousarray(rows).view(element).reshape(count, dimension)


def write(path, rows):
    """Writes an array as fvecs, bvecs or ivecs, as the path's name says."""
    element = numpy.dtype(TYPES[os.path.splitext(path)[1]])
    head = numpy.full((len(rows), 1), rows.shape[1], dtype="<i4").view(numpy.uint8)
    body = numpy.ascontiguousarray(rows, dtype=element).view(numpy.uint8)
    numpy.hstack([head, body]).tofile(path)


METRICS = ("euclidean", "cosine", "inner-product")


def normalized(rows):
    """Rows of length 1 in their direction, as float32."""
    rows = rows.astype(numpy.float32)
    lengths = numpy.sqrt(numpy.einsum("ij,ij->i", rows, rows))
    return rows / numpy.maximum(lengths, 1e-30)[:, None]


def nearest(base, queries, count, metric="euclidean"):
    """The exact `count` nearest of each query, nearest first."""
    if metric == "cosine":
        base, queries = normalized(base), normalized(queries)
    base = base.astype(numpy.float32)
    lengths = numpy.einsum("ij,ij->i", base, base) if metric == "euclidean" else 0
    found = []
    for start in range(0, len(queries), 256):
        part = queries[start : start + 256].astype(numpy.float32)
        distances = lengths - 2 * (part @ base.T)
        best = numpy.argpartition(distances, count, axis=1)[:, :count]
        order = numpy.argsort(numpy.take_along_axis(distances, best, axis=1), axis=1)
        found.append(numpy.take_along_axis(best, order, axis=1))
    return numpy.vstack(found).astype(numpy.int32)


class Dataset:
    """Base vectors, queries and their true nearest, in a folder of the usual names."""

    def __init__(self, folder, work, limit=None, query_limit=None, metric="euclidean"):
        """With a limit, the first base vectors alone. The truth of those, and by another metric
        than the file's, is computed once."""
        self.name = os.path.basename(os.path.abspath(folder))
        self.metric = metric
        self.base_path = os.path.join(folder, "base.fvecs")
        self.bytes_path = os.path.join(folder, "base.bvecs")
        self.query_path = os.path.join(folder, "query.fvecs")
        self.truth_path = os.path.join(folder, "groundtruth.ivecs")
        self.limit = limit
        self.queries = read(self.query_path, query_limit)
        self.count = len(self.base()) if limit else self._row_count()
        suffix = "" if metric == "euclidean" else f"-{metric}"
        self.folder = os.path.join(work, f"{self.name}-{self.count}{suffix}")
        os.makedirs(self.folder, exist_ok=True)
        if self.count < self._row_count() or metric != "euclidean":
            self.truth_path = os.path.join(self.folder, f"truth-{len(self.queries)}.ivecs")
            if not os.path.exists(self.truth_path):
                write(self.truth_path, nearest(self.base(), self.queries, 100, metric))
        self.truth = read(self.truth_path, len(self.queries))

    def base(self):
        """The base vectors as float32."""
        return read(self.base_path, self.limit)

    def _row_count(self):
        dimension = self.queries.shape[1]
        return os.path.getsize(self.base_path) // (4 + 4 * dimension)
