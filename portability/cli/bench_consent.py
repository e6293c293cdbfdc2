"""
`portability bench consent`: what persons signed with passkeys, taken in, beside a bare echo.

What is measured is one call for each consent: the assertion is verified with every check, the
consent and the evidence of its signing are logged, and the answer, once durable, carries the proof.
Enrolment, requests and the documents to sign are made before, by the same node, as a person who
signs has just been shown the document. The limit is a bare echo of the same messages over the same
mutual TLS, in the same run.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import median
from typing import Any, Final

import typer
import uvloop
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from agents.agency.consents import Asked, ask_consent, register_template
from agents.agency.imported import PersonIdentifier
from agents.agency.load import call_concurrently, open_load_channel
from agents.agency.office import Office, open_office
from agents.agency.persons import (
    create_enrolment_code,
    create_reference,
    enrol_person,
)
from agents.session import Session, connect
from agents.surroundings import Surroundings
from portability.cli.bench_node import BenchNode, bench_node
from portability.cli.bench_records import CORES
from portability.cli.stage import template, template_source
from portability.consent.passkey import Assertion, write_assertion
from portability.core.periods import Branch
from portability.errors import ProofError
from portability.ledger.encoding import encode_base64url
from portability.ledger.envelope import statement_id
from portability.v1 import consent_pb2, envelope_pb2, keys_service_pb2, persons_service_pb2
from portability.v1 import consents_service_pb2 as pb
from portability.v1.consents_service_pb2_grpc import ConsentsServiceStub
from portability.v1.keys_service_pb2_grpc import KeysServiceStub
from portability.v1.persons_service_pb2_grpc import PersonsServiceStub

ECHO: Final = "/portability.bench.Echo/Echo"
RECORD: Final = "/portability.v1.ConsentsService/RecordConsentAct"
CONSENTS_PER_PERSON: Final = 10
USES: Final = 1
DAYS: Final = 60
ECHOES: Final = 4
"""So often is each message echoed: limit and work then last about as long, and meet one machine."""

_VERIFIED: Final = 5  # present and verified
_CREDENTIAL: Final = 64

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``consents`` in each of ``rounds``, by so many callers at a time."""

    database: str | None
    consents: int
    rounds: int
    concurrency: int


class Passkey:
    """An authenticator that verifies a person each time: ES256, as most telephones have."""

    def __init__(self, origin: str) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._origin = origin
        self._party = hashlib.sha256(b"localhost").digest()
        self.id = secrets.token_bytes(16)
        self.handle = b""  # of the account, from its registration on

    def register(self, challenge: bytes) -> keys_service_pb2.PasskeyRegistrationResponse:
        """What the browser returns of a new credential, with attestation `none`."""
        public = self._private.public_key().public_numbers()
        x, y = (one.to_bytes(32, "big") for one in (public.x, public.y))
        cose = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + x + b"\x22\x58\x20" + y
        data = self._party + bytes([_VERIFIED | _CREDENTIAL]) + bytes(4 + 16)
        data += len(self.id).to_bytes(2, "big") + self.id + cose
        head = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"
        return keys_service_pb2.PasskeyRegistrationResponse(
            client_data_json=self._client("webauthn.create", challenge),
            attestation_object=head + bytes([len(data)]) + data,
        )

    def assertion(self, challenge: bytes) -> Assertion:
        """What the browser returns of a signature over this challenge."""
        client = self._client("webauthn.get", challenge)
        data = self._party + bytes([_VERIFIED]) + bytes(4)
        signed = data + hashlib.sha256(client).digest()
        return Assertion(
            credential_id=self.id,
            authenticator_data=data,
            client_data=client,
            signature=self._private.sign(signed, ec.ECDSA(SHA256())),
        )

    def _client(self, kind: str, challenge: bytes) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": encode_base64url(challenge), "origin": self._origin}
        ).encode()


def bench_consent(options: Options, say: Say) -> dict[str, Any]:
    """The rate, the limit and their ratio, medians over the rounds."""
    with bench_node(options.database) as node:
        say(f"enrolling, asking and signing {options.consents * options.rounds:,} consents")
        signed = _prepare(node, options)
        limits, rates = uvloop.run(_rounds(node, signed, options, say))
        rate, limit = median(rates), median(limits)
        return {
            "bench": "consent",
            "rate": round(rate, 1),
            "limit": round(limit, 1),
            "unit": "consents/s",
            "ratio": round(rate / limit, 3),
            "parameters": {
                "database": node.database,
                "consents": options.consents,
                "rounds": options.rounds,
                "concurrency": options.concurrency,
                "echoes": ECHOES,
                "cores": CORES,
            },
        }


def _prepare(node: BenchNode, options: Options) -> list[list[bytes]]:
    """All consents as they are handed in, signed and not yet seen by the node, by rounds."""
    outside = Surroundings(
        now=lambda: datetime.now(UTC), randomness=secrets.token_bytes, sleep=time.sleep
    )
    total = options.consents * options.rounds
    made: list[bytes] = []
    with ExitStack() as stack:
        office = stack.enter_context(open_office(node.agency, outside))
        portal = stack.enter_context(connect(node.portal.connection, outside))
        registered = register_template(office, template_source())
        while len(made) < total:
            count = min(CONSENTS_PER_PERSON, total - len(made))
            made += _consents_of_one(office, portal, Passkey(node.origin), registered, count)
    return [made[at : at + options.consents] for at in range(0, total, options.consents)]


