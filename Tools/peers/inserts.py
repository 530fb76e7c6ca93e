"""Acknowledged inserts per second of VectorDB and other engines, and who really syncs.

    Tools/peers/run inserts [DATA] [--seconds=5] [--rounds=5] [--directory=DIR]

reproduces every figure: one thread inserts 784 float32 (or DATA's base.fvecs) one record per call,
then 1000 per call, each engine in an empty folder on the disk of --directory, the engines and
`vdbbench inserts` taking turns `--rounds` times for a part of the seconds. The median round counts.

Where strace is installed, the fsync, fdatasync, msync and sync_file_range calls of 400 single
inserts are counted, less those of 200, which takes away opening and closing. An engine with fewer
than one per insert acknowledges what a loss of power may take.

Written to --output (default: the current folder): inserts.json and inserts.md.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

from inserters import ENGINES
from ours import made_folder, run

HERE = os.path.dirname(os.path.abspath(__file__))
BATCHES = (1, 1000)
SYNCS = "fsync,fdatasync,msync,sync_file_range"
OURS = ("every-commit", "operating-system")


def arguments():
    parser = argparse.ArgumentParser(prog="run inserts", description=__doc__.split("\n")[0])
    parser.add_argument("data", nargs="?", help="folder with base.fvecs (default: random vectors)")
    parser.add_argument("--seconds", type=float, default=5, help="for each figure (5)")
    parser.add_argument("--rounds", type=int, default=5, help="parts that the seconds are cut into")
    parser.add_argument("--dimension", type=int, default=784, help="of random vectors (784)")
    parser.add_argument("--directory", default=".", help="on the disk to be measured")
    parser.add_argument("--engines", default=",".join(ENGINES), help="the others (all)")
    parser.add_argument("--output", type=made_folder, default=".", help="for the results")
    return parser.parse_args()


def insert(name, chosen, batch, seconds, records=10**9, before=()):
    """Runs an engine in an empty folder; `before` is put before its command."""
    base = os.path.join(chosen.data, "base.fvecs") if chosen.data else None
    with tempfile.TemporaryDirectory(dir=chosen.directory, prefix="inserts-") as folder:
        task = {
            "base": base, "dimension": chosen.dimension, "batch": batch, "seconds": seconds,
            "records": records,
        }
        path = f"{folder}/task.json"
        with open(path, "w") as file:
            json.dump(task, file)
        command = [*before, sys.executable, f"{HERE}/inserters.py", name, folder, path]
        result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if result.returncode != 0:
            raise SystemExit(f"{name} failed with status {result.returncode}")
        return json.loads(result.stdout.strip().splitlines()[-1])


def insert_ours(chosen, batch, seconds):
    """One part of `vdbbench inserts`: durability → its figures, and the disk's."""
    source = [os.path.join(chosen.data, "base.fvecs")] if chosen.data else []
    answer = run(
        "vdbbench", "inserts", *source, "--json", "--threads=1", f"--batch={batch}",
        f"--seconds={seconds}", "--rounds=1", f"--dimension={chosen.dimension}",
        f"--directory={chosen.directory}", "--durability=" + ",".join(OURS),
    )
    return {r["durability"]: r for r in json.loads(answer)["runs"]}


def syncs_per_insert(name, chosen):
    """Counted by strace; None where it is not installed."""
    if shutil.which("strace") is None:
        return None
    counts = []
    for records in (200, 400):
        with tempfile.NamedTemporaryFile(prefix="strace-") as log:
            before = ["strace", "-f", "-q", "-e", f"trace={SYNCS}", "-o", log.name]
            insert(name, chosen, 1, 600, records, before)
            text = log.read().decode(errors="replace")
        # A call that another thread interrupts is shown twice, resumed the second time.
        counts.append(len(re.findall(rf"^\d+ +(?:{SYNCS.replace(',', '|')})\(", text, re.M)))
    return (counts[1] - counts[0]) / 200


def measure(chosen):
    """All figures: batch → name → list of rounds, each records/s, p50, p99, CPU µs."""
    results = {batch: {} for batch in BATCHES}
    part = chosen.seconds / chosen.rounds

    def note(batch, name, *figures):
        results[batch].setdefault(name, []).append(figures)

    for number in range(chosen.rounds):
        for batch in BATCHES:
            print(f"round {number + 1}, {batch} per call", file=sys.stderr, flush=True)
            for durability, ours in insert_ours(chosen, batch, part).items():
                latency = ours["latencyMicroseconds"]
                note(
                    batch, f"vectordb {durability}", ours["recordsPerSecond"], latency["p50"],
                    latency["p99"], ours["processorMicrosecondsPerRecord"],
                    ours["syncsPerSecond"] / ours["recordsPerSecond"] * batch,
                )
                if batch == 1 and durability == "every-commit":
                    disk = ours["disk"]
                    delay = disk["singleLatencyMicroseconds"]
                    note(
                        batch, "the disk alone", disk["singleSyncsPerSecond"], delay["p50"],
                        delay["p99"], disk["processorMicrosecondsPerSync"], 1,
                    )
            for name in chosen.engines.split(","):
                theirs = insert(name, chosen, batch, part)
                note(
                    batch, name, theirs["records"] / theirs["seconds"], theirs["p50Microseconds"],
                    theirs["p99Microseconds"],
                    theirs["processorSeconds"] * 1e6 / theirs["records"], None,
                )
    return results


def summary(chosen, results):
    """The median of each figure over the rounds, and the syncs."""
    keys = ("recordsPerSecond", "p50Microseconds", "p99Microseconds", "cpuMicrosecondsPerRecord")
    counted = {name: syncs_per_insert(name, chosen) for name in chosen.engines.split(",")}
    rows = []
    for batch, engines in results.items():
        for name, rounds in engines.items():
            row = {"engine": name, "batch": batch}
            for index, key in enumerate(keys):
                row[key] = statistics.median(figures[index] for figures in rounds)
            own = rounds[0][4]
            row["syncsPerCall"] = own if own is not None else counted[name] if batch == 1 else None
            row["rounds"] = [figures[0] for figures in rounds]
            rows.append(row)
    return rows


def table(rows):
    lines = [
        "| engine | per call | records/s | p50 µs | p99 µs | CPU µs a record | syncs a call |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        syncs = "–" if row["syncsPerCall"] is None else f"{row['syncsPerCall']:.2f}"
        lines.append(
            f"| {row['engine']} | {row['batch']} | {row['recordsPerSecond']:,.0f} "
            f"| {row['p50Microseconds']:,.0f} | {row['p99Microseconds']:,.0f} "
            f"| {row['cpuMicrosecondsPerRecord']:,.1f} | {syncs} |"
        )
    return "\n".join(lines) + "\n"


def main():
    chosen = arguments()
    rows = summary(chosen, measure(chosen))
    with open(os.path.join(chosen.output, "inserts.json"), "w") as file:
        json.dump({"loadAverage": os.getloadavg(), "rows": rows}, file, indent=1)
    text = table(rows)
    with open(os.path.join(chosen.output, "inserts.md"), "w") as file:
        file.write(text)
    print(text)


if __name__ == "__main__":
    main()
