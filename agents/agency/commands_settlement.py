"""Commands about money between institutions: claim, answer, net, pay. It moves on paper only."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from agents.agency import settlement_words as words
from agents.agency import settlements
from agents.agency.office import Office, open_office
from agents.agency.options import CaseArgument, JsonOption, ProfileOption, day, party
from agents.agency.undelivered import Undelivered
from agents.printing import Printer
from agents.profile import find_profile
from agents.surroundings import Surroundings
from portability.consent.scope import Party
from portability.core.money import parse_money
from portability.errors import ConfigurationError, InvalidInputError
from portability.settlement.account import Account, Claimed, account_key
from portability.settlement.advice import advice_csv, advice_json, verify_advice
from portability.settlement.ledger import ledger_of
from portability.settlement.statements import (
    DisputeReason,
    ExchangeRate,
    LineDispute,
    Netting,
    PaymentAdvice,
    RefundClaim,
    RefundKind,
)

ClaimArgument = Annotated[str, typer.Argument(metavar="CLAIM", help="Beginning of the claim's id.")]
WithOption = Annotated[str, typer.Option("--with", help="The other institution, such as FR/cnav.")]
CurrencyOption = Annotated[str, typer.Option("--currency", help="ISO 4217 code.")]
FolderOption = Annotated[Path, typer.Option("--folder", help="Where the advice files go.")]


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
    _add_net(group, outside)
    _add_pay(group, outside)
    _add_confirm(group, outside)
    _add_advice(group, outside)
    _add_ledger(group, outside)


@contextmanager
def _desk(profile: Path | None, outside: Surroundings) -> Iterator[tuple[Office, list[Account]]]:
    """The office with all of its accounts, verified."""
    with open_office(find_profile(profile), outside) as office:
        yield office, settlements.load_accounts(office)


def _add_claim(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("claim")
    def claim(
        case: CaseArgument,
        *,
        kind: Annotated[RefundKind, typer.Option("--kind", help="Why it is owed.")],
        debtor: Annotated[str, typer.Option("--debtor", help="Who owes it, such as FR/cnav.")],
        from_month: Annotated[str, typer.Option("--from-month", help="Such as 2026-01.")],
        months: Annotated[int, typer.Option("--months", min=1, help="How many.")],
        claimed: Annotated[
            str, typer.Option("--amount", help='Such as "300.00 EUR"; else all that is allowed.')
        ] = "",
        exported_months: Annotated[
            int, typer.Option("--exported-months", min=0, help="Paid abroad before (Art 64).")
        ] = 0,
        rates: Annotated[
            list[str] | None,
            typer.Option("--rate", help="ECB rate, such as PLN=4.2875@2026-01-02; repeatable."),
        ] = None,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Claim months of a case, on the decisions that were signed in it."""
        asked = settlements.Asked(
            case=case,
            kind=kind,
            debtor=party(debtor, "--debtor"),
            first_month=day(f"{from_month}-01", "--from-month"),
            months=months,
            minor=parse_money(claimed).minor if claimed else 0,
            exported_months=exported_months,
            rates=tuple(map(_rate, rates or ())),
        )
        with open_office(find_profile(profile), outside) as office:
            prepared = settlements.prepare_claim(office, asked)
            i = settlements.say(office, prepared.claim)
        said = prepared.claim
        account = Account(key=account_key(said.creditor, said.debtor, said.currency))
        total = words.amount(account, prepared.claim.minor)
        printer = Printer(as_json=json)
        printer.document({"claim": i.hex(), "amount": total, "explanation": list(prepared.words)})
        for line in prepared.words:
            printer.line(line)
        printer.line(f"claim {words.short(i)}: {total} claimed of {prepared.claim.debtor}")


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
        with _desk(profile, outside) as (office, accounts):
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
    def accept(claim: ClaimArgument, *, profile: ProfileOption = None) -> None:
        """Acknowledge a claim in full."""
        with _desk(profile, outside) as (office, accounts):
            account, claimed = _claim(accounts, claim)
            settlements.answer_claim(office, account, claimed, ())
        Printer(as_json=False).line(
            f"claim {words.short(claimed.claim_id)}: "
            f"{words.amount(account, claimed.claim.minor)} acknowledged"
        )


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
    ) -> None:
        """Acknowledge a claim except for one line, or for a part of that."""
        part = parse_money(accepted) if accepted else None
        with _desk(profile, outside) as (office, accounts):
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
        Printer(as_json=False).line(
            f"claim {words.short(claimed.claim_id)}: line {line} disputed ({reason}), "
            f"{words.amount(account, one.accepted)} of it acknowledged"
        )


