"""
Adoptions as files: how nodes that begin together know from the start what each has signed.

One file per jurisdiction and agreement, the signed envelope as JSON, in a folder that the
configuration names. They are read at every start; a file that does not verify stops it, but for
that of a node which the directory no longer names: who leaves the others must not stop them.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import structlog

from portability.errors import ConfigurationError, PortabilityError
from portability.ledger.directory import Directory
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import envelope_from_json, envelope_to_json, verify_envelope
from portability.ledger.keys import Signer
from portability.ledger.trust import KeyPurpose
from portability.node.agreements.book import HeardAdoption, keep_adoption, sign_adoption
from portability.node.agreements.texts import shipped_texts
from portability.store.engine import Database
from portability.wire.adoption import ADOPTION_TYPE, adoption_from_payload

log = structlog.get_logger(__name__)


def write_adoptions(
    folder: Path,
    signers: Mapping[str, Signer],
    *,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> list[Path]:
    """
    Have these jurisdictions sign every shipped agreement that binds two of them; the files.

    ``now`` is in whole seconds. Raises OSError where the folder cannot be written.
    """
    written = []
    for text in shipped_texts():
        bound = [code for code in sorted(signers) if code in text.parties]
        for code in bound if len(bound) > 1 else ():
            heard = sign_adoption(text, code, signers[code], salt=randomness(HASH_BYTES), now=now)
            folder.mkdir(exist_ok=True, mode=0o700)
            written.append(folder / f"{code}-{text.agreement}.json")
            written[-1].write_bytes(envelope_to_json(heard.envelope))
    return written


def read_adoptions(folder: Path, directory: Directory) -> list[HeardAdoption]:
    """
    Every adoption in the folder by a node that the directory knows, or knew when it was signed.

    Raises ConfigurationError naming one that is unusable.
    """
    found = (_read(path, directory) for path in sorted(folder.glob("*.json")))
    return [heard for heard in found if heard is not None]


async def keep_adoptions(database: Database, found: Sequence[HeardAdoption], now: datetime) -> None:
    """Note verified adoptions in the database; those that are known already change nothing."""
    async with database.write() as connection:
        for heard in found:
            await keep_adoption(connection, heard, now)


def _read(path: Path, directory: Directory) -> HeardAdoption | None:
    try:
        envelope = envelope_from_json(path.read_bytes())
        said = adoption_from_payload(envelope.payload)
        keys = directory.keys(said.jurisdiction, "", KeyPurpose.NODE, said.header.created)
        if not keys:
            log.warning("adoption_of_no_member", jurisdiction=said.jurisdiction, file=path.name)
            return None
        verified = verify_envelope(envelope, {ADOPTION_TYPE}, keys)
    except OSError as error:
        raise ConfigurationError(
            f"the adoption {path} cannot be read ({error.strerror}); check its place",
            file=str(path),
        ) from None
    except PortabilityError as error:
        raise ConfigurationError(
            f"{path} is no adoption signed by a node of the directory: {error.message}; get it "
            "again from whoever signed it",
            file=str(path),
        ) from None
    return HeardAdoption(
        envelope=envelope,
        statement_id=verified.statement_id,
        key_id=verified.key_ids[0],
        said=said,
    )
