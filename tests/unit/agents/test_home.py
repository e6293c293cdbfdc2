"""What persons are told where their key or their request is not the one that was meant."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from agents.migrant import home
from agents.migrant.keyring import make_key, note_person
from agents.migrant.own_consents import SHORTEST_BEGINNING, Admitted, find_request
from portability.errors import ConfigurationError, UnauthenticatedError


@pytest.mark.parametrize("beginning", ["", "a", "0123456"])
def test_a_request_is_not_named_by_a_slip_of_the_keyboard(beginning: str) -> None:
    """With ``--yes`` it would be signed: an empty variable in a script named the only one."""
    assert len(beginning) < SHORTEST_BEGINNING
    nobody = cast("Admitted", None)  # refused before anything is asked
    with pytest.raises(ConfigurationError, match="at least the first 8 characters"):
        find_request(nobody, beginning)


def test_a_key_of_another_node_is_told_with_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise UnauthenticatedError("signing in did not succeed; ask for a new challenge")

    monkeypatch.setattr(home, "sign_in_with", refuse)
    path = tmp_path / "rosa.pem"
    make_key(path, lambda size: bytes(range(size)))
    note_person(path, "persons/x")
    french = cast("home.Home", SimpleNamespace(jurisdiction="FR"))
    with pytest.raises(UnauthenticatedError, match=r"^FR's node .*rosa\.pem; use the profile of"):
        home.sign_in(french, path)
