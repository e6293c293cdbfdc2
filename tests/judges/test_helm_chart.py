"""The chart, as Helm renders it: Kubernetes' schemas take it, and a node takes what it mounts."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from portability.custody.passphrases import Secrets
from portability.node.config import load_config, load_keys
from portability.node.erasure.keeping import open_keeping
from portability.node.keys import Mode, signer_pem
from portability.node.server import DRAIN_SECONDS

kubernetes_validate = pytest.importorskip("kubernetes_validate", reason="of the extra `judges`")

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
CHART: Final = DEPLOY / "helm/portability-node"
EXAMPLES: Final = ("sqlite", "postgresql")
VERSIONS: Final = ("1.25", "1.37")
HELM: Final = shutil.which("helm", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")
PASSPHRASE: Final = "only for this trial of the chart"
PLACES: Final = ("/sealed", "/run/secrets", "/etc/portability", "/var/lib/portability/erasure")
TOKEN: Final = "pkcs11:token=fr;object=log?module-path=/usr/lib/t.so&pin-source=env:PORTABILITY_PIN"

pytestmark = pytest.mark.skipif(HELM is None, reason="helm is not installed here")


def helm(*arguments: str) -> "subprocess.CompletedProcess[str]":
    assert HELM is not None
    return subprocess.run([HELM, *arguments], capture_output=True, check=False, text=True)


def render(example: str, *sets: str) -> "subprocess.CompletedProcess[str]":
    values = str(CHART / f"examples/{example}.yaml")
    return helm("template", "fr", str(CHART), "--values", values, *sets)


@cache
def rendered(example: str, *sets: str) -> tuple[dict[str, Any], ...]:
    ended = render(example, *sets)
    assert ended.returncode == 0, ended.stderr
    return tuple(one for one in yaml.safe_load_all(ended.stdout) if one)


def of_kind(kind: str, example: str, *sets: str) -> dict[str, Any]:
    return next(one for one in rendered(example, *sets) if one["kind"] == kind)


def pod(example: str, *sets: str) -> dict[str, Any]:
    found: dict[str, Any] = of_kind("StatefulSet", example, *sets)["spec"]["template"]["spec"]
    return found


def node_toml(example: str, *sets: str) -> str:
    return str(of_kind("ConfigMap", example, *sets)["data"]["node.toml"])


@pytest.mark.parametrize("example", EXAMPLES)
def test_helm_finds_nothing_to_say_against_the_chart(example: str) -> None:
    values = str(CHART / f"examples/{example}.yaml")
    ended = helm("lint", "--strict", str(CHART), "--values", values)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_document_is_one_that_kubernetes_takes(example: str, version: str) -> None:
    documents = rendered(example, "--set", "erasure.newNode=true")
    assert len(documents) == 6
    for one in documents:
        kubernetes_validate.validate(one, version, strict=True)


def test_the_schemas_refuse_what_kubernetes_would() -> None:
    wrong = json.loads(json.dumps(of_kind("StatefulSet", "sqlite")))
    wrong["spec"]["template"]["spec"]["containers"][0]["readOnlyRootFilesytem"] = True
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


@pytest.mark.parametrize(
    "missing",
    [
        "jurisdiction", "image.repository", "image.digest", "database.kind", "database.url",
        "database.passfileSecret", "keys.secret", "keys.passphraseSecret", "tls.secret",
        "directory.configMap", "withdrawal.url", "withdrawal.phone", "withdrawal.office",
    ],
)  # fmt: skip
def test_what_is_missing_is_named_in_one_sentence(missing: str) -> None:
    ended = render("postgresql", "--set-string", f"{missing}=")
    assert ended.returncode != 0
    assert f"): {missing} is missing: " in ended.stderr.splitlines()[0]


@pytest.mark.parametrize(
    ("example", "wrong", "told"),
    [
        ("sqlite", "replicas=2", "replicas must be 1 on sqlite"),
        ("postgresql", "database.url=postgresql+asyncpg://a:b@c/d", "must hold no password"),
        ("sqlite", "image.digest=latest", "image.digest"),
        ("sqlite", "keys.passphrase=open", "passphrase is not allowed"),
        ("sqlite", "mode=development", "mode is not allowed"),
        ("sqlite", "directory.threshold=0", "directory.threshold is missing"),
        ("sqlite", "directory.rootKeys=null", "directory.rootKeys is missing"),
    ],
)
def test_what_does_not_fit_is_refused(example: str, wrong: str, told: str) -> None:
    ended = render(example, "--set", wrong)
    assert ended.returncode != 0
    assert told in ended.stderr


def test_without_values_nothing_is_rendered() -> None:
    ended = helm("template", "fr", str(CHART))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "jurisdiction is missing" in ended.stderr


@pytest.mark.parametrize("example", EXAMPLES)
def test_no_container_has_a_right_or_a_place_to_write_that_is_no_volume(example: str) -> None:
    spec = pod(example)
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsUser"] == 10001
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for one in (*spec["initContainers"], *spec["containers"]):
        allowed = one["securityContext"]
        assert allowed["readOnlyRootFilesystem"] is True
        assert allowed["runAsNonRoot"] is True
        assert allowed["allowPrivilegeEscalation"] is False
        assert allowed["capabilities"] == {"drop": ["ALL"]}
        assert re.search(r"@sha256:[0-9a-f]{64}$", one["image"])


def test_secrets_are_named_and_never_in_a_value() -> None:
    (node,) = pod("postgresql")["containers"]
    (passphrase,) = [one for one in node["env"] if one["name"] == "PORTABILITY_PASSPHRASE"]
    assert passphrase["valueFrom"]["secretKeyRef"]["name"] == "fr-passphrase"
    assert [one for one in rendered("postgresql") if one["kind"] == "Secret"] == []


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_configuration_says_what_the_shipped_one_says(example: str) -> None:
    shipped = (DEPLOY / "node.toml").read_text(encoding="utf-8").replace("@CODE@", "fr")
    shipped = re.sub(r"@[A-Z_]+@", "1", shipped)
    expected, found = tomllib.loads(shipped), tomllib.loads(node_toml(example))
    for own in ("jurisdiction", "database", "withdrawal"):
        assert type(found.pop(own)) is type(expected.pop(own))
    for own in ("root_keys", "threshold"):
        assert type(found["directory"].pop(own)) is type(expected["directory"].pop(own))
    assert found == expected


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_file_that_the_configuration_names_is_mounted(example: str) -> None:
    spec = pod(example)
    claims = of_kind("StatefulSet", example)["spec"]["volumeClaimTemplates"]
    volumes = {
        one["name"]: one for one in (*spec["volumes"], *(claim["metadata"] for claim in claims))
    }
    (node,) = spec["containers"]
    mounts = {one["mountPath"]: one["name"] for one in node["volumeMounts"]}
    assert set(mounts.values()) <= set(volumes)
    files = set(mounts)
    for place, name in (("/etc/portability", "config"), ("/run/secrets", "sealed")):
        for source in volumes[name]["projected"]["sources"]:
            (items,) = (one["items"] for one in source.values())
            files |= {f"{place}/{item['path']}" for item in items}
    named = re.findall(r'"(/[a-z/_.]+)"', node_toml(example))
    named += [one["value"] for one in node["env"] if one["name"] == "PGPASSFILE"]
    assert len(named) >= 10
    assert [one for one in named if one not in files] == []


def test_what_stands_in_front_and_around_fits_the_node() -> None:
    spec = pod("postgresql")
    (node,) = spec["containers"]
    configuration = tomllib.loads(node_toml("postgresql"))
    port = int(configuration["listen"].rpartition(":")[2])
    assert [one["containerPort"] for one in node["ports"]] == [port]
    assert of_kind("Service", "postgresql")["spec"]["ports"][0]["targetPort"] == "grpc-tls"
    policy = of_kind("NetworkPolicy", "postgresql")["spec"]
    assert policy["ingress"] == [{"ports": [{"protocol": "TCP", "port": port}]}]
    out = [one["port"] for rule in policy["egress"] for one in rule["ports"]]
    assert out == [53, 53, port, 5432]
    for probe, path in (("livenessProbe", "livez"), ("readinessProbe", "readyz")):
        assert f"http://{configuration['observe']}/{path}" in node[probe]["exec"]["command"][-1]
    assert spec["terminationGracePeriodSeconds"] >= 2 * DRAIN_SECONDS
    assert node["args"][:2] == ["node", "serve"]


def test_processes_of_two_versions_never_share_a_database() -> None:
    both = of_kind("StatefulSet", "postgresql")["spec"]
    assert (both["replicas"], both["updateStrategy"]) == (2, {"type": "OnDelete"})
    assert of_kind("StatefulSet", "sqlite")["spec"]["updateStrategy"] == {"type": "RollingUpdate"}


def test_the_journal_is_in_another_volume_than_the_database() -> None:
    claims = of_kind("StatefulSet", "sqlite")["spec"]["volumeClaimTemplates"]
    assert {claim["metadata"]["name"] for claim in claims} == {"database", "erasure"}
    configuration = tomllib.loads(node_toml("sqlite"))
    mounts = {
        one["name"]: one["mountPath"] for one in pod("sqlite")["containers"][0]["volumeMounts"]
    }
    assert configuration["erasure"]["folder"] == mounts["erasure"]
    assert configuration["database"].startswith(f"sqlite+aiosqlite:///{mounts['database']}/")


def put(text: str, folder: Path) -> str:
    """The places in a pod as places under a folder of the test."""
    for place in PLACES:
        text = text.replace(place, str(folder / place.rpartition("/")[2]))
    return text


@pytest.fixture
def volumes(tmp_path: Path) -> Path:
    """What the kubelet mounts: secrets that a group can read, and an empty volume."""
    for place in PLACES:
        (tmp_path / place.rpartition("/")[2]).mkdir()
    for number, name in enumerate(("node", "log", "witness", "wrapping", "index"), 1):
        path = tmp_path / f"sealed/fr_{name}_key"
        path.write_bytes(signer_pem(bytes([number]) * 32, PASSPHRASE.encode()))
        path.chmod(0o440)
    (tmp_path / "portability/node.toml").write_text(put(node_toml("sqlite"), tmp_path))
    command = tmp_path / "bin/portability"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m portability "$@"\n')
    command.chmod(0o755)
    return tmp_path


def test_a_pod_of_a_new_node_prepares_what_a_production_node_takes(volumes: Path) -> None:
    (prepare,) = pod("sqlite", "--set", "erasure.newNode=true")["initContainers"]
    command = [*prepare["command"], put(prepare["args"][0], volumes)]
    path = f"{volumes / 'bin'}{os.pathsep}{os.environ['PATH']}"
    for _ in range(2):  # a pod that is made again finds all of it
        subprocess.run(command, env=os.environ | {"PATH": path, "HOSTNAME": "fr-0"}, check=True)
    config = load_config(volumes / "portability/node.toml")
    assert config.mode is Mode.PRODUCTION
    keys, _ = load_keys(config, Secrets({"PORTABILITY_PASSPHRASE": PASSPHRASE}))
    assert keys.witness is not None
    assert not any(
        stat.S_IMODE(file.stat().st_mode) & 0o077 for file in (volumes / "secrets").iterdir()
    )
    assert open_keeping(config.erasure.folder, config.mode).journal.entries == ()


def test_a_further_process_waits_for_the_copy_that_the_notes_tell_how_to_make(
    volumes: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first = tmp_path_factory.mktemp("first")
    for name in ("journal", "forgetting.key"):
        (first / name).write_bytes(name.encode())
    (prepare,) = pod("postgresql", "--set", "erasure.newNode=true")["initContainers"]
    waiting = subprocess.Popen(
        [*prepare["command"], put(prepare["args"][0], volumes)],
        env=os.environ | {"HOSTNAME": "fr-1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert waiting.stdout is not None
        assert waiting.stdout.readline().startswith("waiting for journal and forgetting.key in ")
        notes = (CHART / "templates/NOTES.txt").read_text(encoding="utf-8")
        (packed,) = re.findall(r"tar --create .* journal forgetting.key", notes)
        (taken,) = re.findall(r"sh -c '(.+)'", notes)
        packed = packed.replace(PLACES[-1], str(first))
        subprocess.run(["sh", "-c", f"{packed} | ({put(taken, volumes)})"], check=True)
        assert waiting.wait(60) == 0
    finally:
        waiting.kill()
        waiting.communicate()
    held = {path.name: path.read_bytes() for path in (volumes / "erasure").iterdir()}
    assert held == {name: name.encode() for name in ("journal", "forgetting.key")}


def test_everything_that_can_be_set_is_a_configuration_that_a_node_reads(tmp_path: Path) -> None:
    values = {
        "keys": {"tokens": {"log": TOKEN}, "witness": False},
        "erasure": {"retention": [{"kind": "determination", "years": 10, "citation": 'Art "5"'}]},
        "passkeys": {"relyingPartyId": "a.example", "name": "A", "origins": ["https://a.example"]},
        "answers": {"leastMilliseconds": 0, "mostMilliseconds": 900},
        "protocolVersion": 2,
        "agreementsFolder": "/adoptions",
        "logLevel": "warning",
    }
    more = tmp_path / "more.yaml"
    more.write_text(json.dumps(values))
    (tmp_path / "node.toml").write_text(node_toml("postgresql", "--values", str(more)))
    config = load_config(tmp_path / "node.toml")
    assert str(config.keys.log) == "the key log in the token fr"
    assert config.keys.witness is None
    assert config.erasure.rules.retentions[0].citation == 'Art "5"'
    assert config.passkeys is not None
    assert config.answers.least.total_seconds() == 0
    assert (config.protocol_version, config.log_level) == (2, "warning")
    sealed = pod("postgresql", "--values", str(more))["volumes"][1]["projected"]["sources"]
    assert "log.pem" not in json.dumps(sealed)


def test_whatever_an_operator_adds_is_still_what_kubernetes_takes(tmp_path: Path) -> None:
    rule, block = {"ports": [{"port": 9090}]}, {"ipBlock": {"cidr": "192.0.2.0/24"}}
    values = {
        "image": {"pullSecrets": ["registry"]},
        "erasure": {"storageClass": "encrypted"},
        "service": {"annotations": {"a": "b"}, "loadBalancerSourceRanges": ["192.0.2.0/24"]},
        "networkPolicy": {"callers": [block], "peers": [block], "peerPorts": [7443, 443]}
        | {"extraIngress": [rule], "extraEgress": [rule]},
        "sidecars": [{"name": "agent", "image": "agent"}],
        "extraEnv": [{"name": "PIN", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}],
        "extraVolumes": [{"name": "driver", "emptyDir": {}}],
        "extraVolumeMounts": [{"name": "driver", "mountPath": "/driver", "readOnly": True}],
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "nodeSelector": {"a": "b"},
        "affinity": {"nodeAffinity": {}},
        "podAnnotations": {"a": "b"},
    }
    more = tmp_path / "more.yaml"
    more.write_text(json.dumps(values))
    documents = rendered("postgresql", "--values", str(more))
    for one in documents:
        kubernetes_validate.validate(one, VERSIONS[-1], strict=True)
    policy = of_kind("NetworkPolicy", "postgresql", "--values", str(more))["spec"]
    assert policy["ingress"][1:] == [rule] == policy["egress"][3:]
    assert [one["name"] for one in pod("postgresql", "--values", str(more))["containers"]] == [
        "node",
        "agent",
    ]
