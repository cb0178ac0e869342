"""`command_line.py SOURCE man|bash|zsh|fish DATE`: the manual page, or what a shell completes.

Reads the parsers of the program in `SOURCE`, so that neither says what the program does not do.
"""

import argparse
import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

PROGRAM = "longshore"
FAMILIES = ("folio", "ssc", "tao")


@dataclass(frozen=True)
class Option:
    """One that starts with a dash; `metavar` is empty when it takes no value."""

    names: tuple[str, ...]
    metavar: str
    choices: tuple[str, ...]
    help: str


@dataclass(frozen=True)
class Command:
    """`words` are empty for the window; `arguments` are (name, what it is)."""

    words: tuple[str, ...]
    text: str
    options: tuple[Option, ...]
    arguments: tuple[tuple[str, str], ...]

    @property
    def takes_files(self) -> bool:
        return any(name == "PATH" for name, _ in self.arguments)


def main() -> None:
    source, form, date = sys.argv[1:]
    sys.path.insert(0, source)
    forms = {"man": lambda: "\n".join(manual(commands(), date)), "bash": bash, "zsh": zsh}
    made = forms.get(form, fish)()
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    sys.stdout.write(made.rstrip("\n") + "\n")


def commands() -> list[Command]:
    """The window, then every command, in the order of the program's own overview."""
    known = importlib.import_module("app.cli.main").COMMANDS
    window = importlib.import_module("app.cli.arguments").window()
    named = {words: command.parser() for words, command in known.items() if words[0][0] != "-"}
    return [_read((), window), *(_read(words, parser) for words, parser in named.items())]


def _read(words: tuple[str, ...], parser: argparse.ArgumentParser) -> Command:
    options, arguments = [], []
    for action in parser._actions:
        if action.help == argparse.SUPPRESS:
            continue
        text = (action.help or "").replace("%%", "%")
        choices = tuple(map(str, action.choices or ()))
        if not action.option_strings:
            arguments.append((str(action.metavar or action.dest), text))
            continue
        metavar = "" if action.nargs == 0 else str(action.metavar or "|".join(choices))
        if metavar == "FAMILY":
            choices = FAMILIES
        options.append(Option(tuple(action.option_strings), metavar, choices, text))
    return Command(words, parser.description or "", tuple(options), tuple(arguments))


def manual(known: Sequence[Command], date: str) -> Iterator[str]:
    """A page for man(1)."""
    version = importlib.import_module("app").__version__
    codes = importlib.import_module("app.cli.arguments").EXIT_CODES
    yield f'.TH LONGSHORE 1 "{date}" "Longshore {version}" "User Commands"'
    yield ".SH NAME"
    yield r"longshore \- deliver files to servers and follow them to the last record"
    yield ".SH SYNOPSIS"
    for command in known:
        yield rf".B {' '.join((PROGRAM, *command.words))}"
        names = [rf"\fI{name}\fR" for name, _ in command.arguments]
        yield " ".join([r"[\fIOPTION\fR...]", *names])
        if command is not known[-1]:
            yield ".br"
    yield ".SH DESCRIPTION"
    yield _roff(known[0].text)
    yield from _options(known[0])
    yield ".SH COMMANDS"
    for command in known[1:]:
        yield rf".SS {' '.join((PROGRAM, *command.words))}"
        yield _roff(command.text)
        yield from _options(command)
    yield ".SH EXIT STATUS"
    for line in codes.partition("\n")[2].splitlines():
        for part in filter(None, line.strip().split("   ")):
            number, _, text = part.strip().partition(" ")
            yield f".TP\n.B {number}\n{_roff(text)}" if number.isdecimal() else _roff(part)
    yield ".SH ENVIRONMENT"
    yield ".TP\n.B LONGSHORE_HOME\nOne folder for settings, unfinished uploads, history and logs."
    yield ".TP\n.B LONGSHORE_SECRET\nThe secret of a server where nobody can be asked for it."
    yield ".SH FILES"
    for folder, text in (
        ("~/.config/longshore", "Settings and servers, without any secret."),
        ("~/.local/state/longshore", "Unfinished uploads, history and logs."),
    ):
        yield f".TP\n.I {folder}\n{text}"


def _options(command: Command) -> Iterator[str]:
    for name, text in command.arguments:
        yield f".TP\n\\fI{name}\\fR\n{_roff(text) or 'Its name.'}"
    for option in command.options:
        names = ", ".join(rf"\fB{_roff(name)}\fR" for name in option.names)
        value = rf" \fI{_roff(option.metavar)}\fR" if option.metavar else ""
        yield f".TP\n{names}{value}\n{_roff(option.help)}"


def _roff(text: str) -> str:
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("…", "...")
    text = text.replace("“", r"\(lq").replace("”", r"\(rq")
    return rf"\&{text}" if text.startswith((".", "'")) else text


def bash() -> str:
    """Completion for bash, as bash-completion loads it."""
    known = commands()
    words = "\n".join(
        f'        "{" ".join(command.words)}") words="{_dashed(command)}";;' for command in known
    )
    values = "\n".join(
        f"        {name}) words='{' '.join(choices)}'; dashes=;;"
        for name, choices in sorted(_values(known).items())
    )
    free = "|".join(sorted(_free(known)))
    return BASH.format(
        first=" ".join(_first(known)),
        nested=" ".join(_nested(known)),
        words=words,
        values=values,
        free=free,
    )


