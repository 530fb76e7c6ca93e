"""All pictures become the files that `vdbtool` imports.

- `vectors.npy`: the pictures to search among, one row each;
- `attributes.csv`: their time, place and folder, in the same order; an empty cell means unknown;
- `queries.npy`: the pictures held back, to search with.
"""

import csv
import multiprocessing
import os
import random
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .features import SIDE, vector_of
from .metadata import Place
from .sources import Picture

QUERY_COUNT = 100
SEED = 20240501

# In the order of the columns; the types are those of `vdbtool create --attribute`.
ATTRIBUTES = {"taken": "timestamp", "place": "location", "folder": "keyword"}


@dataclass(frozen=True)
class Described:
    """A picture with its vector and attributes."""

    picture: Picture
    vector: NDArray[np.float32]
    taken: datetime
    place: Place | None


@dataclass(frozen=True)
class Dataset:
    """The pictures to search among, those to search with, and how many could not be read."""

    base: Sequence[Described]
    queries: Sequence[Described]
    unreadable: Sequence[str]


def describe_all(pictures: Sequence[Picture]) -> Dataset:
    """Describes the pictures on all cores and holds some back as queries.

    The choice is random but seeded: the same pictures give the same queries.
    """
    described: list[Described] = []
    unreadable: list[str] = []
    with multiprocessing.Pool(_core_count(), initializer=_leave_interrupts_to_parent) as pool:
        results = pool.imap(_describe, pictures, chunksize=16)
        for index, (picture, result) in enumerate(zip(pictures, results)):
            if result is None:
                unreadable.append(f"{picture.folder}/{picture.name}")
            else:
                described.append(result)
            _show_progress(index + 1, len(pictures))

    # Queries stay in the order of the draw: one after the other, they have little in common.
    chosen = random.Random(SEED).sample(range(len(described)), _query_count(len(described)))
    held_back = set(chosen)
    base = [one for row, one in enumerate(described) if row not in held_back]
    return Dataset(base, [described[row] for row in chosen], unreadable)


def write(dataset: Dataset, folder: Path) -> None:
    """Writes the three files into `folder`."""
    np.save(folder / "vectors.npy", np.stack([one.vector for one in dataset.base]))
    np.save(folder / "queries.npy", np.stack([one.vector for one in dataset.queries]))
    with open(folder / "attributes.csv", "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["taken", "place.lat", "place.lon", "folder"])
        for one in dataset.base:
            rows.writerow([timestamp(one.taken), *(one.place or ("", "")), one.picture.folder])


def timestamp(time: datetime) -> str:
    """ISO 8601 to the second, UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _describe(picture: Picture) -> Described | None:
    """The picture described, or nothing if it cannot be read."""
    try:
        opened = picture.open(wanted_size=SIDE)
        # Whole seconds, as in the file: filters are chosen from what the database will know.
        taken = opened.taken.replace(microsecond=0)
        return Described(picture, vector_of(opened.image), taken, opened.place)
    except Exception:  # decoders raise nearly anything when a file is damaged
        return None


def _query_count(picture_count: int) -> int:
    """A hundred; of a small collection a tenth, but one at least."""
    return min(QUERY_COUNT, max(1, picture_count // 10), picture_count)


def _core_count() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _leave_interrupts_to_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _show_progress(done: int, total: int) -> None:
    if sys.stderr.isatty() and (done % 100 == 0 or done == total):
        end = "\n" if done == total else ""
        print(f"\r  {done:,} of {total:,} pictures", end=end, file=sys.stderr, flush=True)
