"""Which settings of an engine are worth it."""

TARGETS = (0.90, 0.95, 0.99)


def best(points, target):
    """The fastest point that reaches the recall, or None."""
    reached = [p for p in points if p["recall"] >= target]
    return max(reached, key=lambda p: p["queriesPerCpuSecond"], default=None)


def frontier(points):
    """The points that no other beats in both recall and speed, by recall."""
    chosen = []
    for point in sorted(points, key=lambda p: (-p["recall"], -p["queriesPerCpuSecond"])):
        if not chosen or point["queriesPerCpuSecond"] > chosen[-1]["queriesPerCpuSecond"]:
            chosen.append(point)
    return chosen[::-1]


def candidates(points, tolerance=0.004, each=4):
    """The indices of the settings that a scouting with few queries leaves in the race.

    For each target the fastest few that reach it, or may with all queries, and the frontier
    between for the plot.
    """
    chosen = set()
    for target in TARGETS:
        for limit in (target - tolerance, target + tolerance):
            reached = [p for p in points if p["recall"] >= limit]
            reached.sort(key=lambda p: -p["queriesPerCpuSecond"])
            chosen.update(p["index"] for p in reached[:each])
    chosen.update(p["index"] for p in frontier(points) if p["recall"] >= 0.85)
    return sorted(chosen)


def merged(rounds):
    """The points of several rounds, each setting once with its best speed."""
    points = {}
    for point in (p for points in rounds for p in points):
        known = points.get(point["index"])
        if known is None or point["queriesPerCpuSecond"] > known["queriesPerCpuSecond"]:
            points[point["index"]] = point
    return list(points.values())
