"""
What a node keeps about erasures outside of its database and of every backup of that.

One folder with the journal and the forgetting key. A node does not start without both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portability.custody.files import Mode
from portability.errors import ConfigurationError
from portability.ledger.puncturable import SEED_BYTES
from portability.node.erasure.forgetting_key import (
    FORGETTING_KEY,
    ForgettingKey,
    create_forgetting_key,
)
from portability.node.erasure.journal import (
    ID_BYTES,
    JOURNAL,
    ErasureJournal,
    create_journal,
    sync_folder,
)

OWNER_ONLY = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """An open journal and an open forgetting key."""

    journal: ErasureJournal
    forgetting: ForgettingKey


def open_keeping(folder: Path, mode: Mode) -> Keeping:
    """Raises ConfigurationError for what is missing, HaltedError for a journal that was altered."""
    return Keeping(
        journal=ErasureJournal(folder / JOURNAL),
        forgetting=ForgettingKey(folder / FORGETTING_KEY, mode),
    )


def create_keeping(
    folder: Path, randomness: Callable[[int], bytes], *, is_development: bool
) -> None:
    """
    Make both, for a node whose database is still to be made.

    Raises ConfigurationError if one of them is there, or the folder cannot be written.
    """
    try:
        folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
        sync_folder(folder.parent)
    except OSError as error:
        raise ConfigurationError(
            f"{folder} cannot be made ({error.strerror}); check `folder` under [erasure]",
            file=str(folder),
        ) from None
    create_journal(folder / JOURNAL, randomness(ID_BYTES))
    seed = randomness(SEED_BYTES)
    create_forgetting_key(folder / FORGETTING_KEY, seed, is_development=is_development)
