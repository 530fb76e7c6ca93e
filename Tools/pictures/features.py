"""One picture becomes one vector of 504 numbers: what colours it has where, and which way its
edges run where.

No learned model: two classic descriptions, each a histogram over a grid laid on the picture.

- Colour, 3 × 3 cells × 20 bins = 180: eight hues in two shades each, and four greys. A pixel
  counts towards its hue as far as it is colourful, and towards grey for the rest, so that noise
  in a nearly grey pixel's hue does no harm.
- Edges, 6 × 6 cells × 9 bins = 324: directions of the brightness gradient between 0° and 180°,
  weighted by its strength (Dalal and Triggs, Histograms of Oriented Gradients for Human
  Detection, 2005, doi:10.1109/CVPR.2005.177, without their overlapping blocks).

Each histogram is scaled to sum 1 and its square root taken, which makes its length 1, and the
euclidean distance of two of them the Hellinger distance, which does not let one large bin drown
the others (Arandjelović and Zisserman, Three things everyone should know to improve object
retrieval, 2012, doi:10.1109/CVPR.2012.6248018). Both halves count the same; the whole has
length 1, so that distances lie between 0 (the same) and √2 (nothing in common).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 96  # pixels that the picture is scaled to, a multiple of both grids' cells

COLOUR_GRID = 3
HUES = 8
SHADES = 2
GREYS = 4
COLOURS = HUES * SHADES + GREYS

EDGE_GRID = 6
DIRECTIONS = 9

DIMENSION = COLOUR_GRID**2 * COLOURS + EDGE_GRID**2 * DIRECTIONS

Array = NDArray[np.floating[Any]]
Bins = NDArray[np.int64]


def vector_of(image: Image.Image) -> NDArray[np.float32]:
    """The picture's vector: `DIMENSION` numbers of type float32, of length 1."""
    small = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    halves = np.concatenate([_unit(_colours(small)), _unit(_edges(small))])
    vector: NDArray[np.float32] = (halves / np.linalg.norm(halves)).astype(np.float32)
    return vector


def _colours(image: Image.Image) -> Array:
    """Per cell: how much of each hue and shade, then how much of each grey."""
    hue, saturation, value = np.moveaxis(np.asarray(image.convert("HSV"), np.float32), 2, 0) / 255
    colourfulness = saturation * value
    shade = (value > 0.6).astype(np.int64)

    histogram = np.zeros(COLOUR_GRID**2 * COLOURS)
    cells = _cells(COLOUR_GRID) * COLOURS
    for bin, share in _two_nearest(hue * HUES, HUES, circular=True):
        _count(histogram, cells + bin * SHADES + shade, share * colourfulness)
    for bin, share in _two_nearest(value * (GREYS - 1), GREYS, circular=False):
        _count(histogram, cells + HUES * SHADES + bin, share * (1 - colourfulness))
    return histogram


def _edges(image: Image.Image) -> Array:
    """Per cell: how strong the edges of each direction are."""
    brightness = np.asarray(image.convert("L"), np.float32)
    down, right = np.gradient(brightness)
    direction = np.mod(np.arctan2(down, right), np.pi) / np.pi

    histogram = np.zeros(EDGE_GRID**2 * DIRECTIONS)
    cells = _cells(EDGE_GRID) * DIRECTIONS
    for bin, share in _two_nearest(direction * DIRECTIONS, DIRECTIONS, circular=True):
        _count(histogram, cells + bin, share * np.hypot(down, right))
    return histogram


def _cells(grid: int) -> Bins:
    """For each pixel the number of its cell, row by row."""
    line = np.arange(SIDE) * grid // SIDE
    return line[:, None] * grid + line[None, :]


def _two_nearest(position: Array, bins: int, circular: bool) -> list[tuple[Bins, Array]]:
    """The two bins on either side of each position, with their shares: a small change of the
    picture then changes the histogram a little, not by a whole bin."""
    lower = np.floor(position).astype(np.int64)
    share = position - lower
    upper = lower + 1
    if circular:
        return [(lower % bins, 1 - share), (upper % bins, share)]
    return [(np.minimum(lower, bins - 1), 1 - share), (np.minimum(upper, bins - 1), share)]


def _count(histogram: Array, bins: Bins, weights: Array) -> None:
    histogram += np.bincount(bins.ravel(), weights.ravel(), minlength=histogram.size)


def _unit(histogram: Array) -> Array:
    """The square roots of the shares; zeros where there is nothing to count."""
    roots: Array = np.sqrt(histogram / max(histogram.sum(), 1e-12))
    return roots
