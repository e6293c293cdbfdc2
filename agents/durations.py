"""How long something took, in the unit that people would say it in."""

from datetime import timedelta
from typing import Final

_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def lasted_words(lasted: timedelta) -> str:
    """``43 s``, ``12 min``, ``5.2 h`` or ``12.3 days``."""
    if lasted < _MINUTE:
        return f"{int(lasted.total_seconds())} s"
    if lasted < _HOUR:
        return f"{lasted // _MINUTE} min"
    return f"{lasted / _HOUR:.1f} h" if lasted < _DAY else f"{lasted / _DAY:.1f} days"
