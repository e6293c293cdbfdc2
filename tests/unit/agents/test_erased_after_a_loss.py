"""After a loss an index is of two entries: what erased the one has not erased the other."""

from dataclasses import replace

import pytest

from agents.auditor.erasures import find_erased
from agents.auditor.findings import Findings
from agents.auditor.verification import examine_bundle
from portability.ledger.directory import EndedLog
from portability.recognition.erasure import Erasure, ErasureBasis
from portability.wire.erasure import erasure_statement_to_payload, erasure_statement_type
from tests.unit.agents.rosa_case import ES, INSS, NOW, RosasCase, bundle_of, settled, trust

BEFORE = "es.node.example/before"


def erased() -> tuple[RosasCase, bytes]:
    """Spain has erased one of its records, by a statement in its log."""
    case = settled()
    gone = next(i for i in case.of_kind("entitlement") if case.placed[i].log.jurisdiction == "ES")
    said = Erasure(
        header=replace(case.header(ES), case_id=""),
        actor=INSS,
        basis=ErasureBasis.NO_LONGER_NEEDED,
        citation="Regulation (EU) 2016/679 Art 17(1)(a)",
        leaf_indexes=(case.placed[gone].index,),
        erasures=1,
    )
    case.log(erasure_statement_type(said), erasure_statement_to_payload(said), "ES node", "ES")
    return case, gone


def sorted_out(*, kept: int, is_leaf_older: bool) -> Findings:
    """The leaf is of the log before a loss that kept so many entries, the erasure not; or so."""
    case, gone = erased()
    files = case.files()
    del files[f"statements/{gone.hex()}.json"]
    examined = examine_bundle(bundle_of(files), trust(), NOW)
    assert examined.trusted is not None
    found, directory = examined.found, examined.trusted.directory
    leaf = found.erased.pop(gone).logged
    found.failed.clear()
    (by,) = (one for one in found.checked.values() if isinstance(one.content, Erasure))
    older = replace(leaf.checkpoint, origin=BEFORE)
    if is_leaf_older:
        leaf = replace(leaf, checkpoint=older)
    else:
        found.checked[by.id] = replace(by, logged=replace(by.logged, checkpoint=older))
    found.leaves = {gone: leaf}
    end = EndedLog(
        jurisdiction="ES",
        origin=BEFORE,
        public=bytes(32),
        size=1_000,
        root=bytes(32),
        kept=leaf.index + kept,
        kept_root=bytes(32),
    )
    find_erased(found, replace(directory, ended_logs=(end,)))
    return found


@pytest.mark.parametrize("is_leaf_older", [True, False])
def test_an_entry_that_was_lost_is_not_erased_with_the_one_in_its_place(
    *, is_leaf_older: bool
) -> None:
    found = sorted_out(kept=0, is_leaf_older=is_leaf_older)
    assert found.erased == {}
    (fault,) = found.failed.values()
    assert "no erasure of it is proven" in fault.cause


@pytest.mark.parametrize("is_leaf_older", [True, False])
def test_what_was_kept_is_erased_under_either_name_of_the_log(*, is_leaf_older: bool) -> None:
    found = sorted_out(kept=1, is_leaf_older=is_leaf_older)
    assert len(found.erased) == 1
    assert found.failed == {}
