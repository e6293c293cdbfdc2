import io

import pytest
from rich.console import Console

from portability.cli.telling import Listing, Teller, Told
from portability.errors import ProofError


def screen() -> Console:
    return Console(file=io.StringIO(), width=80, highlight=False, markup=False)


def text(target: Console) -> str:
    assert isinstance(target.file, io.StringIO)
    return target.file.getvalue()


def test_a_step_is_shown_as_it_happens_and_kept_for_the_document() -> None:
    target = screen()
    teller = Teller(target)
    listing = Listing(heads=("who", "sum"), rows=(("FR", "1.00 EUR"),), widths=(1, 0))
    teller.tell(
        Told(
            title="Both agree",
            lines=("the same digest",),
            facts={"digest": "ab"},
            checks={"equal": True},
            listings=(listing,),
        )
    )
    assert "1  Both agree" in text(target)
    assert "the same digest" in text(target)
    assert "1.00 EUR" in text(target)
    assert teller.verified
    assert teller.steps[0]["step"] == 1
    assert teller.steps[0]["digest"] == "ab"
    assert teller.steps[0]["checks"] == {"equal": True}


def test_a_check_that_fails_ends_the_story_after_it_was_told() -> None:
    target = screen()
    teller = Teller(target)
    with pytest.raises(ProofError, match="step 1 did not verify: equal digests"):
        teller.tell(Told(title="Both agree", checks={"equal digests": False, "other": True}))
    assert not teller.verified
    assert teller.steps[0]["verified"] is False
    assert "✗" in text(target) or "NOT" in text(target)


def test_without_a_screen_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    Teller(None).tell(Told(title="quiet"))
    assert capsys.readouterr() == ("", "")
