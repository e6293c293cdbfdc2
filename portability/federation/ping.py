"""
The whole way to a peer, tried step by step: what fails is told in words, with what to do next.

Directory, address, connection, the peer's certificate, ours, the echo and its signature, our entry
at the peer, clocks, versions, maintenance. What cannot be tried after a failure is left out.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import grpc

from portability.consent.scope import Party
from portability.errors import PortabilityError
from portability.federation.channel import CallPolicy, TlsIdentity, open_channel
from portability.federation.peer import told_by_peer
from portability.federation.tls_trial import TlsFailure, try_tls
from portability.ledger.directory import NODE_LEVEL, Directory, KeyPurpose, Member
from portability.ledger.envelope import Envelope, sign_envelope, verify_envelope
from portability.ledger.keys import Signer
from portability.recognition.echo import MAX_SKEW, NONCE_BYTES, Echo, Probe, clock_skew
from portability.v1 import federation_service_pb2 as pb
from portability.v1 import federation_service_pb2_grpc as rpc
from portability.wire.echo import ECHO_TYPE, PROBE_TYPE, echo_from_payload, probe_to_payload
from portability.wire.envelope import envelope_from_pb, envelope_to_pb

CONNECT_SECONDS: Final = 10.0
CALL: Final = CallPolicy(attempts=1, deadline_seconds=15.0)


class Verdict(StrEnum):
    """``NOTED`` stops nothing and should be looked at."""

    PASSED = "passed"
    NOTED = "noted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """``next_step`` is what to do about a failure or a note."""

    name: str
    verdict: Verdict
    words: str
    next_step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """From whom to whom, and what each step of it showed, in order."""

    own: str
    peer: str
    endpoint: str
    steps: tuple[Step, ...]

    @property
    def is_open(self) -> bool:
        return not any(one.verdict is Verdict.FAILED for one in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinger:
    """What is needed to try a way as a node."""

    jurisdiction: str
    directory: Callable[[], Directory]
    tls: TlsIdentity
    node_key: Signer
    clock: Callable[[], datetime]
    randomness: Callable[[int], bytes]
    protocol_version: int


class _StoppedError(Exception):
    """Nothing behind this step can be tried."""


class _Trial:
    """One ping under way."""

    def __init__(self, pinger: Pinger, peer: str) -> None:
        self._us = pinger
        self._peer = peer
        self.steps: list[Step] = []
        self.endpoint = ""

    async def run(self) -> None:
        member = self._member()
        self.endpoint = member.endpoint
        await self._connect(member)
        await self._check_certificate(member)
        answered, sent, received, nonce = await self._call(member)
        echo = self._verify(answered, nonce)
        self._check_entry(echo)
        self._check_clock(echo, sent, received)
        self._check_versions(echo)
        self._check_work(echo)

    def _passed(self, name: str, words: str) -> None:
        self.steps.append(Step(name=name, verdict=Verdict.PASSED, words=words))

    def _noted(self, name: str, words: str, next_step: str) -> None:
        self.steps.append(Step(name=name, verdict=Verdict.NOTED, words=words, next_step=next_step))

    def _failed(self, name: str, words: str, next_step: str) -> None:
        self.steps.append(Step(name=name, verdict=Verdict.FAILED, words=words, next_step=next_step))

    def _stop(self, name: str, words: str, next_step: str) -> _StoppedError:
        self._failed(name, words, next_step)
        return _StoppedError()

    def _member(self) -> Member:
        directory = self._us.directory()
        known = [one.jurisdiction for one in directory.members]
        others = " and ".join(one for one in known if one != self._us.jurisdiction) or "nobody"
        if self._peer == self._us.jurisdiction:
            raise self._stop(
                "directory",
                f"{self._peer} is this node itself, which has no way to go",
                f"name another member: version {directory.version} has {others}; `/readyz` tells "
                "how this node is",
            )
        if self._peer not in known:
            raise self._stop(
                "directory",
                f"version {directory.version} names no member {self._peer}; it names {others}",
                "ping one of those that it names, or bring the version of the directory that names "
                f"{self._peer}",
            )
        member = directory.member(self._peer)
        self._passed(
            "directory", f"version {directory.version} names {self._peer} at {member.endpoint}"
        )
        return member

    async def _connect(self, member: Member) -> None:
        host, _, port = member.endpoint.rpartition(":")
        try:
            _, writer = await asyncio.wait_for(
                asyncio.open_connection(host.strip("[]"), int(port)), CONNECT_SECONDS
            )
        except TimeoutError:
            raise self._stop(
                "connection",
                f"{member.endpoint} does not answer within {CONNECT_SECONDS:.0f} seconds",
                "look for a firewall on either side that drops the connection",
            ) from None
        except OSError as error:
            raise self._stop("connection", *_unconnected(member, error)) from None
        writer.close()
        self._passed("connection", f"{member.endpoint} takes connections")

    async def _check_certificate(self, member: Member) -> None:
        try:
            found = await asyncio.to_thread(
                try_tls, member.endpoint, member.server_name, self._us.tls.ca, CONNECT_SECONDS
            )
        except TlsFailure as failure:
            raise self._stop("peer-certificate", failure.words, failure.next_step) from None
        expected = f"portability://{self._peer}/node"
        if found.uris != (expected,):
            named = ", ".join(found.uris) or "nobody"
            raise self._stop(
                "peer-certificate",
                f"the certificate is for {member.server_name} and names {named}, not {expected}",
                f"have the node of {self._peer} use a certificate that names it, or correct the "
                "endpoint in the directory",
            )
        self._passed("peer-certificate", f"of {expected}, valid until {found.not_after:%Y-%m-%d}")

    async def _call(self, member: Member) -> tuple[Envelope, datetime, datetime, bytes]:
        nonce = self._us.randomness(NONCE_BYTES)
        sent = self._us.clock()
        probe = Probe(
            nonce=nonce,
            sender=Party(jurisdiction=self._us.jurisdiction),
            recipient=Party(jurisdiction=self._peer),
            created=sent.replace(microsecond=0),
            protocol_version=self._us.protocol_version,
        )
        envelope = sign_envelope(PROBE_TYPE, probe_to_payload(probe), self._us.node_key)
        channel = open_channel(member.endpoint, member.server_name, self._us.tls, CALL)
        try:
            stub = rpc.FederationServiceStub(channel)
            answer = await stub.Ping(pb.PingRequest(probe=envelope_to_pb(envelope)))
        except grpc.aio.AioRpcError as error:
            raise self._stop(*_refused(error, self._us.jurisdiction, self._peer)) from None
        finally:
            await channel.close()
        self._passed("own-certificate", f"{self._peer} knows this node by its certificate")
        return envelope_from_pb(answer.echo), sent, self._us.clock(), nonce

    def _verify(self, envelope: Envelope, nonce: bytes) -> Echo:
        """The echo, once it was signed by the peer for this probe."""
        directory = self._us.directory()
        keys = directory.keys(self._peer, NODE_LEVEL, KeyPurpose.NODE, self._us.clock())
        try:
            echo = echo_from_payload(verify_envelope(envelope, {ECHO_TYPE}, keys).payload)
        except PortabilityError as error:
            raise self._stop(
                "echo",
                f"the echo is not signed by a key that version {directory.version} of the "
                f"directory lists for the node of {self._peer} now: {error.message}",
                f"ask the operator of {self._peer} which key the node signs with, and bring the "
                "version of the directory that lists it; until then nothing from there counts",
            ) from None
        ours = Party(jurisdiction=self._us.jurisdiction)
        if echo.nonce != nonce or (echo.sender.jurisdiction, echo.recipient) != (self._peer, ours):
            raise self._stop(
                "echo",
                "what came back is an echo of something else than was sent",
                "look for whoever stands between the two nodes and answers in their place",
            )
        self._passed("echo", f"signed by the node of {self._peer} for what was sent")
        return echo

    def _check_entry(self, echo: Echo) -> None:
        if echo.refusal:
            self._failed(
                "own-entry",
                f"{self._peer} does not believe this node: {echo.refusal_message} ({echo.refusal})",
                f"bring the directory that lists this node's key to {self._peer}, or start this "
                "node with the key that is listed",
            )
        else:
            self._passed("own-entry", f"{self._peer} trusts the key that this node signs with")
        ours = self._us.directory().version
        if echo.directory_version == ours:
            self._passed("directory-version", f"both use version {ours}")
        else:
            behind = self._peer if echo.directory_version < ours else self._us.jurisdiction
            self._noted(
                "directory-version",
                f"{self._peer} uses version {echo.directory_version}, this node version {ours}",
                f"bring the newer one to {behind}",
            )

    def _check_clock(self, echo: Echo, sent: datetime, received: datetime) -> None:
        skew = clock_skew(echo, sent, received)
        seconds = abs(skew).total_seconds()
        if abs(skew) <= MAX_SKEW:
            self._passed("clock", f"differs by {seconds:.0f} seconds at most")
            return
        way = "ahead of" if skew > timedelta() else "behind"
        self._failed(
            "clock",
            f"the clock of {self._peer} is {seconds:.0f} seconds {way} this node's, more than "
            f"{MAX_SKEW.total_seconds():.0f}",
            "compare both with a time server and set the wrong one; keys, consents and answers "
            "are judged by the clock",
        )

    def _check_versions(self, echo: Echo) -> None:
        theirs, ours = echo.protocol_version, self._us.protocol_version
        if theirs == ours:
            self._passed("protocol", f"both speak version {ours}")
            return
        behind = self._peer if theirs < ours else self._us.jurisdiction
        self._noted(
            "protocol",
            f"{self._peer} speaks protocol version {theirs}, this node version {ours}; they work "
            "with what both know",
            f"have the node of {behind} upgraded",
        )

    def _check_work(self, echo: Echo) -> None:
        if echo.pause is None:
            self._passed("work", f"{self._peer} takes new work")
            return
        again = int(echo.pause.retry_after.total_seconds())
        self._failed(
            "work",
            f"{self._peer} is in maintenance and takes no new work: {echo.pause.reason}",
            f"nothing is lost: what is for {self._peer} waits here; it says to come again in "
            f"{again} seconds",
        )


async def ping(pinger: Pinger, peer: str) -> Way:
    """Try everything up to the first step without which the next makes no sense."""
    trial = _Trial(pinger, peer)
    with suppress(_StoppedError):  # its last step says why
        await trial.run()
    return Way(
        own=pinger.jurisdiction, peer=peer, endpoint=trial.endpoint, steps=tuple(trial.steps)
    )


def _unconnected(member: Member, error: OSError) -> tuple[str, str]:
    """Words and next step for an address that cannot be reached."""
    if isinstance(error, ConnectionRefusedError):
        return (
            f"nothing listens at {member.endpoint}",
            f"ask the operator of {member.jurisdiction} whether the node is down or has moved",
        )
    if type(error).__name__ == "gaierror":
        return (
            f"the name in {member.endpoint} has no address",
            "look at the name service of this machine, and at the endpoint in the directory",
        )
    return (
        f"{member.endpoint} cannot be reached ({error.strerror or type(error).__name__})",
        "look at the network between this machine and that address",
    )


_NEXT_STEPS: Final = {
    "ROLE_NOT_ALLOWED": "bring the version of the directory in which this node is a member to "
    "that node, or use this node's own certificate",
    "UNAUTHENTICATED": "use the certificate that names portability://{own}/node",
    "OVERLOADED": "try again in a moment",
}


def _refused(error: grpc.aio.AioRpcError, own: str, peer: str) -> tuple[str, str, str]:
    """Step, words and next step for a call that failed after the peer's certificate held."""
    told = told_by_peer(error)
    if told is not None:
        step = _NEXT_STEPS.get(told.reason, "do as the sentence says")
        return "own-certificate", f"{peer} answers: {told.message}", step.format(own=own)
    if error.code() is grpc.StatusCode.UNIMPLEMENTED:
        return (
            "echo",
            f"the node of {peer} is of a version that answers no ping; up to there the way is open",
            f"have the node of {peer} upgraded",
        )
    if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
        return (
            "echo",
            f"the node of {peer} did not answer within {CALL.deadline_seconds:.0f} seconds",
            f"ask its operator to look at the log of the node of {peer}",
        )
    return (
        "own-certificate",
        f"{peer} ends the connection as soon as it sees this node's certificate",
        f"see that an authority which {peer} trusts has issued it; the operator there can tell",
    )
