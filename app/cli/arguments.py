"""Every command and option of the program, for argparse and for its help."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import NoReturn

from app import __version__
from app.cli.answers import Usage
from app.core import rates
from app.core.history import Outcome

PROGRAM = "longshore"

OVERVIEW = """\
longshore [--demo] [PATH ...]           the window; paths are in its list already
longshore --monitor                     the status monitor alone: what the servers work on
longshore send --to NAME PATH ...       send files and folders, and follow them to the last record
longshore resume                        go on with what an earlier run left unfinished
longshore status                        what is unfinished, and whether a run is at work on it
longshore history [TEXT ...]            what ended: find it, export it
longshore failures ID                   the failed records of an upload: list them, save them
longshore receipt ID ...                who sent what where, with check sums, for the files
longshore jobs --to NAME                what that server is working on, yours and others'
longshore leftovers [--remove]          what was opened on the servers and never started
longshore destinations [add|test|remove]
                                        the saved servers
longshore choices --to NAME FIELD       what a server offers for an option, such as its job profiles
longshore problems [ID]                 what each problem means, and what to do about it
longshore sandbox                       built-in servers to try things out, until Ctrl-C
longshore demo                          a whole delivery on the built-in servers, without a window
longshore --self-test                   what this installation can do, as a table
longshore --version
"""

EXIT_CODES = """\
exit codes:
  0 all done, the server's work included (with --no-wait: all sent)   1 other error   2 usage
  3 a file was refused before sending, nothing was sent   4 sign-in or rights
  5 temporary or uncertain: look, or try again later   6 some failed, some done
  7 done, with record errors   8 the wait ended, the server still works
  10 needs approval (with --on-approval fail)   130 interrupted
