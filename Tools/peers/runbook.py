"""Recall and speed over a stream of changes, of VectorDB and other engines.

    Tools/peers/run runbook DATA [--make=growth|window] [--order=COLUMN] [--limit=N] …

reproduces every figure. The stream is a runbook as `vdbbench runbook` makes it, over the vectors of
DATA (base.bvecs or base.fvecs, query.fvecs or query.bvecs); with --order the vectors come in the
order of a column of attributes.csv, one kind after the other. After each part the same queries are
asked, one at a time on one thread, and compared with the exact answers; time is processor time.

`vectordb` does the maintenance that is due after each part. `faiss` is trained on the first part and
added to from then on, as it offers nothing else. `lancedb` makes its index of the first part and is
added to; `lancedb+optimize` calls `optimize()` after each part, as its documentation advises. Every
engine keeps one setting for the whole stream, the one with which it finds about 95 % at first.
Runbooks that delete leave faiss out.

Written to --output (default: the current folder): runbook-NAME.json and runbook-NAME.md.
"""

import argparse
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time

import numpy

import vectors
from ours import made_folder, run
from search import machine

HERE = os.path.abspath(__file__)
COUNT = 10
OTHERS = ("faiss", "lancedb", "lancedb+optimize")


def arguments():
    parser = argparse.ArgumentParser(prog="run runbook", description=__doc__.split("\n")[0])
    parser.add_argument("data", help="folder with base vectors, queries and attributes.csv")
    parser.add_argument("--make", default="growth", choices=("growth", "window"))
    parser.add_argument("--parts", type=int, default=10, help="of the stream (10)")
    parser.add_argument("--order", help="column of attributes.csv by whose values the data comes")
    parser.add_argument("--limit", type=int, help="vectors to use (all)")
    parser.add_argument("--queries", type=int, default=1000, help="after each part (1000)")
    parser.add_argument("--engines", default=",".join(("vectordb", *OTHERS)))
    parser.add_argument("--directory", default=".", help="where the indexes lie meanwhile")
    parser.add_argument("--output", type=made_folder, default=".", help="for the results")
    return parser.parse_args()


def first_file(folder, stem):
    paths = [os.path.join(folder, f"{stem}.{ending}") for ending in ("bvecs", "fvecs")]
    found = [path for path in paths if os.path.exists(path)]
    if not found:
        raise SystemExit(f"cannot find {' or '.join(paths)}")
    return found[0]


def steps(text):
    """The runbook's steps in their order, each as a dictionary."""
    found = []
    for line in text.splitlines():
        if match := re.fullmatch(r"  (\d+):", line):
            found.append({})
        elif found and (match := re.fullmatch(r'    (\w+): "?(\w+)"?', line)):
            value = match[2]
            found[-1][match[1]] = int(value) if value.isdigit() else value
    return found


def in_order(rows, folder, column):
    """Rows with equal values of a column together, in the order of their first appearance."""
    with open(os.path.join(folder, "attributes.csv")) as file:
        values = [line[column] for _, line in zip(range(len(rows)), csv.DictReader(file))]
    ranks = {value: rank for rank, value in reversed(list(enumerate(dict.fromkeys(values))))}
    return rows[numpy.argsort([ranks[v] for v in values], kind="stable")]


