"""What a photograph's EXIF data say about its time and place.

Cameras write what they like: whatever is missing, malformed or out of range counts as absent.
"""

import re
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from PIL import Image

EXIF_BLOCK = 0x8769
DATE_TIME_ORIGINAL = 0x9003
OFFSET_TIME_ORIGINAL = 0x9011
GPS_BLOCK = 0x8825
LATITUDE_SIGN, LATITUDE, LONGITUDE_SIGN, LONGITUDE = 1, 2, 3, 4


class Place(NamedTuple):
    """Degrees north and east, WGS 84."""

    latitude: float
    longitude: float


def taken_of(exif: Image.Exif) -> datetime | None:
    """When the photograph was taken; a time without an offset is read as UTC."""
    block = exif.get_ifd(EXIF_BLOCK)
    try:
        local = datetime.strptime(_text(block[DATE_TIME_ORIGINAL]), "%Y:%m:%d %H:%M:%S")
        offset = _offset(_text(block.get(OFFSET_TIME_ORIGINAL)))
        return (local - offset).replace(tzinfo=timezone.utc)
    except (KeyError, ValueError, OverflowError):
        return None


def place_of(exif: Image.Exif) -> Place | None:
    """Where the photograph was taken."""
    block = exif.get_ifd(GPS_BLOCK)
    try:
        latitude = _degrees(block[LATITUDE]) * _sign(block[LATITUDE_SIGN], "N", "S")
        longitude = _degrees(block[LONGITUDE]) * _sign(block[LONGITUDE_SIGN], "E", "W")
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    # Not-a-number fails both comparisons. Receivers without a fix write zeros.
    if not (abs(latitude) <= 90 and abs(longitude) <= 180) or latitude == longitude == 0:
        return None
    return Place(round(latitude, 7), round(longitude, 7))


def _text(value: Any) -> str:
    return str(value or "").strip("\0 ")


def _offset(text: str) -> timedelta:
    """The offset from UTC written as `+02:00`; zero if it is not."""
    match = re.fullmatch(r"([+-])(\d\d):(\d\d)", text)
    if match is None:
        return timedelta()
    size = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return -size if match[1] == "-" else size


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600


def _sign(value: Any, positive: str, negative: str) -> int:
    letter = _text(value).upper()
    if letter not in (positive, negative):
        raise ValueError(f"neither {positive} nor {negative}: {letter}")
    return 1 if letter == positive else -1
