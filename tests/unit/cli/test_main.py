import importlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version

import pytest

from agents.agency.main import status as agency
from agents.auditor.main import status as auditor
from agents.exits import outcome
from agents.migrant.main import status as migrant
from portability.cli.main import status
from portability.errors import (
    ConfigurationError,
    InvalidInputError,
    PeerUnavailableError,
    ProofError,
)


def raiser(error: BaseException):
    def command() -> int:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (InvalidInputError("the date is not one"), 2),
        (ConfigurationError("the key file is missing"), 2),
        (ProofError("the proof does not lead to the checkpoint"), 1),
        (PeerUnavailableError("the node cannot be reached"), 69),
        (KeyboardInterrupt(), 130),
        (ValueError("secret 85073003328"), 70),
    ],
)
def test_each_error_ends_in_one_sentence_and_its_status(
    error: BaseException, expected: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome("portability", raiser(error)) == expected
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("portability: ")
    assert err.count("\n") == 1


def test_the_text_of_an_unforeseen_error_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    outcome("portability", raiser(ValueError("secret 85073003328")))
    assert "85073003328" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "help_command"),
    [
        (["nonsense"], "portability --help"),
        (["case"], "portability case --help"),
        (["case", "--nonsense"], "portability case --help"),
    ],
)
def test_misuse_is_answered_with_one_sentence_and_status_2(
    arguments: list[str], help_command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert f"`{help_command}`" in err


def test_a_bare_command_is_answered_with_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert status([]) == 2
    assert "Commands:" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["case"])
def test_every_command_of_the_documentation_is_there(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status([command, "--help"]) == 0
    assert command in capsys.readouterr().out


def test_help_does_not_load_the_node() -> None:
    program = (
        "import sys\n"
        "from portability.cli.main import status\n"
        "status(['--help'])\n"
        "sys.exit(any(name in sys.modules for name in ('grpc', 'sqlalchemy', 'starlette')))\n"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode
        == 0
    )


@pytest.mark.parametrize("name", ["portability", "agency", "migrant", "auditor"])
def test_lists_of_commands_tell_what_each_does_to_the_end(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    module = "portability.cli.main" if name == "portability" else f"agents.{name}.main"
    assert importlib.import_module(module).status(["--help"]) == 0
    shown = capsys.readouterr().out.partition("Commands:")[2]
    assert shown
    assert "..." not in shown
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("name", ["portability", "agency", "migrant", "auditor"])
def test_help_names_what_a_repeatable_option_takes(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And no type of the programming language."""
    module = "portability.cli.main" if name == "portability" else f"agents.{name}.main"
    commands = importlib.import_module(module)

    def look(*path: str) -> None:
        assert commands.status([*path, "--help"]) == 0
        shown = capsys.readouterr().out
        options = [line for line in shown.splitlines() if line.lstrip().startswith("--")]
        assert options
        assert not [line for line in options if "list[" in line], path
        for line in shown.partition("Commands:")[2].splitlines():
            if line[:2] == "  " and line[2:3].strip():
                look(*path, line.split()[0])

    look()


def test_several_files_are_shown_as_such_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["case", "--help"]) == 0
    assert "{FILE}..." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "run"),
    [
        ("portability", status),
        ("portability-agency", agency),
        ("portability-auditor", auditor),
        ("portability-migrant", migrant),
    ],
)
def test_every_command_says_its_version(
    name: str, run: Callable[[Sequence[str]], int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr() == (f"{name} {version('portability')}\n", "")
