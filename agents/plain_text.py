"""Text from elsewhere, made safe to show on a terminal."""

import re
from typing import Final

MAX_MESSAGE: Final = 600

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def printable(text: str) -> str:
    """Text from elsewhere without anything that could steer a terminal, and not endless."""
    return _CONTROL.sub(" ", text)[:MAX_MESSAGE].strip()
