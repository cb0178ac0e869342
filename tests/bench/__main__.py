"""`python -m tests.bench`: how the program compares, in runs next to each other in time."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import inspections, uploads, window
from tests.bench.measure import Result, Stall, curl, sink
from tests.bench.uploads import Place
from tests.servers.authority import Authority

BENCHMARKS: dict[str, Callable[[Place], Iterator[Result | Stall]]] = {
    "http": uploads.large_http,
    "https": uploads.large_https,
    "form": uploads.large_form,
    "small": uploads.small_near,
    "far": uploads.small_far,
    "marc": inspections.marc,
    "looks": inspections.looks,
    "start": window.start,
    "stalls": window.stalls,
}
"""What can be measured, in the order of the table. A new measurement is a line here."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], help="only these")
    parser.add_argument("--quick", action="store_true", help="small amounts: shows that it works")
    parser.add_argument("--pairs", type=int, help="runs of each against each")
    parser.add_argument("--size", type=int, help="MiB of the large file")
    chosen = parser.parse_args()
    large = (chosen.size or (64 if chosen.quick else 1024)) * uploads.MIB
    pairs = chosen.pairs or (2 if chosen.quick else 7)
    if curl() is None:
        print("curl is not installed: the comparisons with it are left out.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        authority = Authority(folder)
        with sink() as plain, sink(authority.issue("localhost")) as secure:
            place = Place(
                folder=folder,
                plain=plain,
                secure=secure,
                ca_file=authority.ca_file,
                curl=curl(),
                large=large,
                small=40 if chosen.quick else 400,
                pairs=pairs,
            )
            print(f"{'':44}{'':>14}  speed and CPU as multiples (medians of {pairs} pairs)")
            for key in chosen.names or BENCHMARKS:
                for result in BENCHMARKS[key](place):
                    print(line(result), flush=True)


def line(result: Result | Stall) -> str:
    if isinstance(result, Stall):
        return f"{result.name:44}{result.milliseconds:>11,.0f} ms  goal {result.goal:.0f} ms"
    rate = f"{result.amount / result.seconds:,.0f} {result.unit}/s"
    against = "   ".join(
        f"{item.speed:.2f} of {item.other} [{item.cpu:.2f}]" for item in result.against
    )
    goal = f"   goal {result.goal}" if result.goal else ""
    return f"{result.name:44}{rate:>14}  {against}{goal}"


if __name__ == "__main__":
    main()
