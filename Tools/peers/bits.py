"""Bits: recall and queries per CPU-second of VectorDB and faiss's binary indexes, in turns.

    Tools/peers/run bits DATA [--bits=256] [--queries=2000] [--rounds=3] [--no-graph]

DATA is a folder with base.fvecs and query.fvecs. Vectors become bits by the sides of random
hyperplanes through their mean that they lie on, or, with --bits=0, by whether each component is
above its median. Recall is the share of the ten nearest; a match as near as the tenth counts, since
of bits many are. Speed is queries per second of processor time on one thread, one query at a time;
faiss is called from Python, which costs some microseconds a call.

A table is printed: for each engine the fastest setting of its grid that reaches a recall.
"""

import argparse
import json
import os
import resource
import time

import faiss
import numpy

from ours import run
from vectors import read, write

COUNT = 10
TARGETS = (0.90, 0.95, 0.99, 1.0)


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def packed(base, queries, bits):
    """Base and queries as rows of bytes, the least significant bit first."""
    if bits == 0:
        middle = numpy.median(base, axis=0)
        sides = [base > middle, queries > middle]
    else:
        planes = numpy.random.default_rng(1).standard_normal((base.shape[1], bits), numpy.float32)
        sides = [(rows - base.mean(axis=0)) @ planes > 0 for rows in (base, queries)]
    return [numpy.packbits(side, axis=1, bitorder="little") for side in sides]


class Ours:
    settings = ["0.9", "0.92", "0.95", "0.97", "0.99", "0.995", "1", "exact"]

    def __init__(self, base, queries, folder, dimension):
        write(f"{folder}/base.bvecs", base)
        write(f"{folder}/query.bvecs", queries)
        self.folder = folder
        if not os.path.exists(f"{folder}/database"):
            words = (f"--dimension={dimension}", "--element=bit", "--metric=hamming")
            run("vdbtool", "create", f"{folder}/database", *words)
            run("vdbtool", "import", f"{folder}/database", f"{folder}/base.bvecs", "--quiet")

    def measure(self):
        answer = run(
            "vdbbench", "search", f"{self.folder}/database", f"{self.folder}/query.bvecs",
            "--json", "--settings=" + ",".join(self.settings),
        )
        points = json.loads(answer)["points"]
        return [(p["setting"], p["recall"], p["queriesPerCpuSecond"]) for p in points]


class Faiss:
    def __init__(self, index, queries, last, settings, prepare):
        self.index, self.queries, self.last = index, queries, last
        self.settings, self.prepare = settings, prepare

    def measure(self):
        points = []
        for setting in self.settings:
            self.prepare(self.index, setting)
            rows = [self.queries[i : i + 1] for i in range(len(self.queries))]
            for row in rows[: len(rows) // 10]:
                self.index.search(row, COUNT)
            used = processor_seconds()
            found = [self.index.search(row, COUNT)[0] for row in rows]
            used = processor_seconds() - used
            hits = (numpy.vstack(found) <= self.last[:, None]).sum()
            points.append((str(setting), hits / (COUNT * len(rows)), len(rows) / used))
        return points


def peers(base, queries, dimension, has_graph):
    """faiss's indexes, built on all cores, searched on one."""
    flat = faiss.IndexBinaryFlat(dimension)
    flat.add(base)
    last = flat.search(queries, COUNT)[0][:, -1]
    lists = 2048 if len(base) >= 500_000 else 512
    coarse = faiss.IndexBinaryFlat(dimension)
    ivf = faiss.IndexBinaryIVF(coarse, dimension, lists)
    ivf.train(base)
    ivf.add(base)
    hnsw = faiss.IndexBinaryHNSW(dimension, 32)
    hnsw.hnsw.efConstruction = 200
    if has_graph:
        hnsw.add(base)
    faiss.omp_set_num_threads(1)

    def nprobe(index, value):
        index.nprobe = value

    def ef(index, value):
        index.hnsw.efSearch = value

    probes = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
    widths = (10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
    engines = {
        "faiss IndexBinaryFlat": Faiss(flat, queries, last, ["-"], lambda index, value: None),
        "faiss IndexBinaryIVF": Faiss(ivf, queries, last, probes, nprobe),
    }
    if has_graph:
        engines["faiss IndexBinaryHNSW"] = Faiss(hnsw, queries, last, widths, ef)
    return engines, coarse


def main():
    parser = argparse.ArgumentParser(prog="run bits", description=__doc__.split("\n")[0])
    parser.add_argument("data", help="folder with base.fvecs and query.fvecs")
    parser.add_argument("--bits", type=int, default=256, help="0: one a component (256)")
    parser.add_argument("--queries", type=int, default=2000, help="queries to use (2000)")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each setting (3)")
    parser.add_argument(
        "--no-graph", action="store_true", help="leave out HNSW, which takes long to build"
    )
    chosen = parser.parse_args()
    base, queries = read(f"{chosen.data}/base.fvecs"), read(f"{chosen.data}/query.fvecs")
    dimension = chosen.bits or base.shape[1]
    base, queries = packed(base, queries[: chosen.queries], chosen.bits)
    name = f"{os.path.basename(os.path.abspath(chosen.data))}-{dimension}-bits"
    folder = os.path.join(os.environ["VECTORDB_PEERS"], "indexes", name)
    os.makedirs(folder, exist_ok=True)
    clock = time.perf_counter()
    engines, keep = peers(base, queries, dimension, not chosen.no_graph)
    print(f"faiss built in {time.perf_counter() - clock:.0f} s", flush=True)
    engines = {"VectorDB": Ours(base, queries, folder, dimension), **engines}
    best = {}
    for _ in range(chosen.rounds):
        for engine, index in engines.items():
            for setting, recall, speed in index.measure():
                key = (engine, setting)
                best[key] = max(best.get(key, (0, recall)), (speed, recall))
    print("| engine | " + " | ".join(f"recall {t:.2f}" for t in TARGETS) + " |")
    print("|---|" + "---|" * len(TARGETS))
    for engine in engines:
        cells = []
        for target in TARGETS:
            reached = [
                (speed, setting, recall)
                for (name, setting), (speed, recall) in best.items()
                if name == engine and recall >= target
            ]
            top = max(reached, default=None)
            cells.append(f"{top[0]:,.0f} ({top[1]}: {top[2]:.4f})" if top else "–")
        print(f"| {engine} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
