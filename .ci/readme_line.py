"""Print the command of README.md that stands in the fence after `<!-- ci: NAME -->`."""

import re
import sys
from pathlib import Path


def readme_line(text: str, name: str) -> str:
    """The one line of that fence; exits with a sentence if there is none."""
    found = re.search(rf"<!-- ci: {re.escape(name)} -->\n+```sh\n([^\n]+)\n```\n", text)
    if found is None:
        sys.exit(f"README.md has no one-line fence after <!-- ci: {name} -->")
    return found[1]


if __name__ == "__main__":
    sys.stdout.write(readme_line(Path("README.md").read_text(encoding="utf-8"), sys.argv[1]))
