"""Runs the demonstration; `Tools/demo` calls it with everything set up.

python -m pictures --vdbtool=PROGRAM --output=FOLDER --pictures=FOLDER
python -m pictures --vdbtool=PROGRAM --output=FOLDER --font=FILE --emoji-list=FILE
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from . import dataset, sources
from .dataset import Dataset
from .features import DIMENSION
from .filters import ANSWER_COUNT, filters_for
from .page import page
from .sources import Picture
from .trial import Outcome, Trial, TrialFailure, broken_promises

# Ten answers need ten pictures, beside the one held back to search with.
FEWEST_PICTURES = ANSWER_COUNT + 1


def main() -> int:
    """Runs all steps; the exit status is 0 if the database kept its promise throughout."""
    options = _options()
    options.output.mkdir(parents=True, exist_ok=True)

    collection = _describe(_find(options))
    dataset.write(collection, options.output)

    print(f"The database, in {options.output}:")
    trial = Trial(options.vdbtool.resolve(), options.output)
    import_seconds = trial.load(collection)
    filters = filters_for(collection.base)
    outcomes = [trial.ask(one, len(collection.queries)) for one in filters]

    file = options.output / "demo.html"
    file.write_text(page(collection, outcomes), encoding="utf-8")
    _summarize(collection, outcomes, import_seconds)
    print(f"\nThe pictures found, to look at in a browser:\n  {file}")

    broken = broken_promises(outcomes)
    for line in broken:
        print(f"error: {line}", file=sys.stderr)
    return 1 if broken else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pictures", description=__doc__.splitlines()[0])
    parser.add_argument("--vdbtool", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--font", type=Path)
    parser.add_argument("--emoji-list", type=Path)
    options = parser.parse_args()
    if not options.pictures and not (options.font and options.emoji_list):
        parser.error("needs --pictures, or --font and --emoji-list")
    return options


def _find(options: argparse.Namespace) -> Sequence[Picture]:
    if options.pictures:
        found: list[Picture] = [*sources.pictures_in(options.pictures)]
        where = f"JPEG, PNG or WebP files under {options.pictures}"
    else:
        found = [*sources.emoji_in(options.font, options.emoji_list)]
        where = f"emoji in {options.font}"
    if len(found) < FEWEST_PICTURES:
        sys.exit(f"error: the demo needs {FEWEST_PICTURES} pictures; found {len(found)} {where}")
    return found


def _describe(pictures: Sequence[Picture]) -> Dataset:
    start = time.monotonic()
    print(f"Describing {len(pictures):,} pictures with {DIMENSION} numbers each …", flush=True)
    collection = dataset.describe_all(pictures)
    print(f"  done in {time.monotonic() - start:.1f} s")
    if collection.unreadable:
        examples = ", ".join(collection.unreadable[:3])
        print(f"  {len(collection.unreadable):,} could not be read and are left out: {examples} …")
    if len(collection.base) < ANSWER_COUNT:
        sys.exit(f"error: the demo needs {FEWEST_PICTURES} pictures that can be read")
    return collection


def _summarize(collection: Dataset, outcomes: Sequence[Outcome], import_seconds: float) -> None:
    print(
        f"\n{len(collection.base):,} pictures were imported in {import_seconds:.1f} s. With each of"
        f" {len(collection.queries)} others, the {ANSWER_COUNT} most similar were asked for:"
    )
    for one in outcomes:
        size = f"{one.filter.match_count:,} of {len(collection.base):,} pictures match"
        print(f"\n  {one.filter.text} ({size})" if one.filter.text else "\n  without a filter")
        returned = f"returned all {one.expected_count}"
        print(f"    {one.kept_count} of {len(one.answers)} queries {returned}")
        print(f"    {one.recall:.1%} of the truly nearest were among them")
        print(f"    {one.queries_per_second:,.0f} searches per second on one core")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, TrialFailure) as failure:
        sys.exit(f"error: {failure}")
