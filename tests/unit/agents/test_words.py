"""What persons read of who was given what."""

from dataclasses import replace

import pytest

from agents.migrant.words import describe_receipt
from portability.consent.receipt import DisclosureReceipt
from portability.consent.scope import Party
from portability.core.record_kinds import RecordKind
from tests.unit.agents.rosa_case import RosasCase, receipt


@pytest.fixture
def given() -> DisclosureReceipt:
    cnav = Party(jurisdiction="FR", institution="cnav")
    inss = Party(jurisdiction="ES", institution="inss")
    return receipt(
        RosasCase(),
        b"\1" * 32,
        permission=b"\2" * 32,
        provider=cnav,
        requester=inss,
        digest=b"\3" * 32,
        records=8,
    )


def test_records_of_one_kind_are_counted_by_it(given: DisclosureReceipt) -> None:
    assert describe_receipt(given).endswith("8 of your insurance periods")


def test_records_of_several_kinds_are_not_all_called_periods(given: DisclosureReceipt) -> None:
    several = replace(given, datatypes=("contribution-period", "qualification"))
    told = describe_receipt(several)
    assert told.endswith("8 records: your insurance periods, conditions that you meet")


@pytest.mark.parametrize("kind", [*RecordKind])
def test_no_kind_is_told_by_its_name_in_the_wire_contract(
    given: DisclosureReceipt, kind: RecordKind
) -> None:
    assert str(kind) not in describe_receipt(replace(given, datatypes=(str(kind),)))
