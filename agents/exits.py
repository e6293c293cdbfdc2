"""
How an agent's command ends: one sentence on standard error and an exit status, never a traceback.

0 is success, 1 that what was asked for does not hold, 2 misuse or unreadable input, 69 that
something else was out of reach, 70 a fault of this software, 130 that someone pressed Ctrl-C.
"""

import contextlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Annotated, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import Abort, TyperException
from typer.main import get_command

from agents.plain_text import printable
from agents.standard_output import discard_output, is_lack_of_room, prepare_streams
from portability.errors import (
    ConsentError,
    HaltedError,
    OverloadedError,
    PeerUnavailableError,
    PortabilityError,
    ProofError,
    SignatureError,
    StorageError,
)

HELD: Final = 0
NOT_HELD: Final = 1
MISUSE: Final = 2
OUT_OF_REACH: Final = 69
FAULT: Final = 70
INTERRUPTED: Final = 130

DEBUG_VARIABLE: Final = "PORTABILITY_DEBUG"

_ANY_LENGTH: Final = 10_000
_STOPPED: Final = "stopped"
_UNANSWERED: Final = (
    "a question was asked and nobody answered; run it where somebody can, or see in --help whether "
    "an option answers it"
)
_UNREADABLE: Final = (
    "something in the command is no text in this system's encoding; write it in UTF-8 and run it "
    "again"
)
_PREFIX: Final = "Value error, "
"""What the library for options writes before some of its sentences."""

_STATUSES: Final[tuple[tuple[type[PortabilityError], int], ...]] = (
    (ProofError, NOT_HELD),
    (SignatureError, NOT_HELD),
    (ConsentError, NOT_HELD),
    (PeerUnavailableError, OUT_OF_REACH),
    (OverloadedError, OUT_OF_REACH),
    (HaltedError, OUT_OF_REACH),
    (StorageError, OUT_OF_REACH),
)


def new_app(name: str, purpose: str) -> typer.Typer:
    """An empty command line in the way of this project: plain help, no surprises."""
    return typer.Typer(
        name=name,
        help=purpose,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )


def new_command(name: str, purpose: str) -> typer.Typer:
    """The command line of an installed command, which says its version."""
    app = new_app(name, purpose)

    def show(wanted: bool) -> None:  # noqa: FBT001  # the shape of an option's callback
        if wanted:
            from importlib.metadata import version  # noqa: PLC0415  # seldom asked for

            typer.echo(f"{name} {version('portability')}")
            raise typer.Exit

    @app.callback()
    def root(
        *,
        _show_version: Annotated[
            bool,
            typer.Option("--version", callback=show, is_eager=True, help="Show the version."),
        ] = False,
    ) -> None:
        pass

    return app


def run_app(app: typer.Typer, name: str, arguments: Sequence[str]) -> int:
    """Run a command line and return its exit status, as ``outcome`` does."""

    def command() -> int:
        try:
            result = _result_of(app, name, arguments)
        except UnicodeEncodeError:
            if all(map(_is_text, arguments)):
                raise
            return say(name, _UNREADABLE, MISUSE)
        if result == INTERRUPTED:  # the library turned Ctrl-C into a result
            return say(name, _STOPPED, INTERRUPTED)
        return result if isinstance(result, int) else HELD

    return outcome(name, command)


def _is_text(argument: str) -> bool:
    """Whether it can be sent on. Names of files may be bytes of any kind, and work all the same."""
    try:
        argument.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _result_of(app: typer.Typer, name: str, arguments: Sequence[str]) -> object:
    root = get_command(app)
    _tell_whole(root)
    try:
        return root.main(list(arguments), prog_name=name, standalone_mode=False)
    except SystemExit as end:  # the library's answer to a reader who has left
        if isinstance(end.__context__, BrokenPipeError):
            raise end.__context__ from None
        raise


def _tell_whole(command: object) -> None:
    """
    Have lists of commands tell each one's first sentence whole, in as many lines as it takes.

    What stands in ``short_help`` is wrapped; a docstring would be cut off in the middle.
    """
    if isinstance(command, TyperCommand | TyperGroup):
        command.short_help = command.get_short_help_str(_ANY_LENGTH)
    if isinstance(command, TyperGroup):
        for below in command.commands.values():
            _tell_whole(below)


def outcome(name: str, command: Callable[[], int]) -> int:
    """The exit status of ``command``; whatever it raises is told in one sentence."""
    prepare_streams()
    try:
        return _run(name, command)
    except BrokenPipeError:  # the reader of standard output left, as in `... | head`
        discard_output()
        return HELD
    except (KeyboardInterrupt, Abort) as stop:
        if isinstance(stop.__context__, EOFError):  # the library takes an end of input for Ctrl-C
            return say(name, _UNANSWERED, MISUSE)
        return say(name, _STOPPED, INTERRUPTED)
    except OSError as error:
        return _unwritten(name, error) if is_lack_of_room(error) else _fault(name, error)
    except Exception as error:  # noqa: BLE001  # the last resort of a command line
        return _fault(name, error)


def _run(name: str, command: Callable[[], int]) -> int:
    try:
        status = command()
        sys.stdout.flush()
    except PortabilityError as error:
        return say(name, error.message, status_of(error))
    except TyperException as error:
        return _misuse(name, error)
    return status


def _misuse(name: str, error: TyperException) -> int:
    text = error.format_message().replace(_PREFIX, "")
    if text.startswith("Usage:"):  # a bare command is answered with its whole help
        sys.stderr.write(text + "\n")
        return error.exit_code
    stop = "" if text[-1:] in {"?", "."} else "."
    asked = getattr(getattr(error, "ctx", None), "command_path", None) or name
    return say(name, f"{text}{stop} `{asked} --help` tells what can be asked.", error.exit_code)


def status_of(error: PortabilityError) -> int:
    """The exit status for an error of the tree; misuse where it is nothing else."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), MISUSE)


def say(name: str, sentence: str, status: int) -> int:
    """Write one sentence to standard error, if that takes it, and give back ``status``."""
    with contextlib.suppress(OSError):  # the status says as much as it can by itself
        sys.stderr.write(f"{name}: {' '.join(printable(sentence).split())}\n")
    return status


def _unwritten(name: str, error: OSError) -> int:
    discard_output()  # or the interpreter tries again as it ends, and complains
    why = os.strerror(error.errno or 0)
    sentence = f"what it tells could not be written whole ({why}); make room or let it go elsewhere"
    return say(name, f"{sentence}, then run it again", OUT_OF_REACH)


def _fault(name: str, error: Exception) -> int:
    if os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(error)
    return say(
        name,
        f"stopped by a fault in this software ({type(error).__name__}); nothing more is known. "
        f"Run it again with {DEBUG_VARIABLE}=1 to see where, and report that",
        FAULT,
    )
