"""What the pages and files for operators name is what the code reads and writes today."""

import re
from pathlib import Path

import yaml

PROJECT_ROOT = Path(__file__).parents[3]
DEPLOY = PROJECT_ROOT / "deploy"
CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("portability", "agents")
    for path in sorted((PROJECT_ROOT / folder).rglob("*.py"))
)
PAGES = "\n".join(
    (PROJECT_ROOT / page).read_text(encoding="utf-8")
    for page in ("README.md", "deploy/README.md", "agents/README.md")
)
NODE = (DEPLOY / "node.toml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def port_of(key: str) -> str:
    (found,) = re.findall(rf'^{key} += "[0-9.]+:([0-9]+)"', NODE, re.MULTILINE)
    return str(found)


def test_every_metric_that_the_pages_name_is_one_that_a_node_has() -> None:
    named = set(re.findall(r"`(portability_[a-z_]+)`", PAGES))
    assert named
    assert [name for name in sorted(named) if f'"{name}"' not in CODE] == []


def test_every_key_of_the_shipped_configuration_has_its_reason_on_the_page() -> None:
    table = (DEPLOY / "README.md").read_text(encoding="utf-8")
    table = table.partition("## Each key of node.toml")[2].partition("\n## ")[0]
    keys = set(re.findall(r"^(?:# )?([a-z_]+) +=", NODE, re.MULTILINE))
    reader = (PROJECT_ROOT / "portability/node/config.py").read_text(encoding="utf-8")
    keys |= set(re.findall(r'\(?\broot(?:\.\w+\(|, )"([a-z_]+)"', reader))
    assert {"protocol_version", "listen", "passkeys"} <= keys
    sections = set(re.findall(r"^(?:# )?\[+([a-z._]+)\]", NODE, re.MULTILINE))
    told = set(re.findall(r"[a-z_.]+", " ".join(re.findall(r"`([^`]+)`", table))))
    named_by_section = {"node", "log", "wrapping", "index", "certificate", "key", "ca"}
    named_by_section |= {"url", "phone", "office"}
    assert sorted(sections - told) == []
    assert sorted(keys - told - named_by_section) == []


def test_image_and_compose_file_know_the_ports_of_the_shipped_configuration() -> None:
    image = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    assert f"EXPOSE {port_of('listen')}\n" in image
    assert f"http://127.0.0.1:{port_of('observe')}/readyz" in image
    nodes = [one for name, one in COMPOSE["services"].items() if name.startswith("node-")]
    for node in nodes:
        assert [port.rpartition(":")[2] for port in node["ports"]] == [port_of("listen")]


def test_every_file_that_the_shipped_configuration_names_is_mounted() -> None:
    for code in ("fr", "es", "de"):
        node = COMPOSE["services"][f"node-{code}"]
        mounted = {
            volume.split(":")[-2 if volume.endswith(":ro") else -1] for volume in node["volumes"]
        }
        mounted |= {f"/run/secrets/{secret}" for secret in node["secrets"]}
        named = re.findall(r'"(/[^"]+)"', NODE.replace("@CODE@", code))
        assert named
        assert [path for path in named if path not in mounted] == []


def test_no_block_of_commands_names_a_file_of_this_folder_from_another_folder() -> None:
    page = (DEPLOY / "README.md").read_text(encoding="utf-8")
    moved = 0
    lost: list[str] = []
    for block in re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        away = False
        for line in block.splitlines():
            if line.startswith("cd "):
                away = not line.startswith("cd -")
                moved += 1
            elif away and re.search(r"(?<![\w/])deploy/", line):
                lost.append(line)
    assert moved
    assert lost == []
