"""`longshore sandbox`: the built-in servers until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import queue
from collections.abc import Iterable
from typing import Any

from app.cli.answers import Usage
from app.cli.context import Context
from app.cli.exits import Exit
from app.sandbox import Sandbox, Served
from app.sandbox.faults import KINDS


def available(families: Iterable[str]) -> tuple[str, ...]:
    """Those of the families that the sandbox of this version can be."""
    return tuple(
        key for key in families if importlib.util.find_spec(f"app.sandbox.{key}") is not None
    )


async def sandbox(arguments: argparse.Namespace, context: Context) -> Exit:
    """Runs until it is cancelled, which is its proper end. Raises Usage for what it cannot be."""
    here = available(context.families)
    families = tuple(dict.fromkeys(arguments.family or here))
    for key in families:
        if key not in here:
            raise Usage(
                f"the sandbox of this version cannot be “{key}”; it can be {', '.join(here)}"
            )
    for fault in arguments.fault:
        if fault not in KINDS:
            raise Usage(f"there is no fault “{fault}”; there are {', '.join(KINDS)}")
    answered: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    try:
        servers = Sandbox(
            families, port=arguments.port, faults=arguments.fault, on_request=answered.put
        )
        with servers:
            _tell_ready(servers.servers, arguments.json, context)
            while True:
                await asyncio.sleep(0.05)
                _tell_answered(answered, arguments.json, context)
    except asyncio.CancelledError:
        return Exit.DONE
    except OSError as error:
        raise Usage(
            f"port {arguments.port} of this computer cannot be used: {error.strerror or error}"
        ) from error


def _tell_ready(servers: list[Served], as_json: bool, context: Context) -> None:
    if as_json:
        described = [
            {
                "family": served.family,
                "title": served.title,
                "url": served.url,
                "fields": dict(served.fields),
                "secret": served.secret,
            }
            for served in servers
        ]
        context.output.event({"event": "ready", "servers": described})
        return
    for served in servers:
        context.output.result(f"{served.title} at {served.url}")
        for key, value in served.fields.items():
            context.output.result(f"  {key:<12}{value}")
        context.output.result(f"  {'secret':<12}{served.secret}")
        settings = " ".join(f"--set {key}={value}" for key, value in served.fields.items())
        name = "-".join(("try", served.family, *filter(None, [served.fields.get("tenant")])))
        context.output.result(
            f"  LONGSHORE_SECRET={served.secret} longshore destinations add {served.family} "
            f"{name} {settings} </dev/null"
        )
    context.output.result("The servers run until you press Ctrl-C. Requests:")


def _tell_answered(
    answered: queue.SimpleQueue[dict[str, Any]], as_json: bool, context: Context
) -> None:
    while not answered.empty():
        event = answered.get()
        if as_json:
            context.output.event(event)
            continue
        struck = f"  ({', '.join(event['faults'])})" if event.get("faults") else ""
        status = event["status"] or "---"
        context.output.result(
            f"{event['family']}  {status}  {event['method']} {event['path']}  "
            f"{event['received']} bytes  {event['ms']:.0f} ms{struck}"
        )