def zsh() -> str:
    """Completion for zsh."""
    known = commands()
    firsts = [command for command in known if len(command.words) == 1]
    nested = [command for command in known if len(command.words) == 2]
    cases = [_zsh_case(command) for command in [*nested, *firsts]]
    return ZSH.format(
        firsts="\n".join(f"        {_zsh(f'{one.words[0]}:{one.text}')}" for one in firsts),
        nested="\n".join(f"        {_zsh(f'{one.words[1]}:{one.text}')}" for one in nested),
        cases="\n".join(cases),
        window=_zsh_specs(known[0], "        "),
    )


def _zsh_case(command: Command) -> str:
    pattern = " ".join(command.words) if len(command.words) == 2 else f"{command.words[0]} *"
    pattern = pattern.replace(" ", "\\ ")
    skip = len(command.words)
    specs = _zsh_specs(command, "            ")
    turn = f"shift {skip} words; (( CURRENT -= {skip} ))"
    return f"        {pattern})\n            {turn}\n            _arguments \\\n{specs};;"


def _zsh_specs(command: Command, indent: str) -> str:
    specs = []
    for option in command.options:
        text = option.help.replace("[", "(").replace("]", ")").replace(":", "\\:")
        value = ""
        if option.metavar:
            values = f"({' '.join(option.choices)})" if option.choices else " "
            value = f":{option.metavar.replace('|', ' ')}:{values}"
        specs += [_zsh(f"*{name}[{text}]{value}") for name in option.names]
    specs.append("'*:file:_files'" if command.takes_files else "'*: : '")
    return " \\\n".join(f"{indent}    {spec}" for spec in specs)


def _zsh(text: str) -> str:
    escaped = text.replace("'", "'\\''")
    return f"'{escaped}'"


def fish() -> str:
    """Completion for fish."""
    known = commands()
    nested = _nested(known)
    lines = [
        f"set -l commands {' '.join(_first(known))}",
        # Double quotes: the condition is looked at later, when the variable is gone.
        'set -l none "not __fish_seen_subcommand_from $commands"',
    ]
    for command in known[1:]:
        if len(command.words) == 1:
            text = _fish(command.text)
            lines.append(f"complete -c {PROGRAM} -n $none -a {command.words[0]} -d {text}")
        else:
            text = _fish(command.text)
            place = f"'__fish_seen_subcommand_from {command.words[0]}"
            place += f"; and not __fish_seen_subcommand_from {' '.join(nested)}'"
            lines.append(f"complete -c {PROGRAM} -n {place} -f -a {command.words[1]} -d {text}")
    for command in known:
        place = "$none"
        if command.words:
            seen = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in command.words)
            place = f"'{seen}'"
        for option in command.options:
            parts = [f"complete -c {PROGRAM} -n {place}"]
            for name in option.names:
                parts.append(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}")
            if option.metavar and option.metavar != "DIR":
                parts.append("-x")
            if option.choices:
                parts.append(f"-a {_fish(' '.join(option.choices))}")
            parts.append(f"-d {_fish(option.help)}")
            lines.append(" ".join(parts))
    return "\n".join(lines)


def _fish(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _first(known: Sequence[Command]) -> list[str]:
    return list(dict.fromkeys(command.words[0] for command in known if command.words))


def _nested(known: Sequence[Command]) -> list[str]:
    return [command.words[1] for command in known if len(command.words) > 1]


def _dashed(command: Command) -> str:
    return " ".join(name for option in command.options for name in option.names)


def _values(known: Sequence[Command]) -> Mapping[str, tuple[str, ...]]:
    """The values of options that have a few."""
    return {
        name: option.choices
        for command in known
        for option in command.options
        for name in option.names
        if option.choices
    }


def _free(known: Sequence[Command]) -> set[str]:
    """Options whose value only the person knows."""
    return {
        name
        for command in known
        for option in command.options
        for name in option.names
        if option.metavar and not option.choices and option.metavar != "DIR"
    }


BASH = """\
# bash completion for longshore

_longshore() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}"
    local first="${{COMP_WORDS[1]}}" command="" words="" dashes=yes
    case " {first} " in
        *" $first "*) [ "$COMP_CWORD" -gt 1 ] && command="$first";;
    esac
    if [ "$command" = destinations ] && [ "$COMP_CWORD" -gt 2 ]; then
        case " {nested} " in
            *" ${{COMP_WORDS[2]}} "*) command="destinations ${{COMP_WORDS[2]}}";;
        esac
    fi
    case "$command" in
{words}
    esac
    case "$previous" in
{values}
        {free}) return;;
    esac
    if [ -z "$dashes" ] || [[ "$current" == -* ]]; then
        COMPREPLY=($(compgen -W "$words" -- "$current"))
        return
    fi
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "{first}" -- "$current"))
    elif [ "$command" = destinations ]; then
        COMPREPLY=($(compgen -W "{nested}" -- "$current"))
        return
    fi
    compopt -o filenames 2>/dev/null
    local file
    while IFS= read -r file; do
        COMPREPLY+=("$file")
    done < <(compgen -f -- "$current")
}}

complete -F _longshore longshore
"""

ZSH = """\
#compdef longshore

local -a firsts nested
firsts=(
{firsts}
)
nested=(
{nested}
)
if (( CURRENT == 3 )) && [[ $words[2] == destinations && $words[3] != -* ]]; then
    _describe command nested
    return
fi
if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe command firsts
    _files
    return
fi
case "$words[2] $words[3]" in
{cases}
    *)
        _arguments \\
{window};;
esac
"""


if __name__ == "__main__":
    main()
