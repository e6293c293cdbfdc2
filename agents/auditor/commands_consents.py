"""Commands about consents for auditors: who assists and stands out, and one for other software."""

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from agents.agency.fields import read_date
from agents.auditor.commands import JsonOption, ProfileOption, audit
from agents.consent_formats import FormatOption, check_place, fetch_export, write_exported
from agents.names import statement_id_of
from agents.printing import Printer
from agents.surroundings import Surroundings
from portability.v1 import counter_service_pb2 as pb
from portability.v1.counter_service_pb2_grpc import CounterServiceStub
from portability.wire.strict import timestamp

_WORDS = {
    "many-per-hour": "more in an hour than can be explained",
    "nobody-declines": "nobody ever declines",
    "one-device": "always on one device",
    "one-witness": "always with the same witness",
    "no-witness": "never with a witness",
}


def add_consent_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``assistants`` and ``export-consent``."""

    @app.command("assistants")
    def assistants(
        *,
        since: Annotated[str, typer.Option("--since", metavar="DATE", help="From this day on.")],
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """How workers assist at counters; who stands out comes first, a reason to look."""
        begin = datetime.combine(read_date(since, "--since"), time(), UTC)
        with audit(profile, outside) as audited:
            answer: pb.ReportAssistantsResponse = audited.session.call(
                CounterServiceStub(audited.session.channel).ReportAssistants,
                pb.ReportAssistantsRequest(from_time=timestamp(begin)),
            )
        printer = Printer(as_json=json)
        printer.document([_json(one) for one in answer.workers])
        if not answer.workers:
            printer.line("Nobody has assisted since then.")
            return
        names = ("worker", "of", "offered", "granted", "in an hour", "witnesses", "stands out")
        printer.table(names, [_row(one) for one in answer.workers])

    @app.command("export-consent")
    def export_consent(
        consent: Annotated[str, typer.Argument(metavar="CONSENT", help="Statement id in hex.")],
        *,
        form: FormatOption,
        to: Annotated[
            Path | None, typer.Option("--to", metavar="FILE", help="A new file; else it is shown.")
        ] = None,
        profile: ProfileOption = None,
    ) -> None:
        """Write a consent in other software's terms. It leaves a receipt that its giver sees."""
        check_place(to)
        named = statement_id_of(consent, "CONSENT")
        with audit(profile, outside) as audited:
            made = fetch_export(audited.session, named, form)
        write_exported(made, to)


def _json(one: pb.AssistantReport) -> dict[str, object]:
    return {
        "worker": one.assistant.hex(),
        "organisation": f"{one.organisation.jurisdiction}/{one.organisation.institution}",
        "offered": one.offered,
        "granted": one.granted,
        "most_per_hour": one.most_per_hour,
        "devices": one.devices,
        "witnesses": one.witnesses,
        "flags": list(one.flags),
    }


def _row(one: pb.AssistantReport) -> tuple[str, ...]:
    return (
        one.assistant.hex()[:16],
        f"{one.organisation.jurisdiction}/{one.organisation.institution}",
        str(one.offered),
        str(one.granted),
        str(one.most_per_hour),
        str(one.witnesses),
        "; ".join(_WORDS.get(flag, flag) for flag in one.flags),
    )
