"""One federation of three countries with a case under way, called by anybody over mutual TLS."""

import asyncio
import os
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import grpc
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2
from grpc_status import rpc_status

import portability.v1
from agents.agency.imported import PersonIdentifier
from agents.agency.persons import create_enrolment_code, enrol_person
from agents.agency.records import list_records
from agents.migrant.home import SignedIn, enrol, sign_in
from agents.migrant.own_complaints import file_complaint
from agents.migrant.passkeys import list_keys
from portability.cli.bench_cases import Countries, Migrant
from portability.cli.bench_recognition import _ask_all as open_asked_case
from portability.federation.channel import CallPolicy, TlsIdentity, open_channel
from portability.federation.identity import node_server_name, parse_identity
from portability.node.config import load_config
from portability.node.development.authority import DevelopmentAuthority
from portability.recognition.complaint import ComplaintTopic
from tests.databases import PostgresServer
from tests.integration.roles import certificates
from tests.integration.roles.table import OWN, PEERS

HOME: Final = "ES"
ONCE: Final = CallPolicy(attempts=1, deadline_seconds=30)
STILL: Final = 6
PAUSE: Final = 0.1
_LONG_AGO: Final = timedelta(days=3000)


def _uri(caller: str) -> str:
    code = "FR" if caller.startswith("peer-") else HOME
    role = caller.removeprefix("peer-")
    return f"portability://{code}/{role}" + {"agency": "/counter", "auditor": "/court"}.get(
        role, ""
    )


CALLERS: Final[Mapping[str, str]] = {
    **{one: _uri(one) for one in (*OWN, *PEERS)},
    "other-node": "portability://IT/node",
    "outsider-node": "portability://DE/node",
    "outsider-agency": "portability://DE/agency/drv",
}
"""By the word for it the name in a caller's certificate; Germany is no member."""


def all_methods() -> Iterator[MethodDescriptor]:
    """Every method that a node can serve, from the descriptors of the contract."""
    folder = Path(portability.v1.__path__[0])
    modules = [
        import_module(f"portability.v1.{path.stem}")
        for path in sorted(folder.glob("*_service_pb2.py"))
    ]
    for module in (*modules, health_pb2, reflection_pb2):
        for service in module.DESCRIPTOR.services_by_name.values():
            yield from service.methods


def name_of(method: MethodDescriptor) -> str:
    return f"{method.containing_service.name}.{method.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a call ended: the code, the words and everything else that a refusal carries."""

    code: grpc.StatusCode
    details: str = ""
    more: bytes = b""

    @property
    def is_of_the_role(self) -> bool:
        """Whether it was refused for who the caller is, whatever was asked."""
        denied = self.code is grpc.StatusCode.PERMISSION_DENIED
        return denied and self.details.startswith("the role ")


def filled(method: MethodDescriptor, values: Mapping[str, Any]) -> Message:
    """A request with those of the values that it has fields for."""
    made: Message = message_factory.GetMessageClass(method.input_type)()
    for field in method.input_type.fields:
        value = values.get(f"{method.name}.{field.name}", values.get(field.name))
        if value is not None and isinstance(getattr(made, field.name), type(value)):
            setattr(made, field.name, value)
    return made


