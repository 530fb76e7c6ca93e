"""One engine in a process of its own: `worker.py build|measure|batch ENGINE FOLDER TASK.json`.

So nothing that an engine starts disturbs another, and memory and processor time are its own. The
answer is one JSON object on the last line of standard output.
"""

import json
import resource
import sys
import time

import numpy

from engines import COUNT, ENGINES
from vectors import normalized, read


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def taken(engine, path, limit):
    """Vectors as the engine wants them: of length 1 where it knows no cosine but products."""
    rows = read(path, limit)
    return normalized(rows) if engine.metric == "cosine" and engine.wants_unit else rows


def build(engine, folder, task):
    """Makes the index; reading the vectors does not count."""
    base = taken(engine, task["base"], task["limit"])
    used, clock = processor_seconds(), time.perf_counter()
    engine.build(base, folder)
    return {
        "buildCpuSeconds": round(processor_seconds() - used, 2),
        "buildSeconds": round(time.perf_counter() - clock, 2),
        "buildPeakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def measure(engine, folder, task):
    """Searches for all queries with each setting, one at a time."""
    queries = taken(engine, task["queries"], task["queryLimit"])
    truth = read(task["truth"], len(queries))[:, :COUNT]
    rows = [queries[i : i + 1] for i in range(len(queries))]
    engine.open(folder)
    points = []
    for index in task["settings"] or range(len(engine.settings)):
        setting = engine.settings[index]
        search = engine.prepare(setting)
        for row in rows[: max(1, len(rows) // 10)]:
            search(row)
        used, clock = processor_seconds(), time.perf_counter()
        answers = [search(row) for row in rows]
        used, elapsed = processor_seconds() - used, time.perf_counter() - clock
        found = [len(numpy.intersect1d(engine.ids(a), t)) for a, t in zip(answers, truth)]
        numbers = [setting] if isinstance(setting, (str, int)) else setting
        name = "/".join(map(str, numbers))
        points.append(
            {
                "index": index,
                "setting": name,
                "recall": sum(found) / truth.size,
                "queriesPerCpuSecond": len(rows) / max(used, 1e-9),
                "queriesPerSecond": len(rows) / elapsed,
            }
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"points": points, "peakResidentBytes": peak}


def batch(engine, folder, task):
    """Searches for all queries in one call, on all processors: the best wall time of a few."""
    queries = taken(engine, task["queries"], task["queryLimit"])
    truth = read(task["truth"], len(queries))[:, :COUNT]
    engine.open(folder)
    points = []
    for index in task["settings"]:
        search = engine.prepare_batch(engine.settings[index])
        answer = search(queries)
        times = []
        for _ in range(task["rounds"]):
            clock = time.perf_counter()
            search(queries)
            times.append(time.perf_counter() - clock)
        found = [len(numpy.intersect1d(a, t)) for a, t in zip(answer, truth)]
        points.append(
            {
                "index": index,
                "recall": sum(found) / truth.size,
                "queriesPerSecond": len(queries) / min(times),
            }
        )
    return {"points": points}


def main():
    verb, name, folder, task = sys.argv[1:]
    with open(task) as file:
        task = json.load(file)
    engine = ENGINES[name]
    engine.metric = task["metric"]
    answer = {"build": build, "measure": measure, "batch": batch}[verb](engine, folder, task)
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
