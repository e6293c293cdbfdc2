"""Only who issued a record corrects or withdraws it (987/2009 Art 5(1))."""

from dataclasses import dataclass

from portability.core.supersession import in_force, superseded_by


@dataclass(frozen=True)
class Issued:
    statement_id: bytes
    issuer: str
    supersedes: bytes = b""


FIRST = Issued(b"1", "FR")
CORRECTED = Issued(b"2", "FR", b"1")


def test_a_record_that_its_issuer_replaced_counts_no_more() -> None:
    assert superseded_by([FIRST, CORRECTED]) == {b"1": CORRECTED}
    assert in_force([FIRST, CORRECTED]) == [CORRECTED]


def test_what_another_institution_says_of_it_changes_nothing() -> None:
    stranger = Issued(b"3", "ES", b"1")

    assert in_force([FIRST, stranger]) == [FIRST, stranger]


def test_a_record_that_nobody_holds_is_replaced_by_nothing() -> None:
    assert superseded_by([CORRECTED]) == {}
    assert in_force([CORRECTED]) == [CORRECTED]


def test_of_two_replacements_the_first_in_order_counts() -> None:
    rival = Issued(b"4", "FR", b"1")

    assert superseded_by([FIRST, CORRECTED, rival]) == {b"1": CORRECTED}
    assert superseded_by([FIRST, rival, CORRECTED]) == {b"1": rival}


def test_a_chain_of_corrections_leaves_its_last() -> None:
    last = Issued(b"5", "FR", b"2")

    assert in_force([last, CORRECTED, FIRST]) == [last]
