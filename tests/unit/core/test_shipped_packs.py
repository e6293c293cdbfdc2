"""The packs of agreements outside the European Union: complete, sourced, and refused if not."""

from collections.abc import Callable

import pytest

from portability.agreements import pack_ids, pack_source
from portability.core.pack_parser import parse_pack
from portability.errors import InvalidInputError, NoAgreementError
from tests.unit.core.case_texts import PACKS, head, period, settled

EXPECTED = {
    "eu-883-2004", "us-it", "us-fr", "us-de", "us-es", "us-pt", "us-pl", "us-nl", "ca-nl", "jp-nl",
    "gb-bb", "cmiss", "mercosur", "caricom", "eaeu-2019", "cis-1992", "gcc", "jp-gb", "in-nl",
}  # fmt: skip


def test_every_agreement_has_its_pack() -> None:
    assert set(pack_ids()) >= EXPECTED


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_value_has_a_source_and_the_pack_bears_its_own_name(name: str) -> None:
    pack = PACKS[name]

    assert pack.id == name
    for values in pack.parameters.values():
        assert all(item.source.strip() for item in values)
    assert pack.rules_on(pack.valid_from).parties


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_before_it_is_in_force_an_agreement_settles_nothing(name: str) -> None:
    text = head(name, "1900-01-01") + period("FR", "1890-01-01/1895-12-31")

    with pytest.raises(NoAgreementError, match=f"{name} is not in force on 1900-01-01"):
        settled(text)


def changed(name: str, change: Callable[[str], str]) -> bytes:
    before = pack_source(name).decode()
    after = change(before)
    assert after != before
    return after.encode()


def without(key: str) -> Callable[[str], str]:
    """The pack without the table of one key."""

    def remove(text: str) -> str:
        blocks = text.split("\n\n")
        return "\n\n".join(
            block
            for block in blocks
            if not block.lstrip("\n").startswith((f"[[{key}.", f"[{key}]"))
        )

    return remove


def put(old: str, new: str) -> Callable[[str], str]:
    def replace(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return replace


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("us-it", without("crediting"), "crediting is missing; the method relative-earnings"),
        ("us-it", without("us_years"), "us_years is missing"),
        ("us-it", without("pia_rounding"), "pia_rounding is missing"),
        ("us-it", without("parties"), "parties is missing"),
        ("ca-nl", without("fortieths"), "fortieths is missing; the method fortieths"),
        ("cis-1992", without("payer"), "payer is missing; the method integration"),
        (
            "us-it",
            put(
                "[[us_minimum_quarters.values]]\nfrom   = 1978-11-01",
                "[[us_minimum_quarters.values]]\nfrom   = 1979-11-01",
            ),
            "us_minimum_quarters has no value from 1978-11-01",
        ),
        ("us-it", put('IT = "pro-rata" }', 'FR = "pro-rata" }'), "names FR, which is not a party"),
        ("us-it", put('IT = "pro-rata" }', 'IT = "some-way" }'), "value.IT is wrong"),
        ("us-it", put('per = "spell"', 'per = "month"'), "per is wrong"),
        ("us-it", put('places = "from-start"', 'places = "touched"'), "contradicts itself"),
        ("us-it", put("weeks = 13,", "weeks = 0,"), "weeks must be more than zero"),
        ("us-it", put('average = "1137.96"', 'average = "0"'), "average must be more than zero"),
        ("us-it", put('average = "1137.96"', 'average = "much"'), "must be an amount"),
        ("us-it", put('{ maximum = "176100" }', "{ }"), "average and maximum are missing; a year"),
        ("us-it", put("\n1937 = {", "\n37 = {"), "must be a year of four digits"),
        ("us-it", put('step = "0.10 USD"', 'step = "0.00 USD"'), "needs a step above zero"),
        ("us-it", put('value  = "combined-earnings"', 'value  = "both"'), "value is wrong"),
        (
            "us-it",
            put("relative_earnings ", "relative_earning "),
            "no article for relative_earnings",
        ),
        ("ca-nl", put("minimum = 10", "minimum = 30"), "contradicts itself"),
        ("cis-1992", put('value  = "residence"', 'value  = "anybody"'), "value is wrong"),
        (
            "gcc",
            put('old-age    = "home-collection"', 'old-age    = "direct"'),
            "must be home-collection",
        ),
        (
            "jp-gb",
            put('old-age    = "contribution-only"', 'old-age    = "pro-rata"'),
            "adds periods",
        ),
        (
            "in-nl",
            put('old-age    = "export-only"', 'old-age    = "contribution-only"'),
            "must be export-only",
        ),
        (
            "cmiss",
            put('old-age    = "pro-rata"', 'old-age    = "home-collection"'),
            "contradicts the kind",
        ),
        (
            "eaeu-2019",
            put("direct                  =", "directly                ="),
            "no article for direct",
        ),
    ],
)
def test_an_incomplete_or_contradictory_pack_is_refused_with_its_key(
    name: str, change: Callable[[str], str], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parse_pack(changed(name, change), f"{name}.toml")
