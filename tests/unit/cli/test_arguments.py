"""What is said of arguments before any node is asked: which one, what it must be, status 2."""

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer import Typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from agents.agency import main as agency_main
from agents.agency.main import status as agency
from agents.agency.settlements import find_in
from agents.auditor import main as auditor_main
from agents.auditor.main import status as auditor
from agents.exits import status_of
from agents.migrant import main as migrant_main
from agents.migrant.main import status as migrant
from agents.new_files import replace_whole, write_new
from agents.printing import Printer
from agents.surroundings import Surroundings
from portability.cli import main as portability_main
from portability.cli.main import status as portability
from portability.cli.printing import console, table
from portability.errors import ConfigurationError, NotFoundError, SignatureError
from portability.node.development.federation import FederationLayout, NodePorts, create_federation
from portability.node.operating.maintenance import MAX_RETRY
from portability.settlement.statements import RefundClaim

EXAMPLES = Path(__file__).parents[3] / "portability/examples"
TEMPLATE = EXAMPLES / "purpose-claim-old-age.toml"
RECORD = f"records/{'ab' * 32}"
CASE = f"cases/{'ab' * 16}"
PERSON = f"persons/{'ab' * 16}"
PREVIEW = ["record", "correct", RECORD, str(EXAMPLES / "records/life.toml")]
ASK = ["request-consent", "--template", str(TEMPLATE), "--reference", "ab" * 32, "--provider"]
ASK += ["FR/cnav", "--from", "1980-01-01", "--to", "2025-01-01"]
CLAIM = ["settlement", "claim", CASE, "--kind", "family-half", "--debtor", "FR/cnav"]
COUNTER = ["counter", "consent", PERSON, "ab" * 32, "--worker", "w", "--worker-key", "k"]
COUNTER += ["--place", "p", "--device", "d"]
MANY = "9" * 30
LONGER = int(MAX_RETRY.total_seconds()) + 1


