"""Whoever verifies a bundle hears which entries of its logs are lost, and which are shown here."""

from collections.abc import Iterator
from dataclasses import replace

from agents.auditor.report import Report
from agents.auditor.verification import verify_bundle
from portability.ledger.directory import Directory, EndedLog, KeyEntry
from portability.ledger.merkle import leaf_hash
from tests.plain_tree import root_of
from tests.unit.agents.rosa_case import KEYS, NOW, ORIGINS, RosasCase, bundle_of, settled, trust

NEXT = f"{ORIGINS['FR']}/2"
KEPT = 3


def lost(case: RosasCase) -> RosasCase:
    """All but the first entries of the French log are lost after the case was exported."""
    hashes = [leaf_hash(entry) for entry in case.logs["FR"].leaves]
    end = EndedLog(
        jurisdiction="FR",
        origin=ORIGINS["FR"],
        public=KEYS["FR log"].public,
        size=len(hashes),
        root=root_of(hashes),
        kept=KEPT,
        kept_root=root_of(hashes[:KEPT]),
    )
    france, spain = case.directory.members
    known = case.directory
    case.directory = replace(
        known,
        members=(replace(france, log_origin=NEXT), spain),
        entries=tuple(_entries(known)),
        ended_logs=(end,),
    )
    return case


def _entries(known: Directory) -> Iterator[KeyEntry]:
    """The log's key has ended, and the next one is here."""
    for one in known.entries:
        if one.public != KEYS["FR log"].public:
            yield one
        else:
            yield replace(one, valid_to=NOW)
            yield replace(one, public=KEYS["stranger"].public, valid_from=NOW)


def told(report: Report) -> list[str]:
    return [one for one in report.notes if "are lost, says the directory" in one]


def test_a_loss_is_told_with_what_the_bundle_still_proves_of_it() -> None:
    case = lost(settled())
    last = len(case.logs["FR"].leaves) - 1
    report = verify_bundle(bundle_of(case.files()), trust(), NOW)
    (words,) = told(report)
    assert words.startswith(f"{ORIGINS['FR']}: entries {KEPT} to {last} are lost")
    assert words.endswith(f"{last + 1 - KEPT} of them are here, with their proofs")
    assert report.verified, report.causes


def test_where_nothing_is_lost_nothing_is_told() -> None:
    assert told(verify_bundle(bundle_of(settled().files()), trust(), NOW)) == []
