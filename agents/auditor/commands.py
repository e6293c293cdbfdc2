"""Commands of the auditor: one that needs nobody, others that ask a node and believe nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from agents.auditor.exporting import with_summary
from agents.auditor.online import (
    Audited,
    Seen,
    check_consistency,
    fetch_bundle,
    fetch_checkpoint,
    list_receipts,
    read_checkpoint,
)
from agents.auditor.page import report_page
from agents.auditor.receipt_file import is_receipt, read_receipt
from agents.auditor.telling import tell_report
from agents.auditor.trust import find_trust
from agents.auditor.verification import verify_bundle
from agents.bundle_archive import check_place, read_bundle, write_bundle
from agents.exits import HELD, NOT_HELD
from agents.names import named
from agents.new_files import check_new, replace_whole, write_new
from agents.printing import Printer
from agents.profile import PROFILE_VARIABLE, find_profile, load_profile, read_file, said_of
from agents.session import connect
from agents.surroundings import Surroundings
from portability.errors import ConfigurationError, ProofError, SignatureError
from portability.ledger.encoding import encode_base64, format_time

ProfileOption = Annotated[
    Path | None,
    typer.Option(
        "--profile",
        envvar=PROFILE_VARIABLE,
        metavar="FILE",
        help="The auditor's profile: node, certificate, pinned root keys.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Write one JSON document to standard output, nothing else.")
]


def add_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``verify``, ``checkpoint``, ``consistency``, ``export`` and ``receipts``."""
    _add_verify(app, outside)
    _add_online(app, outside)


def _add_verify(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("verify")
    def verify(
        path: Annotated[
            Path, typer.Argument(metavar="PATH", help="A bundle, or one receipt in a file.")
        ],
        *,
        policy: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="Your own logs and quorum, as a tlog-policy."),
        ] = None,
        root_keys: Annotated[
            list[str] | None,
            typer.Option(
                "--root-key", metavar="HEX", help="Root key of the federation in hex; repeatable."
            ),
        ] = None,
        threshold: Annotated[
            int, typer.Option(help="How many of the root keys must have signed.")
        ] = 1,
        profile: Annotated[
            Path | None, typer.Option(metavar="FILE", help="Root keys pinned in this profile.")
        ] = None,
        page: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="Also write the report here, as an HTML page."),
        ] = None,
        json: JsonOption = False,
    ) -> int:
        """Verify a bundle or receipt offline. Exit 0: verified; 1: not verified; 2: unreadable."""
        if is_receipt(path):
            _check_alone({"--policy": policy, "--root-key": root_keys, "--page": page})
            return _verify_receipt(path, profile, outside, as_json=json)
        if page is not None:
            check_new(page)
        files = read_bundle(path)
        trust = find_trust(
            path,
            policy=policy,
            root_keys=root_keys or (),
            threshold=threshold,
            profile=profile,
        )
        printer = Printer(as_json=json)
        with printer.progress("verifying") as progress:
            report = verify_bundle(files, trust, outside.now(), progress=progress)
        if page is not None:
            write_new(page, report_page(report, outside.now()))
        printer.document(report.to_json())
        tell_report(printer, report)
        return HELD if report.verified else NOT_HELD


def _check_alone(given: Mapping[str, object]) -> None:
    """Options for bundles say something that would not be done: a receipt comes with no log."""
    for option, value in given.items():
        if value:
            raise typer.BadParameter(
                "this is one receipt, which the directory of the profile verifies; leave it out",
                param_hint=option,
            )


def _verify_receipt(
    path: Path, profile: Path | None, outside: Surroundings, *, as_json: bool
) -> int:
    """One receipt, as its QR code says it or as signed, by the pinned directory alone."""
    trust = load_profile(find_profile(profile)).directory
    printer = Printer(as_json=as_json)
    try:
        found = read_receipt(path, trust.open(outside.now()))
    except (SignatureError, ProofError) as error:
        printer.document({"verified": False, "cause": error.message})
        printer.line(f"Not genuine: {error.message}", style="red")
        return NOT_HELD
    printer.document({"verified": True, "id": found.id, "words": list(found.words)})
    printer.line(f"Genuine: {found.by}.", style="green")
    for line in found.words:
        printer.line(line)
    return HELD


def _add_online(app: typer.Typer, outside: Surroundings) -> None:
    _add_checkpoint(app, outside)
    _add_consistency(app, outside)
    _add_export(app, outside)
    _add_receipts(app, outside)


