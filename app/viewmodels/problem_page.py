"""Every problem and finding on one page of HTML: what happened, what it means, what to do.

The page is made from the catalogue whenever it is wanted, in the person's language. It needs no
network, and each entry can be linked to by its id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from PySide6.QtCore import QCoreApplication

from app.core import catalogue
from app.core.catalogue import Entry
from app.servers.api import Family
from app.storage import problems as storage
from app.viewmodels.words import CONTEXT, tr

_PLACE = re.compile(r"\{(\w+)\}")

_TITLES = {
    "file": "Files on this computer",
    "connection": "The way to the server",
    "trust": "Certificates and proxies",
    "sign-in": "Signing in",
    "server": "What servers answer",
    "job": "The server's own work",
}
"""General entries by the first part of their id; the others stand under the program itself."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """`key` is for links."""

    key: str
    title: str
    entries: tuple[Entry, ...]


def chapters(families: Mapping[str, Family]) -> tuple[Chapter, ...]:
    """Everything that can be said, by where it comes from; each entry once."""
    general: dict[str, list[Entry]] = {key: [] for key in (*_TITLES, "program")}
    for entry in (*catalogue.GENERAL, *storage.ENTRIES):
        first = entry.id.partition(".")[0]
        general[first if first in _TITLES else "program"].append(entry)
    titles = {key: tr(title) for key, title in _TITLES.items()} | {
        "program": tr("Longshore itself")
    }
    told = [Chapter(key, titles[key], tuple(entries)) for key, entries in general.items()]
    told += [Chapter(one.key, one.title, one.problems) for one in families.values()]
    return tuple(chapter for chapter in told if chapter.entries)


def page(told: Sequence[Chapter]) -> str:
    """A whole HTML document. Places that facts fill are shown by their names."""
    title = tr("Problems and what to do")
    # As translated as the program, which is written in English.
    language = tr("en")
    contents = "".join(
        f'<li><a href="#{_attribute(one.key)}">{escape(one.title)}</a></li>' for one in told
    )
    body = "".join(_chapter(one) for one in told)
    intro = tr(
        "Whatever Longshore reports has a name, such as file.missing. Here is each of them with "
        "what it means and what can be done. Words in italics stand for what it was about."
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n<p>{escape(intro)}</p>\n"
        f"<nav><ul>{contents}</ul></nav>\n{body}</main>\n</body>\n</html>\n"
    )


def plain(entry: Entry) -> Iterable[str]:
    """One entry as lines of text."""
    yield f"{entry.id}: {_said(entry.title)}"
    yield f"  {_said(entry.meaning)}"
    yield from (f"  - {_said(text)}" for text in entry.advice)


def _chapter(chapter: Chapter) -> str:
    entries = "".join(_entry(entry) for entry in sorted(chapter.entries, key=lambda one: one.id))
    heading = f'<h2 id="{_attribute(chapter.key)}">{escape(chapter.title)}</h2>'
    return f"<section>\n{heading}\n{entries}</section>\n"


def _entry(entry: Entry) -> str:
    advice = "".join(f"<li>{_marked(text)}</li>" for text in entry.advice)
    return (
        f'<article id="{_attribute(entry.id)}">\n<h3>{_marked(entry.title)}</h3>\n'
        f'<p class="id"><code>{escape(entry.id)}</code></p>\n<p>{_marked(entry.meaning)}</p>\n'
        f"<ul>{advice}</ul>\n</article>\n"
    )


def _said(template: str) -> str:
    text = QCoreApplication.translate(CONTEXT, template)
    return _PLACE.sub(lambda found: f"[{_name(found[1])}]", text)


def _marked(template: str) -> str:
    text = escape(QCoreApplication.translate(CONTEXT, template))
    return _PLACE.sub(lambda found: f"<var>{escape(_name(found[1]))}</var>", text)


def _name(fact: str) -> str:
    return fact.replace("_", " ")


def _attribute(text: str) -> str:
    return escape(text, quote=True)


_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 46rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.7rem; line-height: 1.2; }
h2 { margin-top: 3rem; padding-bottom: .3rem; border-bottom: 1px solid #8888; }
h3 { margin: 2rem 0 0; font-size: 1.05rem; }
p { margin: .4rem 0; }
ul { margin: .4rem 0; padding-left: 1.3rem; }
.id { font-size: .85rem; opacity: .75; }
article:target { outline: 2px solid #0a7ea4; outline-offset: .6rem; border-radius: 4px; }
@media print { nav { display: none; } article { break-inside: avoid; } }
"""