"""


class _Parser(argparse.ArgumentParser):
    """Complains in one sentence instead of printing the usage of everything."""

    def error(self, message: str) -> NoReturn:
        raise Usage(f"{message}; see: {self.prog} --help")


def window() -> argparse.ArgumentParser:
    """What is given without a subcommand."""
    parser = _Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [--demo] [--monitor] [PATH ...]\n       {PROGRAM} COMMAND --help",
        description="Delivers files to the servers that process them and follows them to the "
        "last record. Without a command it opens its window.",
        epilog=f"commands:\n{_indented(OVERVIEW)}\nA file named like a command is given as ./send.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", type=Path, help="files and folders")
    parser.add_argument("--demo", action="store_true", help="on the built-in servers")
    parser.add_argument(
        "--monitor", action="store_true", help="the status monitor alone, without the list of files"
    )
    parser.add_argument("--tour", metavar="DIR", type=Path, help=argparse.SUPPRESS)
    # Stands here for its help alone: it is a command of its own.
    parser.add_argument(
        "--self-test", action="store_true", help="what this installation can do, as a table"
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    return parser


def send() -> argparse.ArgumentParser:
    parser = _command("send", "Sends files, waits for the server's own work and tells its result.")
    parser.epilog = EXIT_CODES
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files; folders are walked")
    _to(parser)
    _set(parser, "an option of the delivery, such as job_profile=NAME; may be repeated")
    parser.add_argument(
        "--no-wait", action="store_true", help="end when all is sent and the server was told"
    )
    parser.add_argument(
        "--wait-timeout",
        metavar="SECONDS",
        type=_seconds,
        help="end this long after all is sent, though the server still works (exit 8)",
    )
    parser.add_argument(
        "--anyway",
        metavar="ID",
        action="append",
        default=[],
        help="send files in spite of this finding, such as tao.ragged, where a person may decide "
        "so; may be repeated",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="look and sign in, tell what would be done, end"
    )
    parser.add_argument(
        "--progress",
        choices=("auto", "plain", "json", "none"),
        default="auto",
        help="auto: bars on a terminal, plain lines elsewhere; json: one object a line",
    )
    parser.add_argument(
        "--transfers", metavar="N", type=_count, help="how many files are sent at the same time"
    )
    parser.add_argument(
        "--limit", metavar="RATE", type=rate, help="bytes a second, such as 500k or 2M"
    )
    _receipts(parser, "--receipt")
    for key, what in (
        ("approval", "the server waits for an approval"),
        ("unknown", "the server gives a state nobody knows"),
    ):
        parser.add_argument(
            f"--on-{key}",
            choices=("wait", "fail"),
            default="wait",
            help=f"what to do when {what} (default: wait)",
        )
    return parser


def resume() -> argparse.ArgumentParser:
    parser = _command("resume", "Goes on with what earlier runs left unfinished, then ends.")
    parser.epilog = EXIT_CODES
    parser.add_argument(
        "--progress",
        choices=("auto", "plain", "json", "none"),
        default="auto",
        help="auto: bars on a terminal, plain lines elsewhere; json: one object a line",
    )
    return parser


def status() -> argparse.ArgumentParser:
    parser = _command(
        "status",
        "Tells what is unfinished, and whether a run is at work on it; then what ended lately.",
    )
    _json(parser)
    return parser


def history() -> argparse.ArgumentParser:
    parser = _command("history", "Tells what ended, the last first; each line begins with its ID.")
    parser.add_argument(
        "search", nargs="*", metavar="TEXT", help="words in name, folder, server, account or ids"
    )
    parser.add_argument("--to", metavar="NAME", help="only this saved server")
    for name, what in (("since", "on this day or later"), ("until", "on this day or earlier")):
        parser.add_argument(
            f"--{name}", metavar="DATE", type=_day, help=f"ended {what}: 2026-03-31"
        )
    parser.add_argument(
        "--result",
        metavar="RESULT",
        action="append",
        default=[],
        choices=[one.value for one in Outcome],
        help=f"only these; may be repeated: {', '.join(Outcome)}",
    )
    parser.add_argument(
        "--limit", metavar="N", type=_whole, default=50, help="at most so many (50); 0: all"
    )
    parser.add_argument(
        "--export", metavar="FILE", type=Path, help="everything found, as .csv or .json"
    )
    _bom(parser)
    _json(parser)
    return parser


def failures() -> argparse.ArgumentParser:
    parser = _command("failures", "Tells which records of an upload failed, and saves them.")
    parser.add_argument("id", metavar="ID", type=_whole, help="of “send” or “history”")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write the list as a table")
    _bom(parser)
    parser.add_argument(
        "--records",
        metavar="FILE",
        type=Path,
        help="write the records themselves as a file that can be mended and sent again",
    )
    parser.add_argument(
        "--with-passwords",
        action="store_true",
        help="passwords in those records as they are (default: ***)",
    )
    _json(parser)
    return parser


def receipt() -> argparse.ArgumentParser:
    parser = _command(
        "receipt", "Tells who sent what, when, where, and what came of it; by default as JSON."
    )
    parser.add_argument("ids", metavar="ID", nargs="+", type=_whole, help="of “send” or “history”")
    parser.add_argument(
        "--batch", action="store_true", help="everything that was sent together with them, too"
    )
    _receipts(parser, "--out")
    return parser


def jobs() -> argparse.ArgumentParser:
    parser = _command(
        "jobs",
        "Tells what a server works on and worked on in the last 24 hours, whoever sent it, as far "
        "as it lists that.",
    )
    _to(parser)
    _json(parser)
    return parser


def leftovers() -> argparse.ArgumentParser:
    parser = _command(
        "leftovers",
        "Tells what your account opened on the servers with this program and never started.",
    )
    parser.add_argument("--to", metavar="NAME", default="", help="only this saved server")
    parser.add_argument(
        "--remove", action="store_true", help="delete what is listed; there is no way back"
    )
    parser.add_argument(
        "--older-than",
        metavar="SECONDS",
        type=_seconds,
        default=0.0,
        help="only what is older: what is younger may be sent from another computer just now",
    )
    _json(parser)
    return parser


def choices() -> argparse.ArgumentParser:
    parser = _command("choices", "Tells what a server offers for one option of a delivery.")
    parser.add_argument("field", metavar="FIELD", help="the option, such as job_profile")
    _to(parser)
    _set(parser, "an option the choices depend on; may be repeated")
    _json(parser)
    return parser


def problems() -> argparse.ArgumentParser:
    parser = _command("problems", "Tells what each problem and finding means, and what to do.")
    parser.add_argument("id", metavar="ID", nargs="?", default="", help="such as file.missing")
    parser.add_argument("--html", action="store_true", help="all of them as a page for a browser")
    _json(parser)
    return parser


def destinations() -> argparse.ArgumentParser:
    parser = _command("destinations", "Lists the saved servers, without their secrets.")
    parser.epilog = f"also: {PROGRAM} destinations add|test|remove (each has its own --help)"
    _json(parser)
    return parser


def destinations_add() -> argparse.ArgumentParser:
    parser = _command(
        "destinations add",
        "Saves a server. Its secret is read from standard input with --secret-stdin, else asked "
        "for, else taken from LONGSHORE_SECRET; it goes to the keyring of this computer.",
    )
    parser.add_argument("family", metavar="FAMILY", help="the kind of server: folio, ssc or tao")
    parser.add_argument("name", metavar="NAME", help="what to call it")
    _set(parser, "a setting of the connection, such as url=https://…; may be repeated")
    parser.add_argument(
        "--secret-stdin", action="store_true", help="the secret is the first line of standard input"
    )
    _json(parser)
    return parser


def destinations_test() -> argparse.ArgumentParser:
    parser = _command(
        "destinations test", "Tries a saved server step by step: address, TLS, sign-in, rights."
    )
    parser.add_argument("name", metavar="NAME")
    _json(parser)
    return parser


def destinations_remove() -> argparse.ArgumentParser:
    parser = _command("destinations remove", "Forgets a saved server and its secret.")
    parser.add_argument("name", metavar="NAME")
    return parser


def sandbox() -> argparse.ArgumentParser:
    parser = _command(
        "sandbox",
        "Runs the built-in servers on this computer alone, with made-up data, until Ctrl-C.",
    )
    parser.add_argument(
        "--family",
        metavar="FAMILY",
        action="append",
        help="only this kind of server; may be repeated (default: all)",
    )
    parser.add_argument(
        "--port", metavar="N", type=_port, default=0, help="the first port (default: any free)"
    )
    parser.add_argument(
        "--fault",
        metavar="NAME",
        action="extend",
        nargs="+",
        default=[],
        help="a way to go wrong, such as slow or lost-reply; may be repeated",
    )
    _json(parser)
    return parser


def demo() -> argparse.ArgumentParser:
    return _command(
        "demo",
        "Delivers made-up files to the built-in servers; nothing of yours is touched. "
        "Exit 0 if all arrive.",
    )


def self_test() -> argparse.ArgumentParser:
    parser = _command(
        "--self-test",
        "Tells what this installation can do, as a table; nothing of yours is touched. "
        "Exit 0 if all is well.",
    )
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help="only these, such as keyring or window"
    )
    parser.add_argument("--draw", metavar="FILE", type=Path, help=argparse.SUPPRESS)
    return parser


def rate(text: str) -> int:
    """500k, 2M or 1.5M as bytes per second; 0 and off are no limit."""
    try:
        return rates.parsed(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a rate such as 500k or 2M") from None


def _command(name: str, description: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=f"{PROGRAM} {name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="technical details of problems too"
    )
    return parser


def _to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", metavar="NAME", required=True, help="the saved server")


def _set(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help=text)


def _receipts(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument(
        name,
        metavar="FILE",
        type=_receipt,
        action="append",
        default=[],
        help="write a receipt: .html for people, .json for programs, .sha256 for “sha256sum -c”; "
        "may be repeated",
    )


def _receipt(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in (".html", ".json", ".sha256"):
        raise argparse.ArgumentTypeError(f"“{text}” does not end in .html, .json or .sha256")
    return path


def _bom(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--bom", action="store_true", help="a table for spreadsheets: with a byte order mark"
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a day such as 2026-03-31") from None


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"“{text}” is not a whole number")
    return int(text)


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for programs instead of people")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of seconds")
    return value


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number from 1 to 100")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"“{text}” is not a port, a number up to 65535")
    return int(text)


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())
