"""
A person at their home node: the connection, enrolling a key, and signing in.

The portal in between is not trusted for a person's acts, and neither is the node: what it says of
a key is verified.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agents.migrant.keyring import load_key, make_key, note_person, person_of
from agents.profile import Profile, load_profile
from agents.session import Session, connect
from agents.surroundings import Surroundings
from portability.consent.payload_types import SUBJECT_KEY_TYPE
from portability.consent.signature import PersonSigner
from portability.errors import (
    PeerUnavailableError,
    PortabilityError,
    ProofError,
    UnauthenticatedError,
)
from portability.ledger.directory import NODE_LEVEL, Directory, KeyPurpose
from portability.ledger.keys import Signer
from portability.v1 import persons_service_pb2
from portability.v1.persons_service_pb2_grpc import PersonsServiceStub
from portability.wire.proven import proven_from_pb, verify_proven
from portability.wire.record import subject_commitment
from portability.wire.subject_key import subject_key_from_payload

ENROL_PREFIX: Final = b"portability-enrol/1\n"
SESSION_PREFIX: Final = b"portability-session/1\n"
PAGE_SIZE: Final = 200
"""How many of anything are asked for at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A connection to the home node, and whom this person's device trusts."""

    session: Session
    jurisdiction: str
    directory: Directory
    outside: Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """
    A person whom their home node lets in: enough to see what is theirs, not to sign.

    ``person`` is their name at that node, as their key file or session has it.
    """

    home: Home
    token: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(Admitted):
    """A person who has shown that they hold their key, which is at hand."""

    signer: PersonSigner


@contextmanager
def open_home(profile: Path, outside: Surroundings) -> Iterator[Home]:
    """Connect to the home node that the profile names. Raises as ``load_profile``."""
    found: Profile = load_profile(profile)
    directory = found.directory.open(outside.now())
    with connect(found.connection, outside) as session:
        yield Home(
            session=session,
            jurisdiction=found.connection.jurisdiction,
            directory=directory,
            outside=outside,
        )


def enrol(home: Home, code: str, key_file: Path) -> str:
    """
    Make a key, enrol it with the code that the person was given, and keep it in a file.

    Returns the person's name at the home node. Raises ProofError unless the node logged a record
    of this very key for this person.
    """
    signer = make_key(key_file, home.outside.randomness)
    try:
        person = enrol_key(home, code, signer)
        note_person(key_file, person)
    except PeerUnavailableError:
        raise  # it may have been enrolled: the key must not be lost
    except PortabilityError:
        key_file.unlink(missing_ok=True)  # a key that was refused is good for nothing
        raise
    return person


def enrol_key(home: Home, code: str, signer: Signer) -> str:
    """Enrol a key that is held elsewhere; the person's name at the home node."""
    request = persons_service_pb2.EnrolKeyRequest(
        code=code,
        public_key=signer.public,
        proof_of_possession=signer.sign(ENROL_PREFIX + code.encode("utf-8")),
    )
    answer: persons_service_pb2.EnrolKeyResponse = home.session.call(
        _persons(home).EnrolKey, request
    )
    verified = verify_proven(
        proven_from_pb(answer.key_record),
        home.directory,
        log_jurisdiction=home.jurisdiction,
        expected_types={SUBJECT_KEY_TYPE},
        signer=(home.jurisdiction, NODE_LEVEL, KeyPurpose.NODE),
    )
    record = subject_key_from_payload(verified.payload)
    if record.public_key != signer.public or record.subject_commitment != subject_commitment(
        record.salt, answer.person
    ):
        raise ProofError("the node enrolled another key or person than the one that asked")
    return answer.person


def sign_in(home: Home, key_file: Path) -> SignedIn:
    """Sign in with a key file. Raises ConfigurationError, UnauthenticatedError."""
    software = load_key(key_file)
    try:
        return sign_in_with(home, person_of(key_file), software, software.signer)
    except UnauthenticatedError as error:
        raise UnauthenticatedError(
            f"{home.jurisdiction}'s node does not let in whoever holds "
            f"{key_file}; use the profile of the node where that key was enrolled, or enrol a new "
            "one with a code from an office",
            **error.context,
        ) from None


def sign_in_with(home: Home, person: str, signer: PersonSigner, key: Signer) -> SignedIn:
    """Sign in as a person with a key that is held elsewhere."""
    stub = _persons(home)
    challenge: persons_service_pb2.CreateChallengeResponse = home.session.call(
        stub.CreateChallenge, persons_service_pb2.CreateChallengeRequest(person=person)
    )
    answer: persons_service_pb2.CreateSessionResponse = home.session.call(
        stub.CreateSession,
        persons_service_pb2.CreateSessionRequest(
            person=person,
            challenge=challenge.challenge,
            signature=key.sign(SESSION_PREFIX + challenge.challenge),
        ),
    )
    return SignedIn(home=home, token=answer.session, person=person, signer=signer)


def _persons(home: Home) -> PersonsServiceStub:
    return PersonsServiceStub(home.session.channel)
