"""Standard output as it is found: of any encoding, full, or closed by whoever started us."""

import codecs
import errno
import io
import json
import os
import sys
from typing import Final

_PLAIN: Final = "portability-plain"
_MARKS: Final = {"✓": "ok", "✗": "NOT", "×": "x", "…": "...", "─": "-"}
_NO_ROOM: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}


def prepare_streams() -> None:
    """
    Make standard output and error fit to be written to, whatever they are, and input to be read.

    A character that the encoding lacks is replaced, our marks by words: a command that has done its
    work must not fail at telling it. A stream that was closed takes everything and keeps nothing,
    and a closed input is empty.
    """
    codecs.register_error(_PLAIN, _in_plain)
    sys.stdin = sys.stdin or io.TextIOWrapper(io.FileIO(os.devnull), encoding="utf-8")
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_PLAIN)


def discard_output() -> None:
    """Let what is still to be written to standard output go nowhere, without another error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_document(value: object) -> None:
    """One JSON document on standard output, to the letter also where that has no Unicode."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    text = json.dumps(value, indent=2, ensure_ascii=not encoding.startswith("utf"))
    sys.stdout.write(text + "\n")


def is_lack_of_room(error: OSError) -> bool:
    """Whether something could not be written because what it goes to is full or cannot take it."""
    return error.errno in _NO_ROOM


def _nowhere() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.FileIO(os.devnull, "w"), encoding="utf-8")


def _in_plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_MARKS.get(character, "?") for character in lacking), error.end
