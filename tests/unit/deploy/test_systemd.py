"""The units: systemd's own tools read them, and what they name is what the software has."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agents.exits import MISUSE
from agents.migrant.main import status as migrant
from portability.cli.main import status
from portability.node.config import load_config
from portability.node.server import DRAIN_SECONDS

DEPLOY = Path(__file__).parents[3] / "deploy"
UNITS = DEPLOY / "systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
TIMERS = sorted(path.name for path in UNITS.glob("*.timer"))
COMMANDS = {"portability": status, "portability-migrant": migrant}
PAGE = (DEPLOY / "README.md").read_text(encoding="utf-8")
EXPOSURE = 12
"""At most so many tenths, of 100: what a process that serves a network cannot do without."""


def settings(name: str) -> list[tuple[str, str]]:
    text = (UNITS / name).read_text(encoding="utf-8").replace("\\\n", "")
    lines = (line for line in text.splitlines() if line and line[0] not in "#[")
    return [(line.partition("=")[0], line.partition("=")[2]) for line in lines]


def setting(name: str, key: str) -> str:
    (found,) = [value for one, value in settings(name) if one == key]
    return found


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units for France, with a command in the place that they name, as systemd wants one."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed here")
    folder = tmp_path_factory.mktemp("units")
    for name in (*SERVICES, *TIMERS):
        text = (UNITS / name).read_text(encoding="utf-8")
        text = re.sub(r"/opt/portability/bin/[a-z-]+", sys.executable, text)
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name.replace("@", "@FR")).write_text(text, encoding="utf-8")
    return folder


def analyzed(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *arguments],
        capture_output=True,
        check=False,
        text=True,
        cwd=folder,
    )


def test_systemd_takes_every_line_of_every_unit(judged: Path) -> None:
    names = [f"./{name.replace('@', '@FR')}" for name in (*SERVICES, *TIMERS)]
    verified = analyzed(judged, "verify", "--man=no", *names)
    assert [line for line in verified.stderr.splitlines() if "portability" in line] == []
    assert verified.returncode == 0


@pytest.mark.parametrize("name", SERVICES)
def test_systemd_finds_little_that_a_service_could_do(judged: Path, name: str) -> None:
    threshold = f"--threshold={EXPOSURE}"
    instance = f"./{name.replace('@', '@FR')}"
    found = analyzed(judged, "security", "--offline=true", threshold, instance)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_shut_in_like_the_node(name: str) -> None:
    def shut(one: str) -> list[tuple[str, str]]:
        lines = settings(one)
        own = {"RestrictAddressFamilies", "UMask"}
        until = lines[lines.index(("NoNewPrivileges", "yes")) :]
        return [line for line in until if line[0] not in own | {"WantedBy"}]

    assert shut(name) == shut("portability-node@.service")
    assert len(shut(name)) > 20


@pytest.mark.parametrize("name", SERVICES)
def test_every_command_of_a_service_is_one_that_there_is(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = setting(name, "ExecStart")
    program, *words = re.findall(r"/opt/portability/bin/(\S+)((?: [a-z][a-z-]*)+)", line)[0]
    assert COMMANDS[program]([*words[0].split(), "--help"]) == 0
    told = capsys.readouterr().out
    options = re.findall(r" (--[a-z-]+)", line)
    assert options
    assert [one for one in options if one not in told] == []


@pytest.mark.parametrize("name", TIMERS)
def test_every_timer_starts_a_service_that_is_here_and_on_the_page(name: str) -> None:
    service = name.replace(".timer", ".service")
    assert setting(service, "Type") == "oneshot"
    assert f"`{name.partition('@')[0]}@" in PAGE


def test_a_node_has_time_to_finish_and_stays_down_when_no_start_mends_it() -> None:
    node = "portability-node@.service"
    assert float(setting(node, "TimeoutStopSec").removesuffix("s")) >= 2 * DRAIN_SECONDS
    assert setting(node, "RestartPreventExitStatus") == str(MISUSE)
    assert setting(node, "StateDirectoryMode") == "0700"


def test_no_secret_is_in_a_unit_or_in_an_environment() -> None:
    for name in SERVICES:
        credentials = [value for key, value in settings(name) if "Credential" in key]
        reads = "3<%d/passphrase" in setting(name, "ExecStart")
        expected = ["passphrase:/etc/portability/%i/passphrase.cred"] if reads else []
        assert credentials == expected
        assert "PASSPHRASE" not in (UNITS / name).read_text(encoding="utf-8")


def test_the_shipped_configuration_is_accepted_with_the_places_of_the_units(tmp_path: Path) -> None:
    text = (DEPLOY / "node.toml").read_text(encoding="utf-8")
    words = {"JURISDICTION": "FR", "CODE": "fr", "THRESHOLD": "1"}
    words["ROOT_KEYS"] = '"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"'
    text = re.sub(r"@([A-Z_]+)@", lambda found: words.get(found[1], "https://example.org"), text)
    file = tmp_path / "FR/node.toml"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    subprocess.run(["sed", "-i", "-f", str(UNITS / "places.sed"), str(file)], check=True)
    config = load_config(file)
    assert config.keys.passphrase is not None
    assert f"{config.keys.passphrase.text[3:]}<%d/" in setting(
        "portability-node@.service", "ExecStart"
    )
    assert config.keys.index == file.parent / "keys/index.key"
    assert config.tls.key == file.parent / "tls/key.pem"
    assert config.directory.file.resolve() == tmp_path / "directory.json"
    state = setting("portability-node@.service", "StateDirectory").replace("%i", "FR")
    assert config.erasure.folder == Path("/var/lib", state, "erasure")
    assert "/run/secrets" not in file.read_text(encoding="utf-8")
