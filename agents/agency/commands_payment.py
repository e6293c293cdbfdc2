"""Commands about what is left of claims: net, pay, confirm, advice, ledger; it moves on paper."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from agents.agency import settlement_words as words
from agents.agency import settlements
from agents.agency.office import Office
from agents.agency.options import JsonOption, ProfileOption, day, part_in, party
from agents.printing import Printer
from agents.surroundings import Surroundings
from portability.errors import ConfigurationError, InvalidInputError
from portability.settlement.account import Account
from portability.settlement.advice import advice_csv, advice_json, verify_advice
from portability.settlement.ledger import ledger_of
from portability.settlement.statements import (
    Netting,
    PaymentAdvice,
)

WithOption = Annotated[str, typer.Option("--with", help="The other institution, such as FR/cnav.")]
CurrencyOption = Annotated[str, typer.Option("--currency", help="ISO 4217 code.")]
FolderOption = Annotated[Path, typer.Option("--folder", help="Where the advice files go.")]


def add_payment_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``net``, ``pay``, ``confirm``, ``advice`` and ``ledger``."""
    _add_net(app, outside)
    _add_pay(app, outside)
    _add_confirm(app, outside)
    _add_advice(app, outside)
    _add_ledger(app, outside)


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
        with settlements.open_desk(profile, outside) as (office, accounts):
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
        value_date: Annotated[
            str, typer.Option("--value-date", metavar="DATE", help="When it is to arrive.")
        ],
        part: Annotated[
            str, typer.Option("--amount", help='A part, such as "100.00 EUR"; else all.')
        ] = "",
        folder: FolderOption = Path(),
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Announce a payment and write its advice files; the money moves elsewhere."""
        arrives = day(value_date, "--value-date")
        with settlements.open_desk(profile, outside) as (office, accounts):
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
                minor=part_in(account.key.currency, part, "--amount"),
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
        json: JsonOption = False,
    ) -> None:
        """Say that an announced payment has arrived."""
        with settlements.open_desk(profile, outside) as (office, accounts):
            account, i = settlements.find_in(accounts, advice, PaymentAdvice)
            minor = settlements.confirm(
                office, account, i, minor=part_in(account.key.currency, part, "--amount")
            )
        received = words.amount(account, minor)
        printer = Printer(as_json=json)
        printer.document({"advice": i.hex(), "received": received})
        printer.line(f"advice {words.short(i)}: {received} received")


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
        with settlements.open_desk(profile, outside) as (_, accounts):
            account, i = settlements.find_in(accounts, name, PaymentAdvice)
        said = account.of_kind(PaymentAdvice)[i]
        if check is not None:
            verify_advice(account, i, _read(check))
            printer = Printer(as_json=json)
            printer.document({"advice": i.hex(), "file": str(check), "as_signed": True})
            printer.line(f"{check} is the advice that {said.header.sender} signed")
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
        with settlements.open_desk(profile, outside) as (office, accounts):
            account = _account(accounts, office, party(with_, "--with"), currency)
            own = office.party
        books = ledger_of(account)
        printer = Printer(as_json=json)
        printer.document(words.ledger_json(account, books, own))
        columns = ("statement", "what", "institution", "book", "debit", "credit")
        printer.table(columns, words.ledger_rows(account, books))
        printer.line("All entries and all books balance.")
