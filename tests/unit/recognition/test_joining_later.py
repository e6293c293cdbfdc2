"""Joining a case that is under an earlier text: of those who have signed that text, once."""

import pytest

from portability.errors import NoAgreementError
from portability.recognition.adoption import Standing, check_text

OLD, NEW = b"\x01" * 32, b"\x02" * 32
BOTH = [("PL", OLD), ("PL", NEW), ("ES", OLD), ("ES", NEW)]


def standing(*texts: bytes, required: bool = True) -> Standing:
    return Standing(
        agreement="eu-883-2004",
        own="PL",
        shipped=NEW,
        texts=frozenset(texts),
        signed={},
        required=required,
    )


def test_a_text_that_both_have_signed_once_will_do() -> None:
    check_text(standing(OLD, NEW), BOTH, ["ES"], OLD)


@pytest.mark.parametrize(
    ("ever", "texts", "why"),
    [
        (BOTH[2:], (OLD, NEW), "that PL has never signed"),
        (BOTH[:2], (OLD, NEW), "that ES has never signed"),
        (BOTH, (NEW,), "not at the node of PL"),
    ],
    ids=["we have not", "the lead has not", "the text is lost"],
)
def test_any_other_is_refused_with_the_next_step(
    ever: list[tuple[str, bytes]], texts: tuple[bytes, ...], why: str
) -> None:
    with pytest.raises(NoAgreementError, match=why) as refusal:
        check_text(standing(*texts), ever, ["ES"], OLD)
    assert "made anew" in refusal.value.message


def test_where_nobody_signs_the_text_of_the_software_will_do() -> None:
    check_text(standing(NEW, required=False), [], ["ES"], NEW)
    with pytest.raises(NoAgreementError):
        check_text(standing(NEW), [], ["ES"], NEW)
