"""Recall and queries per CPU-second of VectorDB and other engines, in one run on one machine.

    Tools/peers/run search DATA [--metric=M] [--limit=N] [--queries=N] [--engines=NAME,…]

reproduces every figure: it installs the engines that requirements.txt pins, builds each index once
(kept in the cache beside the virtual environment, under the data's name and size), scouts the whole
grid of each engine with few queries, and measures what is left in the race with all queries, the
engines taking turns, `--rounds` times. Each setting's best round counts. Then the fastest settings
of recall 0.95 are asked for all queries in one call, on all processors, by wall time (`batch`).

One thread, one query at a time. Speed is queries per second of processor time of the process
(`queriesPerCpuSecond`), which other work on the machine disturbs least. The others are called from
Python, which costs each a few microseconds a call; VectorDB by its own bench program.

By --metric=cosine or inner-product the true neighbours are computed first; faiss and ScaNN are then
given vectors of length 1 for the cosine.

Written to --output (default: the current folder): search-DATA.json, .md and .svg.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys

from engines import ENGINES
from frontier import TARGETS, best, candidates, frontier, merged
from ours import VectorDB, made_folder, version
from plot import svg
from vectors import METRICS, Dataset

HERE = os.path.dirname(os.path.abspath(__file__))
BATCH_TARGET = 0.95
OURS = {"vectordb-float32": VectorDB("float32"), "vectordb-uint8": VectorDB("uint8")}


def arguments():
    parser = argparse.ArgumentParser(prog="run search", description=__doc__.split("\n")[0])
    parser.add_argument("data", help="folder with base.fvecs, query.fvecs, groundtruth.ivecs")
    parser.add_argument("--metric", choices=METRICS, default=METRICS[0], help="(euclidean)")
    parser.add_argument("--limit", type=int, help="base vectors to use (default all)")
    parser.add_argument("--queries", type=int, default=10_000, help="queries to use (10000)")
    parser.add_argument("--scout", type=int, default=500, help="queries for the whole grid (500)")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each setting (3)")
    parser.add_argument("--engines", help="of " + ", ".join([*OURS, *ENGINES]))
    parser.add_argument("--rebuild", action="store_true", help="build every index anew")
    parser.add_argument("--output", type=made_folder, default=".", help="for the results")
    chosen = parser.parse_args()
    names = chosen.engines.split(",") if chosen.engines else [*OURS, *ENGINES]
    unknown = [name for name in names if name not in OURS and name not in ENGINES]
    if unknown:
        parser.error(f"unknown engines: {', '.join(unknown)}")
    chosen.engines = names
    return chosen


class Contest:
    """One run: the data, the engines and where their indexes are kept."""

    def __init__(self, chosen):
        work = os.path.join(os.environ["VECTORDB_PEERS"], "indexes")
        self.data = Dataset(chosen.data, work, chosen.limit, chosen.queries, chosen.metric)
        self.names = [n for n in chosen.engines if self._can_run(n)]
        self.rebuild = chosen.rebuild

    def _can_run(self, name):
        return name != "vectordb-uint8" or os.path.exists(self.data.bytes_path)

    def folder(self, name):
        engine = ENGINES.get(name)
        return os.path.join(self.data.folder, getattr(engine, "folder_name", name))

    def build(self, name):
        """Builds an index unless it is there; the figures are kept beside it."""
        folder = self.folder(name)
        record = folder + ".json"
        wanted = importlib.metadata.version(ENGINES[name].module) if name in ENGINES else "ours"
        if os.path.exists(record) and not self.rebuild and name in ENGINES:
            with open(record) as file:
                built = json.load(file)
            if built["version"] == wanted:
                return built
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        say(f"building {name}")
        if name in OURS:
            built = OURS[name].build(self.data, folder)
            wanted = version()
        else:
            task = {"base": self.data.base_path, "limit": self.data.count}
            built = self._worker("build", name, task)
        built["version"] = wanted
        built["diskBytes"] = sum(
            os.lstat(os.path.join(place, file)).st_blocks * 512
            for place, _, files in os.walk(folder)
            for file in files
        )
        with open(record, "w") as file:
            json.dump(built, file)
        return built

    def measure(self, name, query_count, settings=None):
        """Points of the settings with these indices (all if None), and peak memory."""
        if name in OURS:
            queries = self.data.query_path
            return OURS[name].measure(
                self.data, self.folder(name), queries, query_count, settings
            )
        task = {
            "queries": self.data.query_path, "queryLimit": query_count,
            "truth": self.data.truth_path, "settings": settings,
        }
        return self._worker("measure", name, task)

    def batch(self, name, points, rounds):
        """The fastest batch of recall 0.95 or more among some points; None where there is none.

        Only engines that take a batch on several processors: ours and the indexes of faiss.
        """
        reached = [p for p in points if p["recall"] >= BATCH_TARGET]
        reached.sort(key=lambda p: -p["queriesPerCpuSecond"])
        settings = [p["index"] for p in reached[:4]]
        if not settings:
            return None
        count = len(self.data.queries)
        if name in OURS:
            answer = OURS[name].batch(
                self.data, self.folder(name), self.data.query_path, count, settings, rounds
            )
        elif hasattr(ENGINES[name], "prepare_batch"):
            task = {
                "queries": self.data.query_path, "queryLimit": count,
                "truth": self.data.truth_path, "settings": settings, "rounds": rounds,
            }
            answer = self._worker("batch", name, task)
        else:
            return None
        found = [p for p in answer["points"] if p["recall"] >= BATCH_TARGET]
        return max(found, key=lambda p: p["queriesPerSecond"], default=None)

    def _worker(self, verb, name, task):
        path = os.path.join(self.data.folder, "task.json")
        task["metric"] = self.data.metric
        with open(path, "w") as file:
            json.dump(task, file)
        command = [sys.executable, f"{HERE}/worker.py", verb, name, self.folder(name), path]
        result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if result.returncode != 0:
            raise SystemExit(f"{name} failed with status {result.returncode}")
        return json.loads(result.stdout.strip().splitlines()[-1])


def machine():
    """What the figures depend on besides the engines."""
    model = platform.processor()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as file:
            names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
            model = names[0] if names else model
    return {
        "processor": model, "processors": os.cpu_count(), "python": platform.python_version(),
        "loadAverage": [round(value, 2) for value in os.getloadavg()],
    }


def table(results):
    """The results as Markdown."""
    heads = [f"{target:.2f}" for target in TARGETS]
    lines = [
        "| engine | "
        + " | ".join(heads)
        + f" | batch {BATCH_TARGET} | build CPU-s | disk MB | peak RSS MB |",
        "|---|" + "---|" * (len(heads) + 4),
    ]
    for name, result in results.items():
        cells = []
        for target in TARGETS:
            point = best(result["points"], target)
            cells.append(
                f"{point['queriesPerCpuSecond']:,.0f} ({point['setting']})" if point else "–"
            )
        built = result["build"]
        batch = result.get("batch")
        cells.append(f"{batch['queriesPerSecond']:,.0f}" if batch else "–")
        cells += [
            f"{built['buildCpuSeconds']:.0f}", f"{built['diskBytes'] / 1e6:.0f}",
            f"{result['peakResidentBytes'] / 1e6:.0f}",
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def say(text):
    print(text, file=sys.stderr, flush=True)


def main():
    chosen = arguments()
    contest = Contest(chosen)
    before = machine()
    results = {name: {"build": contest.build(name)} for name in contest.names}
    scouted = min(chosen.scout, len(contest.data.queries))
    for name in contest.names:
        say(f"scouting {name}")
        points = contest.measure(name, scouted)["points"]
        results[name]["race"] = candidates(points)
        results[name]["rounds"] = []
    for number in range(chosen.rounds):
        for name in contest.names:
            say(f"round {number + 1}: {name}")
            answer = contest.measure(
                name, len(contest.data.queries), results[name]["race"]
            )
            results[name]["rounds"].append(answer["points"])
            results[name]["peakResidentBytes"] = answer["peakResidentBytes"]
    for result in results.values():
        result["points"] = merged(result.pop("rounds"))
        result["best"] = {f"{target:.2f}": best(result["points"], target) for target in TARGETS}
        del result["race"]
    for name in contest.names:
        say(f"batch: {name}")
        results[name]["batch"] = contest.batch(name, results[name]["points"], chosen.rounds)
    report(chosen, contest.data, results, before)


def report(chosen, data, results, before):
    """Writes the three files and shows the table."""
    count, dimension = data.count, data.queries.shape[1]
    title = f"{data.name}: {count:,} × {dimension}, {len(data.queries):,} queries, recall@10"
    place = os.path.join(chosen.output, f"search-{data.name}")
    if data.metric != METRICS[0]:
        title += f", {data.metric}"
        place += f"-{data.metric}"
    summary = {
        "data": data.name, "metric": data.metric, "count": count, "dimension": dimension,
        "queries": len(data.queries), "rounds": chosen.rounds,
        "machine": {"before": before, "after": machine()}, "engines": results,
    }
    with open(place + ".json", "w") as file:
        json.dump(summary, file, indent=1)
    lines = {
        name: [(p["recall"], p["queriesPerCpuSecond"]) for p in frontier(result["points"])]
        for name, result in results.items()
    }
    with open(place + ".svg", "w") as file:
        file.write(svg(title, lines))
    text = f"## {title}\n\nQueries per CPU-second (setting), one thread, one query at a time; batch: "
    text += "queries per second of wall time, all in one call on all processors.\n\n"
    text += table(results)
    with open(place + ".md", "w") as file:
        file.write(text)
    print(text)


if __name__ == "__main__":
    main()
