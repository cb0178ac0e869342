"""How long a test that feeds made-up damage goes on: some dozen cases, or as long as is asked for.

LONGSHORE_FUZZ_SECONDS=600 keeps each such test going for ten minutes, with new cases every time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, settings

SECONDS = float(os.environ.get("LONGSHORE_FUZZ_SECONDS", "0"))

ROUND = settings(
    max_examples=1000 if SECONDS else 60,
    deadline=None,
    derandomize=not SECONDS,
    database=None,
    print_blob=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)


def rounds() -> Iterator[int]:
    """One round, or rounds until the time asked for is over."""
    end = time.monotonic() + SECONDS
    number = 0
    while number == 0 or time.monotonic() < end:
        yield number
        number += 1


def campaign(case: Callable[..., Any]) -> None:
    """Runs a test made with `given` again and again; says how many cases it had."""
    for number in rounds():
        case()
        if SECONDS:
            print(f"{case.__name__}: round {number + 1}", flush=True)  # noqa: T201
