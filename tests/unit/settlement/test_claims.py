import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from portability.errors import InvalidInputError, ProofError
from portability.settlement.account import Account, ClaimState
from portability.settlement.admission import admit, check_dated
from portability.settlement.advice import advice_csv, advice_json, verify_advice
from portability.settlement.ledger import Book, Posting, check_balance, ledger_of
from portability.settlement.ledger import Entry as LedgerEntry
from portability.settlement.statements import (
    MAX_LINES,
    MAX_MINOR,
    MAX_MONTHS,
    ClaimAnswer,
    ClaimConcession,
    Netting,
    NettingAgreement,
    PaymentAdvice,
    PaymentReceipt,
    RefundClaim,
    SettlementSaid,
)
from tests.unit.settlement.books import (
    FRANCE,
    KEY,
    PACK,
    SPAIN,
    Books,
    claim_of,
    header,
    id_of,
    line_of,
    signed,
    unemployed,
)


def test_a_claim_is_acknowledged_netted_paid_in_parts_and_settled() -> None:
    books = Books()
    claim = books.claim(SPAIN, "a", 30_000)
    assert books.account.state(claim) is ClaimState.CLAIMED
    books.answer(claim)
    assert books.account.state(claim) is ClaimState.ACKNOWLEDGED
    back = books.claim(FRANCE, "b", 10_000)
    books.answer(back)
    netting = books.net(FRANCE, claim, back)
    assert books.account.state(claim) is ClaimState.NETTED
    assert books.account.nettings[netting].netting.payer == FRANCE
    first = books.advise(netting, 5_000)
    books.confirm(first, 5_000)
    assert books.account.state(claim) is ClaimState.PART_PAID
    books.confirm(books.advise(netting, 15_000), 15_000)
    assert {books.account.state(one) for one in (claim, back)} == {ClaimState.SETTLED}
    ledger = ledger_of(books.account)
    assert ledger.balance(SPAIN, Book.RECOVERED) == -30_000
    assert ledger.balance(SPAIN, Book.TRANSFERS) == 20_000
    assert ledger.balance(FRANCE, Book.TRANSFERS) == -20_000
    for party in (SPAIN, FRANCE):
        for book in (Book.NET, Book.RECEIVABLE, Book.PAYABLE):
            assert ledger.balance(party, book) == 0


def test_a_disputed_line_counts_with_what_is_accepted_until_one_side_gives_way() -> None:
    books = Books()
    claim = books.claim(SPAIN, "a", 30_000, 20_000)
    answer = books.answer(claim, (2, 15_000))
    assert books.account.state(claim) is ClaimState.DISPUTED
    assert ledger_of(books.account).balance(SPAIN, Book.RECEIVABLE) == 45_000
    other = Books(account=books.account, said=list(books.said))
    books.concede(answer)
    assert books.account.state(claim) is ClaimState.ACKNOWLEDGED
    assert books.account.claims[claim].minor == 45_000
    other.answer(claim, before=answer)
    assert other.account.state(claim) is ClaimState.ACKNOWLEDGED
    assert other.account.claims[claim].minor == 50_000


def test_a_second_concession_with_an_earlier_date_leaves_a_netting_what_it_rests_on() -> None:
    """Whoever writes the date of a concession must not move what both sides agreed to."""
    books = Books()
    claim = books.claim(SPAIN, "a", 50_000)
    answer = books.answer(claim, (1, 20_000))
    first = books.concede(answer)
    netting = books.net(SPAIN, claim)
    books.answer(claim, before=answer)
    earlier = books.account.of_kind(ClaimConcession)[first].header.created - timedelta(minutes=1)
    books.take(ClaimConcession(header=header(SPAIN, answer, at=earlier)))

    assert books.account.nettings[netting].netting.minor == 20_000
    assert books.account.claims[claim].ending == first
    assert ledger_of(books.account).balance(SPAIN, Book.NET) == 20_000


def test_equal_sums_are_settled_by_set_off_alone() -> None:
    books = Books()
    claims = [books.claim(party, "x", 7_000) for party in (SPAIN, FRANCE)]
    for one in claims:
        books.answer(one)
    netting = books.net(SPAIN, *claims)
    assert books.account.nettings[netting].netting.payer is None
    assert {books.account.state(one) for one in claims} == {ClaimState.SETTLED}


