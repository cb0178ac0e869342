"""The page of all problems: each is there once, can be linked to, and is proper HTML."""

from __future__ import annotations

from html.parser import HTMLParser

from app.core import catalogue
from app.core.catalogue import Entry
from app.servers import families
from app.storage import problems as storage
from app.viewmodels.problem_page import Chapter, chapters, page, plain

VOID = frozenset({"meta", "br", "hr", "img", "link"})


class Read(HTMLParser):
    """Checks that every element is closed where it must be, and collects ids and links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        found = dict(attrs)
        self.ids += [found["id"]] if found.get("id") else []
        self.links += [found["href"]] if found.get("href") else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def everything() -> list[Entry]:
    known = [entry for one in families().values() for entry in one.problems]
    return [*catalogue.GENERAL, *storage.ENTRIES, *known]


def test_every_problem_is_on_the_page_once() -> None:
    told = chapters(families())
    read = Read(page(told))
    entries = [entry for chapter in told for entry in chapter.entries]
    assert sorted(one.id for one in entries) == sorted(one.id for one in everything())
    assert sorted(read.ids) == sorted({*(one.id for one in entries), *(one.key for one in told)})
    assert len(read.ids) == len(set(read.ids))
    assert {link.removeprefix("#") for link in read.links} == {one.key for one in told}


def test_words_are_escaped_and_places_are_named() -> None:
    entry = Entry("a.b", "“{name}” <is> & was", "It {reason_given}.", ("Do {name}.",))
    text = page([Chapter("a", "A & B", (entry,))])
    assert "&lt;is&gt; &amp; was" in text
    assert "<var>reason given</var>" in text
    assert "{" not in text.partition("<main>")[2]
    assert next(iter(plain(entry))) == "a.b: “[name]” <is> & was"
    Read(text)
