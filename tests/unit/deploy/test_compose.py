"""No engine runs where the tests do, so they read the files as an engine would."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

DEPLOY = Path(__file__).parents[3] / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
NODES = ("node-fr", "node-es", "node-de")
HOME = re.compile(r"\$\{PORTABILITY_HOME:\?[^}]*\}")


def test_there_are_three_nodes_and_one_database_server() -> None:
    assert set(COMPOSE["services"]) == {"postgres", *NODES}


@pytest.mark.parametrize("name", NODES)
def test_a_node_has_no_rights_and_writes_nowhere_but_to_its_journal_of_erasures(name: str) -> None:
    node = COMPOSE["services"][name]
    assert node["read_only"] is True
    assert node["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in node["security_opt"]
    assert "privileged" not in node
    writable = [volume for volume in node["volumes"] if not volume.endswith(":ro")]
    assert [volume.partition(":/")[2] for volume in writable] == ["var/lib/portability/erasure"]


def test_every_port_is_published_on_loopback_alone_and_once() -> None:
    ports = [port for one in COMPOSE["services"].values() for port in one.get("ports", ())]
    assert len(ports) == len(NODES)
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert len(set(ports)) == len(ports)


def test_every_secret_is_a_file_without_a_default_and_used() -> None:
    used = {name for one in COMPOSE["services"].values() for name in one["secrets"]}
    assert used == set(COMPOSE["secrets"])
    for secret in COMPOSE["secrets"].values():
        assert set(secret) == {"file"}
        assert HOME.match(secret["file"])


def test_no_password_stands_in_the_files() -> None:
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_file() and path.suffix in {".yaml", ".toml"}:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"(?i)password\s*[:=]\s*[^\s/]", text), path
            assert not re.search(r"://[^@\s/]+:[^@\s/]+@", text), path


@pytest.mark.parametrize("name", NODES)
def test_a_node_waits_for_the_database_and_is_given_only_its_own_secrets(name: str) -> None:
    node = COMPOSE["services"][name]
    code = name.removeprefix("node-")
    assert node["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert all(secret.startswith(f"{code}_") for secret in node["secrets"])
    assert node["environment"]["PGPASSFILE"] == f"/run/secrets/{code}_passfile"


def test_the_database_cannot_be_reached_from_outside() -> None:
    assert COMPOSE["networks"]["database"] == {"internal": True}
    assert COMPOSE["services"]["postgres"]["networks"] == ["database"]
    assert "ports" not in COMPOSE["services"]["postgres"]


def test_every_file_that_is_mounted_from_here_exists() -> None:
    for one in COMPOSE["services"].values():
        for volume in one.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (DEPLOY / source).exists()
        if "build" in one:
            assert (DEPLOY.parent / one["build"]["dockerfile"]).exists()


def test_the_image_runs_without_rights_checks_its_health_and_copies_what_exists() -> None:
    lines = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ").split("\n")
    words = [
        line.split(maxsplit=1)[0] for line in lines if line and not line.startswith(("#", " "))
    ]
    assert set(words) <= {
        "FROM", "WORKDIR", "ENV", "COPY", "RUN", "USER", "STOPSIGNAL", "EXPOSE",
        "HEALTHCHECK", "ENTRYPOINT", "CMD",
    }  # fmt: skip
    assert words.count("FROM") == 2
    final = lines[max(place for place, line in enumerate(lines) if line.startswith("FROM")) :]
    assert "USER 10001:10001" in final
    assert any(line.startswith("HEALTHCHECK") and "/readyz" in line for line in final)
    for line in lines:
        if line.startswith("COPY") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (DEPLOY.parent / source).exists(), source


def test_the_image_can_speak_to_a_token_and_pins_what_the_whole_lock_pins() -> None:
    def pins(path: Path) -> set[str]:
        words = (line.split() for line in path.read_text(encoding="utf-8").splitlines() if line)
        return {line[0] for line in words if "==" in line[0]}

    image = pins(DEPLOY / "requirements.lock")
    assert any(one.startswith("python-pkcs11==") for one in image)
    assert image <= pins(DEPLOY.parent / "requirements.lock")


def test_compose_itself_reads_the_file() -> None:
    docker = shutil.which("docker")
    asked = [docker or "docker", "compose", "version"]
    if docker is None or subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed here")
    ended = subprocess.run(
        [docker, "compose", "--file", str(DEPLOY / "compose.yaml"), "config", "--quiet"],
        capture_output=True,
        check=False,
        env={"PORTABILITY_HOME": "/srv/portability", "PATH": "/usr/bin:/bin"},
    )
    assert ended.returncode == 0, ended.stderr
