"""The part of CQL that FOLIO's lists are asked with.

`field == value`, `=`, `<>`, `<`, `<=`, `>`, `>=`, lists of values in parentheses, `and`, `or`,
`not`, parentheses, `*` and `?` as wildcards, and `sortBy field/sort.descending`. As in the real
translation `and` and `or` bind alike, from left to right, and an object or a list is compared by
its JSON text.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from app.sandbox.folio.replies import Json

Test = Callable[[Json], bool]

_TOKENS = re.compile(
    r'\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<sign>==|<>|<=|>=|=|<|>|\(|\)|/)'
    r'|(?P<word>[^\s()="<>/]+))'
)
_RELATIONS = ("==", "=", "<>", "<", "<=", ">", ">=")


class CqlError(ValueError):
    """The query cannot be read."""


def chosen(records: Iterable[Json], query: str) -> list[Json]:
    """The records a query asks for, in its order; raises CqlError."""
    if not query.strip():
        return list(records)
    reader = _Reader(query)
    test, order = reader.query()
    found = [record for record in records if test(record)]
    for field, descending in reversed(order):
        found.sort(key=lambda record: _text(_value(record, field)).lower(), reverse=descending)
    return found


class _Reader:
    def __init__(self, query: str) -> None:
        self._tokens: list[tuple[str, bool]] = []
        at = 0
        query = query.strip()
        while at < len(query):
            match = _TOKENS.match(query, at)
            if match is None:
                raise CqlError(f"unexpected character at {at}: {query}")
            quoted = match["quoted"]
            if quoted is not None:
                self._tokens.append((re.sub(r"\\([\"\\])", r"\1", quoted[1:-1]), True))
            else:
                self._tokens.append((match["sign"] or match["word"], False))
            at = match.end()
        self._at = 0
        self._query = query

    def query(self) -> tuple[Test, list[tuple[str, bool]]]:
        test: Test = lambda record: True  # noqa: E731
        if not self._is("sortby"):
            test = self._any_of()
        order: list[tuple[str, bool]] = []
        if self._is("sortby"):
            self._next()
            while self._at < len(self._tokens):
                field, descending = self._next()[0], False
                while self._is("/"):
                    self._next()
                    descending = self._next()[0].lower() == "sort.descending" or descending
                order.append((field, descending))
            if not order:
                raise self._error()
        if self._at < len(self._tokens):
            raise self._error()
        return test, order

    def _any_of(self) -> Test:
        left = self._clause()
        while self._is("and") or self._is("or") or self._is("not"):
            word = self._next()[0].lower()
            left = _joined(word, left, self._clause())
        return left

    def _clause(self) -> Test:
        if self._is("("):
            self._next()
            inner = self._any_of()
            self._take(")")
            return inner
        field, quoted = self._next()
        if quoted or field in _RELATIONS or field == ")":
            raise self._error()
        relation = self._next()[0]
        if relation not in _RELATIONS:
            raise self._error()
        return self._values(field, relation)

    def _values(self, field: str, relation: str) -> Test:
        if not self._is("("):
            return _compared(field, relation, self._term())
        self._next()
        test = _compared(field, relation, self._term())
        while not self._is(")"):
            word = self._next()[0].lower()
            if word not in ("and", "or", "not"):
                raise self._error()
            test = _joined(word, test, _compared(field, relation, self._term()))
        self._take(")")
        return test

    def _term(self) -> str:
        value, quoted = self._next()
        if not quoted and value in (*_RELATIONS, "(", ")", "/"):
            raise self._error()
        return value

    def _is(self, word: str) -> bool:
        if self._at >= len(self._tokens):
            return False
        value, quoted = self._tokens[self._at]
        return not quoted and value.lower() == word

    def _next(self) -> tuple[str, bool]:
        if self._at >= len(self._tokens):
            raise self._error()
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, word: str) -> None:
        if self._next() != (word, False):
            raise self._error()

    def _error(self) -> CqlError:
        return CqlError(f"cannot parse CQL: {self._query}")


def _joined(word: str, left: Test, right: Test) -> Test:
    if word == "and":
        return lambda record: left(record) and right(record)
    if word == "or":
        return lambda record: left(record) or right(record)
    return lambda record: left(record) and not right(record)


def _compared(field: str, relation: str, value: str) -> Test:
    if field == "cql.allRecords":
        return lambda record: True
    if relation in ("==", "=", "<>"):
        pattern = _pattern(value, whole=relation != "=")
        wanted = relation != "<>"

        def same(record: Json) -> bool:
            found = _value(record, field)
            if found is None:
                return not wanted
            return bool(pattern.search(_text(found))) is wanted

        return same
    return lambda record: _ordered(_text(_value(record, field)), relation, value)


def _pattern(value: str, *, whole: bool) -> re.Pattern[str]:
    parts = re.split(r"(\\.|\*|\?)", value)
    body = "".join(
        {"*": ".*", "?": "."}.get(part, re.escape(re.sub(r"\A\\(?=.)", "", part))) for part in parts
    )
    if not value:
        body = ".*"
    return re.compile(rf"\A{body}\Z" if whole else rf"(?<!\w){body}(?!\w)", re.I | re.S)


def _ordered(found: str, relation: str, value: str) -> bool:
    if relation.startswith("<"):
        return found < value or (relation == "<=" and found == value)
    return found > value or (relation == ">=" and found == value)


def _value(record: Json, field: str) -> Any:
    found: Any = record
    for name in field.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
