"""The other commands: saved servers, choices, the sandbox, the demo, and how misuse is answered."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.main import COMMANDS
from app.demo_files import write_marc
from app.sandbox import Sandbox
from tests.cli.conftest import LIMIT, Shell


def test_a_saved_server_is_listed_without_its_secret(shell: Shell, sandbox: Sandbox) -> None:
    served = sandbox.servers[0]
    added = shell.add(served, "Springfield")
    assert added.code == 0
    assert added.out == "Saved “Springfield” (FOLIO Data Import).\n"
    assert "until the program ends" in added.err and "LONGSHORE_SECRET" in added.err
    listed = shell("destinations", "--json")
    (only,) = json.loads(listed.out)
    assert (only["name"], only["family"]) == ("Springfield", "folio")
    assert only["settings"].items() >= served.fields.items()
    plain = shell("destinations")
    assert plain.out == f"Springfield\tfolio\t{served.url}\n"
    for file in shell.home.rglob("*"):
        assert not file.is_file() or served.secret not in file.read_text(encoding="utf-8")


def test_a_name_is_taken_once_and_free_again_when_removed(shell: Shell, sandbox: Sandbox) -> None:
    served = sandbox.servers[0]
    assert shell.add(served, "Springfield").code == 0
    again = shell.add(served, "SPRINGFIELD")
    assert again.code == 1 and "already a destination named" in again.err
    assert shell("destinations", "remove", "springfield").code == 0
    gone = shell("destinations", "remove", "springfield")
    assert gone.code == 2 and "no destination named" in gone.err
    assert shell.add(served, "SPRINGFIELD").code == 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["password=hunter2"], "is a secret and is never an argument"),
        (["tennant=diku"], "did you mean “tenant”"),
        (["url=https://f.example.org", "tenant=diku"], "needs “username”"),
        (["url=folio.example.org"], "is not a web address"),
        (["auth=magic"], "choose one of auto, expiry, legacy"),
        (["insecure_http=maybe"], "is true or false"),
        (["ca_file=/nowhere/ca.pem"], "there is no file"),
        (["justtext"], "is not of the form KEY=VALUE"),
    ],
)
def test_settings_that_cannot_be_are_a_matter_of_usage(
    shell: Shell, settings: list[str], words: str
) -> None:
    given = [part for text in settings for part in ("--set", text)]
    done = shell("destinations", "add", "folio", "A", *given, "--secret-stdin", given="hunter2\n")
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert "hunter2" not in done.err
    assert not (shell.home / "destinations.toml").exists()


def test_a_family_nobody_knows_is_named(shell: Shell) -> None:
    done = shell("destinations", "add", "foliio", "A")
    assert done.code == 2 and "did you mean “folio”" in done.err


def test_an_address_with_a_password_in_it_is_not_saved(shell: Shell, sandbox: Sandbox) -> None:
    done = shell.add(sandbox.servers[0], "A", url="https://kim:hunter2@folio.example.org")
    assert done.code == 1
    assert "must not hold a password" in done.err and "hunter2" not in done.err


@pytest.mark.parametrize("given", ["", "\n", "\xff"])
def test_a_secret_that_is_none_is_told(shell: Shell, sandbox: Sandbox, given: str) -> None:
    settings = [p for k, v in sandbox.servers[0].fields.items() for p in ("--set", f"{k}={v}")]
    arguments = ("destinations", "add", "folio", "A", *settings)
    done = shell(*arguments, "--secret-stdin", given=given)
    if given == "\xff":
        assert done.code == 0
    else:
        assert done.code == 2 and "no secret on standard input" in done.err
        assert shell(*arguments).code == 2
        assert shell(*arguments, LONGSHORE_SECRET="x").code == 0


def test_testing_goes_step_by_step(saved: Shell, sandbox: Sandbox) -> None:
    done = saved("destinations", "test", "raw", "--json")
    assert done.code == 0
    *steps, finished = done.events
    assert finished == {"event": "finished", "exit": 0}
    assert len(steps) > 2 and {step["state"] for step in steps} == {"ok"}
    wrong = saved("destinations", "test", "raw", LONGSHORE_SECRET="wrong")
    assert wrong.code == 4
    assert "FAILED" in wrong.out and "  - " in wrong.err
    unknown = saved("destinations", "test", "nowhere")
    assert unknown.code == 2


def test_choices_are_what_the_server_offers(saved: Shell) -> None:
    done = saved("choices", "--to", "raw", "job_profile", "--json")
    assert done.code == 0
    offered = {choice["label"]: choice["value"] for choice in json.loads(done.out)}
    name = "Default - Create instance and SRS MARC Bib"
    assert name in offered and "none" in offered.values()
    invoices = saved("choices", "--to", "raw", "job_profile", "--set", "data_type=EDIFACT")
    assert invoices.code == 0
    assert name not in invoices.out and "invoices" in invoices.out
    assert saved("choices", "--to", "raw", "nothing").code == 2
    types = saved("choices", "--to", "raw", "data_type", "--json")
    assert "MARC" in {choice["value"] for choice in json.loads(types.out)}


def test_what_a_server_works_on_is_told(saved: Shell, tmp_path: Path) -> None:
    good = write_marc(tmp_path / "good.mrc", 5).path
    assert saved.send("raw", good).code == 0
    told = saved("jobs", "--to", "raw", "--json")
    assert (told.code, told.err) == (0, "")
    [mine] = [one for one in json.loads(told.out) if one["name"] == good.name]
    assert (mine["state"], mine["done"]) == ("done", 5)
    assert (mine["code"], mine["text"]) == ("done", "Done") and mine["seconds"] > 0
    assert mine["number"].isdecimal()
    listed = saved("jobs", "--to", "raw").out
    assert good.name in listed and mine["number"] in listed


def test_help_and_version(shell: Shell) -> None:
    helped = shell("--help")
    assert (helped.code, helped.err) == (0, "")
    assert re.search(r"(^|\s)--tour(\s|$)", helped.out) is None
    assert "the status monitor alone" in helped.out
    version = shell("--version")
    assert version.code == 0 and re.fullmatch(r"longshore \d+\.\d+\.\d+\n", version.out)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_its_help(words: tuple[str, ...]) -> None:
    parser = COMMANDS[words].parser()
    text = parser.format_help()
    assert parser.prog == " ".join(("longshore", *words))
    assert "--verbose" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["send", "a.mrc"], "--to"),
        (["send", "--to", "x"], "PATH"),
        (["send", "--to", "x", "--limit", "fast", "a.mrc"], "not a rate"),
        (["send", "--to", "x", "--transfers", "0", "a.mrc"], "from 1 to 100"),
        (["send", "--to", "x", "--wait-timeout", "-1", "a.mrc"], "--wait-timeout"),
        (["sned", "--to", "x"], "did you mean “longshore send”?"),
        (["send", "--to", "no such server", "a.mrc"], "no destination named “no such server”"),
        (["sandbox", "--fault", "gremlins"], "there is no fault “gremlins”"),
        (["sandbox", "--family", "gopher"], "cannot be “gopher”"),
        (["sandbox", "--port", "99999"], "not a port"),
        (["--frobnicate"], "--frobnicate"),
    ],
)
def test_misuse_is_one_sentence_and_2(shell: Shell, arguments: list[str], words: str) -> None:
    done = shell(*arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err and "usage:" not in done.err and "Traceback" not in done.err


def test_unknown_options_of_a_delivery_are_told_before_anything_else(
    saved: Shell, tmp_path: Path
) -> None:
    (tmp_path / "a.mrc").write_bytes(b"x")
    wrong = saved.send("raw", "--set", "job_profil=x", tmp_path / "a.mrc")
    assert wrong.code == 2 and "did you mean “job_profile”" in wrong.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals between processes")
def test_the_sandbox_says_when_it_is_ready_and_what_it_answered(shell: Shell) -> None:
    process = shell.start("sandbox", "--json", "--fault", "slow-job", "busy")
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert ready["event"] == "ready"
    first, second, *others = ready["servers"]
    assert first["family"] == second["family"] == "folio"
    assert first["fields"]["tenant"] != second["fields"]["tenant"]
    assert [one["family"] for one in others] == ["ssc", "tao"]
    settings = [p for k, v in first["fields"].items() for p in ("--set", f"{k}={v}")]
    added = shell(
        *("destinations", "add", "folio", "here", *settings), LONGSHORE_SECRET=first["secret"]
    )
    assert added.code == 0
    shell("destinations", "test", "here", LONGSHORE_SECRET=first["secret"])
    answered = json.loads(process.stdout.readline())
    assert answered["event"] == "request"
    assert answered.keys() >= {"method", "path", "status"}
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=LIMIT)
    assert (process.returncode, err) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals between processes")
def test_the_sandbox_tells_people_how_to_connect(shell: Shell) -> None:
    process = shell.start("sandbox")
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.decode())
        if "Ctrl-C" in lines[-1]:
            break
    text = "".join(lines)
    commands = re.findall(r"^  LONGSHORE_SECRET=(\S+) longshore (.*) </dev/null$", text, re.M)
    assert len(commands) == 4
    for secret, command in commands:
        assert shell(*command.split(), LONGSHORE_SECRET=secret).code == 0
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LIMIT)
    assert process.returncode == 0


def test_a_taken_port_is_told(shell: Shell, sandbox: Sandbox) -> None:
    port = sandbox.servers[0].url.rsplit(":", 1)[1]
    done = shell("sandbox", "--port", port)
    assert done.code == 2 and f"port {port}" in done.err


@pytest.mark.slow
def test_the_demo_delivers_everywhere_and_touches_nothing(shell: Shell) -> None:
    done = shell("demo")
    assert done.code == 0, done.out + done.err
    lines = done.out.splitlines()
    assert len(lines) >= 6 and all(line.startswith("ok  ") for line in lines)
    assert sum("3 records failed" in line for line in lines) == 2
    assert list(shell.home.iterdir()) == []


def test_a_file_named_like_a_command_is_still_a_file(tmp_path: Path) -> None:
    (tmp_path / "send").touch()
    program = (
        "import sys\n"
        "from app.cli.main import main\n"
        "def window(paths, demo, tour, monitor):\n"
        "    print(demo, tour, monitor, *(path.name for path in paths))\n"
        "    return 0\n"
        "sys.exit(main(sys.argv[1:], window))\n"
    )
    shell = Shell(tmp_path)

    def said(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=tmp_path,
            env=shell.environment(),
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout

    assert said("./send", "b.mrc") == "False None False send b.mrc\n"
    assert said("--demo", "--monitor") == "True None True\n"
    assert said("--demo", "--tour", "pictures") == "True pictures False\n"
    assert said() == "False None False\n"
