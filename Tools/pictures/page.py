"""The answers become one self-contained HTML page: no script, no font, no file beside it.

A picture that shows up in many answers is stored once, in a hidden SVG image, and
drawn wherever it is needed with `<use>`.
"""

import base64
import io
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from PIL import Image, ImageOps

from .dataset import Dataset, Described
from .features import DIMENSION
from .filters import ANSWER_COUNT
from .trial import Match, Outcome

THUMBNAIL_SIDE = 96
TITLE = f"The {ANSWER_COUNT} nearest pictures, found by VectorDB"
STYLE = Path(__file__).with_name("page.css")


def page(dataset: Dataset, outcomes: Sequence[Outcome]) -> str:
    """The whole page."""
    return "\n".join([*_head(), *_body(dataset, outcomes), ""])


def _head() -> Iterator[str]:
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{TITLE}</title>"
    yield f"<style>\n{STYLE.read_text(encoding='utf-8')}</style></head>"


def _body(dataset: Dataset, outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "<body>"
    yield '<svg class="store" aria-hidden="true"><defs>'
    shown = {match.row for one in outcomes for answer in one.answers for match in answer}
    yield from (_stored(f"q{index}", one) for index, one in enumerate(dataset.queries))
    yield from (_stored(f"p{row}", dataset.base[row]) for row in sorted(shown))
    yield "</defs></svg>"
    yield f"<header><h1>{TITLE}</h1>"
    yield from _introduction(dataset)
    yield "</header>"
    yield from _figures(outcomes)
    yield "<main>"
    for index in range(len(dataset.queries)):
        yield from _query(dataset, outcomes, index)
    yield "</main></body></html>"


def _introduction(dataset: Dataset) -> Iterator[str]:
    yield (
        f"<p>{len(dataset.base):,} pictures are in the database, each as {DIMENSION} numbers that"
        " say which colours and edges it has where. With each of"
        f" {len(dataset.queries)} others, held back, the database was asked for those most like"
        " it. The number under a picture is its squared distance: 0 is the same, 2 as different as"
        " can be.</p>"
    )
    if dataset.unreadable:
        yield f"<p>{len(dataset.unreadable):,} files could not be read and were left out.</p>"


def _figures(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The table of what was measured, one line per filter."""
    names = ["Pictures that match", "Returned", "True nearest found", "Searches per second"]
    yield '<table class="figures">'
    yield f"<caption>However few pictures a filter lets through: if {ANSWER_COUNT} match,"
    yield f"{ANSWER_COUNT} are returned. Checked here for every query.</caption>"
    yield "<thead><tr>"
    yield from (f"<th scope=col>{name}</th>" for name in ["Filter", *names])
    yield "</tr></thead><tbody>"
    for one in outcomes:
        filter = f"<code>{escape(one.filter.text)}</code>" if one.filter.text else "no filter"
        cells = [f"{one.filter.match_count:,}", _verdict(one)]
        cells += [f"{one.recall:.1%}", f"{one.queries_per_second:,.0f}"]
        yield f"<tr><th scope=row>{filter}</th>"
        yield from (f'<td data-name="{name}">{cell}</td>' for name, cell in zip(names, cells))
        yield "</tr>"
    yield "</tbody></table>"


def _verdict(one: Outcome) -> str:
    kept, total, count = one.kept_count, len(one.answers), one.expected_count
    if kept == total:
        return f'<span class="kept">✓ {count} for each of {total} queries</span>'
    return f'<span class="broken">✗ {count} for only {kept} of {total} queries</span>'


def _query(dataset: Dataset, outcomes: Sequence[Outcome], index: int) -> Iterator[str]:
    """One query picture and its answers, one row per filter."""
    query = dataset.queries[index]
    name, folder = escape(query.picture.name), escape(query.picture.folder)
    yield f'<section aria-labelledby="t{index}">'
    yield f'<div class="query">{_drawing(f"q{index}", query.picture.name)}'
    yield f'<h2 id="t{index}">{name}</h2><p>{folder}</p></div><div class="answers">'
    for one in outcomes:
        answer = one.answers[index]
        filter = f" <code>{escape(one.filter.text)}</code>" if one.filter.text else ""
        complete = "kept" if len(answer) >= one.expected_count else "broken"
        yield f"<h3>{one.filter.title}{filter}"
        yield f'<span class="{complete}">{len(answer)} of {one.expected_count}</span></h3><ol>'
        yield from (_match(dataset, match) for match in answer)
        yield "</ol>"
    yield "</div></section>"


def _match(dataset: Dataset, match: Match) -> str:
    picture = dataset.base[match.row].picture
    label = f"{picture.name} ({picture.folder})"
    return f"<li>{_drawing(f'p{match.row}', label)}<span>{match.distance:.3f}</span></li>"


def _drawing(key: str, label: str) -> str:
    """The stored picture in this place, with its name for who cannot see it, and as a hint."""
    size = f"0 0 {THUMBNAIL_SIDE} {THUMBNAIL_SIDE}"
    return (
        f'<svg class="picture" role="img" aria-label="{escape(label)}" viewBox="{size}">'
        f'<title>{escape(label)}</title><use href="#{key}"/></svg>'
    )


def _stored(key: str, one: Described) -> str:
    image = one.picture.open(wanted_size=THUMBNAIL_SIDE).image
    side = (THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    thumbnail = ImageOps.fit(image, side, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    thumbnail.save(file, "JPEG", quality=80, optimize=True)
    data = base64.b64encode(file.getvalue()).decode("ascii")
    size = f'width="{THUMBNAIL_SIDE}" height="{THUMBNAIL_SIDE}"'
    return f'<image id="{key}" {size} href="data:image/jpeg;base64,{data}"/>'
