"""
Sessions of the portal: kept here, never in the browser, which holds one random name.

A session begins before anybody signed in, with the first form, and gets a new name at signing in
and at signing out, so that a name that somebody planted is worth nothing. Only the digest of a name
is kept. They live in this process: after a restart people sign in again.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from portability.ledger.encoding import encode_base64url

IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=4)
MOST: Final = 20_000
"""So many of each kind, signed in or not; more push out those that were used longest ago."""

_NAME_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInAs:
    """Who is signed in: the person's name at the node, and the node's own session."""

    person: str
    token: str
    expire_time: datetime


@dataclass(slots=True, kw_only=True)
class Session:
    """
    What the portal remembers of one browser.

    ``form_token`` goes into each form and must come back with it. ``values`` holds what a journey
    of several pages needs; ``notices`` what is said once, on the next page.
    """

    form_token: str
    began: datetime
    used: datetime
    who: SignedInAs | None = None
    values: dict[str, object] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def take_notices(self) -> tuple[str, ...]:
        told, self.notices = tuple(self.notices), []
        return told


class Sessions:
    """All sessions of this portal. Its methods may be called from several threads."""

    def __init__(
        self, *, now: Callable[[], datetime], randomness: Callable[[int], bytes], most: int = MOST
    ) -> None:
        self._now = now
        self._randomness = randomness
        self._most = most
        self._lock = Lock()
        self._strangers: OrderedDict[bytes, Session] = OrderedDict()
        self._persons: OrderedDict[bytes, Session] = OrderedDict()

    def start(self) -> tuple[Session, str]:
        """A new session of nobody yet, and the name that its browser gets."""
        now = self._now()
        session = Session(form_token=self._secret(), began=now, used=now)
        return session, self._keep(session)

    def find(self, name: str) -> Session | None:
        """The session of that name, unless it has ended."""
        digest, now = _digest(name), self._now()
        with self._lock:
            for kept in (self._persons, self._strangers):
                session = kept.get(digest)
                if session is None:
                    continue
                if _has_ended(session, now):
                    del kept[digest]
                    return None
                session.used = now
                kept.move_to_end(digest)
                return session
        return None

    def sign_in(self, name: str, who: SignedInAs) -> tuple[Session, str]:
        """
        A new session under a new name for whoever has just signed in.

        Of the one before, if it was nobody's, the values stay, such as where they wanted to go.
        """
        before = self.find(name)
        now = self._now()
        session = Session(form_token=self._secret(), began=now, used=now, who=who)
        if before is not None and before.who is None:
            session.values = dict(before.values)
        self.end(name)
        return session, self._keep(session)

    def end(self, name: str) -> None:
        """Forget a session; no error if there is none."""
        digest = _digest(name)
        with self._lock:
            self._persons.pop(digest, None)
            self._strangers.pop(digest, None)

    def _keep(self, session: Session) -> str:
        name = self._secret()
        kept = self._strangers if session.who is None else self._persons
        with self._lock:
            kept[_digest(name)] = session
            while len(kept) > self._most:
                kept.popitem(last=False)
        return name

    def _secret(self) -> str:
        return encode_base64url(self._randomness(_NAME_BYTES))


def _has_ended(session: Session, now: datetime) -> bool:
    limits = [session.used + IDLE, session.began + LONGEST]
    if session.who is not None:
        limits.append(session.who.expire_time)
    return now >= min(limits)


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
