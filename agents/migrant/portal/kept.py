"""
What a person has just read, kept for a minute, so that reading on costs no verifying again.

A history is hundreds of records, each with a signature and a proof. Who reads on sees the same for
at most ``KEEP``; who has just done something sees it afresh. It is kept under the node's session,
for the latest few hundred visitors, and nowhere but in memory.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, TypeVar, cast

from agents.migrant.portal.visit import Visit

KEEP: Final = timedelta(minutes=1)
MOST: Final = 300

_T = TypeVar("_T")
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    at: datetime
    value: object


class KeptAnswers:
    """The latest answers; its methods may be called from several threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()

    def find(self, key: _Key, now: datetime) -> _Kept | None:
        """One that is not older than ``KEEP``, nor from the future."""
        with self._lock:
            found = self._kept.get(key)
            if found is None or not found.at <= now < found.at + KEEP:
                return None
            return found

    def put(self, key: _Key, value: object, now: datetime) -> None:
        with self._lock:
            self._kept[key] = _Kept(at=now, value=value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def forget(self, token: str) -> None:
        """Everything of one session."""
        with self._lock:
            for key in [one for one in self._kept if one[0] == token]:
                del self._kept[key]


_ANSWERS: Final = KeptAnswers()


def keep(visit: Visit, name: str, read: Callable[[], _T]) -> _T:
    """What ``read`` gives, or gave this person within the last minute."""
    token, now = visit.me.token, visit.settings.home().outside.now()
    if visit.session is not None and visit.session.notices:
        _ANSWERS.forget(token)  # something was just done
    found = _ANSWERS.find((token, name), now)
    if found is not None:
        return cast("_T", found.value)
    value = read()
    _ANSWERS.put((token, name), value, now)
    return value
