"""`portability-auditor watch`: follow every log of the federation and raise the alarm."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from agents.auditor.losses import place_in
from agents.auditor.stated_losses import StatedLoss, stated_losses
from agents.auditor.watch_place import (
    check_directory,
    keep_directory,
    keep_evidence,
    load_places,
    save_places,
)
from agents.auditor.watching import LIES, Alarm, Finding, Shown, Watched, look_at_log
from agents.exits import HELD, NOT_HELD
from agents.new_files import replace_whole
from agents.printing import Printer
from agents.profile import PROFILE_VARIABLE, Profile, find_profile, load_profile
from agents.session import Session, connect
from agents.surroundings import Surroundings
from portability.errors import ProofError
from portability.ledger.checkpoint import unverified_checkpoint
from portability.ledger.directory import Directory, Member
from portability.v1 import audit_service_pb2 as pb
from portability.v1.audit_service_pb2_grpc import AuditServiceStub
from portability.wire.proven import split_hashes

PAGE_SIZE: Final = 1_000
_DAY_SECONDS: Final = 86_400
_YEAR_MINUTES: Final = 365 * 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``patience`` is how long something may be overdue before it is an alarm."""

    profile: Profile
    state: Path
    patience: timedelta
    metrics: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """
    What one look at all logs came to; ``sizes`` are entries checked so far, by origin, ``losses``
    what the directory says that nodes have lost.
    """

    sizes: dict[str, int]
    findings: tuple[Finding, ...]
    losses: tuple[StatedLoss, ...]

    def to_json(self) -> dict[str, object]:
        return {
            "logs": dict(self.sizes),
            "losses": [one.to_json() for one in self.losses],
            "alarms": [
                {
                    "alarm": str(one.alarm),
                    "origin": one.origin,
                    "why": one.why,
                    "checkpoints": [note.decode("utf-8", "replace") for note in one.notes],
                }
                for one in self.findings
            ],
        }


class NodeLog:
    """A log and a witness at a node, over the auditor's own certificate."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stub = AuditServiceStub(session.channel)

    def checkpoints(self) -> Shown:
        answer: pb.GetCheckpointResponse = self._session.call(
            self._stub.GetCheckpoint, pb.GetCheckpointRequest()
        )
        return Shown(committed=answer.checkpoint, published=answer.published)

    def entries(self, first: int, end: int) -> Iterator[bytes]:
        """Leaf bytes from ``first`` on, in pages; it stops where the log gives no more."""
        while first < end:
            request = pb.ListLogEntriesRequest(
                first_index=first, page_size=min(PAGE_SIZE, end - first)
            )
            page: pb.ListLogEntriesResponse = self._session.call(self._stub.ListLogEntries, request)
            found = page.log_entries[: end - first]
            if not found:
                return
            yield from found
            first += len(found)

    def consistency(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        request = pb.GetConsistencyProofRequest(old_size=old_size, new_size=new_size)
        answer: pb.GetConsistencyProofResponse = self._session.call(
            self._stub.GetConsistencyProof, request
        )
        return split_hashes(answer.consistency_proof)

    def publications(self, above: int) -> Iterator[bytes]:
        """Published checkpoints of larger trees, in pages, the smallest first."""
        while True:
            request = pb.ListPublishedCheckpointsRequest(above_size=above, page_size=PAGE_SIZE)
            page: pb.ListPublishedCheckpointsResponse = self._session.call(
                self._stub.ListPublishedCheckpoints, request
            )
            yield from page.checkpoints
            if len(page.checkpoints) < PAGE_SIZE:
                return
            last = unverified_checkpoint(page.checkpoints[-1]).size
            if last <= above:
                raise ProofError("the log lists its publications in no order")
            above = last

    def witnessed(self, origin: str) -> bytes:
        """What this node, as a witness, last cosigned for a log."""
        answer: pb.GetWitnessedCheckpointResponse = self._session.call(
            self._stub.GetWitnessedCheckpoint, pb.GetWitnessedCheckpointRequest(origin=origin)
        )
        return answer.checkpoint


def add_watch(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``watch``."""

    @app.command("watch")
    def watch(
        *,
        once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
        every: Annotated[
            float, typer.Option(min=0.1, max=_DAY_SECONDS, help="Seconds between two looks.")
        ] = 60.0,
        patience: Annotated[
            float,
            typer.Option(
                min=0, max=_YEAR_MINUTES, help="Minutes until what is overdue is an alarm."
            ),
        ] = 15.0,
        state: Annotated[
            Path | None,
            typer.Option(metavar="DIR", help="Where the place and the evidence are kept."),
        ] = None,
        metrics: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="Write metrics here, as a Prometheus text file."),
        ] = None,
        profile: Annotated[
            Path | None,
            typer.Option(envvar=PROFILE_VARIABLE, metavar="FILE", help="The auditor's profile."),
        ] = None,
        json: Annotated[
            bool, typer.Option("--json", help="Write a JSON document for each look.")
        ] = False,
    ) -> int:
        """Follow all logs of the directory. Exit 1 on any alarm, or else at the first lie."""
        path = find_profile(profile)
        options = Options(
            profile=load_profile(path),
            state=state or path.with_name(f"{path.stem}-watch"),
            patience=timedelta(minutes=patience),
            metrics=metrics,
        )
        return _follow(options, outside, Printer(as_json=json), once=once, every=every)