def test_of_two_nettings_that_cross_that_of_the_first_institution_stands() -> None:
    books = Books()
    claim = books.claim(SPAIN, "a", 30_000)
    books.answer(claim)
    before = list(books.said)
    theirs = books.net(FRANCE, claim, agree=False)
    french = books.said[-1]
    spanish_books = Books()
    for one in before:
        spanish_books.take(one.statement, books.grounds[one.statement_id])
    ours = spanish_books.net(SPAIN, claim, agree=False)
    spanish = spanish_books.said[-1]
    at_spain = admit(spanish_books.account, french)
    at_france = admit(books.account, spanish)
    assert list(at_spain.nettings) == list(at_france.nettings) == [ours]
    agreeing = signed(NettingAgreement(header=header(SPAIN, theirs)))
    for account in (at_spain, at_france):
        with pytest.raises(InvalidInputError, match="proposed a netting of these claims itself"):
            admit(account, agreeing)
        agreed = admit(account, signed(NettingAgreement(header=header(FRANCE, ours))))
        assert agreed.nettings[ours].agreed


def acknowledged() -> tuple[Books, bytes]:
    books = Books()
    claim = books.claim(SPAIN, "a", 30_000)
    books.answer(claim)
    return books, claim


def netted() -> tuple[Books, bytes]:
    books, claim = acknowledged()
    return books, books.net(SPAIN, claim)


def test_a_claim_that_rests_on_no_signed_decision_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="line 1 rests on no decision that this node holds"):
        Books().take(claim_of(line_of(1)))


def test_a_claim_above_what_the_agreement_allows_is_refused_with_the_article() -> None:
    with pytest.raises(
        InvalidInputError,
        match=r"line 1 asks for 3000.01 EUR, and 883/2004 Art 65\(6\) allows 3000.00 EUR",
    ):
        Books().take(claim_of(line_of(300_001)), {1: unemployed()})


def test_a_month_is_claimed_once_in_one_claim_and_in_several() -> None:
    books = Books()
    books.take(claim_of(line_of(300_000)), {1: unemployed()})
    again = claim_of(line_of(100_000, months=1, first_month=date(2026, 3, 1)), at=books.now)
    with pytest.raises(InvalidInputError, match="line 1 claims 2026-03 of a case again"):
        books.take(again, {1: unemployed()})
    twice = claim_of(line_of(1, months=1), line_of(1, number=2))
    with pytest.raises(InvalidInputError, match="line 2 claims 2026-01"):
        Books().take(twice, {1: unemployed(), 2: unemployed()})


def test_a_replayed_statement_changes_nothing() -> None:
    books, _ = netted()
    for one in books.said:
        assert admit(books.account, one) is books.account


Alter = Callable[[RefundClaim], RefundClaim]


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (lambda c: replace(c, lines=()), "1 to 1000 lines"),
        (lambda c: replace(c, lines=(replace(c.lines[0], number=2),)), "numbered from 1"),
        (lambda c: replace(c, lines=(replace(c.lines[0], months=0),)), "months"),
        (lambda c: replace(c, header=replace(c.header, predecessors=())), "exactly the decisions"),
        (
            lambda c: replace(c, debtor=replace(SPAIN, institution="inss")),
            "of one jurisdiction",
        ),
    ],
    ids=["no lines", "number", "no months", "predecessors", "at home"],
)
def test_a_claim_that_contradicts_itself_is_refused(alter: Alter, words: str) -> None:
    claim = alter(claim_of(line_of(1)))
    said = replace(signed(claim_of(line_of(1))), statement=claim)
    with pytest.raises(InvalidInputError, match=words):
        admit(Account(key=KEY), said, grounds={1: unemployed()}, pack=PACK)


