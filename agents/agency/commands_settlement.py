"""Commands about claims between institutions: claim, answer, and what follows on paper."""

from fractions import Fraction
from typing import Annotated

import typer

from agents.agency import settlement_words as words
from agents.agency import settlements
from agents.agency.commands_payment import add_payment_commands
from agents.agency.office import open_office
from agents.agency.options import (
    CaseArgument,
    JsonOption,
    ProfileOption,
    day,
    month,
    part,
    party,
)
from agents.agency.undelivered import Undelivered
from agents.printing import Printer
from agents.profile import find_profile
from agents.surroundings import Surroundings
from portability.consent.scope import Party
from portability.core.money import parse_money
from portability.errors import InvalidInputError
from portability.settlement.account import Account, Claimed, account_key
from portability.settlement.statements import (
    MAX_MONTHS,
    DisputeReason,
    ExchangeRate,
    LineDispute,
    RefundClaim,
    RefundKind,
)

ClaimArgument = Annotated[str, typer.Argument(metavar="CLAIM", help="Beginning of the claim's id.")]


def add_settlement_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``settlement claim|list|accept|dispute|concede|net|pay|confirm|advice|ledger``."""
    group = typer.Typer(
        help="What institutions owe one another: claims, set-off, advices. On paper only.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    app.add_typer(group, name="settlement")
    _add_claim(group, outside)
    _add_list(group, outside)
    _add_answers(group, outside)
    add_payment_commands(group, outside)


def _add_claim(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("claim")
    def claim(
        case: CaseArgument,
        *,
        kind: Annotated[RefundKind, typer.Option("--kind", help="Why it is owed.")],
        debtor: Annotated[str, typer.Option("--debtor", help="Who owes it, such as FR/cnav.")],
        from_month: Annotated[
            str, typer.Option("--from-month", metavar="MONTH", help="Such as 2026-01.")
        ],
        months: Annotated[int, typer.Option("--months", min=1, max=MAX_MONTHS, help="How many.")],
        claimed: Annotated[
            str, typer.Option("--amount", help='Such as "300.00 EUR"; else all that is allowed.')
        ] = "",
        exported_months: Annotated[
            int,
            typer.Option(
                "--exported-months", min=0, max=MAX_MONTHS, help="Paid abroad before (Art 64)."
            ),
        ] = 0,
        rates: Annotated[
            list[str] | None,
            typer.Option(
                "--rate",
                metavar="RATE",
                help="ECB rate, such as PLN=4.2875@2026-01-02; repeatable.",
            ),
        ] = None,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Claim months of a case, on the decisions that were signed in it."""
        asked = settlements.Asked(
            case=case,
            kind=kind,
            debtor=party(debtor, "--debtor"),
            first_month=month(from_month, "--from-month"),
            months=months,
            amount=part(claimed, "--amount"),
            exported_months=exported_months,
            rates=tuple(map(_rate, rates or ())),
        )
        with open_office(find_profile(profile), outside) as office:
            prepared = settlements.prepare_claim(office, asked)
            i = settlements.say(office, prepared.claim)
        _tell_claim(i, prepared, Printer(as_json=json))


def _tell_claim(i: bytes, prepared: settlements.Claiming, printer: Printer) -> None:
    said = prepared.claim
    account = Account(key=account_key(said.creditor, said.debtor, said.currency))
    total = words.amount(account, said.minor)
    printer.document({"claim": i.hex(), "amount": total, "explanation": list(prepared.words)})
    for line in prepared.words:
        printer.line(line)
    printer.line(f"claim {words.short(i)}: {total} claimed of {said.debtor}")


def _rate(text: str) -> ExchangeRate:
    currency, _, rest = text.partition("=")
    number, _, published = rest.partition("@")
    try:
        per_euro = Fraction(number)
    except (ValueError, ZeroDivisionError):
        raise InvalidInputError(
            "--rate must look like PLN=4.2875@2026-01-02", field="--rate"
        ) from None
    return ExchangeRate(currency=currency, per_euro=per_euro, published=day(published, "--rate"))


