"""Puts the results of `run search` into README.md, between its markers, with date and processor.

    Tools/peers/run readme search-DATA.json …

The table of each result and its picture, which is drawn anew into Tools/peers/results. What stood
between the markers is replaced; without markers, nothing is changed and that is an error.
"""

import argparse
import datetime
import json
import os

from frontier import frontier
from plot import svg
from search import table

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"


def section(path, pictures):
    """Heading, table and picture of one result."""
    with open(path) as file:
        result = json.load(file)
    name = result["data"]
    day = datetime.date.fromtimestamp(os.path.getmtime(path)).isoformat()
    title = f"{name}: {result['count']:,} × {result['dimension']}"
    lines = {
        engine: [(p["recall"], p["queriesPerCpuSecond"]) for p in frontier(found["points"])]
        for engine, found in result["engines"].items()
    }
    os.makedirs(pictures, exist_ok=True)
    with open(os.path.join(pictures, f"search-{name}.svg"), "w") as file:
        file.write(svg(f"{title}, {result['queries']:,} queries, recall@10", lines))
    place = os.path.relpath(os.path.join(pictures, f"search-{name}.svg"), ROOT)
    machine = result["machine"]["before"]
    return "\n".join([
        f"### {title}", "",
        f"{day}, {machine['processor']}, {machine['processors']} processors, "
        f"{result['queries']:,} queries, recall@10.", "",
        table(result["engines"]), f"![Recall against speed]({place})", "",
    ])


def replaced(text, content):
    """The text with new content between the markers."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(END) < text.index(BEGIN):
        raise SystemExit(f"cannot fill README.md: it needs one {BEGIN} and, behind it, one {END}")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{content}{END}{rest.split(END)[1]}"


def main():
    parser = argparse.ArgumentParser(prog="run readme", description=__doc__.split("\n")[0])
    parser.add_argument("results", nargs="+", help="search-DATA.json, as `run search` writes them")
    parser.add_argument("--readme", default=os.path.join(ROOT, "README.md"), help="file to change")
    parser.add_argument(
        "--pictures", default=os.path.join(HERE, "results"), help="folder for the pictures"
    )
    chosen = parser.parse_args()
    content = (
        "Queries per second of processor time (setting), one thread, one query at a time; batch: "
        "queries\nper second of wall time, all in one call on all processors. "
        "`Tools/peers/run` explains how.\n\n"
    )
    content += "\n".join(section(path, chosen.pictures) for path in chosen.results)
    with open(chosen.readme) as file:
        text = file.read()
    with open(chosen.readme, "w") as file:
        file.write(replaced(text, content))


if __name__ == "__main__":
    main()
