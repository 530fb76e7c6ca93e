"""`vdbtool` is run on the files, and its answers are read and checked."""

import json
import shlex
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .dataset import ATTRIBUTES, Dataset
from .features import DIMENSION
from .filters import ANSWER_COUNT, Filter

DATABASE = "demo.vdb"


class TrialFailure(Exception):
    """`vdbtool` failed or gave something that is not an answer."""


@dataclass(frozen=True)
class Match:
    """A row of the base, and how far it is from the query."""

    row: int
    distance: float


@dataclass(frozen=True)
class Outcome:
    """What came of all queries under one filter."""

    filter: Filter
    answers: list[list[Match]]
    recall: float
    queries_per_second: float

    @property
    def expected_count(self) -> int:
        """What every query must return: ten, or all that match where fewer do."""
        return min(ANSWER_COUNT, self.filter.match_count)

    @property
    def kept_count(self) -> int:
        """Queries that returned as many as promised, all of them different and matching."""
        return sum(
            len({match.row for match in answer}) == len(answer) == self.expected_count
            and all(self.filter.mask[match.row] for match in answer)
            for answer in self.answers
        )


class Trial:
    """Runs `vdbtool` in the folder with the files, and shows each command that it runs."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program
        self.folder = folder

    def load(self, dataset: Dataset) -> float:
        """Makes the database anew and imports the pictures; returns the seconds it took."""
        shutil.rmtree(self.folder / DATABASE, ignore_errors=True)
        columns = [f"--attribute={name}:{type}" for name, type in ATTRIBUTES.items()]
        shape = [f"--dimension={DIMENSION}", "--element=float32", "--metric=euclidean"]
        self._run("create", DATABASE, *shape, *columns)
        start = time.monotonic()
        # Rows count from 0, and so shall identifiers.
        files = ["vectors.npy", "--attributes=attributes.csv", "--first-id=0"]
        self._run("import", DATABASE, *files, "--json")
        return time.monotonic() - start

    def ask(self, filter: Filter, query_count: int) -> Outcome:
        """Searches with all queries under the filter, and measures it."""
        common = [DATABASE, "--queries=queries.npy", f"--count={ANSWER_COUNT}", "--json"]
        if filter.text:
            common.append(f"--where={filter.text}")
        lines = self._run("search", *common).splitlines()
        if len(lines) != query_count:
            raise TrialFailure(f"vdbtool search gave {len(lines)} lines for {query_count} queries")
        measured = self._run("evaluate", *common, "--repeat=10")
        try:
            answers = [_read_matches(json.loads(line), len(filter.mask)) for line in lines]
            figures = json.loads(measured)
            recall, rate = float(figures["recall"]), float(figures["queriesPerSecond"])
        except (ValueError, KeyError, TypeError) as error:
            raise TrialFailure(f"vdbtool gave JSON that is not as promised: {error!r}") from error
        return Outcome(filter, answers, recall, rate)

    def _run(self, *arguments: str) -> str:
        print(f"  $ {shlex.join(['vdbtool', *arguments])}", flush=True)
        finished = subprocess.run(
            [self.program, *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        if finished.returncode != 0:
            raise TrialFailure(f"vdbtool {arguments[0]} ended with status {finished.returncode}")
        return finished.stdout


def _read_matches(answer: dict[str, Any], base_count: int) -> list[Match]:
    matches = [Match(int(one["id"]), float(one["distance"])) for one in answer["matches"]]
    unknown = [match.row for match in matches if not 0 <= match.row < base_count]
    if unknown:
        raise ValueError(f"identifiers that were never imported: {unknown}")
    return matches


def broken_promises(outcomes: Sequence[Outcome]) -> list[str]:
    """One line for each filter under which a query returned too few or wrong pictures."""
    return [
        f"{len(one.answers) - one.kept_count} of {len(one.answers)} queries did not return"
        f" {one.expected_count} matching pictures under {one.filter.text or 'no filter'}"
        for one in outcomes
        if one.kept_count < len(one.answers)
    ]