def _add_concede(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("concede")
    def concede(claim: ClaimArgument, *, profile: ProfileOption = None) -> None:
        """Let rest what the debtor disputes of a claim."""
        with _desk(profile, outside) as (office, accounts):
            account, claimed = _claim(accounts, claim)
            settlements.concede(office, account, claimed)
        Printer(as_json=False).line(
            f"claim {words.short(claimed.claim_id)}: settled for "
            f"{words.amount(account, claimed.minor)}"
        )


def _claim(accounts: list[Account], text: str) -> tuple[Account, Claimed]:
    account, i = settlements.find_in(accounts, text, RefundClaim)
    return account, account.claims[i]


def _add_net(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("net")
    def net(
        *,
        with_: WithOption,
        currency: CurrencyOption = "EUR",
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Set acknowledged claims off: agree to what they propose, or propose."""
        other = party(with_, "--with")
        with _desk(profile, outside) as (office, accounts):
            account = _account(accounts, office, other, currency)
            is_theirs = settlements.open_netting(account, office.party) is not None
            i, netting = settlements.net(office, account)
        printer = Printer(as_json=json)
        total = words.amount(account, netting.minor)
        payer = str(netting.payer or "")
        printer.document({"netting": i.hex(), "payer": payer, "amount": total, "agreed": is_theirs})
        done = "agreed" if is_theirs else f"proposed to {other}"
        printer.line(
            f"netting {words.short(i)} {done}: "
            + (f"{payer} pays {total}" if payer else "nothing is paid")
        )


def _account(accounts: list[Account], office: Office, other: object, currency: str) -> Account:
    for account in accounts:
        if account.key.other(office.party) == other and account.key.currency == currency:
            return account
    raise InvalidInputError(
        f"there is no account with {other} in {currency}; `settlement list` shows those there are",
        field="--with",
    )


def _add_pay(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("pay")
    def pay(
        netting: Annotated[str, typer.Argument(metavar="NETTING", help="Beginning of its id.")],
        *,
        value_date: Annotated[str, typer.Option("--value-date", help="When it is to arrive.")],
        part: Annotated[
            str, typer.Option("--amount", help='A part, such as "100.00 EUR"; else all.')
        ] = "",
        folder: FolderOption = Path(),
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Announce a payment and write its advice files; the money moves elsewhere."""
        arrives = day(value_date, "--value-date")
        with _desk(profile, outside) as (office, accounts):
            account, i = settlements.find_in(accounts, netting, Netting)
            if i not in account.nettings:
                raise InvalidInputError(
                    "that netting gave way to another of the same claims; list them",
                    field="netting",
                )
            advised = settlements.advise(
                office,
                account,
                account.nettings[i],
                minor=parse_money(part).minor if part else 0,
                value_date=arrives,
            )
        files = _write_files(folder, advised.advice_id, advised.file)
        _tell_advice(account, advised.advice_id, advised.minor, arrives, files, as_json=json)


def _tell_advice(
    account: Account, i: bytes, minor: int, arrives: date, files: list[str], *, as_json: bool
) -> None:
    printer = Printer(as_json=as_json)
    total = words.amount(account, minor)
    printer.document({"advice": i.hex(), "amount": total, "files": files})
    printer.line(f"advice {words.short(i)}: {total} on {arrives}")
    for file in files:
        printer.line(file)


def _write_files(folder: Path, advice_id: bytes, file: bytes) -> list[str]:
    """The advice as JSON and as CSV; ConfigurationError for a folder that cannot be written."""
    stem = folder / f"advice-{words.short(advice_id)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stem.with_suffix(".json").write_bytes(file)
        stem.with_suffix(".csv").write_text(advice_csv(file), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"the advice cannot be written to {folder} ({error.strerror}); choose another folder "
            f"with `settlement advice {words.short(advice_id)} --folder`",
            file=str(folder),
        ) from None
    return [str(stem.with_suffix(suffix)) for suffix in (".json", ".csv")]


def _add_confirm(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("confirm")
    def confirm(
        advice: Annotated[str, typer.Argument(metavar="ADVICE", help="Beginning of its id.")],
        *,
        part: Annotated[
            str, typer.Option("--amount", help="What arrived, if less than was announced.")
        ] = "",
        profile: ProfileOption = None,
    ) -> None:
        """Say that an announced payment has arrived."""
        with _desk(profile, outside) as (office, accounts):
            account, i = settlements.find_in(accounts, advice, PaymentAdvice)
            minor = settlements.confirm(
                office, account, i, minor=parse_money(part).minor if part else 0
            )
        Printer(as_json=False).line(
            f"advice {words.short(i)}: {words.amount(account, minor)} received"
        )


def _add_advice(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("advice")
    def advice(
        name: Annotated[str, typer.Argument(metavar="ADVICE", help="Beginning of its id.")],
        *,
        check: Annotated[
            Path | None, typer.Option("--check", help="Compare this file with what was signed.")
        ] = None,
        folder: FolderOption = Path(),
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Write the files of an advice again, or check one; exit 1 if it was altered."""
        with _desk(profile, outside) as (_, accounts):
            account, i = settlements.find_in(accounts, name, PaymentAdvice)
        said = account.of_kind(PaymentAdvice)[i]
        if check is not None:
            verify_advice(account, i, _read(check))
            Printer(as_json=False).line(f"{check} is the advice that {said.header.sender} signed")
            return
        file = advice_json(account, said.header.predecessors[0], said.minor, said.value_date)
        verify_advice(account, i, file)
        files = _write_files(folder, i, file)
        _tell_advice(account, i, said.minor, said.value_date, files, as_json=json)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error.strerror}); check its place", file=str(path)
        ) from None


def _add_ledger(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("ledger")
    def ledger(
        *,
        with_: WithOption,
        currency: CurrencyOption = "EUR",
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Show the books of both institutions; they balance, or exit 1."""
        with _desk(profile, outside) as (office, accounts):
            account = _account(accounts, office, party(with_, "--with"), currency)
            own = office.party
        books = ledger_of(account)
        printer = Printer(as_json=json)
        printer.document(words.ledger_json(account, books, own))
        columns = ("statement", "what", "institution", "book", "debit", "credit")
        printer.table(columns, words.ledger_rows(account, books))
        printer.line("All entries and all books balance.")
