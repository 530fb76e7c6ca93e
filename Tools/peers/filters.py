"""Filtered search beside zvec and LanceDB: recall and queries per CPU-second at rising selectivity.

    Tools/peers/run filters DATA [--limit=N] [--queries=N] [--engines=NAME,…]

DATA is a folder as for `search`, with attributes.csv beside: a header, then one row for each base
vector, with the columns taken (ISO 8601), place.lat and place.lon, and perhaps a keyword column
(kind or source). Filters let 50, 10, 1, 0.1 and 0.01 % through: the newest, a box, a circle, and
both of time and box; and one keyword. The truth is brute force over the rows that match.

One thread, one query at a time, recall@10. VectorDB runs its own tool, whose CPU time for the
searches alone is that of more repetitions less that of fewer; the others are called from Python.
Written to --output (default: the current folder): filters-DATA.json and .md.
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import time

import numpy

import engines
from ours import run
from vectors import Dataset, write

SHARES = (0.5, 0.1, 0.01, 0.001, 0.0001)
COUNT = 10
RADIUS = 6_371_008.8


class Attributes:
    """What attributes.csv says of each row."""

    def __init__(self, path, limit):
        with open(path, newline="") as file:
            rows = [row for row, _ in zip(csv.DictReader(file), range(limit))]
        times = [row["taken"].rstrip("Z") for row in rows]
        self.taken = numpy.array(times, dtype="datetime64[us]").astype(numpy.int64)
        self.lat = numpy.array([float(row["place.lat"]) for row in rows])
        self.lon = numpy.array([float(row["place.lon"]) for row in rows])
        self.keyword = next((name for name in ("kind", "source") if name in rows[0]), None)
        self.words = numpy.array([row[self.keyword] for row in rows]) if self.keyword else None

    def filters(self):
        """Name, our text, SQL of the others or nil, and the mask of the rows that match."""
        middle = (float(numpy.median(self.lat)), float(numpy.median(self.lon)))
        ranks = numpy.maximum(abs(self.lat - middle[0]), abs(self.lon - middle[1]))
        distances = self._distances(middle)
        for share in SHARES:
            place = max(int(share * len(self.taken)), 1)
            since = int(numpy.sort(self.taken)[-place])
            newest = self.taken >= since
            time_text = f"taken >= {numpy.datetime64(since, 'us')}Z"
            time_sql = f"taken >= {since}"
            yield f"time {share:.2%}", time_text, time_sql, newest
            box = self._box(middle, numpy.sort(ranks)[place - 1])
            yield (f"box {share:.2%}", *box)
            metres = round(float(numpy.sort(distances)[place - 1]) + 1, 3)
            yield (
                f"radius {share:.2%}",
                f"place within {metres} m of ({middle[0]:.7f}, {middle[1]:.7f})",
                None, distances <= metres,
            )
            half = max(int(share ** 0.5 * len(self.taken)), 1)
            since = int(numpy.sort(self.taken)[-half])
            box = self._box(middle, numpy.sort(ranks)[half - 1])
            yield (
                f"time and box {share:.2%}",
                f"taken >= {numpy.datetime64(since, 'us')}Z and {box[0]}",
                f"taken >= {since} AND {box[1]}", (self.taken >= since) & box[2],
            )
        if self.keyword:
            word = sorted(set(self.words))[0]
            yield (
                f"{self.keyword} = {word}", f'{self.keyword} = "{word}"',
                f"{self.keyword} = '{word}'", self.words == word,
            )

    def _box(self, middle, half):
        south, north = round(middle[0] - half, 6), round(middle[0] + half, 6)
        west, east = round(middle[1] - half, 6), round(middle[1] + half, 6)
        mask = (self.lat >= south) & (self.lat <= north) & (self.lon >= west) & (self.lon <= east)
        sql = f"lat >= {south} AND lat <= {north} AND lon >= {west} AND lon <= {east}"
        return f"place in box ({south}, {west}, {north}, {east})", sql, mask

    def _distances(self, middle):
        lat, lon = numpy.radians(self.lat), numpy.radians(self.lon)
        lat0, lon0 = numpy.radians(middle[0]), numpy.radians(middle[1])
        squares = numpy.sin((lat - lat0) / 2) ** 2
        squares += numpy.cos(lat) * numpy.cos(lat0) * numpy.sin((lon - lon0) / 2) ** 2
        return 2 * RADIUS * numpy.arcsin(numpy.sqrt(numpy.minimum(squares, 1)))


class Ours:
    """VectorDB through its tool."""

    def build(self, data, attributes, folder):
        path = f"{folder}/database"
        words = [
            "vdbtool", "create", path, f"--dimension={data.queries.shape[1]}", "--element=uint8",
            "--attribute=taken:timestamp", "--attribute=place:location",
        ]
        if attributes.keyword:
            words.append(f"--attribute={attributes.keyword}:keyword")
        run(*words)
        run(
            "vdbtool", "import", path, data.bytes_path, f"--limit={data.count}", "--quiet",
            f"--attributes={data.attributes_path}", "--ignore-unknown-attributes",
        )
        run("vdbtool", "recluster", path, "--quiet")

    def measure(self, data, folder, text, truth):
        """Recall, queries per CPU-second and fewest matches; `truth` is a path of ivecs."""
        few, many = 1, 21
        used = [self._used(data, folder, text, truth, times) for times in (few, many)]
        answer = used[1][1]
        seconds = (used[1][0] - used[0][0]) / ((many - few) * len(data.queries))
        return answer["recall"], 1 / max(seconds, 1e-9), answer["returned"]["min"]

    def _used(self, data, folder, text, truth, times):
        words = [
            "vdbtool", "evaluate", f"{folder}/database", f"--queries={data.query_path}",
            f"--limit={len(data.queries)}", f"--repeat={times}", f"--truth={truth}", "--json",
            "--quiet",
        ]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        answer = json.loads(run(*words, *([f"--where={text}"] if text else [])))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return seconds, answer


class Peer:
    """What the others have in common: they are called from Python."""

    def measure(self, data, search, truth, due):
        found, fewest = 0, COUNT
        clock = time.process_time()
        answers = [search(data.queries[index]) for index in range(len(data.queries))]
        seconds = time.process_time() - clock
        for answer, wanted in zip(answers, truth):
            ids = self.ids(answer)
            fewest = min(fewest, len(ids))
            found += len(set(ids) & set(wanted))
        recall = found / (len(truth) * due) if due else 1
        return recall, len(data.queries) / max(seconds, 1e-9), fewest


class Lance(Peer):
    """LanceDB with scalar indexes and filters before the search."""

    def build(self, data, attributes, folder):
        import lancedb
        import pyarrow

        base = data.base()
        columns = {
            "id": pyarrow.array(range(len(base))), "taken": attributes.taken,
            "lat": attributes.lat, "lon": attributes.lon,
            "vector": pyarrow.FixedSizeListArray.from_arrays(base.reshape(-1), base.shape[1]),
        }
        if attributes.keyword:
            columns[attributes.keyword] = attributes.words
        table = lancedb.connect(folder).create_table("t", pyarrow.table(columns))
        table.create_index(
            metric="l2", index_type="IVF_PQ", num_partitions=engines.list_count(len(base)),
            num_sub_vectors=base.shape[1] // 8,
        )
        for name in ("taken", "lat", "lon"):
            table.create_scalar_index(name)

    def open(self, folder):
        os.environ["LANCE_LOG"] = "error"
        import lancedb

        self.table = lancedb.connect(folder).open_table("t")

    def searcher(self, sql):
        return lambda query: (
            self.table.search(query).where(sql, prefilter=True).limit(COUNT).nprobes(32)
            .refine_factor(10).select(["id", "_distance"]).to_arrow()
        )

    def ids(self, answer):
        return answer["id"].to_pylist()


class Zvec(Peer):
    """zvec: HNSW with 8-bit vectors and inverted indexes of the attributes."""

    def __init__(self):
        self.engine = engines.Zvec("hnsw", is_raw=False)

    def build(self, data, attributes, folder):
        import zvec
        from zvec.typing import DataType

        inverted = zvec.InvertIndexParam(enable_range_optimization=True)
        types = {"taken": DataType.INT64, "lat": DataType.DOUBLE, "lon": DataType.DOUBLE}
        columns = {"taken": attributes.taken, "lat": attributes.lat, "lon": attributes.lon}
        if attributes.keyword:
            types[attributes.keyword] = DataType.STRING
            columns[attributes.keyword] = attributes.words
        fields = [zvec.FieldSchema(name, types[name], index_param=inverted) for name in types]
        # Plain numbers and strings, which is what it takes.
        columns = {name: column.tolist() for name, column in columns.items()}
        self.engine.make(
            data.base(), folder, fields,
            lambda row: {name: column[row] for name, column in columns.items()},
        )

    def open(self, folder):
        self.engine.open(folder)

    def searcher(self, sql):
        import zvec

        parameters = zvec.HnswQueryParam(ef=64)
        return lambda query: self.engine.collection.query(
            zvec.Query("v", vector=query, param=parameters), topk=COUNT, filter=sql,
            output_fields=[],
        )

    def ids(self, answer):
        return self.engine.ids(answer)


def built(name, engine, data, attributes):
    """The folder of an engine's index, made once."""
    folder = os.path.join(data.folder, f"filters-{name}")
    if not os.path.exists(f"{folder}/done"):
        subprocess.run(["rm", "-rf", folder], check=True)
        os.makedirs(folder)
        engine.build(data, attributes, folder)
        open(f"{folder}/done", "w").close()
    return folder


