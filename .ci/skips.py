"""
Refuse tests that CI never ran.

Arguments: the list of allowed skips, then the JUnit files of every test run. A test may be skipped
in one run if another run ran it, or if a line of the list allows it: a regular expression for
`test name: reason of the skip`, two spaces, and why that is right.
"""

import re
import sys
from pathlib import Path
from xml.etree.ElementTree import parse  # our own test runner wrote it

_SPLIT = re.compile(r"\s{2,}")


def results(path: Path) -> dict[str, str | None]:
    """Each test with the reason for which it was skipped; None if it ran."""
    found: dict[str, str | None] = {}
    for case in parse(path).iter("testcase"):  # noqa: S314  # as above
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        skipped = case.find("skipped")
        found[name] = (
            None if skipped is None else f"{skipped.get('message', '')} {skipped.text or ''}"
        )
    return found


def is_module_of(name: str, modules: set[str]) -> bool:
    """Whether a whole module, which pytest names without a class, ran its tests elsewhere."""
    place, _, module = name.partition("::")
    return not place and any(one == module or one.startswith(f"{module}.") for one in modules)


def allowed(path: Path) -> list[re.Pattern[str]]:
    """The patterns of the list; exits if a line gives no reason."""
    patterns = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            parts = _SPLIT.split(line.strip(), maxsplit=1)
            if len(parts) < 2:  # noqa: PLR2004  # pattern and reason
                sys.exit(f"{path}: this line gives no reason: {line}")
            patterns.append(re.compile(parts[0]))
    return patterns


def main(listed: Path, reports: list[Path]) -> int:
    """Print each test that no run ran and no line allows; 1 if there is any."""
    runs = [results(report) for report in reports]
    ran = {name for run in runs for name, reason in run.items() if reason is None}
    modules = {name.partition("::")[0] for name in ran}
    skipped = {
        f"{name}: {reason}"
        for run in runs
        for name, reason in run.items()
        if reason is not None and name not in ran and not is_module_of(name, modules)
    }
    patterns = allowed(listed)
    wrong = sorted(
        entry for entry in skipped if not any(pattern.search(entry) for pattern in patterns)
    )
    for entry in wrong:
        sys.stdout.write(f"never ran: {entry}\n")
    sys.stdout.write(
        f"{len(ran)} tests ran in at least one of {len(runs)} runs; {len(skipped)} in none, "
        f"{len(skipped) - len(wrong)} of those allowed\n"
    )
    return 1 if wrong or not ran else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]))
