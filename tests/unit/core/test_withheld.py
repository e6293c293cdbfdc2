"""Periods of which something is withheld: not counted, never guessed, named in the result."""

import json

from portability.core.discrepancy import DiscrepancyKind
from portability.core.periods import Branch
from portability.core.reconciliation import reconcile
from portability.core.record_kinds import DISCLOSED_KINDS, FIELDS, RecordKind, needed_fields
from portability.core.withheld import IncompletePeriod
from tests.unit.core.builders import AWARD, EU, spell

HIDDEN = IncompletePeriod(id="b" * 64, jurisdiction="ES", withheld=("relevance", "declared"))
OTHER = IncompletePeriod(id="a" * 64, jurisdiction="FR", withheld=("refunded",))


def test_an_incomplete_period_is_named_with_what_it_hides_and_whom_to_ask() -> None:
    found = reconcile([], EU, "old-age", AWARD, incomplete=[HIDDEN])
    (one,) = found.discrepancies
    assert one.kind is DiscrepancyKind.FIELDS_WITHHELD
    assert (one.records, one.jurisdiction) == ((HIDDEN.id,), "ES")
    assert "without relevance, declared, which old-age needs" in one.detail
    assert "it does not count" in one.detail
    assert one.action.startswith("Ask the person")
    assert one.article == "883/2004 Art 6"
    assert not found.inputs
    assert not found.totals


def test_it_changes_the_digest_but_nothing_that_counts() -> None:
    known = [spell("FR", "11", "2000-01-01", "2004-12-31")]
    plain = reconcile(known, EU, "old-age", AWARD)
    found = reconcile(known, EU, "old-age", AWARD, incomplete=[HIDDEN])
    assert plain.totals == found.totals
    assert plain.digest != found.digest
    assert HIDDEN.id in json.dumps(json.loads(found.signed_text)["discrepancies"])


def test_parties_that_name_them_in_another_order_agree() -> None:
    one = reconcile([], EU, "old-age", AWARD, incomplete=[HIDDEN, OTHER])
    other = reconcile([], EU, "old-age", AWARD, incomplete=[OTHER, HIDDEN])
    assert one.digest == other.digest


def test_the_masks_are_needed_where_they_say_something() -> None:
    masked = {branch for branch in Branch if "relevance" in needed_fields(branch)}
    assert masked == {Branch.OLD_AGE, Branch.SURVIVORS, Branch.INVALIDITY}
    for branch in Branch:
        needed = needed_fields(branch)
        assert set(needed) < set(FIELDS[RecordKind.CONTRIBUTION_PERIOD])
        assert ("calculation" in needed) is (branch in masked)
        assert "scheme" not in needed


def test_everything_but_a_withdrawal_can_be_asked_for() -> None:
    assert set(RecordKind) - set(DISCLOSED_KINDS) == {RecordKind.INVALIDATION}
