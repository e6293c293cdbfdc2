"""Check a receipt from paper: the text of its QR code, with the pinned directory alone."""

from pathlib import Path
from typing import Annotated

import typer

from agents.migrant.consent_text import PrintedConsent, check_consent_text, is_consent_text
from agents.migrant.own_consents import check_code_of
from agents.migrant.receipt_text import check_receipt_text
from agents.migrant.words import describe_consent, describe_receipt
from agents.printing import Printer
from agents.profile import PROFILE_VARIABLE, find_profile, load_profile
from agents.surroundings import Surroundings
from agents.typing_in import read_in
from portability.wire.receipt import receipt_to_pb


def add_receipt_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``check-receipt``."""

    @app.command("check-receipt")
    def check_receipt(
        text: Annotated[
            str, typer.Argument(metavar="TEXT", help="What the code says; `-` reads it from input.")
        ],
        *,
        profile: Annotated[
            Path | None,
            typer.Option(
                "--profile",
                envvar=PROFILE_VARIABLE,
                metavar="FILE",
                help="Whose directory and root keys are trusted; no node is asked.",
            ),
        ] = None,
        json: Annotated[
            bool, typer.Option("--json", help="Write one JSON document to standard output.")
        ] = False,
    ) -> None:
        """Check a receipt's QR code without a network. Exit 1: not genuine; 2: unreadable."""
        said = read_in() if text == "-" else text
        trust = load_profile(find_profile(profile)).directory
        printer = Printer(as_json=json)
        directory = trust.open(outside.now())
        if is_consent_text(said):
            _tell_consent(check_consent_text(said, directory), printer)
            return
        receipt = check_receipt_text(said, directory)
        message = receipt_to_pb(receipt)
        printer.document({"verified": True, "reason": message.reason_code, "id": receipt.id})
        printer.line("Genuine: signed by the node that gave or refused the data.", style="bold")
        printer.line(describe_receipt(receipt))


def _tell_consent(printed: PrintedConsent, printer: Printer) -> None:
    code = check_code_of(printed.id)
    printer.document(
        {
            "verified": True,
            "consent": printed.id.hex(),
            "check_code": code,
            "log": printed.jurisdiction,
            "accepted": f"{printed.accepted:%Y-%m-%dT%H:%MZ}",
        }
    )
    printer.line(
        f"Genuine: the log of {printed.jurisdiction} took it in on {printed.accepted:%Y-%m-%d}, "
        f"check code {code}.",
        style="bold",
    )
    for line in describe_consent(printed.document):
        printer.line(line)
