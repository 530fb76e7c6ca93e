"""Where pictures come from: a folder of image files, or the emoji of a font.

Both kinds know their name and their folder, and open themselves in whichever process asks.
"""

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from PIL import Image, ImageDraw, ImageFont, ImageOps

from .metadata import Place, place_of, taken_of

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}

# Noto Color Emoji holds bitmaps of one size only, 136 × 128, and this is the size it goes by.
EMOJI_FONT_SIZE = 109
EMOJI_CANVAS = 136


@dataclass(frozen=True)
class Opened:
    """A decoded picture (RGB, upright, on white) with what its metadata tells."""

    image: Image.Image
    taken: datetime
    place: Place | None


class Picture(Protocol):
    """Something that can be shown and searched for."""

    @property
    def name(self) -> str: ...

    @property
    def folder(self) -> str: ...

    def open(self, wanted_size: int) -> Opened:
        """Decodes the picture, at least `wanted_size` pixels wide and high if it has as many."""
        ...


@dataclass(frozen=True)
class PictureFile:
    """An image file; `folder` is relative to the folder that the user named."""

    path: Path
    name: str
    folder: str

    def open(self, wanted_size: int) -> Opened:
        with warnings.catch_warnings():
            # Pillow warns of oddities and of great size; a real failure raises.
            warnings.simplefilter("ignore")
            with Image.open(self.path) as file:
                exif = file.getexif()
                # JPEG decodes several times faster at an eighth, a quarter or half of its size.
                file.draft("RGB", (2 * wanted_size, 2 * wanted_size))
                image = _on_white(ImageOps.exif_transpose(_shrunk(file, 2 * wanted_size)))
                return Opened(image, taken_of(exif) or _modified(self.path), place_of(exif))


@dataclass(frozen=True)
class Emoji:
    """One emoji, drawn; its folder is its group and subgroup in Unicode's list."""

    text: str
    name: str
    folder: str
    font: Path

    def open(self, wanted_size: int) -> Opened:
        image = Image.new("RGB", (EMOJI_CANVAS, EMOJI_CANVAS), "white")
        font = _load_font(self.font)
        left, top, right, bottom = font.getbbox(self.text)
        corner = ((EMOJI_CANVAS - left - right) // 2, (EMOJI_CANVAS - top - bottom) // 2)
        ImageDraw.Draw(image).text(corner, self.text, font=font, embedded_color=True)
        # A drawing has no time of its own; the font file's is the nearest true one.
        return Opened(image, _modified(self.font), None)


def pictures_in(root: Path) -> Iterator[PictureFile]:
    """All image files under `root`, in a stable order; hidden folders and files are left out."""
    for parent, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for file in sorted(files):
            path = Path(parent, file)
            if path.suffix.lower() in SUFFIXES and not file.startswith("."):
                folder = path.parent.relative_to(root)
                yield PictureFile(path, _readable(file), _readable(folder))


def emoji_in(font: Path, unicode_list: Path) -> Iterator[Emoji]:
    """All emoji of Unicode's `emoji-test.txt` that `font` can draw as a single picture.

    Lines look like `1F600 ; fully-qualified # 😀 E1.0 grinning face`, under headings
    `# group: Smileys & Emotion` and `# subgroup: face-smiling`.
    """
    widest = _load_font(font).getlength("\N{GRINNING FACE}")
    group = subgroup = ""
    for line in unicode_list.read_text(encoding="utf-8").splitlines():
        if line.startswith("# group:"):
            group = line.partition(":")[2].strip()
        elif line.startswith("# subgroup:"):
            subgroup = line.partition(":")[2].strip()
        elif "; fully-qualified" in line:
            points, _, comment = line.partition(";")
            text = "".join(chr(int(point, 16)) for point in points.split())
            name = comment.partition("#")[2].split(maxsplit=2)[2]
            # A sequence that the font does not know falls apart into several pictures.
            if _load_font(font).getlength(text) <= widest:
                yield Emoji(text, name, f"{group}/{subgroup}", font)


def _shrunk(image: Image.Image, wanted_size: int) -> Image.Image:
    """The picture at a whole fraction of its size, so that what follows is done on fewer pixels."""
    factor = min(image.size) // wanted_size
    # Colours that stand for others, or for transparency, cannot be averaged.
    if factor < 2 or image.mode not in ("L", "LA", "RGB", "RGBA") or "transparency" in image.info:
        return image
    return image.reduce(factor)


def _on_white(image: Image.Image) -> Image.Image:
    """The picture as RGB, with white where it is transparent."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        opaque = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", opaque.size, "white"), opaque).convert("RGB")
    return image.convert("RGB")


@lru_cache(maxsize=1)
def _load_font(path: Path) -> ImageFont.FreeTypeFont:
    """The font, loaded once per process; Raqm is what joins sequences into one emoji."""
    return ImageFont.truetype(str(path), EMOJI_FONT_SIZE, layout_engine=ImageFont.Layout.RAQM)


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)


def _readable(path: str | Path) -> str:
    """The path as text, also where its bytes are not valid UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")
