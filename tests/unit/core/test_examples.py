"""Every shipped case file settles to what it expects, and tells where its facts come from."""

import pytest

from portability.agreements import pack_ids, pack_source
from portability.core.answering import answer_case
from portability.core.pack_parser import parse_pack
from portability.errors import NotFoundError
from portability.examples import example_names, example_source

PACKS = {name: parse_pack(pack_source(name), f"{name}.toml") for name in pack_ids()}


@pytest.mark.parametrize("name", example_names())
def test_each_example_meets_its_expectations(name: str) -> None:
    answer = answer_case(example_source(name), name, PACKS)

    assert answer.expectations.failed == ()
    assert answer.expectations.met > 0
    assert answer.case.source


def test_an_unknown_example_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        example_source("nobody.toml")