def _follow(
    options: Options, outside: Surroundings, printer: Printer, *, once: bool, every: float
) -> int:
    """Look until somebody lies, or once. The exit code; ``every`` is in seconds."""
    while True:
        looked = look(options, outside)
        printer.document(looked.to_json())
        _tell(printer, looked)
        if once:
            return NOT_HELD if looked.findings else HELD
        if any(one.alarm in LIES for one in looked.findings):
            return NOT_HELD
        outside.sleep(every)


def look(options: Options, outside: Surroundings) -> Looked:
    """
    Look at every log of the directory in force once; evidence first, then the place is saved.

    Raises ConfigurationError for files that are unusable, and what ``open_directory`` raises.
    """
    directory = options.profile.directory.open(outside.now())
    envelope = options.profile.directory.envelopes()[-1]
    check_directory(options.state, directory.version, envelope.payload)
    places = load_places(options.state)
    findings: list[Finding] = []
    sizes: dict[str, int] = {}
    with ExitStack() as held:
        nodes = {
            member.jurisdiction: NodeLog(held.enter_context(_connect(options, member, outside)))
            for member in directory.members
        }
        for watched in _logs(directory, nodes, outside):
            origin = watched.member.log_origin
            known, changed = place_in(watched.member.jurisdiction, directory, places)
            place, found = look_at_log(
                watched, directory, known, now=outside.now(), patience=options.patience
            )
            if all(one.alarm is Alarm.LOSS for one in changed):
                places[origin] = place
            sizes[origin] = place.size
            findings += [*changed, *found]
    for finding in findings:
        if finding.notes:
            keep_evidence(options.state, finding.origin, finding.notes)
        _log_event(finding)
    save_places(options.state, places)
    keep_directory(options.state, directory.version, envelope.payload)
    looked = Looked(sizes=sizes, findings=tuple(findings), losses=stated_losses(directory))
    if options.metrics is not None:
        _write_metrics(options.metrics, looked, outside)
    return looked


def _logs(
    directory: Directory, nodes: dict[str, NodeLog], outside: Surroundings
) -> Iterator[Watched]:
    for member in directory.members:
        witnesses = directory.witness_vkeys(member.jurisdiction, outside.now())
        yield Watched(
            member=member,
            source=nodes[member.jurisdiction],
            witnesses={code: nodes[code].witnessed for code in witnesses},
        )


def _connect(options: Options, member: Member, outside: Surroundings) -> Session:
    connection = replace(
        options.profile.connection,
        endpoint=member.endpoint,
        jurisdiction=member.jurisdiction,
        server_name=member.server_name,
    )
    return connect(connection, outside)


def _log_event(finding: Finding) -> None:
    """One line on standard error for each alarm, for whatever collects logs."""
    event = {
        "event": "alarm",
        "alarm": str(finding.alarm),
        "origin": finding.origin,
        "why": finding.why,
    }
    sys.stderr.write(json.dumps(event, ensure_ascii=False) + "\n")


def _tell(printer: Printer, looked: Looked) -> None:
    for origin, size in looked.sizes.items():
        count = sum(one.origin == origin for one in looked.findings)
        words = f"{count} alarms" if count else "all of it holds"
        printer.line(f"{origin}: {size} entries checked, {words}", "red" if count else "green")
    for loss in looked.losses:
        printer.line(loss.words, style="yellow")
    for one in looked.findings:
        printer.line(f"{one.alarm}: {one.origin}: {one.why}", style="bold red")


def _write_metrics(path: Path, looked: Looked, outside: Surroundings) -> None:
    """Replaced as a whole, as the text file collector of Prometheus wants it."""
    lines = ["# TYPE portability_watch_entries gauge"]
    lines += [
        f'portability_watch_entries{{origin="{origin}"}} {size}'
        for origin, size in looked.sizes.items()
    ]
    lines.append("# TYPE portability_watch_alarms gauge")
    lines += [
        f'portability_watch_alarms{{origin="{origin}",alarm="{alarm}"}} '
        f"{_count(looked.findings, origin, alarm)}"
        for origin in looked.sizes
        for alarm in Alarm
    ]
    lines.append("# TYPE portability_watch_look_time_seconds gauge")
    lines.append(f"portability_watch_look_time_seconds {int(outside.now().timestamp())}")
    replace_whole(path, ("\n".join(lines) + "\n").encode())


def _count(findings: Sequence[Finding], origin: str, alarm: Alarm) -> int:
    return sum((one.origin, one.alarm) == (origin, alarm) for one in findings)
