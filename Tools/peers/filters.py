"""Filtered search beside zvec and LanceDB: recall and queries per CPU-second at rising selectivity.

    Tools/peers/run filters DATA [--limit=N] [--queries=N] [--engines=NAME,…] [--own] [--rounds=N]

DATA is a folder as for `search`, with attributes.csv beside: a header, then one row for each base
vector, with the columns taken (ISO 8601), place.lat and place.lon, and perhaps a keyword column
(kind or source). Filters let 50, 10, 1, 0.1 and 0.01 % through: the newest, a box, a circle, and
both of time and box; and one keyword. With --own each query has a filter of its own, which is used
once, as by a map that is moved: a span of time, a box or a circle somewhere, down to 0.1 %. The
truth is brute force over the rows that match.

One thread, one query at a time, recall@10. VectorDB runs its own tool, whose CPU time for the
searches alone is that of more repetitions less that of fewer; the others are called from Python.
All are asked in turns, --rounds times, or less often where that takes long, and the median rate
counts; VectorDB without a filter is asked in the same turns, to compare.
Written to --output (default: the current folder): filters-DATA.json and .md, or own-filters-….
"""

import argparse
import functools
import itertools
import json
import os
import resource
import statistics
import subprocess
import time

import numpy

import engines
from conditions import Attributes, Condition
from ours import made_folder, run
from vectors import Dataset, write

COUNT = 10
# Seconds after which an engine is not asked again.
PATIENCE = 4.0


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

    def measure(self, data, folder, texts, truth):
        """Recall, queries per CPU-second and fewest matches; `truth` is a path of ivecs.

        One filter, or none, is asked for all queries again and again; of several each once."""
        if len(texts) > 1:
            return self._each_once(data, folder, texts, truth)
        few, many = 1, 21
        used = [self._used(data, folder, texts[0], truth, times) for times in (few, many)]
        answer = used[1][1]
        seconds = (used[1][0] - used[0][0]) / ((many - few) * len(data.queries))
        return answer["recall"], 1 / max(seconds, 1e-9), answer["returned"]["min"]

    def _each_once(self, data, folder, texts, truth):
        words = [
            "vdbbench", "search", f"{folder}/database", data.query_path,
            f"--limit={len(data.queries)}", f"--truth={truth}", "--settings=0.95", "--json",
        ]
        if texts[0]:
            path = os.path.join(data.folder, "filters.txt")
            with open(path, "w") as file:
                file.writelines(f"{text}\n" for text in texts)
            words.append(f"--filters={path}")
        answer = json.loads(run(*words))
        point = answer["points"][0]
        return point["recall"], point["queriesPerCpuSecond"], point["fewest"]

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

    def measure(self, data, filters, truth, due):
        searches = [self.searcher(sql) for sql in filters]
        if len(searches) == 1:
            searches *= len(data.queries)
        found, fewest = 0, COUNT
        clock = time.process_time()
        answers = [search(query) for search, query in zip(searches, data.queries)]
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


def in_turns(asked, rounds):
    """What each answers, with the median of its rates; what takes long is asked less often."""
    answers = {name: [] for name in asked}
    spent = dict.fromkeys(asked, 0.0)
    for _ in range(rounds):
        for name, ask in asked.items():
            if spent[name] < PATIENCE:
                start = time.monotonic()
                answers[name].append(ask())
                spent[name] += time.monotonic() - start
    return {
        name: (found[0][0], statistics.median(rate for _, rate, _ in found), found[0][2])
        for name, found in answers.items()
    }


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
    parser.add_argument("--only", default="", help="filters whose names hold this")
    parser.add_argument("--rounds", type=int, default=5, help="times to ask each engine (5)")
    parser.add_argument("--engines", default="vectordb,zvec,lancedb")
    parser.add_argument("--own", action="store_true", help="a filter of its own for each query")
    parser.add_argument("--output", type=made_folder, default=".", help="for the results")
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
    unfiltered_path = os.path.join(data.folder, "unfiltered-truth.ivecs")
    everything = Condition(None, None, numpy.ones(data.count, dtype=bool))
    filters = attributes.own(len(data.queries)) if chosen.own else attributes.shared()

    def ask_ours(texts):
        return functools.partial(
            compared["vectordb"].measure, data, folders["vectordb"], texts,
            truth_path if texts[0] else unfiltered_path)

    for title, conditions in itertools.chain([("none", [everything])], filters):
        if title != "none" and chosen.only not in title:
            continue
        asking = [data.queries] if len(conditions) == 1 else data.queries[:, None]
        truth = numpy.vstack([
            matching_truth(base, queries, condition.mask)
            for condition, queries in zip(conditions, asking)
        ])
        write(truth_path if conditions[0].text else unfiltered_path, truth)
        matches = int(numpy.mean([condition.mask.sum() for condition in conditions]))
        asked = {}
        if "vectordb" in compared and conditions[0].text:
            asked["unfiltered"] = ask_ours([None] * len(conditions))
        for name, engine in compared.items():
            sql = [condition.sql for condition in conditions]
            if name == "vectordb":
                asked[name] = ask_ours([condition.text for condition in conditions])
            elif sql[0] or title == "none":
                asked[name] = functools.partial(engine.measure, data, sql, truth, truth.shape[1])
        rates = in_turns(asked, chosen.rounds)
        for name, (recall, rate, fewest) in rates.items():
            if name == "unfiltered":
                continue
            points.append({
                "filter": title, "engine": name, "matches": matches, "recall": recall,
                "queriesPerCpuSecond": rate, "fewest": fewest,
            })
            if name == "vectordb" and "unfiltered" in rates:
                points[-1]["ofUnfiltered"] = rate / rates["unfiltered"][1]
            print(json.dumps(points[-1]), flush=True)
    stem = os.path.join(chosen.output, f"{'own-' if chosen.own else ''}filters-{data.name}")
    with open(f"{stem}.json", "w") as file:
        json.dump(points, file, indent=1)
    with open(f"{stem}.md", "w") as file:
        file.write("| filter | matches | engine | recall | queries per CPU-second | fewest "
                   "| of unfiltered |\n|---|---|---|---|---|---|---|\n")
        for point in points:
            file.write(
                f"| {point['filter']} | {point['matches']} | {point['engine']} "
                f"| {point['recall']:.4f} | {point['queriesPerCpuSecond']:.0f} "
                f"| {point['fewest']} "
                f"| {'%.2f' % point['ofUnfiltered'] if 'ofUnfiltered' in point else ''} |\n"
            )


if __name__ == "__main__":
    main()