def matching_truth(base, queries, mask):
    """The nearest rows among those that match, by brute force."""
    rows = numpy.flatnonzero(mask)
    part = base[rows].astype(numpy.float32)
    lengths = numpy.einsum("ij,ij->i", part, part)
    distances = lengths - 2 * (queries.astype(numpy.float32) @ part.T)
    order = numpy.argsort(distances, axis=1, kind="stable")[:, :COUNT]
    return rows[order].astype(numpy.int32)


def main():
    parser = argparse.ArgumentParser(prog="run filters", description=__doc__.split("\n")[0])
    parser.add_argument("data", help="folder with base, query and attributes.csv")
    parser.add_argument("--limit", type=int, help="base vectors to use (default all)")
    parser.add_argument("--queries", type=int, default=200, help="queries to use (200)")
    parser.add_argument("--engines", default="vectordb,zvec,lancedb")
    parser.add_argument("--output", default=".", help="folder for the results")
    chosen = parser.parse_args()
    work = os.path.join(os.environ["VECTORDB_PEERS"], "indexes")
    data = Dataset(chosen.data, work, chosen.limit, chosen.queries)
    data.attributes_path = os.path.join(chosen.data, "attributes.csv")
    attributes = Attributes(data.attributes_path, data.count)
    known = {"vectordb": Ours(), "zvec": Zvec(), "lancedb": Lance()}
    compared = {name: known[name] for name in chosen.engines.split(",")}
    folders = {name: built(name, engine, data, attributes) for name, engine in compared.items()}
    for name, engine in compared.items():
        if name != "vectordb":
            engine.open(folders[name])
    base, points = data.base(), []
    truth_path = os.path.join(data.folder, "filters-truth.ivecs")
    everything = numpy.ones(data.count, dtype=bool)
    for title, text, sql, mask in [("none", None, None, everything), *attributes.filters()]:
        truth = matching_truth(base, data.queries, mask)
        write(truth_path, truth)
        for name, engine in compared.items():
            if name == "vectordb":
                figures = engine.measure(data, folders[name], text, truth_path)
            elif sql is None:
                continue
            else:
                search = engine.searcher(sql)
                figures = engine.measure(data, search, truth, truth.shape[1])
            point = dict(zip(("recall", "queriesPerCpuSecond", "fewest"), figures))
            points.append({"filter": title, "engine": name, "matches": int(mask.sum()), **point})
            print(json.dumps(points[-1]), flush=True)
    stem = os.path.join(chosen.output, f"filters-{data.name}")
    with open(f"{stem}.json", "w") as file:
        json.dump(points, file, indent=1)
    with open(f"{stem}.md", "w") as file:
        file.write("| filter | matches | engine | recall | queries per CPU-second | fewest |\n")
        file.write("|---|---|---|---|---|---|\n")
        for point in points:
            file.write(
                f"| {point['filter']} | {point['matches']} | {point['engine']} "
                f"| {point['recall']:.4f} | {point['queriesPerCpuSecond']:.0f} "
                f"| {point['fewest']} |\n"
            )


if __name__ == "__main__":
    main()
