"""Filters on the attributes of a data set: for us, for the others, and what matches them."""

import csv
import typing

import numpy

SHARES = (0.5, 0.1, 0.01, 0.001, 0.0001)
RADIUS = 6_371_008.8


class Condition(typing.NamedTuple):
    """A filter: our text, the others' SQL, or nil where they have no such thing; what matches."""

    text: str
    sql: str | None
    mask: numpy.ndarray


class Attributes:
    """What attributes.csv says of each row."""

    def __init__(self, path, limit):
        with open(path, newline="") as file:
            rows = [row for row, _ in zip(csv.DictReader(file), range(limit))]
        times = [row["taken"].rstrip("Z") for row in rows]
        self.taken = numpy.array(times, dtype="datetime64[us]").astype(numpy.int64)
        self.lat = numpy.array([float(row["place.lat"]) for row in rows])
        self.lon = numpy.array([float(row["place.lon"]) for row in rows])
        self.keyword = next((name for name in ("kind", "source") if name in rows[0]), None)
        self.words = numpy.array([row[self.keyword] for row in rows]) if self.keyword else None
        self.ordered = None

    def shared(self):
        """Names of filters, and the condition of each, which is the same for all queries."""
        middle = (float(numpy.median(self.lat)), float(numpy.median(self.lon)))
        for share in SHARES:
            place = max(int(share * len(self.taken)), 1)
            yield f"time {share:.2%}", [self._since(place)]
            yield f"box {share:.2%}", [self._box(middle, place)]
            yield f"radius {share:.2%}", [self._circle(middle, place)]
            half = max(int(share ** 0.5 * len(self.taken)), 1)
            time, box = self._since(half), self._box(middle, half)
            yield f"time and box {share:.2%}", [Condition(
                f"{time.text} and {box.text}", f"{time.sql} AND {box.sql}", time.mask & box.mask,
            )]
            words = self._words(place)
            if words:
                ours = ", ".join(f'"{word}"' for word in words)
                theirs = ", ".join(f"'{word}'" for word in words)
                yield f"{self.keyword} {share:.2%}", [Condition(
                    f"{self.keyword} in ({ours})", f"{self.keyword} IN ({theirs})",
                    numpy.isin(self.words, words),
                )]

    def _words(self, place):
        """Keywords that about so many rows have; none if each has many more or there is none."""
        if not self.keyword:
            return []
        names, counts = numpy.unique(self.words, return_counts=True)
        chosen, total = [], 0
        for count, name in sorted(zip(counts, names), reverse=True):
            if total + count <= 1.1 * place:
                chosen.append(str(name))
                total += count
        if not chosen and counts.min() <= 2 * place:
            chosen = [str(names[counts.argmin()])]
        return chosen

    def own(self, count):
        """Names of filters, and a condition for each query, around a row drawn at random."""
        draw = numpy.random.default_rng(1)
        for share in SHARES[:4]:
            place = int(share * len(self.taken))
            starts = draw.integers(0, len(self.taken) - place + 1, count)
            yield f"time {share:.2%}", [self._span(start, place) for start in starts]
            rows = draw.integers(0, len(self.taken), count)
            middles = [(float(self.lat[row]), float(self.lon[row])) for row in rows]
            yield f"box {share:.2%}", [self._box(middle, place) for middle in middles]
            yield f"radius {share:.2%}", [self._circle(middle, place) for middle in middles]

    def _since(self, place):
        """The newest so many."""
        since = int(numpy.sort(self.taken)[-place])
        text = f"taken >= {numpy.datetime64(since, 'us')}Z"
        return Condition(text, f"taken >= {since}", self.taken >= since)

    def _span(self, start, place):
        """So many, one after the other in time."""
        if self.ordered is None:
            self.ordered = numpy.sort(self.taken)
        first, last = (int(self.ordered[rank]) for rank in (start, start + place - 1))
        words = [f"{numpy.datetime64(moment, 'us')}Z" for moment in (first, last)]
        return Condition(
            f"taken between {words[0]} and {words[1]}",
            f"taken >= {first} AND taken <= {last}",
            (self.taken >= first) & (self.taken <= last),
        )

    def _box(self, middle, place):
        """So many around a point."""
        ranks = numpy.maximum(abs(self.lat - middle[0]), abs(self.lon - middle[1]))
        # A little more, as the corners are rounded.
        half = numpy.partition(ranks, place - 1)[place - 1] + 1e-6
        south, north = round(middle[0] - half, 6), round(middle[0] + half, 6)
        west, east = round(middle[1] - half, 6), round(middle[1] + half, 6)
        mask = (self.lat >= south) & (self.lat <= north) & (self.lon >= west) & (self.lon <= east)
        sql = f"lat >= {south} AND lat <= {north} AND lon >= {west} AND lon <= {east}"
        return Condition(f"place in box ({south}, {west}, {north}, {east})", sql, mask)

    def _circle(self, middle, place):
        """So many around a point, on the sphere."""
        distances = self._distances(middle)
        metres = round(float(numpy.partition(distances, place - 1)[place - 1]) + 1, 3)
        text = f"place within {metres} m of ({middle[0]:.7f}, {middle[1]:.7f})"
        return Condition(text, None, distances <= metres)

    def _distances(self, middle):
        lat, lon = numpy.radians(self.lat), numpy.radians(self.lon)
        lat0, lon0 = numpy.radians(middle[0]), numpy.radians(middle[1])
        squares = numpy.sin((lat - lat0) / 2) ** 2
        squares += numpy.cos(lat) * numpy.cos(lat0) * numpy.sin((lon - lon0) / 2) ** 2
        return 2 * RADIUS * numpy.arcsin(numpy.sqrt(numpy.minimum(squares, 1)))
