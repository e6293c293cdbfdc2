"""What becomes of a command when standard output is not the terminal it was made for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from agents.agency.main import status as agency
from agents.exits import new_app, run_app
from agents.printing import Printer

FULL = Path("/dev/full")
TELL = """
import sys
from agents.exits import outcome
from agents.printing import Printer

def command() -> int:
    printer = Printer(as_json="--json" in sys.argv)
    printer.line("✓ Büro")
    printer.document({"who": "Büro ✓"})
    return 1

raise SystemExit(outcome("portability", command))
"""


def run(
    *arguments: str, streams: str = "", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """One command line of Python; ``streams`` says what becomes of its streams."""
    command = [sys.executable, *arguments]
    if streams:
        command = ["sh", "-c", f'exec "$@" {streams}', "sh", *command]
    return subprocess.run(
        command, capture_output=True, check=False, env={**os.environ, **environment}
    )


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_marks_become_words_where_the_terminal_has_no_unicode(encoding: str) -> None:
    done = run("-c", TELL, PYTHONIOENCODING=encoding)
    assert done.stdout.startswith(b"ok B")
    assert done.stderr == b""
    assert done.returncode == 1


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_document_is_the_same_in_every_encoding(encoding: str) -> None:
    done = run("-c", TELL, "--json", PYTHONIOENCODING=encoding)
    assert json.loads(done.stdout.decode(encoding)) == {"who": "Büro ✓"}


@pytest.mark.parametrize("as_json", [[], ["--json"]])
@pytest.mark.skipif(not FULL.exists(), reason="this system has no file that is always full")
def test_a_full_disk_under_the_output_is_told_and_is_no_fault_of_ours(as_json: list[str]) -> None:
    done = run("-c", TELL, *as_json, streams=">/dev/full")
    assert done.returncode == 69
    assert done.stderr.count(b"\n") == 1
    assert b"could not be written whole" in done.stderr


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_a_closed_output_changes_no_status(as_json: list[str]) -> None:
    done = run("-c", TELL, *as_json, streams=">&-")
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no file that is always full")
@pytest.mark.parametrize("streams", ["2>/dev/full", "2>&-"])
def test_the_status_tells_where_the_sentence_cannot(streams: str) -> None:
    assert run("-m", "portability", "case", "nothere", streams=streams).returncode == 2


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_a_reader_who_leaves_is_no_result(as_json: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    example = Path(__file__).parents[3] / "portability/examples/rosa.toml"
    with os.fdopen(writer, "wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "portability", "case", str(example), *as_json],
            stdout=output,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_ctrl_c_in_a_command_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    app = new_app("portability", "Purpose.")

    @app.command()
    def wait() -> None:
        raise KeyboardInterrupt

    @app.command()
    def other() -> None:
        typer.echo("not asked for")

    assert run_app(app, "portability", ["wait"]) == 130
    assert capsys.readouterr() == ("", "portability: stopped\n")


def test_a_choice_that_is_none_is_told_in_plain_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert agency(["import", "file.csv", "--on-error", "maybe"]) == 2
    err = capsys.readouterr().err
    assert "Value error" not in err
    assert "'maybe' is not one of 'refuse', 'keep-good'" in err


def test_a_name_in_a_narrow_table_is_broken_and_not_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    name = f"cases/{'0123456789abcdef' * 2}"
    Printer(as_json=False).table(
        ("case", "state", "branch", "parties"), [(name, "closed", "old-age", "ES/inss, FR/cnav")]
    )
    out = capsys.readouterr().out
    lines = out.splitlines()[1:]
    width = lines[0].index("closed")
    assert "".join(line[:width].strip() for line in lines) == name


ASK = """
import typer
from agents.exits import new_app, run_app
from agents.typing_in import type_in, type_in_code

app = new_app("portability", "Purpose.")

@app.command()
def sure() -> None:
    typer.confirm("Sure?", abort=True, err=True)

@app.command()
def code() -> None:
    type_in_code()

@app.command()
def send(text: str) -> None:
    text.encode("utf-8")

raise SystemExit(run_app(app, "portability", sys.argv[1:]))
"""


@pytest.mark.parametrize("streams", ["</dev/null", "<&-"])
@pytest.mark.parametrize(
    ("command", "why"), [("sure", b"nobody answered"), ("code", b"no code was given")]
)
def test_a_question_to_nobody_is_told_and_is_no_ctrl_c(
    command: str, why: bytes, streams: str
) -> None:
    done = run("-c", f"import sys{ASK}", command, streams=streams)
    assert done.returncode == 2
    assert why in done.stderr
    assert b"stopped" not in done.stderr


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_bytes_that_are_no_text_are_told_as_that(locale: str, tmp_path: Path) -> None:
    (tmp_path / "typed").write_bytes(b"\xff\xfe\n")
    strict = {"LC_ALL": locale, "PYTHONIOENCODING": "utf-8:strict" if locale != "C" else ""}
    done = run("-c", f"import sys{ASK}", "code", streams=f"<{tmp_path / 'typed'}", **strict)
    assert done.returncode == 2
    assert b"no text in this system's encoding" in done.stderr
    given = subprocess.run(
        [sys.executable, "-c", f"import sys{ASK}".encode(), b"send", b"caf\xe9"],
        capture_output=True,
        check=False,
        env={**os.environ, "LC_ALL": locale},
    )
    assert given.returncode == 2
    assert b"no text in this system's encoding" in given.stderr