@pytest.mark.parametrize(
    ("command", "arguments", "sentence"),
    [
        (agency, [*PREVIEW, "--theoretical", "1.00 EUR"], "without --preview the change is signed"),
        (agency, [*PREVIEW, "--independent", "1.00 EUR"], "without --preview the change is signed"),
        (agency, [*PREVIEW, "--preview", "--minimum-years", MANY], "'--minimum-years'"),
        (agency, ["determine", CASE, "--minimum-years", MANY], "'--minimum-years'"),
        (agency, ["determine", CASE, "--full-career-years", "100"], "'--full-career-years'"),
        (agency, ["determine", CASE, "--missing-at-most-years", MANY], "at-most-years'"),
        (agency, [*ASK, "--branch", "old-age", "--days", MANY], "'--days'"),
        (agency, [*ASK, "--branch", "old-age", "--max-uses", MANY], "'--max-uses'"),
        (agency, [*ASK, "--branch", "family"], "--branch family is not in the purpose template"),
        (agency, [*ASK, "--branch", "old-age", "--to", "1979-12-31"], "--to is before --from"),
        (agency, [*CLAIM, "--from-month", "2026-13", "--months", "1"], "month of a year"),
        (agency, ["check", str(EXAMPLES / "rosa/rosa-fr.csv"), "--jurisdiction", "fr"], "capital"),
        (agency, ["case", "foo"], "'CASE': must be cases/ and 32"),
        (agency, ["case", CASE[:14]], "'CASE': must be cases/ and 32"),
        (agency, ["hold", "list", "foo"], "'PERSON': must be persons/ and 32"),
        (agency, ["hold", "lift", "foo", "--citation", "x"], "'HOLD': must be holds/ and 32"),
        (agency, ["erasure", "show", "foo"], "must be erasures/ or persons/ and 32"),
        (agency, ["complaint", "escalate", "foo"], "must be complaints/ and 32"),
        (agency, ["identity", "resolve", "x", "--person", "foo"], "'--person': must be persons/"),
        (migrant, ["erasure", "foo"], "must be erasures/ or persons/ and 32"),
        (agency, ["accept-reference", PERSON, "abc", "--peer", "ES"], "'REFERENCE': must be 64"),
        (agency, ["assess-identity", PERSON, "--evidence", "foo"], "must be one of passport"),
        (agency, COUNTER, "with --level witnessed give --witness and --witness-key"),
        (auditor, ["receipts", "--case", "foo"], "'--case': must be cases/ and 32"),
        (auditor, ["watch", "--once", "--every", "1e308"], "'--every'"),
        (auditor, ["watch", "--once", "--patience", "inf"], "'--patience'"),
        (portability, ["node", "set-aside", "replay", "FR", MANY, "--config", "x"], "POSITION"),
        (
            portability,
            ["node", "maintenance", "begin", "--reason", "x", "--retry-after", MANY, "--config=x"],
            "'--retry-after'",
        ),
        (
            portability,
            ["node", "maintenance", "begin", "--reason=x", f"--retry-after={LONGER}", "--config=x"],
            "'--retry-after'",
        ),
        (portability, ["directory", "rotate", "x", "--proof=x", "--out=x", "--days", MANY], "days"),
    ],
)
def test_an_argument_that_cannot_be_meant_is_named(
    command: object, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(command)
    assert command([*arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert sentence in err


@pytest.mark.parametrize("words", [["accept"], ["concede"], ["confirm"], ["dispute"]])
def test_each_answer_about_money_can_be_read_by_a_machine(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert agency(["settlement", *words, "--help"]) == 0
    assert "--json" in capsys.readouterr().out


def test_a_claim_that_is_not_there_is_called_by_its_word() -> None:
    with pytest.raises(NotFoundError, match="the id of no claim begins with that"):
        find_in([], "ab", RefundClaim)


@pytest.mark.parametrize("columns", ["40", "80"])
def test_a_value_that_is_copied_is_never_cut_or_broken(
    columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    reference = "0123456789abcdef" * 4
    Printer(as_json=False).fields([("reference for FR/cnav", reference)])
    assert reference in capsys.readouterr().out


def test_a_table_that_another_program_reads_has_each_name_in_one_piece(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    name = f"cases/{'0123456789abcdef' * 2}"
    row = ("correction", name, "d9947f170ef68a97", "ES", "noted", "883/2004")
    Printer(as_json=False).table(("notice", "case", "about", "to", "answer", "kept under"), [row])
    assert name in capsys.readouterr().out


@pytest.fixture
def layout(tmp_path: Path) -> FederationLayout:
    """Profiles of nodes that do not run: whatever asks one ends in 69."""
    return create_federation(
        tmp_path / "federation",
        {"FR": NodePorts(listen=1, observe=2)},
        now=datetime.now(UTC),
        randomness=os.urandom,
    )


def test_facts_that_do_not_parse_are_named_by_their_file(
    layout: FederationLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "my-facts.toml"
    source.write_text("a = [")
    profile = str(layout.profiles["fr-agency-cnav"])
    assert agency(["determine", CASE, "--facts", str(source), "--profile", profile]) == 2
    assert f"{source}, line 1" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"no database"])
def test_what_is_no_backup_is_not_put_where_the_right_one_must_go(
    content: bytes, layout: FederationLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup, config = tmp_path / "backup.db", layout.nodes["FR"]
    backup.write_bytes(content)
    before = sorted(config.parent.iterdir())
    assert portability(["node", "restore", str(backup), "--config", str(config)]) == 2
    assert f"{backup} is no SQLite database" in capsys.readouterr().err
    assert sorted(config.parent.iterdir()) == before


def test_a_record_that_does_not_parse_is_named_by_its_file(
    layout: FederationLayout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "my-award.toml"
    source.write_text("a = [")
    profile = str(layout.profiles["fr-agency-cnav"])
    assert agency(["record", "issue", PERSON, str(source), "--profile", profile]) == 2
    assert f"{source}: the record is not well-formed" in capsys.readouterr().err


def test_a_signing_key_that_the_directory_does_not_name_is_told_before_anything_is_sent(
    layout: FederationLayout, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = layout.profiles["fr-agency-cnav"]
    key = layout.root / "ca" / "directory-root-1.pem"
    text = profile.read_text().replace("fr-agency-cnav/signing-key.pem", str(key))
    profile.write_text(text)
    assert agency(["register-template", str(TEMPLATE), "--profile", str(profile)]) == 2
    err = capsys.readouterr().err
    assert "the signing key in the profile is none that the directory names for FR/cnav" in err


def test_a_directory_that_too_few_have_signed_is_named_with_the_next_step(
    layout: FederationLayout, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = layout.profiles["fr-agency-cnav"]
    profile.write_text(profile.read_text().replace("threshold = 2", "threshold = 3"))
    assert agency(["cases", "--profile", str(profile)]) == 1
    err = capsys.readouterr().err
    assert "directory.json is not to be trusted" in err
    assert "compare root_keys and threshold" in err


def test_a_cell_of_a_narrow_table_is_broken_and_not_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    heads = ("peer", "waiting", "kept back", "it has", "we have", "failures", "last attempt")
    row = ("FR", "0", "0", "10", "9", "0", "unavailable")
    screen = console()
    screen.print(table(screen, heads, [row], (0, 0, 0, 0, 0, 0, 1)))
    assert "\u2026" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (auditor, ["checkpoint", "--keep"]),
        (auditor, ["verify", str(EXAMPLES), "--page"]),
        (auditor, ["export-consent", "ab" * 32, "--format", "dpv", "--to"]),
        (agency, ["export-consent", "ab" * 32, "--format", "dpv", "--to"]),
        (migrant, ["export-consent", "ab" * 32, "--format=dpv", "--key=none", "--to"]),
        (agency, ["export", CASE]),
    ],
)
def test_what_is_there_is_named_before_a_node_is_asked_and_is_never_overwritten(
    command: object,
    arguments: list[str],
    layout: FederationLayout,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept = tmp_path / "kept"
    kept.write_text("evidence")
    kind = {agency: "agency-cnav", migrant: "portal", auditor: "auditor"}[command]
    profile = ["--profile", str(layout.profiles[f"fr-{kind}"])]
    assert callable(command)
    assert command([*arguments, str(kept), *profile]) == 2
    assert f"{kept} exists already" in capsys.readouterr().err
    assert kept.read_text() == "evidence"


def test_a_file_is_there_whole_or_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, new = tmp_path / "kept", tmp_path / "new"
    replace_whole(kept, b"first")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigurationError, match="kept cannot be written"):
        replace_whole(kept, b"second")
    with pytest.raises(ConfigurationError, match="new cannot be written"):
        write_new(new, b"half")
    assert kept.read_bytes() == b"first"
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]


def test_a_new_file_can_be_read_by_its_owner_alone_unless_it_is_public(tmp_path: Path) -> None:
    """A report page, a consent: about a person, in whatever folder and with whatever umask."""
    page, note = tmp_path / "page", tmp_path / "note"
    before = os.umask(0)
    try:
        write_new(page, b"of a person")
        write_new(note, b"a checkpoint", is_public=True)
    finally:
        os.umask(before)
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert stat.S_IMODE(note.stat().st_mode) == 0o666


def test_the_transport_writes_nothing_beside_the_one_sentence() -> None:
    told = "import os, agents.starting\nprint(os.environ['GRPC_VERBOSITY'])"
    clean = {name: value for name, value in os.environ.items() if name != "GRPC_VERBOSITY"}
    done = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, check=False, env=clean, text=True
    )
    assert done.stdout == "NONE\n"


def test_help_says_with_which_status_a_receipt_ends(capsys: pytest.CaptureFixture[str]) -> None:
    """A signature that does not hold is 1 in every command, as the table of statuses says."""
    assert status_of(SignatureError("of another key")) == 1
    assert migrant(["check-receipt", "--help"]) == 0
    assert "Exit 1: not genuine; 2: unreadable" in " ".join(capsys.readouterr().out.split())


def arguments_below(command: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(command, TyperGroup):
        for name, below in command.commands.items():
            yield from arguments_below(below, f"{path} {name}")
    elif isinstance(command, TyperCommand):
        for one in command.params:
            if one.param_type_name == "argument":
                yield path, str(getattr(one, "metavar", None) or one.name)


OUTSIDE = Surroundings(now=lambda: datetime.now(UTC), randomness=bytes, sleep=lambda _seconds: None)


@pytest.mark.parametrize(
    "app",
    [
        agency_main.build_app(OUTSIDE),
        migrant_main.build_app(OUTSIDE),
        auditor_main.build_app(OUTSIDE),
        portability_main.app,
    ],
    ids=["agency", "migrant", "auditor", "portability"],
)
def test_what_is_to_be_filled_in_is_in_capitals_everywhere(app: Typer) -> None:
    found = list(arguments_below(get_command(app), ""))
    assert found
    assert [one for one in found if not one[1].isupper()] == []
