"""``python -m portability``: the command, also where its script is not on the path."""

from portability.starting import run

run()
