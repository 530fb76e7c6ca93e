"""Filters that suit a collection: each matches at least ten of its pictures, and not all.

What a filter matches is worked out here too, independently of the database, so that the
database's answers can be checked against it.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timezone

import numpy as np
from numpy.typing import NDArray

from .dataset import Described, timestamp

ANSWER_COUNT = 10

# A folder of just ten would give the same ten to every query.
SMALL_FOLDER = 2 * ANSWER_COUNT

EARTH_RADIUS_KILOMETRES = 6371.0088
RADII_KILOMETRES = (1, 5, 20, 100, 500, 2000)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Filter:
    """A filter: its text is what the database is given, its mask says which rows match.

    An empty text lets everything pass.
    """

    title: str
    text: str
    mask: NDArray[np.bool_]

    @property
    def match_count(self) -> int:
        return int(self.mask.sum())


def filters_for(base: Sequence[Described]) -> list[Filter]:
    """No filter first, then those by folder, time and place that the collection allows."""
    everything = Filter("Among all pictures", "", np.ones(len(base), bool))
    candidates = [*_by_folder(base), *_by_time(base), *_by_place(base)]
    return [everything] + [one for one in candidates if ANSWER_COUNT <= one.match_count < len(base)]


def _by_folder(base: Sequence[Described]) -> Iterator[Filter]:
    """The largest folder, and the smallest that leaves a choice."""
    folders = [one.picture.folder for one in base]
    counts = Counter(name for name in folders if _needs_no_escape(name))
    names = [name for name, count in counts.most_common() if count >= SMALL_FOLDER]
    for name in dict.fromkeys(names[:1] + names[-1:]):
        title = "In the largest folder" if name == names[0] else "In a smaller folder"
        mask = np.array([folder == name for folder in folders])
        yield Filter(title, f'folder = "{name}"', mask)


def _by_time(base: Sequence[Described]) -> Iterator[Filter]:
    """The latest quarter, from midnight if a day or more is left."""
    times = sorted(one.taken for one in base)
    start = times[len(times) * 3 // 4]
    midnight = start.astimezone(timezone.utc).replace(hour=0, minute=0, second=0)
    if midnight > times[0]:
        start = midnight
    mask = np.array([one.taken >= start for one in base])
    yield Filter("The latest", f"taken >= {timestamp(start)}", mask)


def _by_place(base: Sequence[Described]) -> Iterator[Filter]:
    """The smallest of some circles around a picture that holds a tenth of all located ones."""
    rows = [row for row, one in enumerate(base) if one.place]
    if len(rows) < ANSWER_COUNT:
        return
    places = np.array([base[row].place for row in rows])
    centres = np.round(places[:: math.ceil(len(rows) / 200)], 4)
    distances = np.stack([_kilometres(centre, places) for centre in centres])
    for radius in RADII_KILOMETRES:
        best = int((distances <= radius).sum(axis=1).argmax())
        inside = distances[best] <= radius
        if inside.sum() >= max(ANSWER_COUNT, len(rows) / 10):
            mask = np.zeros(len(base), bool)
            mask[np.array(rows)[inside]] = True
            latitude, longitude = (f"{degrees:.4f}" for degrees in centres[best])
            text = f"place within {radius} km of ({latitude}, {longitude})"
            yield Filter("Nearby", text, mask)
            return


def _kilometres(centre: Floats, places: Floats) -> Floats:
    """Great-circle distances by the haversine formula."""
    (latitude, longitude), (latitudes, longitudes) = np.radians(centre), np.radians(places).T
    haversine = (
        np.sin((latitudes - latitude) / 2) ** 2
        + np.cos(latitude) * np.cos(latitudes) * np.sin((longitudes - longitude) / 2) ** 2
    )
    angles: Floats = 2 * np.arcsin(np.sqrt(np.minimum(haversine, 1)))
    return EARTH_RADIUS_KILOMETRES * angles


def _needs_no_escape(name: str) -> bool:
    return name.isprintable() and not set(name) & set('"\\')