def _consents_of_one(
    office: Office, portal: Session, passkey: Passkey, registered: bytes, count: int
) -> list[bytes]:
    """A person of a random number, and what they signed."""
    number = secrets.token_hex(8).upper()
    identifier = PersonIdentifier(jurisdiction=office.jurisdiction, value=number)
    person = enrol_person(office, identifier, "substantial")
    reference = create_reference(office, person, office.jurisdiction)
    _enrol(portal, passkey, create_enrolment_code(office, person).code)
    session = _sign_in(portal, passkey)
    asked = Asked(
        template=template(),
        template_id=registered,
        reference=reference,
        providers=(office.party,),
        branches=(Branch.OLD_AGE,),
        from_date=date(1980, 1, 1),
        to_date=date(2025, 12, 31),
        days=DAYS,
        max_uses=USES,
    )
    return [_signed(portal, passkey, session, ask_consent(office, asked)) for _ in range(count)]


def _enrol(portal: Session, passkey: Passkey, code: str) -> None:
    stub = KeysServiceStub(portal.channel)
    options: keys_service_pb2.CreatePasskeyOptionsResponse = portal.call(
        stub.CreatePasskeyOptions, keys_service_pb2.CreatePasskeyOptionsRequest(code=code)
    )
    passkey.handle = options.user_handle
    portal.call(
        stub.EnrolPasskey,
        keys_service_pb2.EnrolPasskeyRequest(
            code=code, registration=passkey.register(options.challenge)
        ),
    )


def _sign_in(portal: Session, passkey: Passkey) -> str:
    stub = PersonsServiceStub(portal.channel)
    begun: persons_service_pb2.CreateChallengeResponse = portal.call(
        stub.CreateChallenge, persons_service_pb2.CreateChallengeRequest()
    )
    made = passkey.assertion(begun.challenge)
    answer: persons_service_pb2.CreateSessionResponse = portal.call(
        stub.CreateSession,
        persons_service_pb2.CreateSessionRequest(
            challenge=begun.challenge,
            passkey=persons_service_pb2.PasskeyAssertion(
                credential_id=made.credential_id,
                authenticator_data=made.authenticator_data,
                client_data_json=made.client_data,
                signature=made.signature,
            ),
        ),
    )
    return answer.session


def _signed(portal: Session, passkey: Passkey, session: str, asked: bytes) -> bytes:
    prepared: pb.PrepareConsentResponse = portal.call(
        ConsentsServiceStub(portal.channel).PrepareConsent,
        pb.PrepareConsentRequest(session=session, consent_request=asked),
    )
    challenge = statement_id(prepared.payload_type, prepared.document)
    envelope = envelope_pb2.Envelope(
        payload=prepared.document,
        payload_type=prepared.payload_type,
        signatures=[envelope_pb2.Signature(sig=write_assertion(passkey.assertion(challenge)))],
    )
    act = pb.RecordConsentActRequest(envelope=envelope, user_handle=passkey.handle)
    return act.SerializeToString()


async def _rounds(
    node: BenchNode, rounds: Sequence[Sequence[bytes]], options: Options, say: Say
) -> tuple[list[float], list[float]]:
    echo = await open_load_channel(node.portal.connection, node.echo_endpoint)
    consents = await open_load_channel(node.portal.connection)
    limits, rates = [], []
    for requests in rounds:
        echoed = [*requests] * ECHOES
        limit = await call_concurrently(echo, ECHO, echoed, options.concurrency, time.perf_counter)
        limits.append(len(echoed) / limit.seconds)
        run = await call_concurrently(
            consents, RECORD, requests, options.concurrency, time.perf_counter
        )
        rates.append(len(requests) / run.seconds)
        say(f"echo {limits[-1]:,.0f}/s   consents {rates[-1]:,.0f}/s")
        for answer in run.answers:
            _check(answer)
    await echo.close()
    await consents.close()
    return limits, rates


def _check(answer: bytes) -> None:
    """A consent counts that is in force and proved."""
    found = pb.RecordConsentActResponse.FromString(answer)
    if found.state != consent_pb2.CONSENT_STATE_GRANTED or not found.statement.checkpoint:
        raise ProofError("the node took in a consent that is not in force, or gave no proof of it")


def show(options: Options, *, as_json: bool) -> int:
    """Run it and print the result: a document, or a line; progress goes to the side."""
    result = bench_consent(options, lambda line: typer.echo(line, err=True))
    if as_json:
        typer.echo(json.dumps(result))
        return 0
    typer.echo(
        f"consent on {result['parameters']['database']}, {CORES} cores: "
        f"{result['rate']:,.0f} consents/s; limit in the same run "
        f"{result['limit']:,.0f} echoes/s; ratio {result['ratio']:.3f}"
    )
    return 0
