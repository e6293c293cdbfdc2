"""An institution at work: its connection to its node, its signing key, and whom it trusts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agents.profile import load_profile
from agents.session import Session, connect
from agents.surroundings import Surroundings, new_uuid
from portability.consent.scope import Party
from portability.errors import ConfigurationError
from portability.ledger.directory import Directory, KeyPurpose
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import Envelope, sign_envelope
from portability.ledger.keys import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """
    Everything that an officer's command needs. ``directory`` is verified.

    ``may_sign`` is whether the directory names the signing key for this institution now.
    """

    session: Session
    party: Party
    signer: Signer
    directory: Directory
    root_keys: tuple[bytes, ...]
    threshold: int
    outside: Surroundings
    may_sign: bool

    @property
    def jurisdiction(self) -> str:
        return self.party.jurisdiction

    def new_salt(self) -> bytes:
        """32 random bytes, so that a statement's digest confirms no guess."""
        return self.outside.randomness(HASH_BYTES)

    def new_request_id(self) -> str:
        return new_uuid(self.outside.randomness)

    def sign(self, payload_type: str, payload: bytes) -> Envelope:
        """The payload under the institution's signature. Raises ConfigurationError for its key."""
        if not self.may_sign:
            raise ConfigurationError(
                f"the signing key in the profile is none that the directory names for {self.party} "
                "now; name the right signing_key there, or get a newer directory",
                field="signing_key",
            )
        return sign_envelope(payload_type, payload, self.signer)


@contextmanager
def open_office(profile: Path, outside: Surroundings) -> Iterator[Office]:
    """
    An office from its profile; the connection is closed at the end.

    Raises ConfigurationError for a profile, key or certificate that is unusable, and as
    ``open_directory`` for a directory that is not trusted or not in force.
    """
    found = load_profile(profile)
    institution = found.acting_institution()
    directory = found.directory.open(outside.now())
    party = Party(jurisdiction=found.connection.jurisdiction, institution=institution.id)
    signer = institution.signer()
    named = directory.keys(
        party.jurisdiction, party.institution, KeyPurpose.INSTITUTION, outside.now()
    )
    with connect(found.connection, outside) as session:
        yield Office(
            session=session,
            party=party,
            signer=signer,
            directory=directory,
            root_keys=found.directory.root_keys,
            threshold=found.directory.threshold,
            outside=outside,
            may_sign=signer.key_id in named,
        )