def test_only_whose_turn_it_is_speaks() -> None:
    books, claim = acknowledged()
    account = books.account
    answer = account.claims[claim].answer_id
    stranger = replace(FRANCE, institution="cnav")
    for statement, words in (
        (ClaimAnswer(header=header(stranger, claim), disputes=()), "no part in this account"),
        (ClaimAnswer(header=header(SPAIN, claim), disputes=()), "only FR/france-travail may"),
        (ClaimAnswer(header=header(FRANCE, claim), disputes=()), "acknowledged in full"),
        (ClaimAnswer(header=header(FRANCE, id_of("x")), disputes=()), "no RefundClaim here"),
        (ClaimAnswer(header=header(FRANCE), disputes=()), "no RefundClaim here"),
    ):
        with pytest.raises(InvalidInputError, match=words):
            admit(account, signed(statement))
    with pytest.raises(InvalidInputError, match="nothing to concede"):
        books.concede(answer)


def test_only_the_creditor_concedes_and_only_the_payee_confirms() -> None:
    books = Books()
    answer = books.answer(books.claim(SPAIN, "a", 30_000), (1, 10_000))
    with pytest.raises(InvalidInputError, match="only ES/sepe may say this"):
        admit(books.account, signed(ClaimConcession(header=header(FRANCE, answer))))
    books, netting = netted()
    advice = books.advise(netting, 30_000)
    with pytest.raises(InvalidInputError, match="only ES/sepe may say this"):
        admit(books.account, signed(PaymentReceipt(header=header(FRANCE, advice), minor=1)))


def test_who_has_agreed_to_a_netting_proposes_no_other_of_its_claims() -> None:
    books, claim = acknowledged()
    ending = books.account.claims[claim].ending
    other = Netting(
        header=header(FRANCE, ending, at=books.now),
        counterparty=SPAIN,
        currency="EUR",
        owed_to_sender=0,
        owed_by_sender=30_000,
    )
    assert admit(books.account, signed(other))
    open_ = books.net(SPAIN, claim, agree=False)
    assert admit(books.account, signed(other)), "which is not agreed to yet"
    books.agree(open_)
    with pytest.raises(InvalidInputError, match="netted before"):
        admit(books.account, signed(other))


def test_each_answer_replaces_the_one_before_it() -> None:
    books = Books()
    claim = books.claim(SPAIN, "a", 30_000)
    first = books.answer(claim, (1, 10_000))
    second = books.answer(claim, (1, 20_000), before=first)
    assert books.account.claims[claim].answer_id == second
    with pytest.raises(InvalidInputError, match="the last answer to it"):
        books.answer(claim, (1, 25_000), before=first)
    third = books.answer(claim, (1, 25_000), before=second)
    assert books.account.claims[claim].answer_id == third
    assert books.account.claims[claim].minor == 25_000
    last = books.answer(claim, before=third)
    assert books.account.claim_of(last) == claim
    netting = books.net(SPAIN, claim)
    assert books.account.nettings[netting].claims == (claim,)
    assert books.account.nettings[netting].netting.minor == 30_000


def test_what_is_conceded_and_acknowledged_is_netted_once() -> None:
    books = Books()
    claim = books.claim(SPAIN, "a", 30_000)
    answer = books.answer(claim, (1, 10_000))
    both = tuple(sorted((books.concede(answer), books.answer(claim, before=answer))))
    twice = Netting(
        header=header(SPAIN, *both, at=books.now),
        counterparty=FRANCE,
        currency="EUR",
        owed_to_sender=40_000,
        owed_by_sender=0,
    )
    with pytest.raises(InvalidInputError, match="counts a claim twice"):
        admit(books.account, signed(twice))


def test_what_is_disputed_in_full_stands_in_no_book() -> None:
    books = Books()
    claim = books.claim(SPAIN, "a", 30_000)
    books.answer(claim, (1, 0))
    assert ledger_of(books.account).entries == ()


def test_nobody_acknowledges_less_than_nothing() -> None:
    books = Books()
    claim = books.claim(SPAIN, "a", 30_000)
    answer_id = books.answer(claim, (1, 10_000))
    answer = books.account.of_kind(ClaimAnswer)[answer_id]
    (dispute,) = answer.disputes
    less = replace(answer, disputes=(replace(dispute, accepted=-1),))
    fresh = Books()
    fresh.claim(SPAIN, "a", 30_000)
    with pytest.raises(InvalidInputError, match=r"-0\.01 EUR is not less than what it claims"):
        admit(fresh.account, SettlementSaid(statement_id=id_of("less"), statement=less))


