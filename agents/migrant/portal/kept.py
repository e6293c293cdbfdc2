"""
What a person has just read, kept for a minute, so that reading on costs no verifying again.

A history is hundreds of records, each with a signature and a proof. Who reads on sees the same for
at most ``KEEP``; who has sent a form, or asks their browser to load the page anew, sees it afresh.
It is kept under the node's session, the latest few hundred answers, and nowhere but in memory;
what is too old, or of somebody who signed out, is let go of. What most people look at is read ahead
while they look at the page after signing in.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, TypeVar, cast

from agents.migrant.portal.visit import Visit
from portability.errors import PortabilityError

KEEP: Final = timedelta(minutes=1)
MOST: Final = 300
_ANEW: Final = ("no-cache", "max-age=0")
"""What browsers send where somebody loads a page anew (RFC 9111 §5.2.1)."""

_T = TypeVar("_T")
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    at: datetime
    value: object


@dataclass(slots=True)
class _Reading:
    """One that is being read: whoever wants it meanwhile waits, and does not read it too."""

    lock: Lock = field(default_factory=Lock)
    wanted: int = 0
    is_overtaken: bool = False
    """Whether something was done meanwhile: what is read may be from before, and is not kept."""


class KeptAnswers:
    """The latest answers; its methods may be called from several threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._readings: dict[_Key, _Reading] = {}

    def get(self, key: _Key, now: datetime, read: Callable[[], _T]) -> _T:
        """What is kept, or else what ``read`` gives, which is kept then; raises as ``read``."""
        with self._lock:
            reading = self._readings.setdefault(key, _Reading())
            reading.wanted += 1
        try:
            with reading.lock:
                found = self.find(key, now)
                if found is None:
                    value = read()
                    with self._lock:
                        if not reading.is_overtaken:
                            self._put(key, value, now)
                    return value
                return cast("_T", found.value)
        finally:
            with self._lock:
                reading.wanted -= 1
                if not reading.wanted and self._readings.get(key) is reading:
                    del self._readings[key]

    def find(self, key: _Key, now: datetime) -> _Kept | None:
        """One that is not older than ``KEEP``, nor from the future."""
        with self._lock:
            self._drop_old(now)
            found = self._kept.get(key)
            # it may lie behind a younger one, where reading it took longer
            return found if found is not None and found.at <= now < found.at + KEEP else None

    def put(self, key: _Key, value: object, now: datetime) -> None:
        with self._lock:
            self._put(key, value, now)

    def forget(self, token: str) -> None:
        """Everything of one session, also what is being read: whoever comes now reads anew."""
        with self._lock:
            for key in [one for one in self._kept if one[0] == token]:
                del self._kept[key]
            for key in [one for one in self._readings if one[0] == token]:
                self._readings.pop(key).is_overtaken = True

    def _put(self, key: _Key, value: object, now: datetime) -> None:
        self._kept[key] = _Kept(at=now, value=value)
        self._kept.move_to_end(key)
        self._drop_old(now)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def _drop_old(self, now: datetime) -> None:
        """Oldest first: nobody is shown them any more, so they need not be here."""
        while self._kept and now >= next(iter(self._kept.values())).at + KEEP:
            self._kept.popitem(last=False)


_ANSWERS: Final = KeptAnswers()


def keep(visit: Visit, name: str, read: Callable[[], _T]) -> _T:
    """What ``read`` gives, or gave this person within the last minute."""
    token, now = visit.me.token, visit.settings.home().outside.now()
    if _is_loaded_anew(visit):
        _ANSWERS.forget(token)
    return _ANSWERS.get((token, name), now, read)


def read_ahead(visit: Visit, readers: Iterable[Callable[[Visit], object]]) -> None:
    """
    Keep what these read. What fails now is read again, and told, where its page is asked for.
    """
    for read in readers:
        try:
            read(visit)
        except PortabilityError:
            return


def forget_kept(token: str) -> None:
    """Everything that is kept for a session of the node."""
    _ANSWERS.forget(token)


def _is_loaded_anew(visit: Visit) -> bool:
    """Whether the browser asks for a page as it is now; once for each request."""
    if visit.is_afresh:
        return False
    visit.is_afresh = True
    asked = visit.request.headers.get("cache-control", "").lower()
    return any(one in asked for one in _ANEW)
