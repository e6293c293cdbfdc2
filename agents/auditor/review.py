"""`portability-auditor review`: everything that a compromised key has signed, log by log."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from agents.auditor.commands_watch import NodeLog
from agents.auditor.issuers import accepted_of, validity_fault
from agents.auditor.watch_place import Place
from agents.auditor.watching import Look, Watched, follow_log
from agents.exits import HELD, NOT_HELD
from agents.printing import Printer
from agents.profile import PROFILE_VARIABLE, Connection, find_profile, load_profile
from agents.session import connect
from agents.surroundings import Surroundings
from portability.errors import ConfigurationError, ProofError
from portability.ledger.directory import Directory, KeyEntry, Member
from portability.ledger.encoding import decode_hex, format_time
from portability.ledger.keys import KEY_BYTES
from portability.wire.log_entry import log_entry_from_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """An entry of a log that one of the keys has signed; ``why`` is empty if it stays valid."""

    origin: str
    index: int
    kind: str
    statement_id: bytes
    key: KeyEntry
    accepted: datetime
    witnessed: datetime | None
    why: str

    def to_json(self) -> dict[str, object]:
        return {
            "log": self.origin,
            "index": self.index,
            "kind": self.kind,
            "statement": self.statement_id.hex(),
            "key_id": self.key.key_id.hex(),
            "accepted": format_time(self.accepted),
            "witnessed": "" if self.witnessed is None else format_time(self.witnessed),
            "refused": self.why,
        }


@dataclass(slots=True)
class Reader:
    """Picks what the keys have signed out of a log that is followed from its beginning."""

    origin: str
    keys: Mapping[bytes, KeyEntry]
    quorum: int
    found: list[Signed] = field(default_factory=list)

    def check(self, index: int, data: bytes, witnessed: datetime | None) -> None:
        entry = log_entry_from_bytes(data)
        key = self.keys.get(entry.key_id)
        if key is None:
            return
        accepted = accepted_of(entry)
        at = accepted if witnessed is None and not self.quorum else witnessed
        why = "no quorum of witnesses has seen it" if at is None else validity_fault(key, at)
        self.found.append(
            Signed(
                origin=self.origin,
                index=index,
                kind=entry.kind,
                statement_id=entry.statement_id,
                key=key,
                accepted=accepted,
                witnessed=witnessed,
                why=why or "",
            )
        )


def add_review(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``review``."""

    @app.command("review")
    def review(
        *,
        key_ids: Annotated[
            list[str] | None,
            typer.Option(
                "--key-id", metavar="HEX", help="Repeatable; left out: all keys that are cut off."
            ),
        ] = None,
        profile: Annotated[
            Path | None,
            typer.Option(envvar=PROFILE_VARIABLE, metavar="FILE", help="The auditor's profile."),
        ] = None,
        json: Annotated[
            bool, typer.Option("--json", help="Write one JSON document to standard output.")
        ] = False,
    ) -> int:
        """List what a compromised key has signed. Exit 1 if any of it is refused now."""
        found = load_profile(find_profile(profile))
        directory = found.directory.open(outside.now())
        keys = _keys(directory, key_ids or ())
        signed = list(read_logs(directory, found.connection, keys, outside))
        refused = [one for one in signed if one.why]
        printer = Printer(as_json=json)
        printer.document([one.to_json() for one in refused])
        for one in refused:
            printer.line(f"{one.kind} {one.statement_id.hex()}", style="bold")
            printer.line(f"  entry {one.index} of {one.origin}: {one.why}")
        printer.line(
            f"{len(refused)} entries of {len(keys)} keys are refused and must be reviewed; "
            f"{len(signed) - len(refused)} stay valid."
        )
        return NOT_HELD if refused else HELD


def read_logs(
    directory: Directory,
    connection: Connection,
    keys: Mapping[bytes, KeyEntry],
    outside: Surroundings,
) -> Iterator[Signed]:
    """
    What these keys have signed in every log of the directory, each read as a whole and verified.

    Raises ProofError for a log that does not give the tree that it signed, and as ``connect``.
    """
    for member in directory.members:
        with ExitStack() as held:
            session = held.enter_context(connect(_to(connection, member), outside))
            look = Look(
                watched=Watched(member=member, source=NodeLog(session), witnesses={}),
                directory=directory,
                now=outside.now().replace(microsecond=0),
                patience=timedelta(),
                place=Place(),
            )
            reader = Reader(look.origin, keys, directory.quorum)
            shown = look.watched.source.checkpoints()
            if follow_log(look, shown, reader.check) is None or look.findings:
                why = look.findings[0].why if look.findings else "it cannot be followed"
                raise ProofError(f"the log {look.origin} cannot be reviewed: {why}")
            yield from reader.found


def _to(connection: Connection, member: Member) -> Connection:
    return replace(
        connection,
        endpoint=member.endpoint,
        jurisdiction=member.jurisdiction,
        server_name=member.server_name,
    )


def _keys(directory: Directory, wanted: Collection[str]) -> Mapping[bytes, KeyEntry]:
    if not wanted:
        return {one.key_id: one for one in directory.entries if one.cutoff is not None}
    ids = [decode_hex(text, what="key id", length=KEY_BYTES) for text in wanted]
    found = {one: entry for one in ids if (entry := directory.key(one)) is not None}
    if len(found) < len(set(ids)):
        raise ConfigurationError(
            "the directory has no key of that id; `portability directory show` lists all",
            field="key-id",
        )
    return found