def _add_checkpoint(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("checkpoint")
    def checkpoint(
        *,
        keep: Annotated[
            Path | None, typer.Option(metavar="FILE", help="Keep the checkpoint in this new file.")
        ] = None,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Fetch the latest checkpoint of a node's log and verify its signature."""
        if keep is not None:
            _check_unkept(keep)
        with audit(profile, outside) as audited:
            seen = fetch_checkpoint(audited)
        if keep is not None:
            write_new(keep, seen.note, is_public=True)
        printer = Printer(as_json=json)
        printer.document(_checkpoint_json(seen))
        printer.fields(
            (
                ("origin", seen.head.origin),
                ("size", str(seen.head.size)),
                ("root", encode_base64(seen.head.root)),
            )
        )


def _add_consistency(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("consistency")
    def consistency(
        old: Annotated[Path, typer.Argument(metavar="OLD", help="A checkpoint that was kept.")],
        *,
        keep: Annotated[
            bool, typer.Option("--keep", help="Keep the new checkpoint in its place.")
        ] = False,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Show that a node's log only grew since a checkpoint that was kept."""
        with audit(profile, outside) as audited:
            with said_of(old):
                before = read_checkpoint(audited, read_file(old, "checkpoint"))
            seen = fetch_checkpoint(audited)
            check_consistency(audited, before, seen)
        if keep:
            replace_whole(old, seen.note)
        printer = Printer(as_json=json)
        printer.document({"old": _checkpoint_json(before), "new": _checkpoint_json(seen)})
        printer.line(
            f"{seen.head.origin} grew from {before.head.size} to {seen.head.size} leaves; "
            "nothing before was changed.",
            style="green",
        )


def _add_export(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("export")
    def export(
        name: Annotated[
            str, typer.Argument(metavar="NAME", help="cases/… or persons/… with 32 hex digits.")
        ],
        path: Annotated[
            Path,
            typer.Argument(metavar="PATH", help="A new directory, or a new file in .zip."),
        ],
        *,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> int:
        """Write a case or a person as an offline bundle. Reading a person leaves a receipt."""
        printer = Printer(as_json=json)
        check_place(path)
        with audit(profile, outside) as audited:
            files, scope = fetch_bundle(audited, name)
        trust = find_trust(
            path, policy=None, root_keys=(), threshold=1, profile=find_profile(profile)
        )
        with printer.progress("verifying") as progress:
            report = verify_bundle(files, trust, outside.now(), progress=progress)
        write_bundle(with_summary(files, report), path, scope)
        printer.document({"bundle": str(path), **report.to_json()})
        tell_report(printer, report)
        printer.line(f"Written to {path}")
        return HELD if report.verified else NOT_HELD


def _add_receipts(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("receipts")
    def receipts(
        *,
        case: Annotated[
            str,
            typer.Option(callback=named("cases"), help="cases/ and 32 hex digits, for one case."),
        ] = "",
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """List the disclosure receipts at a node, each verified."""
        with audit(profile, outside) as audited:
            found = list(list_receipts(audited, case))
        printer = Printer(as_json=json)
        printer.document([one.to_json() for one in found])
        printer.table(
            ("requested", "requester", "provider", "outcome", "cause", "records", "receipt"),
            (
                (
                    format_time(one.content.requested_at),
                    str(one.content.requester),
                    str(one.content.provider),
                    str(one.content.outcome),
                    str(one.content.cause or ""),
                    str(one.content.record_count),
                    one.id.hex()[:16],
                )
                for one in found
            ),
        )
        printer.line(f"{len(found)} receipts, each signed and in the log.")


@contextmanager
def audit(profile: Path | None, outside: Surroundings) -> Iterator[Audited]:
    found = load_profile(find_profile(profile))
    directory = found.directory.open(outside.now())
    with connect(found.connection, outside) as session:
        yield Audited(
            session=session,
            jurisdiction=found.connection.jurisdiction,
            directory=directory,
            outside=outside,
        )


def _check_unkept(path: Path) -> None:
    if path.exists():
        raise ConfigurationError(
            f"{path} exists already, and a checkpoint that was kept is evidence; "
            "`portability-auditor consistency FILE --keep` compares and then replaces it",
            file=str(path),
        )
    check_new(path)


def _checkpoint_json(seen: Seen) -> dict[str, object]:
    return {
        "origin": seen.head.origin,
        "size": seen.head.size,
        "root": encode_base64(seen.head.root),
        "note": seen.note.decode("utf-8"),
    }
