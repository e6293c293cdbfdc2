import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from portability.node.config import load_config
from portability.node.development.federation import open_federation
from tests.e2e.interrupting import heeding_interrupts

PROJECT_ROOT = Path(__file__).parents[2]
README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
SECONDS = 180


def test_the_story_by_hand_goes_as_the_readme_says(tmp_path: Path) -> None:
    blocks = re.findall(r"<!-- walk -->\n```sh\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 8
    bin_folder = tmp_path / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    (bin_folder / "activate").write_text(f'PATH="{Path(sys.executable).parent}:$PATH"\n')
    with subprocess.Popen(
        heeding_interrupts([sys.executable, "-m", "portability.cli.main", "up"]),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            assert running.stdout is not None
            said = ""
            for line in running.stdout:
                said += line
                if line.startswith("Ctrl-C"):
                    break
            portal = re.search(r"the portal for persons: (http://localhost:\d+)\n", said)
            assert portal is not None, said
            assert len(re.findall(r"enrolment code (?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}\n", said)) == 2
            with urllib.request.urlopen(portal[1], timeout=SECONDS) as answer:  # noqa: S310  # ours
                assert b"who uses your social security data" in answer.read()
            walked = subprocess.run(
                ["bash", "-c", "set -euo pipefail\n" + "\n".join(blocks)],
                cwd=tmp_path,
                capture_output=True,
                check=False,
                text=True,
                stdin=subprocess.DEVNULL,
                timeout=SECONDS,
                env={name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
            )
            metrics = _read_sides(tmp_path / "portability-federation")
        finally:
            running.send_signal(signal.SIGINT)
            try:
                running.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                running.kill()  # or leaving would wait for it for ever
                raise
    assert running.returncode == 0
    assert walked.returncode == 0, walked.stderr
    assert "Together 1400.00 EUR a month." in walked.stdout
    assert "VERIFIED" in walked.stdout
    assert "ES/inss: keeps it by law" in walked.stdout
    assert not [word for word in ("ROSA", "FICTIF", "FICTICI") if word in metrics]
    assert "persons/" not in metrics


def _read_sides(folder: Path) -> str:
    """What everybody on the machine can read of both nodes: metrics and the latest checkpoint."""
    found = ""
    for file in open_federation(folder).nodes.values():
        address = load_config(file).observe
        for path in ("metrics", "checkpoint", "readyz"):
            with urllib.request.urlopen(f"http://{address}/{path}", timeout=SECONDS) as answer:
                found += answer.read().decode("utf-8")
    return found
