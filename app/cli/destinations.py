"""`longshore destinations`: the saved servers, listed, added, tried and removed."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from app.cli import answers
from app.cli.answers import Usage
from app.cli.context import SECRET_VARIABLE, Context
from app.cli.exits import Exit, of_problem
from app.cli.output import details
from app.core import catalogue
from app.core.destinations import Secret
from app.core.forms import CONNECTION_FIELDS
from app.core.problems import SignInProblem
from app.servers.api import Step, StepState
from app.storage import KeyringProblem

SECRET_LIMIT = 64 * 1024
"""Bytes; the longest secret read from standard input."""


async def listed(arguments: argparse.Namespace, context: Context) -> Exit:
    """The saved servers, without secrets."""
    saved = context.destinations.all()
    context.tell_damage()
    if arguments.json:
        context.output.event(
            [
                {
                    "id": destination.id,
                    "name": destination.name,
                    "family": destination.family,
                    "settings": dict(destination.settings),
                }
                for destination in saved
            ]
        )
        return Exit.DONE
    for destination in saved:
        address = destination.settings.get("url", "")
        context.output.result(f"{destination.name}\t{destination.family}\t{address}")
    if not saved:
        context.output.words("No server is saved yet; see: longshore destinations add --help")
    return Exit.DONE


async def add(arguments: argparse.Namespace, context: Context) -> Exit:
    """Saves a server, and its secret where secrets are safe. Raises Usage and Problem."""
    family = context.family(arguments.family)
    fields = (*family.fields, *CONNECTION_FIELDS)
    given = answers.pairs(arguments.set)
    settings = answers.checked(fields, given, of=family.title, secret=family.secret.key)
    secret: Secret | None
    if arguments.secret_stdin:
        secret = _secret_from_input()
    else:
        secret = context.asked_secret(family.key, arguments.name) or context.given_secret()
    if family.secret.required and not secret:
        raise Usage(
            f"{family.title} needs a secret ({family.secret.label}): give it with --secret-stdin "
            f"or in {SECRET_VARIABLE}"
        )
    saved = await context.accounts.add(family.key, arguments.name, settings, secret)
    context.tell_damage()
    if secret and not context.secrets.available:
        context.output.words(f"When you send, give it in {SECRET_VARIABLE} or when asked.")
    if arguments.json:
        context.output.event({"id": saved.id, "name": saved.name, "family": saved.family})
    else:
        context.output.result(f"Saved “{saved.name}” ({family.title}).")
    return Exit.DONE


async def remove(arguments: argparse.Namespace, context: Context) -> Exit:
    """The server and its secret. Raises Problem for a name nobody saved."""
    destination = context.destination(arguments.name)
    try:
        await context.accounts.remove(destination.id)
    except KeyringProblem as problem:
        context.output.problem(problem)
        context.output.words("  The server was removed; its secret is still in the keyring.")
        return of_problem(problem)
    context.output.result(f"Removed “{destination.name}”.")
    return Exit.DONE


async def test(arguments: argparse.Namespace, context: Context) -> Exit:
    """Address, TLS, sign-in, rights: one step after the other, each with its advice."""
    destination = context.destination(arguments.name)
    family = context.family(destination.family)
    secret = await context.secret(destination)
    if secret is None:
        raise SignInProblem(catalogue.SIGN_IN_NO_SECRET, {"name": destination.name})
    code = Exit.DONE
    async for step in family.probe(await context.accounts.whole(destination), secret):
        if step.problem is not None and code is Exit.DONE:
            code = of_problem(step.problem)
        elif step.state is StepState.FAILED and code is Exit.DONE:
            code = Exit.ERROR
        _tell(step, arguments.json, context)
    if arguments.json:
        context.output.event({"event": "finished", "exit": code.value})
    return code


def _tell(step: Step, as_json: bool, context: Context) -> None:
    if as_json:
        event: dict[str, Any] = {"event": "step", "step": step.key, "title": step.title}
        event |= {"state": step.state.value, "detail": step.detail}
        if step.problem is not None:
            event["problem"] = details(step.problem)
        context.output.event(event)
        return
    mark = {StepState.OK: "ok", StepState.FAILED: "FAILED", StepState.SKIPPED: "skipped"}
    detail = f": {step.detail}" if step.detail else ""
    context.output.result(f"{mark[step.state]:<8}{step.title}{detail}")
    if step.problem is not None:
        context.output.problem(step.problem)


def _secret_from_input() -> Secret:
    """The first line of standard input, without its end. Raises Usage when there is none."""
    line = sys.stdin.buffer.readline(SECRET_LIMIT) if sys.stdin else b""
    try:
        value = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise Usage("the secret on standard input is not text in UTF-8") from None
    if not value:
        raise Usage("there was no secret on standard input")
    return Secret(value)
