"""Faults of this software that a statement brings out: it is refused, and those behind it go on."""

from pathlib import Path
from traceback import extract_tb
from typing import Final

import structlog

from portability.errors import PreconditionError

FAULTS: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a fault in handling a statement raises, and no database or network does."""

log = structlog.get_logger(__name__)


class StumbledError(PreconditionError):
    """The software of this node has to be mended; then the statement can be tried again."""

    reason = "INTERNAL"


def stumbled(error: Exception, *, peer: str, position: int) -> StumbledError:
    """The refusal to tell; the log gets the place, as the error itself can carry personal data."""
    place = extract_tb(error.__traceback__)[-1]
    log.error(
        "delivery_stumbled_over",
        peer=peer,
        position=position,
        error_type=type(error).__name__,
        place=f"{Path(place.filename).name}:{place.lineno}",
    )
    return StumbledError(
        f"the software of this node stumbles over the statement ({type(error).__name__}); its "
        "operator can replay it once that is mended",
        subject="statement",
    )