class Faiss:
    """Trained once, on what there is first."""

    def __init__(self, folder, total):
        self.folder, self.total, self.index = folder, total, None

    def insert(self, start, rows):
        import faiss

        rows = rows.astype(numpy.float32)
        faiss.omp_set_num_threads(os.cpu_count())
        if self.index is None:
            dimension = rows.shape[1]
            pieces = dimension // (4 if dimension >= 256 else 2)
            # As many lists as suit the whole stream, of which the first part can fill a few only.
            lists = min(256 if self.total < 200_000 else 1024, len(rows) // 20)
            self.index = faiss.index_factory(dimension, f"IVF{lists},PQ{pieces}x4fs,RFlat")
            self.index.train(rows)
        self.index.add(rows)
        faiss.omp_set_num_threads(1)

    def search(self, setting):
        import faiss

        faiss.ParameterSpace().set_index_parameters(self.index, setting)
        return lambda query: self.index.search(query[None], COUNT)[1][0]

    settings = [
        f"nprobe={p},k_factor_rf={f}" for p in (4, 6, 8, 12, 16, 24, 32, 48) for f in (4, 10)
    ]

    def size(self):
        import faiss

        return faiss.serialize_index(self.index).nbytes


class LanceDB:
    """A table with an index of its first rows, brought up to date if asked for."""

    settings = [(4, 3), (8, 5), (12, 10), (16, 10), (24, 10), (32, 10), (48, 20)]

    def __init__(self, folder, total, optimizes):
        self.folder, self.total, self.optimizes, self.table = folder, total, optimizes, None

    def insert(self, start, rows):
        import lancedb
        import pyarrow

        rows = numpy.ascontiguousarray(rows.astype(numpy.float32))
        dimension = rows.shape[1]
        part = pyarrow.table({
            "id": pyarrow.array(range(start, start + len(rows))),
            "vector": pyarrow.FixedSizeListArray.from_arrays(rows.reshape(-1), dimension),
        })
        if self.table is None:
            self.table = lancedb.connect(self.folder).create_table("t", part)
            self.table.create_index(
                metric="l2", index_type="IVF_PQ", num_partitions=max(1, len(rows) // 100),
                num_sub_vectors=dimension // 8,
            )
            return
        self.table.add(part)

    def delete(self, start, end):
        self.table.delete(f"id >= {start} and id < {end}")

    def maintain(self):
        if self.optimizes:
            self.table.optimize()

    def search(self, setting):
        probes, factor = setting
        return lambda query: (
            self.table.search(query).limit(COUNT).nprobes(probes).refine_factor(factor)
            .select(["id", "_distance"]).to_arrow()["id"].to_pylist()
        )

    def size(self):
        return sum(
            os.path.getsize(os.path.join(place, name))
            for place, _, names in os.walk(self.folder) for name in names
        )


def recall(search, queries, truth):
    """Mean share of the true ten that is found, and processor seconds of all searches."""
    before = time.process_time()
    answers = [search(query) for query in queries]
    seconds = time.process_time() - before
    hits = sum(len(set(map(int, a)) & set(t)) for a, t in zip(answers, truth.tolist()))
    return hits / truth.size, seconds


def chosen_setting(engine, queries, truth):
    """The cheapest that finds 95 % of what there is first, else the dearest."""
    for setting in engine.settings:
        found, _ = recall(engine.search(setting), queries[:200], truth[:200])
        if found >= 0.95:
            break
    return setting


def stream(name, task):
    """Runs an engine through the stream; its points."""
    rows, queries = numpy.load(task["rows"], mmap_mode="r"), numpy.load(task["queries"])
    queries = queries.astype(numpy.float32)
    truths = numpy.load(task["truths"])
    with tempfile.TemporaryDirectory(dir=task["directory"], prefix="runbook-") as folder:
        if name == "faiss":
            engine = Faiss(folder, len(rows))
        else:
            engine = LanceDB(folder, len(rows), name.endswith("+optimize"))
        points, setting, spent, live = [], None, 0.0, 0
        for step in task["steps"]:
            before = time.process_time()
            if step["operation"] == "insert":
                engine.insert(step["start"], rows[step["start"] : step["end"]])
                live += step["end"] - step["start"]
            elif step["operation"] == "delete":
                engine.delete(step["start"], step["end"])
                live -= step["end"] - step["start"]
            else:
                if hasattr(engine, "maintain") and points:
                    engine.maintain()
                spent += time.process_time() - before
                truth = truths[len(points)]
                if setting is None:
                    setting = chosen_setting(engine, queries, truth)
                found, seconds = recall(engine.search(setting), queries, truth)
                points.append({
                    "live": live, "recall": round(found, 4),
                    "queriesPerCpuSecond": round(len(queries) / seconds, 1),
                    "changeCpuSeconds": round(spent, 2), "bytes": engine.size(),
                })
                spent = 0.0
                continue
            spent += time.process_time() - before
        return {"setting": str(setting), "points": points}


def stream_ours(chosen, book, base, queries, order):
    """The same by `vdbbench runbook`, at the recall of 0.95 that users ask for by default."""
    answer = run(
        "vdbbench", "runbook", book, base, f"--queries={queries}", f"--limit={chosen.queries}",
        "--setting=0.95", "--json", f"--directory={chosen.directory}", *order,
    )
    points = [
        {
            "live": p["live"], "recall": round(p["recall"], 4),
            "queriesPerCpuSecond": p["queriesPerCpuSecond"],
            "changeCpuSeconds": p["changeCpuSeconds"], "bytes": p["dataBytes"],
        }
        for p in json.loads(answer)["points"]
    ]
    return {"setting": "recall 0.95", "points": points}


def table(engines):
    """The results as Markdown."""
    lines = [
        "| engine (setting) | recall first | least | last | queries/CPU-s first | least | last | "
        "CPU-s of all changes | MB at the end |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, result in engines.items():
        points = result["points"]
        recalls = [p["recall"] for p in points]
        speeds = [p["queriesPerCpuSecond"] for p in points]
        cells = [f"{r:.3f}" for r in (recalls[0], min(recalls), recalls[-1])]
        cells += [f"{s:,.0f}" for s in (speeds[0], min(speeds), speeds[-1])]
        cells += [
            f"{sum(p['changeCpuSeconds'] for p in points):.0f}", f"{points[-1]['bytes'] / 1e6:.0f}",
        ]
        lines.append(f"| {name} ({result['setting']}) | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def truths(rows, queries, book):
    """The true nearest at each search, as numbers of rows."""
    found, live = [], numpy.zeros(len(rows), dtype=bool)
    for step in book:
        if step["operation"] == "search":
            places = numpy.flatnonzero(live)
            found.append(places[vectors.nearest(rows[places], queries, COUNT)])
        else:
            live[step["start"] : step["end"]] = step["operation"] == "insert"
    return numpy.stack(found)


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "--stream":
        with open(sys.argv[3]) as file:
            return print(json.dumps(stream(sys.argv[2], json.load(file))))
    chosen = arguments()
    name = os.path.basename(os.path.normpath(chosen.data))
    kind = f"{chosen.make}-by-{chosen.order}" if chosen.order else chosen.make
    before = machine()
    query_path = first_file(chosen.data, "query")
    with tempfile.TemporaryDirectory(dir=chosen.directory, prefix="runbooks-") as folder:
        base_path = first_file(chosen.data, "base")
        rows = vectors.read(base_path, chosen.limit)
        if chosen.limit or chosen.order:
            if chosen.order:
                rows = in_order(rows, chosen.data, chosen.order)
            base_path = os.path.join(folder, "base" + os.path.splitext(base_path)[1])
            vectors.write(base_path, rows)
        queries = vectors.read(query_path, chosen.queries)
        book = os.path.join(folder, "book.yaml")
        run("vdbbench", "runbook", book, base_path, f"--make={chosen.make}", f"--parts={chosen.parts}")
        with open(book) as file:
            plan = steps(file.read())
        task = {"steps": plan, "directory": chosen.directory}
        arrays = {"rows": rows, "queries": queries, "truths": truths(rows, queries, plan)}
        for part, array in arrays.items():
            task[part] = os.path.join(folder, f"{part}.npy")
            numpy.save(task[part], array)
        with open(os.path.join(folder, "task.json"), "w") as file:
            json.dump(task, file)
        deletes = any(step["operation"] == "delete" for step in plan)
        results = {}
        for engine in chosen.engines.split(","):
            if engine == "vectordb":
                results[engine] = stream_ours(chosen, book, base_path, query_path, [])
            elif engine != "faiss" or not deletes:
                words = [sys.executable, HERE, "--stream", engine, file.name]
                quiet = {**os.environ, "LANCE_LOG": "error"}
                answer = subprocess.run(
                    words, stdout=subprocess.PIPE, text=True, check=True, env=quiet
                )
                results[engine] = json.loads(answer.stdout.splitlines()[-1])
            print(f"{engine} is done", file=sys.stderr)
    result = {
        "runbook": kind, "data": name, "count": len(rows), "dimension": rows.shape[1],
        "parts": chosen.parts, "queries": len(queries),
        "machine": {"before": before, "after": machine()}, "engines": results,
    }
    stem = os.path.join(chosen.output, f"runbook-{name}-{kind}")
    with open(stem + ".json", "w") as file:
        json.dump(result, file, indent=1)
    with open(stem + ".md", "w") as file:
        file.write(table(results))
    print(table(results), end="")


if __name__ == "__main__":
    main()
