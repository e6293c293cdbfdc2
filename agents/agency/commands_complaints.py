"""Commands about complaints: for institutions, and for the ombudsperson with their own profile."""

from typing import Annotated

import typer

from agents.agency import complaints
from agents.agency.complaints import Taken
from agents.agency.options import JsonOption, PersonArgument, ProfileOption, party
from agents.names import named
from agents.printing import Printer
from agents.profile import find_profile
from agents.surroundings import Surroundings
from portability.errors import InvalidInputError
from portability.ledger.encoding import format_time
from portability.recognition.complaint import ComplaintTopic

NameArgument = Annotated[
    str,
    typer.Argument(
        metavar="COMPLAINT", callback=named("complaints"), help="complaints/ and 32 hex digits."
    ),
]
TextOption = Annotated[str, typer.Option("--text", help="What is said; the person reads it.")]


def add_complaint_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``complaint list|answer|file|escalate``."""
    group = typer.Typer(
        help="Complaints and questions of persons, and the terms for answering them.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    app.add_typer(group, name="complaint")
    _add_reading(group, outside)
    _add_helping(group, outside)


def _add_reading(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("list")
    def list_(*, profile: ProfileOption = None, json: JsonOption = False) -> None:
        """Show those that you must answer or have answered; what is due first comes first."""
        with complaints.open_desk(find_profile(profile), outside) as desk:
            found = complaints.list_complaints(desk)
        printer = Printer(as_json=json)
        printer.document([_json(one) for one in found])
        if not found:
            printer.line("Nobody has complained.")
        for one in found:
            _print(printer, one)

    @app.command("answer")
    def answer(
        name: NameArgument,
        *,
        text: TextOption,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Answer one; the ombudsperson's answer is the last."""
        with complaints.open_desk(find_profile(profile), outside) as desk:
            _tell(complaints.answer(desk, name, text), as_json=json)


def _add_helping(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("file")
    def file(
        person: PersonArgument,
        *,
        against: Annotated[str, typer.Option("--against", help="Such as FR/cnav.")],
        topic: Annotated[str, typer.Option("--topic", help=f"One of {', '.join(ComplaintTopic)}.")],
        text: TextOption,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Write down what somebody says who cannot sign in; give them its number on paper."""
        if topic not in {str(one) for one in ComplaintTopic}:
            raise InvalidInputError(
                f"--topic must be one of {', '.join(ComplaintTopic)}", field="--topic"
            )
        with complaints.open_desk(find_profile(profile), outside) as desk:
            taken = complaints.take_in(
                desk,
                person,
                against=party(against, "--against"),
                topic=ComplaintTopic(topic),
                text=text,
            )
        _tell(taken, as_json=json)

    @app.command("escalate")
    def escalate(
        name: NameArgument,
        *,
        text: TextOption = "",
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Take one to the ombudsperson, once it was answered or its term is over."""
        with complaints.open_desk(find_profile(profile), outside) as desk:
            _tell(complaints.pass_on(desk, name, text), as_json=json)


def _tell(taken: Taken, *, as_json: bool) -> None:
    printer = Printer(as_json=as_json)
    printer.document(_json(taken))
    _print(printer, taken)


def _print(printer: Printer, taken: Taken) -> None:
    first = taken.steps[0]
    due = f", answer by {format_time(taken.answer_by)}" if taken.answer_by else ""
    printer.line(f"{taken.name}: {first.topic} about {first.against}{due}", style="bold")
    for step in taken.steps:
        printer.line(f"{format_time(step.header.created)} {step.act} by {step.actor}")
        for line in step.text.splitlines():
            printer.line(line)


def _json(taken: Taken) -> dict[str, object]:
    first = taken.steps[0]
    return {
        "complaint": taken.name,
        "person": taken.person,
        "topic": str(first.topic),
        "against": str(first.against),
        "answer_by": format_time(taken.answer_by) if taken.answer_by else None,
        "steps": [
            {
                "act": str(step.act),
                "by": str(step.actor),
                "at": format_time(step.header.created),
                "text": step.text,
            }
            for step in taken.steps
        ],
    }