def _add_list(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("list")
    def list_(*, profile: ProfileOption = None, json: JsonOption = False) -> None:
        """Show every claim and netting, and whose turn it is."""
        with settlements.open_desk(profile, outside) as (office, accounts):
            own = office.party
            missing = settlements.list_undelivered(office) if accounts else []
        printer = Printer(as_json=json)
        printer.document(
            [
                words.account_json(one, own)
                | {"undelivered": [lost.to_json() for lost in _missing(missing, one, own)]}
                for one in accounts
            ]
        )
        if not accounts:
            printer.line("There are no claims. `settlement claim` makes the first.")
        for account in accounts:
            printer.line(f"with {account.key.other(own)}, {account.key.currency}", "bold")
            rows = [
                (*words.claim_row(account, one), words.next_step(account, one, own))
                for one in account.claims.values()
            ]
            printer.table(("claim", "who", "claimed", "acknowledged", "state", "next"), rows)
            for netted in account.nettings.values():
                for line in words.netting_lines(account, netted, own):
                    printer.line(line)
            for lost in _missing(missing, account, own):
                printer.line(lost.words, "yellow")


def _missing(
    found: list[tuple[Party, str, Undelivered]], account: Account, own: Party
) -> list[Undelivered]:
    """What of an account the other side could not be given."""
    place = account.key.other(own), account.key.currency
    return [lost for at, currency, lost in found if (at, currency) == place]


def _add_answers(app: typer.Typer, outside: Surroundings) -> None:
    _add_accept(app, outside)
    _add_dispute(app, outside)
    _add_concede(app, outside)


def _add_accept(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("accept")
    def accept(
        claim: ClaimArgument, *, profile: ProfileOption = None, json: JsonOption = False
    ) -> None:
        """Acknowledge a claim in full."""
        with settlements.open_desk(profile, outside) as (office, accounts):
            account, claimed = _claim(accounts, claim)
            settlements.answer_claim(office, account, claimed, ())
        acknowledged = words.amount(account, claimed.claim.minor)
        printer = Printer(as_json=json)
        printer.document({"claim": claimed.claim_id.hex(), "acknowledged": acknowledged})
        printer.line(f"claim {words.short(claimed.claim_id)}: {acknowledged} acknowledged")


def _add_dispute(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("dispute")
    def dispute(
        claim: ClaimArgument,
        *,
        line: Annotated[int, typer.Option("--line", min=1, help="Number of the line.")],
        reason: Annotated[DisputeReason, typer.Option("--reason", help="Why.")],
        accepted: Annotated[
            str, typer.Option("--accept", help='What is acknowledged, such as "100.00 EUR".')
        ] = "",
        detail: Annotated[
            str, typer.Option("--detail", help="One line; nothing about the person.")
        ] = "",
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Acknowledge a claim except for one line, or for a part of that."""
        part = parse_money(accepted) if accepted else None
        with settlements.open_desk(profile, outside) as (office, accounts):
            account, claimed = _claim(accounts, claim)
            if part is not None and part.currency != account.key.currency:
                raise InvalidInputError(
                    f"--accept is in {part.currency}, the claim in {account.key.currency}",
                    field="--accept",
                )
            one = LineDispute(
                line=line, reason=reason, accepted=part.minor if part else 0, detail=detail
            )
            settlements.answer_claim(office, account, claimed, (one,))
        _tell_dispute(account, claimed, one, Printer(as_json=json))


def _tell_dispute(account: Account, claimed: Claimed, one: LineDispute, printer: Printer) -> None:
    acknowledged = words.amount(account, one.accepted)
    printer.document(
        {
            "claim": claimed.claim_id.hex(),
            "line": one.line,
            "reason": str(one.reason),
            "acknowledged_of_line": acknowledged,
        }
    )
    printer.line(
        f"claim {words.short(claimed.claim_id)}: line {one.line} disputed ({one.reason}), "
        f"{acknowledged} of it acknowledged"
    )


def _add_concede(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("concede")
    def concede(
        claim: ClaimArgument, *, profile: ProfileOption = None, json: JsonOption = False
    ) -> None:
        """Let rest what the debtor disputes of a claim."""
        with settlements.open_desk(profile, outside) as (office, accounts):
            account, claimed = _claim(accounts, claim)
            settlements.concede(office, account, claimed)
        settled = words.amount(account, claimed.minor)
        printer = Printer(as_json=json)
        printer.document({"claim": claimed.claim_id.hex(), "settled_for": settled})
        printer.line(f"claim {words.short(claimed.claim_id)}: settled for {settled}")


def _claim(accounts: list[Account], text: str) -> tuple[Account, Claimed]:
    account, i = settlements.find_in(accounts, text, RefundClaim)
    return account, account.claims[i]
