"""
How the node writes its log: JSON lines, or colours on a terminal; always to standard error.

Standard output is left to the one line that says the node is ready. Nothing here stops a call: a
log that cannot be written is lost, the call is not.
"""

import json
import logging
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO, Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from portability.node.calls.caller import merge_current_call

LEVELS: Final[Mapping[str, int]] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class LineLogger:
    """Writes each rendered line at once; a reader that went away is no reason to fail."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, line: bytes) -> None:
        try:
            self._stream.write(line)
            self._stream.flush()
        except (OSError, ValueError):  # a closed pipe, a full disk, a closed file
            return

    debug = info = warning = error = write


def configure_logging(*, level: str = "info", stream: BinaryIO | None = None) -> None:
    """Set up structlog for this process. Called once, by the composition root."""
    out = stream or sys.stderr.buffer
    is_terminal = stream is None and sys.stderr.isatty()
    shared: list[Processor] = [
        merge_current_call,
        structlog.processors.add_log_level,
        structlog.processors.MaybeTimeStamper(fmt="iso", utc=True),
        without_exception,
    ]
    console: list[Any] = [structlog.dev.ConsoleRenderer(), to_line]
    structlog.configure(
        processors=[*shared, *(console if is_terminal else [to_json_line])],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=lambda *_: LineLogger(out),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [LibraryHandler()]
    root.setLevel(max(LEVELS[level], logging.WARNING))


def without_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """An exception's words may be about a person: its type is all that enters the log."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()[1]
    if isinstance(info, BaseException):
        event["error_type"] = type(info).__name__
    return event


def to_json_line(_: WrappedLogger, __: str, event: EventDict) -> bytes:
    return _ENCODER.encode(event).encode() + b"\n"


def to_line(_: WrappedLogger, __: str, text: str) -> bytes:
    return text.encode("utf-8", "replace") + b"\n"


class LibraryHandler(logging.Handler):
    """What libraries log: which one, where and how bad. Their words may quote values."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger("library").log(
            record.levelno, "library_warned", library=record.name, function=record.funcName
        )


def _plain(value: object) -> str:
    """Bytes are ids and hashes here; of anything else only the type is written."""
    return value.hex() if isinstance(value, bytes) else type(value).__name__


_ENCODER: Final = json.JSONEncoder(default=_plain, separators=(",", ":"))
