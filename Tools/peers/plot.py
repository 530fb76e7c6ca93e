"""Draws recall against speed as SVG, without any library."""

import math

WIDTH, HEIGHT = 860, 520
LEFT, RIGHT, TOP, BOTTOM = 70, 200, 40, 50
COLOURS = [
    "#d62728", "#ff7f0e", "#1f77b4", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f",
    "#bcbd22", "#17becf", "#393b79", "#637939", "#843c39",
]


def svg(title, lines):
    """`lines`: name → points (recall, speed), over recall 0.85 … 1 and a logarithmic speed."""
    shown = {n: [p for p in ps if p[0] >= 0.85] for n, ps in lines.items()}
    speeds = [speed for points in shown.values() for _, speed in points]
    if not speeds:
        return '<svg xmlns="http://www.w3.org/2000/svg"/>'
    low, high = math.log10(min(speeds)) - 0.05, math.log10(max(speeds)) + 0.05

    def x(recall):
        return LEFT + (recall - 0.85) / 0.15 * (WIDTH - LEFT - RIGHT)

    def y(speed):
        return TOP + (high - math.log10(speed)) / (high - low) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="24" font-size="15">{escaped(title)}</text>',
    ]
    for step in range(7):
        recall = 0.85 + step * 0.025
        parts.append(_line(x(recall), TOP, x(recall), HEIGHT - BOTTOM))
        parts.append(_text(x(recall), HEIGHT - BOTTOM + 18, f"{recall:.3g}", "middle"))
    for exponent in range(math.floor(low), math.ceil(high) + 1):
        for digit in (1, 2, 5):
            speed = digit * 10**exponent
            if low <= math.log10(speed) <= high:
                parts.append(_line(LEFT, y(speed), WIDTH - RIGHT, y(speed)))
                parts.append(_text(LEFT - 6, y(speed) + 4, f"{speed:,g}", "end"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, "recall@10", "middle"))
    parts.append(_text(LEFT, TOP - 4, "queries per CPU-second", "start"))
    for number, (name, points) in enumerate(shown.items()):
        colour = COLOURS[number % len(COLOURS)]
        width = 3 if name.startswith("vectordb") else 1.5
        places = " ".join(f"{x(recall):.1f},{y(speed):.1f}" for recall, speed in points)
        parts.append(
            f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
        )
        for recall, speed in points:
            parts.append(
                f'<circle cx="{x(recall):.1f}" cy="{y(speed):.1f}" r="2.5" fill="{colour}"/>'
            )
        place = TOP + 14 + 20 * number
        right = WIDTH - RIGHT
        parts.append(_line(right + 16, place - 4, right + 40, place - 4, colour, width))
        parts.append(_text(right + 46, place, name, "start"))
    return "\n".join(parts + ["</svg>", ""])


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _line(x1, y1, x2, y2, colour="#ddd", width=1):
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="{width}"/>'
    )


def _text(x, y, text, anchor):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escaped(text)}</text>'
