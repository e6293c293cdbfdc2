import shlex
from pathlib import Path

import pytest

from portability.cli.federation import held_alone, make_federation
from portability.cli.main import status
from portability.cli.printing import console
from portability.cli.up import tell_running


def test_the_line_to_paste_holds_in_a_folder_with_blanks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = make_federation(tmp_path / "Büro der Föderation")
    tell_running(console(), layout, "", is_new=True)
    shown = capsys.readouterr().out.splitlines()
    [line] = [line for line in shown if line.strip().startswith("export ")]
    _, pasted = shlex.split(line)
    name, _, value = pasted.partition("=")
    assert name == "PORTABILITY_PROFILE"
    assert Path(value) == layout.profiles["es-agency-inss"]


def test_a_federation_that_runs_is_not_started_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also not while the first run still makes it: then neither had known of the other."""
    root = tmp_path / "federation"
    with held_alone(root):
        assert status(["up", "--dir", str(root)]) == 2
    assert f"{root} is running already; use that one" in capsys.readouterr().err
    assert list(root.iterdir()) == []
    with held_alone(root):
        pass  # what held it ends with the run


def test_a_file_in_the_place_of_the_folder_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert status(["up", "--dir", str(tmp_path / "file")]) == 2
    assert "nothing is overwritten" in capsys.readouterr().err