async def ask(channel: grpc.aio.Channel, method: MethodDescriptor, request: Message) -> Answer:
    """Make a call of whichever kind; of a stream that never ends its first answer."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    options: Any = {
        "request_serializer": type(request).SerializeToString,
        "response_deserializer": message_factory.GetMessageClass(method.output_type).FromString,
    }

    async def requests() -> AsyncIterator[Message]:
        yield request

    try:
        if method.client_streaming:
            async for _ in channel.stream_stream(path, **options)(requests()):
                break
        elif method.server_streaming:
            call = channel.unary_stream(path, **options)(request)
            async for _ in call:
                if method.name == "Watch":
                    break
        else:
            await channel.unary_unary(path, **options)(request)
    except grpc.aio.AioRpcError as error:
        status = rpc_status.from_call(error)  # type: ignore[arg-type]
        return Answer(
            code=error.code(),
            details=error.details() or "",
            more=b"" if status is None else status.SerializeToString(deterministic=True),
        )
    return Answer(code=grpc.StatusCode.OK)


class Stage:
    """The node of Spain, with a case that France is asked in and Italy is not; and its callers."""

    def __init__(
        self,
        where: Countries,
        migrant: Migrant,
        runner: asyncio.Runner,
        server: PostgresServer | None,
    ) -> None:
        """``server`` is where the databases are, if they are no files."""
        self._server = server
        self.runner = runner
        self._where = where
        self._layout = where.layout
        self._config = load_config(where.layout.nodes[HOME])
        self.migrant = migrant
        self.case = open_asked_case(where, migrant)
        self.record = next(iter(list_records(where.lead, migrant.person))).id
        self._authority = self._authority_at(datetime.now(UTC))
        self.at_rest()

    def somebody(self) -> str:
        """A person who is in no case."""
        number = PersonIdentifier(jurisdiction=HOME, value="BENCHSOMEBODY")
        return enrol_person(self._where.lead, number, "substantial")

    def session_of_somebody(self) -> str:
        """A session at the portal of a person who is in no case."""
        number = PersonIdentifier(jurisdiction=HOME, value="BENCHNEIGHBOUR")
        person = enrol_person(self._where.lead, number, "substantial")
        key_file = self._layout.root / "neighbour.pem"
        enrol(self._where.home, create_enrolment_code(self._where.lead, person).code, key_file)
        return sign_in(self._where.home, key_file).token

    def signed_in(self) -> SignedIn:
        """The person of the case, at the portal."""
        return sign_in(self._where.home, self.migrant.key_file)

    def things_of(self, person: SignedIn) -> dict[str, Any]:
        """The names of what is theirs, by the fields that take them."""
        filed = file_complaint(
            person,
            request_id=str(uuid.uuid4()),
            against=self._where.lead.party,
            topic=ComplaintTopic.QUESTION,
            about=b"",
            text="What is this for?",
        )
        return {
            "person": person.person,
            "case": self.case,
            "consent": self.migrant.consent,
            "subject": self.migrant.consent,
            "record": self.record,
            "key_id": list_keys(person)[0].id,
            "EscalateComplaint.name": f"complaints/{filed.id}",
            "GetComplaintProgress.name": f"complaints/{filed.id}",
            "GetErasure.name": person.person,
        }

    def at_rest(self) -> bytes:
        """The digest, once what follows from earlier calls is done: nothing is written any more."""
        before = [b""] * STILL
        while len(set(before)) > 1 or not before[0]:
            before = [*before[1:], self.digest()]
            time.sleep(PAUSE)
        return before[-1]

    @property
    def log(self) -> bytes:
        """What the node has written."""
        return self._where.nodes.node(HOME).output()

    def digest(self) -> bytes:
        """Of everything in the database of the node."""
        file = self._config.database_file
        if file is None:
            assert self._server is not None
            return sha256(self._server.rows(self._config.database)).digest()
        found = sha256()
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as reader:
            for line in reader.iterdump():
                found.update(line.encode())
        return found.digest()

    def channel(self, caller: str) -> grpc.aio.Channel:
        """A channel of one of the callers."""
        return self.channel_with(self.certificate(CALLERS[caller]))

    def certificate(self, uri: str) -> TlsIdentity:
        return self._identity(self._authority, uri)

    def expired(self, uri: str) -> TlsIdentity:
        """A certificate of the federation's authority that has run out."""
        return self._identity(self._authority_at(datetime.now(UTC) - _LONG_AGO), uri)

    def of_another_authority(self, uri: str) -> TlsIdentity:
        """A certificate with the same name, of an authority that nobody here trusts."""
        other = DevelopmentAuthority(now=datetime.now(UTC), randomness=os.urandom)
        return self._identity(other, uri)

    def named(self, *uris: str) -> TlsIdentity:
        """A certificate of the federation's authority with these URI names."""
        key = (self._layout.root / "ca" / "key.pem").read_bytes()
        return certificates.named(self.ca, key, uris)

    def self_signed(self, uri: str) -> TlsIdentity:
        return certificates.self_signed(self.ca, uri)

    def channel_with(self, tls: TlsIdentity) -> grpc.aio.Channel:
        return open_channel(str(self._config.listen), node_server_name(HOME), tls, ONCE)

    def channel_without_certificate(self) -> grpc.aio.Channel:
        name = (("grpc.ssl_target_name_override", node_server_name(HOME)),)
        trust = grpc.ssl_channel_credentials(root_certificates=self.ca)
        return grpc.aio.secure_channel(str(self._config.listen), trust, options=name)

    @property
    def ca(self) -> bytes:
        return (self._layout.root / "ca" / "certificate.pem").read_bytes()

    def _identity(self, authority: DevelopmentAuthority, uri: str) -> TlsIdentity:
        issued = authority.issue(parse_identity(uri))
        return TlsIdentity(ca=self.ca, certificate=issued.certificate, key=issued.key)

    def _authority_at(self, now: datetime) -> DevelopmentAuthority:
        """The federation's own authority, on that day."""
        made = DevelopmentAuthority(now=now, randomness=os.urandom)
        key = (self._layout.root / "ca" / "key.pem").read_bytes()
        made._key = load_pem_private_key(key, password=None)  # type: ignore[assignment]
        return made
