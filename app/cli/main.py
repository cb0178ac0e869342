"""The way in: which command is meant, what it stands on, and what its end means as an exit code."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import difflib
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app import logs
from app.cli import arguments as forms
from app.cli.answers import Usage
from app.cli.context import Context
from app.cli.exits import Exit, of_problem
from app.cli.output import Output
from app.core.problems import Problem, defect

log = logging.getLogger(__name__)

Run = Callable[[argparse.Namespace, Context], Awaitable[Exit]]
Window = Callable[[Sequence[Path], bool, Path | None, bool], int]


@dataclass(frozen=True, slots=True)
class Command:
    """What it takes, and what it does. The latter imports what it needs: most of that is slow."""

    parser: Callable[[], argparse.ArgumentParser]
    run: Run
    logs: bool = True
    """Whether it leaves a log; what touches nothing of the person's leaves none."""


async def _send(parsed: argparse.Namespace, context: Context) -> Exit:
    from app.cli.send import send

    return await send(parsed, context)


async def _choices(parsed: argparse.Namespace, context: Context) -> Exit:
    from app.cli.choices import choices

    return await choices(parsed, context)


async def _destinations(parsed: argparse.Namespace, context: Context) -> Exit:
    from app.cli.destinations import listed

    return await listed(parsed, context)


async def _destinations_add(parsed: argparse.Namespace, context: Context) -> Exit:
    from app.cli.destinations import add

    return await add(parsed, context)


async def _destinations_test(parsed: argparse.Namespace, context: Context) -> Exit:
    from app.cli.destinations import test

    return await test(parsed, context)


async def _destinations_remove(parsed: argparse.Namespace, context: Context) -> Exit:
    from app.cli.destinations import remove

    return await remove(parsed, context)


async def _jobs(parsed: argparse.Namespace, context: Context) -> Exit:
    from app.cli.jobs import jobs

    return await jobs(parsed, context)


async def _leftovers(parsed: argparse.Namespace, context: Context) -> Exit:
    from app.cli.leftovers import leftovers

    return await leftovers(parsed, context)


async def _sandbox(parsed: argparse.Namespace, context: Context) -> Exit:
    from app.cli.sandbox import sandbox

    return await sandbox(parsed, context)


async def _demo(parsed: argparse.Namespace, context: Context) -> Exit:
    from app.cli.demo import demo

    return await demo(parsed, context)


async def _self_test(parsed: argparse.Namespace, context: Context) -> Exit:
    from app.self_test import self_test

    return await self_test(parsed, context)


async def _problems(parsed: argparse.Namespace, context: Context) -> Exit:
    from app.cli.problems import problems

    return await problems(parsed, context)


async def _resume(parsed: argparse.Namespace, context: Context) -> Exit:
    from app.cli.resume import resume

    return await resume(parsed, context)


async def _status(parsed: argparse.Namespace, context: Context) -> Exit:
    from app.cli.status import status

    return await status(parsed, context)


async def _history(parsed: argparse.Namespace, context: Context) -> Exit:
    from app.cli.history import history

    return await history(parsed, context)


async def _failures(parsed: argparse.Namespace, context: Context) -> Exit:
    from app.cli.history import failures

    return await failures(parsed, context)


async def _receipt(parsed: argparse.Namespace, context: Context) -> Exit:
    from app.cli.history import receipt

    return await receipt(parsed, context)


COMMANDS = {
    ("history",): Command(forms.history, _history),
    ("failures",): Command(forms.failures, _failures),
    ("receipt",): Command(forms.receipt, _receipt),
    ("resume",): Command(forms.resume, _resume),
    ("status",): Command(forms.status, _status),
    ("send",): Command(forms.send, _send),
    ("jobs",): Command(forms.jobs, _jobs),
    ("leftovers",): Command(forms.leftovers, _leftovers),
    ("choices",): Command(forms.choices, _choices),
    ("problems",): Command(forms.problems, _problems, logs=False),
    ("destinations",): Command(forms.destinations, _destinations),
    ("destinations", "add"): Command(forms.destinations_add, _destinations_add),
    ("destinations", "test"): Command(forms.destinations_test, _destinations_test),
    ("destinations", "remove"): Command(forms.destinations_remove, _destinations_remove),
    ("sandbox",): Command(forms.sandbox, _sandbox, logs=False),
    ("demo",): Command(forms.demo, _demo, logs=False),
    ("--self-test",): Command(forms.self_test, _self_test, logs=False),
}