def test_a_claim_is_dated_within_a_day_and_an_hour_of_its_log() -> None:
    claim = claim_of(line_of(1))
    created = claim.header.created
    for apart in (timedelta(hours=25), -timedelta(hours=25)):
        check_dated(claim, created + apart)
        with pytest.raises(InvalidInputError, match="sign it anew"):
            check_dated(claim, created + apart + (apart / 25 / 3600))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"minor": 0}, "has no amount"),
        ({"minor": -1}, "has no amount"),
        ({"minor": MAX_MINOR}, "asks for"),
        ({"minor": MAX_MINOR + 1}, "has no amount"),
        ({"months": MAX_MONTHS}, "other months|to come|by then"),
        ({"months": MAX_MONTHS + 1}, f"not 1 to {MAX_MONTHS} months"),
    ],
)
def test_a_line_has_an_amount_and_months(changes: dict[str, int], words: str) -> None:
    good = claim_of(line_of(1))
    claim = replace(good, lines=(replace(good.lines[0], **changes),))  # type: ignore[arg-type]
    said = replace(signed(good), statement=claim)
    with pytest.raises(InvalidInputError, match=words):
        admit(Account(key=KEY), said, grounds={1: unemployed()}, pack=PACK)


def test_a_claim_has_just_so_many_lines() -> None:
    lines = tuple(line_of(1, number=number) for number in range(1, MAX_LINES + 2))
    for count, words in ((MAX_LINES, "of a case again"), (MAX_LINES + 1, "1 to 1000 lines")):
        claim = claim_of(*lines[:count])
        said = replace(signed(claim_of(line_of(1))), statement=claim)
        grounds = dict.fromkeys(range(1, count + 1), unemployed())
        with pytest.raises(InvalidInputError, match=words):
            admit(Account(key=KEY), said, grounds=grounds, pack=PACK)


def test_what_is_advised_and_confirmed_is_something() -> None:
    books, netting = netted()
    with pytest.raises(InvalidInputError, match=r"the advice is of 0\.00 EUR"):
        books.advise(netting, 0)
    books.confirm(books.advise(netting, 1), 1)
    rest = books.advise(netting, 29_999)
    with pytest.raises(InvalidInputError, match=r"the receipt is of 0\.00 EUR"):
        books.confirm(rest, 0)
    books.confirm(rest, 29_999)
    assert books.account.nettings[netting].outstanding == 0


def test_an_advice_says_of_each_line_which_way_it_counts() -> None:
    books = Books()
    claims = books.claim(SPAIN, "a", 30_000), books.claim(FRANCE, "b", 10_000)
    for one in claims:
        books.answer(one)
    netting = books.net(FRANCE, *claims)
    file = advice_json(books.account, netting, 20_000, date(2026, 6, 1))
    said = json.loads(file)
    assert file == (json.dumps(said, indent=2) + "\n").encode()
    assert (said["amount"], said["control_sum"], said["number_of_transactions"]) == (
        "200.00",
        "200.00",
        2,
    )
    found = {line["claim"]: (line["direction"], line["amount"]) for line in said["lines"]}
    assert found == {
        claims[0].hex(): ("owed", "300.00"),
        claims[1].hex(): ("set-off", "100.00"),
    }


def test_nobody_advises_on_a_netting_by_which_nobody_pays() -> None:
    books = Books()
    claims = [books.claim(party, "x", 7_000) for party in (SPAIN, FRANCE)]
    for one in claims:
        books.answer(one)
    netting = books.net(SPAIN, *claims)
    with pytest.raises(InvalidInputError, match="by which anybody pays"):
        advice_json(books.account, netting, 1, date(2026, 6, 1))


def test_an_answer_disputes_lines_that_are_there_for_less_than_they_claim() -> None:
    books = Books()
    claim = books.claim(SPAIN, "a", 30_000)
    with pytest.raises(InvalidInputError, match="each once and in order"):
        books.answer(claim, (2, 0))
    with pytest.raises(InvalidInputError, match="not less than what it claims"):
        books.answer(claim, (1, 30_000))
    books.answer(claim, (1, 10_000))
    with pytest.raises(InvalidInputError, match="last answer to it, which it replaces"):
        books.answer(claim, (1, 20_000))


