"""
Signatures that were found good, remembered so that the next visit need not verify them again.

A signature that was good over these bytes by this key stays good: whether the key is trusted, and
whether the log holds the statement, is judged anew each time. Digests alone are kept.
"""

from collections import OrderedDict
from hashlib import sha256
from threading import Lock
from typing import Final

from portability.errors import SignatureError
from portability.ledger.keys import verify_signature

MOST: Final = 200_000
"""About 20 MB; more push out those that were seen longest ago."""


class GoodSignatures:
    """Its methods may be called from several threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = Lock()
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def holds(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Whether this key made this signature over these bytes."""
        # a digest of digests, so that no part can be taken for another's
        parts = (sha256(one).digest() for one in (public, message, signature))
        name = sha256(b"".join(parts)).digest()
        with self._lock:
            if name in self._seen:
                self._seen.move_to_end(name)
                return True
        try:
            verify_signature(public, message, signature)
        except SignatureError:
            return False
        with self._lock:
            self._seen[name] = None
            while len(self._seen) > self._most:
                self._seen.popitem(last=False)
        return True


GOOD_SIGNATURES: Final = GoodSignatures()
