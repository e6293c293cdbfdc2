"""Accounts between institutions in words and in JSON."""

from collections.abc import Iterator

from portability.consent.scope import Party
from portability.core.money import Money
from portability.settlement.account import Account, Claimed, ClaimState, Netted
from portability.settlement.ledger import Book, Ledger
from portability.settlement.statements import RefundClaim

SHORT = 12
"""Digits of an id that people read; commands take any beginning that is not ambiguous."""


def short(statement_id: bytes) -> str:
    return statement_id.hex()[:SHORT]


def amount(account: Account, minor: int) -> str:
    return str(Money(minor=minor, currency=account.key.currency))


def claim_row(account: Account, claimed: Claimed) -> tuple[str, ...]:
    """Id, who asks whom, amount, what is acknowledged, state."""
    claim = claimed.claim
    return (
        short(claimed.claim_id),
        f"{claim.creditor} of {claim.debtor}",
        amount(account, claim.minor),
        amount(account, claimed.minor),
        account.state(claimed.claim_id).value,
    )


def claim_json(account: Account, claimed: Claimed) -> dict[str, object]:
    claim = claimed.claim
    disputes = () if claimed.answer is None else claimed.answer.disputes
    return {
        "claim": claimed.claim_id.hex(),
        "creditor": str(claim.creditor),
        "debtor": str(claim.debtor),
        "agreement": claim.agreement,
        "state": account.state(claimed.claim_id).value,
        "amount": amount(account, claim.minor),
        "acknowledged": amount(account, claimed.minor),
        "answer": claimed.answer_id.hex(),
        "lines": [line_json(account, claim, number) for number in range(len(claim.lines))],
        "disputes": [
            {
                "line": one.line,
                "reason": one.reason.value,
                "accepted": amount(account, one.accepted),
                "detail": one.detail,
            }
            for one in disputes
        ],
    }


def line_json(account: Account, claim: RefundClaim, at: int) -> dict[str, object]:
    line = claim.lines[at]
    return {
        "line": line.number,
        "kind": line.kind.value,
        "case": f"cases/{line.case_id}",
        "decision": line.decision.hex(),
        "counterpart": line.counterpart.hex(),
        "first_month": f"{line.first_month:%Y-%m}",
        "months": line.months,
        "amount": amount(account, line.minor),
    }


def netting_json(account: Account, netted: Netted) -> dict[str, object]:
    return {
        "netting": netted.netting_id.hex(),
        "proposed_by": str(netted.netting.header.sender),
        "agreed": netted.agreed,
        "claims": [one.hex() for one in netted.claims],
        "payer": str(netted.netting.payer or ""),
        "amount": amount(account, netted.netting.minor),
        "received": amount(account, netted.received),
        "outstanding": amount(account, netted.outstanding),
        "advices": [
            {
                "advice": i.hex(),
                "amount": amount(account, one.minor),
                "value_date": one.value_date.isoformat(),
                "received": amount(
                    account,
                    sum(r.minor for r in netted.receipts.values() if r.header.predecessors == (i,)),
                ),
            }
            for i, one in netted.advices.items()
        ],
    }


def account_json(account: Account, party: Party) -> dict[str, object]:
    return {
        "with": str(account.key.other(party)),
        "currency": account.key.currency,
        "claims": [claim_json(account, one) for one in account.claims.values()],
        "nettings": [netting_json(account, one) for one in account.nettings.values()],
    }


def netting_lines(account: Account, netted: Netted, party: Party) -> Iterator[str]:
    """What a netting comes to, and what is to be done about it."""
    netting = netted.netting
    total = amount(account, netting.minor)
    count = len(netted.claims)
    name = f"netting {short(netted.netting_id)} of {count} claim{'s'[: count != 1]}"
    if netting.payer is None:
        yield f"{name}: the sums are equal, nothing is paid"
    else:
        payee = account.key.other(netting.payer)
        open_ = amount(account, netted.outstanding)
        yield f"{name}: {netting.payer} pays {payee} {total}, {open_} of it outstanding"
    if not netted.agreed:
        other = netting.counterparty
        whose = "yours to agree to: `settlement net`" if other == party else f"waits for {other}"
        yield f"  proposed by {netting.header.sender}, {whose}"
    yield from _advice_lines(account, netted, party)


def _advice_lines(account: Account, netted: Netted, party: Party) -> Iterator[str]:
    payer = netted.netting.payer
    if payer is None or not netted.agreed:
        return
    is_payer, payee = payer == party, account.key.other(payer)
    came = {one.header.predecessors[0]: one.minor for one in netted.receipts.values()}
    for i, one in netted.advices.items():
        if i not in came:
            step = f"waits for {payee}" if is_payer else "once it is there: `settlement confirm`"
            state = f"announced, {step}"
        elif came[i] == one.minor:
            state = "received"
        else:
            state = f"{amount(account, came[i])} of it received"
        yield f"  advice {short(i)}: {amount(account, one.minor)} on {one.value_date}, {state}"
    if netted.to_advise:
        step = "yours to announce: `settlement pay`" if is_payer else f"waits for {payer}"
        yield f"  {amount(account, netted.to_advise)} not announced yet, {step}"


def next_step(account: Account, claimed: Claimed, party: Party) -> str:
    """What this institution can do about a claim; empty where it is the other's turn."""
    state = account.state(claimed.claim_id)
    is_creditor = claimed.claim.creditor == party
    steps = {
        (ClaimState.CLAIMED, False): "settlement accept, or settlement dispute",
        (ClaimState.DISPUTED, True): "settlement concede, or ask them to answer again",
        (ClaimState.DISPUTED, False): "settlement accept to give way",
        (ClaimState.ACKNOWLEDGED, True): "settlement net",
        (ClaimState.ACKNOWLEDGED, False): "settlement net",
    }
    return steps.get((state, is_creditor), "")


def ledger_rows(account: Account, ledger: Ledger) -> list[tuple[str, ...]]:
    """Every posting: statement, text, institution, book, debit, credit."""
    return [
        (
            short(entry.statement_id),
            entry.text,
            str(posting.party),
            posting.book.value,
            amount(account, posting.minor) if posting.minor > 0 else "",
            amount(account, -posting.minor) if posting.minor < 0 else "",
        )
        for entry in ledger.entries
        for posting in entry.postings
    ]


def ledger_json(account: Account, ledger: Ledger, party: Party) -> dict[str, object]:
    return {
        "with": str(account.key.other(party)),
        "currency": account.key.currency,
        "entries": [
            {
                "statement": entry.statement_id.hex(),
                "text": entry.text,
                "postings": [
                    {
                        "institution": str(one.party),
                        "book": one.book.value,
                        "amount": amount(account, one.minor),
                    }
                    for one in entry.postings
                ],
            }
            for entry in ledger.entries
        ],
        "balances": {
            str(whose): {book.value: amount(account, ledger.balance(whose, book)) for book in Book}
            for whose in (account.key.first, account.key.second)
        },
    }
