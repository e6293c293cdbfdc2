"""
What stands in the tables of accounts between institutions and of signed agreements, derived again.

Accounts: from the logged statements alone, each judged again by those before it, and the books of
each account have to balance. Months: from the claims. Agreements: from the signed adoptions, each
verified by the key of its node; a text by its digest.
"""

import hashlib
from typing import Final

from portability.errors import InvalidInputError, PortabilityError, ProofError
from portability.ledger.directory import Directory
from portability.ledger.envelope import kind_of, verify_envelope
from portability.ledger.trust import KeyPurpose
from portability.node.settlement.accounts import key_of, load_account
from portability.node.settlement.book import month_rows
from portability.settlement.account import Account
from portability.settlement.admission import admit, opens
from portability.settlement.ledger import ledger_of
from portability.settlement.statements import RefundClaim, SettlementSaid
from portability.store import agreements, settlement
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.adoption import ADOPTION_TYPE, adoption_from_payload
from portability.wire.envelope import envelope_from_bytes
from portability.wire.settlement import SETTLEMENT_TYPES

_KINDS: Final = tuple(kind_of(one) for one in SETTLEMENT_TYPES)


async def check_settlement(
    connection: Connection, vault: Vault, directory: Directory, jurisdiction: str
) -> None:
    """Raise ProofError naming the first row that is not what signed statements say."""
    stray = await settlement.find_stray(connection, _KINDS)
    if stray is not None:
        raise _row("settlement_statements", stray, "log and table do not hold it alike")
    months: set[settlement.MonthRow] = set()
    for place in await settlement.list_all_accounts(connection):
        account = await load_account(connection, vault, key_of(place))
        _check_account(account)
        for row in await settlement.list_statements(connection, place):
            sender = account.accepted[row.statement_id].header.sender.jurisdiction
            if row.peer != ("" if sender == jurisdiction else sender):
                raise _row("settlement_statements", row.statement_id, "peer is not its sender's")
        for i, claim in account.of_kind(RefundClaim).items():
            months.update(month_rows(i, claim))
    if set(await settlement.list_all_months(connection)) != months:
        raise ProofError("settlement_months: they are not the months of the claims")
    await _check_agreements(connection, directory)


def _check_account(account: Account) -> None:
    """Every statement may be said after those before it, in this account, and the books balance."""
    so_far = Account(key=account.key)
    for i, statement in account.accepted.items():
        said = SettlementSaid(statement_id=i, statement=statement)
        if opens(statement) not in {None, account.key}:
            raise _row("settlement_statements", i, "it is of another account")
        try:
            is_claim = isinstance(statement, RefundClaim)
            so_far = so_far.adding(said) if is_claim else admit(so_far, said)
        except InvalidInputError as error:
            raise _row("settlement_statements", i, error.message) from None
    ledger_of(so_far)


async def _check_agreements(connection: Connection, directory: Directory) -> None:
    for row in await agreements.list_adoptions(connection):
        try:
            envelope = envelope_from_bytes(row.envelope)
            said = adoption_from_payload(envelope.payload)
            at = said.header.created
            keys = directory.keys(said.jurisdiction, "", KeyPurpose.NODE, at)
            found = verify_envelope(envelope, {ADOPTION_TYPE}, keys).statement_id
        except PortabilityError:
            raise _row(
                "agreement_adoptions", row.statement_id, "its node did not sign it"
            ) from None
        says = (found, said.jurisdiction, said.agreement, said.agreement_version, said.digest, at)
        if says != (
            row.statement_id,
            row.jurisdiction,
            row.agreement,
            row.agreement_version,
            row.digest,
            row.sign_time,
        ):
            raise _row("agreement_adoptions", row.statement_id, "it is not what was signed")
    for digest, source in await agreements.list_all_texts(connection):
        if hashlib.sha256(source).digest() != digest:
            raise _row("agreement_texts", digest, "the text has another digest")
    stray = await agreements.find_stray_case(connection)
    if stray is not None:
        raise ProofError(f"case_agreements: the case {stray} or its text is not here")


def _row(table: str, key: bytes, what: str) -> ProofError:
    return ProofError(f"{table}: row {key.hex()[:16]}: {what}")