def test_a_netting_adds_up_and_holds_each_claim_once() -> None:
    books, claim = acknowledged()
    i = books.net(SPAIN, claim, agree=False)
    netting = books.account.nettings[i].netting
    later = replace(netting, header=replace(netting.header, created=books.now))
    for changed, words in (
        (later, "netted before"),
        (
            replace(later, header=header(FRANCE, *later.header.predecessors), counterparty=SPAIN),
            r"come to 0\.00 EUR and 300\.00 EUR",
        ),
        (replace(later, header=header(SPAIN)), "sorted"),
        (replace(later, header=header(SPAIN, claim)), "acknowledged or conceded"),
    ):
        with pytest.raises(InvalidInputError, match=words):
            admit(books.account, signed(changed))
    disputed = Books()
    answer = disputed.answer(disputed.claim(SPAIN, "a", 30_000), (1, 10_000))
    with pytest.raises(InvalidInputError, match="acknowledged or conceded"):
        admit(disputed.account, signed(replace(netting, header=header(SPAIN, answer))))
    with pytest.raises(InvalidInputError, match="only the other institution agrees"):
        admit(books.account, signed(NettingAgreement(header=header(SPAIN, i))))


def test_an_advice_is_the_payers_on_an_agreed_netting_up_to_what_is_open() -> None:
    books, claim = acknowledged()
    open_ = books.net(SPAIN, claim, agree=False)
    with pytest.raises(InvalidInputError, match="not agreed by both"):
        books.advise(open_, 1)
    books.agree(open_)
    good = books.advise(open_, 20_000)
    advice = books.account.of_kind(PaymentAdvice)[good]
    for changed, words in (
        (
            replace(advice, minor=10_001, header=header(FRANCE, open_)),
            r"100\.00 EUR of the netting",
        ),
        (replace(advice, header=header(SPAIN, open_)), "by the netting FR/france-travail pays"),
        (
            replace(advice, minor=5_000, header=header(FRANCE, open_)),
            "not the one that the netting",
        ),
    ):
        with pytest.raises(InvalidInputError, match=words):
            admit(books.account, signed(changed))
    with pytest.raises(InvalidInputError, match=r"200\.00 EUR were advised"):
        books.confirm(good, 20_001)
    books.confirm(good, 19_000)
    with pytest.raises(InvalidInputError, match="confirmed already"):
        books.confirm(good, 19_000)
    assert books.account.nettings[open_].to_advise == 11_000


def test_an_altered_advice_file_is_refused() -> None:
    books, netting = netted()
    advice = books.advise(netting, 30_000)
    file = advice_json(books.account, netting, 30_000, date(2026, 6, 1))
    verify_advice(books.account, advice, file)
    assert b'"control_sum": "300.00"' in file
    assert advice_csv(file).splitlines()[1].endswith(",300.00,300.00,EUR")
    with pytest.raises(ProofError, match="the advice file was altered"):
        verify_advice(books.account, advice, file.replace(b"300.00", b"900.00", 1))
    with pytest.raises(InvalidInputError, match="no such advice"):
        verify_advice(books.account, netting, file)
    with pytest.raises(InvalidInputError, match="no netting of that id"):
        advice_json(books.account, advice, 1, date(2026, 6, 1))


def test_books_that_do_not_balance_are_noticed() -> None:
    odd = Posting(party=SPAIN, book=Book.NET, minor=1)
    entry = LedgerEntry(statement_id=id_of("x"), text="", postings=(odd,))
    with pytest.raises(ProofError, match="does not balance"):
        check_balance([entry], {})
    even = tuple(Posting(party=FRANCE, book=Book.NET, minor=minor) for minor in (5, -5))
    for postings in ((*even, odd), (odd, *even)):
        with pytest.raises(ProofError, match="does not balance"):
            check_balance([replace(entry, postings=postings)], {})
    with pytest.raises(ProofError, match="the books of ES/sepe do not balance"):
        check_balance([], {(SPAIN, Book.NET): 1})
    lone = {(SPAIN, Book.RECEIVABLE): 5, (SPAIN, Book.RECOVERED): -5}
    with pytest.raises(ProofError, match="does not mirror"):
        check_balance([], lone)
