"""`portability node agreements`: who signed which text of an agreement, asked of a running node."""

import asyncio
import sys
from pathlib import Path
from typing import Final

from rich.text import Text

from agents.exits import HELD, NOT_HELD
from portability.cli.printing import console, printable, table, write_json
from portability.node.agreements.calls import list_agreements, sign_agreement
from portability.node.config import load_config
from portability.v1 import agreements_service_pb2 as pb

SHOWN = 12
"""Digits of a digest that people compare."""


def show_agreements(config_file: Path, *, as_json: bool) -> int:
    """Who signed which text; exit 1 where two have signed different ones."""
    found = asyncio.run(list_agreements(load_config(config_file)))
    if as_json:
        write_json(
            {
                "signatures_required": found.signatures_required,
                "agreements": [_document(one) for one in found.agreements],
                "undelivered": [
                    {"peer": one.peer, "state": one.state, "message": one.message}
                    for one in found.undelivered
                ],
            }
        )
    else:
        tell_agreements(found)
    return NOT_HELD if any(_differ(one) for one in found.agreements) else HELD


def sign_agreements(config_file: Path, agreements: list[str], *, as_json: bool) -> int:
    """Sign the texts of this software and tell the peers."""
    config = load_config(config_file)
    signed = [asyncio.run(sign_agreement(config, one)) for one in agreements]
    if as_json:
        write_json({"agreements": [_document(one) for one in signed]})
        return HELD
    for one in signed:
        sys.stdout.write(
            f"{config.jurisdiction} has signed {one.agreement}, version {one.agreement_version}, "
            f"sha256 {_short(one.digest)}\n"
        )
    return HELD


_LOST: Final = {"withheld": "kept back from", "refused": "refused by"}


def tell_agreements(found: pb.ListAgreementsResponse) -> None:
    """Print who signed which text, and which signature a peer has not."""
    screen = console()
    rows = [
        (one.agreement, one.agreement_version, _short(one.digest), _signers(one))
        for one in found.agreements
        if one.signatures
    ]
    if rows:
        heads = ("agreement", "version here", "text here", "signed by")
        screen.print(table(screen, heads, rows, (0, 0, 0, 1)))
    else:
        sys.stdout.write("Nobody has signed an agreement yet.\n")
    for lost in found.undelivered:
        words = f"{_LOST.get(lost.state, lost.state)} {lost.peer}: {printable(lost.message)}"
        screen.print(Text(words, style="yellow"), soft_wrap=True)
    unsigned = [one.agreement for one in found.agreements if not one.signatures]
    if unsigned:
        sys.stdout.write(f"signed by nobody: {', '.join(unsigned)}\n")
    sys.stdout.write(
        "cases need an agreement that both sides have signed\n"
        if found.signatures_required
        else "cases may run under an agreement that nobody has signed yet; once all sides have, "
        "set require_signed = true in the table [agreements] of the configuration\n"
    )


def _signers(one: pb.Agreement) -> str:
    """Each jurisdiction; with its text where that is another than the one here."""
    return ", ".join(
        signed.jurisdiction
        if signed.digest == one.digest
        else f"{signed.jurisdiction} (another text, {_short(signed.digest)})"
        for signed in one.signatures
    )


def _differ(one: pb.Agreement) -> bool:
    return len({signed.digest for signed in one.signatures}) > 1


def _short(digest: bytes) -> str:
    return digest.hex()[:SHOWN]


def _document(one: pb.Agreement) -> dict[str, object]:
    return {
        "agreement": one.agreement,
        "version": one.agreement_version,
        "digest": one.digest.hex(),
        "signatures": [
            {
                "jurisdiction": signed.jurisdiction,
                "version": signed.agreement_version,
                "digest": signed.digest.hex(),
            }
            for signed in one.signatures
        ],
    }
