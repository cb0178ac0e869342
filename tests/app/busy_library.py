"""A FOLIO system with a crowd of jobs, in a process of its own, so that it holds up nobody.

Argument: the sandbox's options as JSON. Prints one line of JSON with how to connect; ends when its
input does, with a last line: how many requests came, and how many at the same time at most.
"""

from __future__ import annotations

import json
import sys

from app.sandbox import Sandbox


def told(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def main() -> int:
    options = json.loads(sys.argv[1])
    with Sandbox(("folio",), split=False, **options) as box:
        served = box.served("folio")
        told(fields=served.fields, secret=served.secret)
        sys.stdin.read()
        requests = list(served.books.requests)
    moments = [(one.at, 1) for one in requests] + [(one.at + one.ms / 1000, -1) for one in requests]
    at_once = most = 0
    for _, step in sorted(moments):
        at_once += step
        most = max(most, at_once)
    listed = sum(one.path.endswith("/jobExecutions") for one in requests)
    told(requests=len(requests), listed=listed, most=most)
    return 0


if __name__ == "__main__":
    sys.exit(main())
