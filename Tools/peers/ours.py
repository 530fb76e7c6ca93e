"""VectorDB behind the same two verbs as a worker: its command-line tools do the work."""

import json
import os
import resource
import shutil
import subprocess
import time

BIN = os.environ.get("VECTORDB_BIN", "")


def made_folder(path):
    """The path of a folder, which is made if it is not there."""
    os.makedirs(path, exist_ok=True)
    return path


def run(tool, *words):
    """Runs a tool, shows its complaints and returns what it printed."""
    result = subprocess.run([os.path.join(BIN, tool), *words], stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{tool} {words[0]} failed with status {result.returncode}")
    return result.stdout


class VectorDB:
    """A database of one element type."""

    module = "VectorDB"

    def __init__(self, element):
        self.element = element
        efforts = ["0.85", "0.9", "0.92", "0.95", "0.97", "0.99", "0.995"]
        grid = [
            f"{lists}/{candidates}"
            for lists in (2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128)
            for candidates in (15, 20, 30, 40, 50, 60, 80, 100)
        ]
        self.settings = efforts + grid

    def build(self, dataset, folder):
        """Creates, imports and trains; the time of all three is the build's."""
        source = dataset.bytes_path if self.element == "uint8" else dataset.base_path
        path = f"{folder}/database"
        used, clock = _children(), time.perf_counter()
        dimension = dataset.queries.shape[1]
        run(
            "vdbtool", "create", path, f"--dimension={dimension}", f"--element={self.element}",
            f"--metric={dataset.metric}",
        )
        run("vdbtool", "import", path, source, f"--limit={dataset.count}", "--quiet")
        run("vdbtool", "checkpoint", path)
        return {
            "buildCpuSeconds": round(_children() - used, 2),
            "buildSeconds": round(time.perf_counter() - clock, 2),
            "buildPeakBytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
        }

    def measure(self, dataset, folder, queries, query_limit, settings):
        chosen = settings or range(len(self.settings))
        answer = run(
            "vdbbench", "search", f"{folder}/database", queries, "--json",
            f"--truth={dataset.truth_path}", f"--limit={query_limit}",
            "--settings=" + ",".join(self.settings[i] for i in chosen),
        )
        answer = json.loads(answer)
        for index, point in zip(chosen, answer["points"]):
            point["index"] = index
        return answer


    def batch(self, dataset, folder, queries, query_limit, settings, rounds):
        """The points of the settings, all queries in one call on all processors."""
        answer = run(
            "vdbbench", "batch", f"{folder}/database", queries, "--json",
            f"--truth={dataset.truth_path}", f"--limit={query_limit}", f"--rounds={rounds}",
            "--settings=" + ",".join(self.settings[i] for i in settings),
        )
        answer = json.loads(answer)
        for index, point in zip(settings, answer["points"]):
            point["index"] = index
        return answer


def _children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def version():
    return run("vdbtool", "--version").split()[-1] if shutil.which(f"{BIN}/vdbtool") else "?"
