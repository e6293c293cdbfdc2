"""The versions of the directory in a bundle, followed from whatever root keys a verifier pins."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agents.auditor.directories import open_directories
from agents.auditor.report import NotHeldError
from agents.auditor.trust import TrustRoot
from agents.auditor.verification import verify_bundle
from portability.errors import SignatureError
from portability.ledger.envelope import envelope_to_json
from tests.unit.agents import rosa_case
from tests.unit.ledger.test_directory import pinned, signer
from tests.unit.ledger.test_succession import chain


def trust(keys: list[bytes], threshold: int) -> TrustRoot:
    return TrustRoot(root_keys=tuple(keys), threshold=threshold, policy=None, words="")


def files(*numbers: int) -> dict[str, bytes]:
    _, envelopes = chain()
    return {f"directory/{one}.json": envelope_to_json(envelopes[one - 1]) for one in numbers}


def test_the_root_keys_of_the_first_version_lead_to_the_last() -> None:
    assert open_directories(files(1, 2, 3), trust(pinned(), 2)).version == 3


def test_the_root_keys_of_the_last_version_need_none_before_it() -> None:
    newest = trust([signer(4).public], 1)
    assert open_directories(files(1, 2, 3), newest).version == 3
    assert open_directories(files(3), newest).version == 3


def test_root_keys_that_have_signed_none_of_them_are_told() -> None:
    with pytest.raises(NotHeldError, match="signed by 0 of the trusted keys"):
        open_directories(files(1, 2, 3), trust([signer(9).public], 1))


def test_a_version_that_is_missing_in_between_is_told() -> None:
    with pytest.raises(SignatureError, match="does not follow version 1"):
        open_directories(files(1, 3), trust(pinned(), 2))


@pytest.mark.parametrize(("days", "is_told"), [(1, False), (-1, True)])
def test_what_was_logged_after_the_last_version_here_shows_that_a_later_one_is_left_out(
    days: int, *, is_told: bool
) -> None:
    case = rosa_case.settled()
    ends = rosa_case.NOW + timedelta(days=days)
    case.directory = replace(case.directory, valid_to=ends)
    report = verify_bundle(rosa_case.bundle_of(case.files()), rosa_case.trust(), rosa_case.NOW)
    assert report.verified
    said = [one for one in report.notes if "a later version that may cut keys off" in one]
    assert bool(said) is is_told
    assert all(f"ended on {ends:%Y-%m-%d}" in one for one in said)