def main(given: Sequence[str], window: Window) -> int:
    """Does what the arguments say and returns the exit code; --help and --version raise SystemExit.

    `window` opens the window, with the paths of files, whether it is the demo, a tour's folder, and
    whether the status monitor alone is wanted.
    """
    # What the log is told is not meant for this terminal; Python would print it there.
    logging.getLogger().addHandler(logging.NullHandler())
    output = Output.standard(verbose="-v" in given or "--verbose" in given)
    try:
        if command := _command(given):
            parsed = command.parser().parse_intermixed_args(given[len(_words(given)) :])
            context = Context(output)
            with (
                contextlib.closing(context),
                logs.kept(context.places.logs) if command.logs else contextlib.nullcontext(),
            ):
                return _guarded(command.run, parsed, context)
        return _window(given, window)
    except (Exception, KeyboardInterrupt) as error:
        return complained(error, output)


def complained(error: BaseException, output: Output | None = None) -> int:
    """Says on the terminal why it ended, and returns the exit code; raises what nobody foresaw."""
    output = output or Output.standard(verbose=False)
    match error:
        case Usage():
            output.complaint(f"{error}" if str(error).endswith("?") else f"{error}.")
            return Exit.USAGE
        case KeyboardInterrupt():
            output.complaint("interrupted.")
            return Exit.INTERRUPTED
        case Problem():
            output.problem(error)
            return of_problem(error)
    raise error


def _words(given: Sequence[str]) -> tuple[str, ...]:
    """The longest command the arguments begin with."""
    for length in (2, 1):
        if (words := tuple(given[:length])) in COMMANDS:
            return words
    return ()


def _command(given: Sequence[str]) -> Command | None:
    return COMMANDS.get(_words(given))


def _guarded(run: Run, parsed: argparse.Namespace, context: Context) -> int:
    """The program's own mistakes go to the log, and to the person as a sentence."""
    try:
        return _run(run, parsed, context)
    except (Usage, Problem):
        raise
    except Exception as error:
        log.exception("the command ended unexpectedly")
        context.output.problem(defect(error))
        return Exit.ERROR


def _run(run: Run, parsed: argparse.Namespace, context: Context) -> int:
    async def ended_politely() -> Exit:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        asked = False

        def end(*_: object) -> None:
            nonlocal asked
            asked = True
            loop.call_soon_threadsafe(task.cancel)

        # A service manager's polite end; Ctrl-C is turned into the same by asyncio.run.
        signal.signal(signal.SIGTERM, end)
        try:
            return await run(parsed, context)
        except asyncio.CancelledError:
            if not asked:
                raise
            context.output.complaint("interrupted.")
            return Exit.INTERRUPTED

    # As the engine's own thread has it: Windows' default would not notice an early refusal.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(ended_politely())


def _window(given: Sequence[str], window: Window) -> int:
    _check_misspelt(given)
    parsed = forms.window().parse_args(given)
    paths = [path.absolute() for path in parsed.paths]
    return window(paths, parsed.demo, parsed.tour, parsed.monitor)


def _check_misspelt(given: Sequence[str]) -> None:
    """A command with a slip in it is not meant as the name of a file. Raises Usage."""
    first = given[0] if given else ""
    near = difflib.get_close_matches(first, {words[0] for words in COMMANDS}, 1, 0.75)
    if near and not first.startswith("-") and not Path(first).exists():
        raise Usage(f"there is no file “{first}”; did you mean “longshore {near[0]}”?")
