import shlex
from pathlib import Path

import pytest

from portability.cli.federation import make_federation
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
