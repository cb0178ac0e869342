"""Words and numbers for people: translated sentences, sizes, rates, times left, problems.

Numbers follow the system's locale. A sentence is translated first and filled afterwards, so a
translator sees named places.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from app.core.catalogue import filled
from app.core.drafts import Finding, Place
from app.core.problems import Problem

CONTEXT = "longshore"

_STEP = 1000
_HOUR = 3600
_DAY = 24 * _HOUR


def tr(text: str, /, **values: object) -> str:
    """`text` in the person's language, its named places filled; without values as it is."""
    translated = QCoreApplication.translate(CONTEXT, text)
    if not values:
        return translated
    return filled(translated, {key: str(value) for key, value in values.items()})


def counted(n: int, one: str, many: str, /, **values: object) -> str:
    """A sentence about `n` things, `{n}` in it; translations of `many` have any plural forms."""
    translated = QCoreApplication.translate(CONTEXT, many, None, n)
    if n == 1 and translated == many:
        translated = one
    return filled(translated, {"n": number(n)} | {key: str(v) for key, v in values.items()})


def locale() -> QLocale:
    """The person's locale; English where the system has none (the C locale groups no digits)."""
    system = QLocale()
    return QLocale(QLocale.Language.English) if system.language() is QLocale.Language.C else system


def number(value: int) -> str:
    """1,240"""
    return locale().toString(value)


def percent(part: float) -> str:
    """61 %, cut, not rounded: 100 % is said only of a whole."""
    return tr("{n} %", n=number(math.floor(part * 100 + 1e-9)))


def ordinal(n: int) -> str:
    """3rd, as a place in the queue."""
    if QCoreApplication.translate(CONTEXT, "{n}th") != "{n}th":
        return tr("{n}th", n=number(n))
    tens = n % 100
    ending = "th" if 10 <= tens <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{number(n)}{ending}"


def size(n: float) -> str:
    """12.4 MB; bytes below 1,000 as a whole number."""
    exponent = _exponent(n)
    return _unit(exponent, n=_scaled(n, exponent))


def size_of(sent: float, total: float) -> str:
    """12.4 of 20.3 MB: both in the unit of the total."""
    exponent = _exponent(total)
    parts = tr("{sent} of {total}", sent=_scaled(sent, exponent), total=_scaled(total, exponent))
    return _unit(exponent, n=parts)


def rate(bytes_per_second: float) -> str:
    """1.8 MB/s; empty while nothing moves."""
    return tr("{size}/s", size=size(bytes_per_second)) if bytes_per_second >= 1 else ""


def speed(bytes_per_second: int) -> str:
    """2 MB/s, a chosen speed: no more digits than it has."""
    exponent = _exponent(bytes_per_second)
    scaled = locale().toString(bytes_per_second / _STEP**exponent, "g", 6)
    return tr("{size}/s", size=_unit(exponent, n=scaled))


def weekday(day: int) -> str:
    """Mon; 0 is Monday."""
    return locale().standaloneDayName(day + 1, QLocale.FormatType.ShortFormat)


def eta(seconds: float | None) -> str:
    """A rounded time left; empty when it is not known or longer than a day."""
    if seconds is None or not 0 <= seconds <= _DAY:
        return ""
    if seconds <= 30:
        return tr("about {n} s", n=number(max(5, math.ceil(seconds / 5) * 5)))
    if seconds < 55:
        return tr("less than a minute")
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return tr("about {n} min", n=number(minutes))
    hours, minutes = divmod(round(seconds / 300) * 5, 60)
    if minutes:
        return tr("about {h} h {m} min", h=number(hours), m=number(minutes))
    return tr("about {h} h", h=number(hours))


def clock(epoch: float) -> str:
    """10:42, in the person's time zone and notation."""
    local = time.localtime(epoch)
    return f"{local.tm_hour:02}:{local.tm_min:02}"


def second(epoch: float) -> str:
    """10:42:07, in the person's time zone."""
    return f"{clock(epoch)}:{time.localtime(epoch).tm_sec:02}"


def day(epoch: float) -> str:
    """3/1/26, in the person's time zone and notation."""
    date = QDateTime.fromSecsSinceEpoch(int(epoch)).date()
    return locale().toString(date, QLocale.FormatType.ShortFormat)


def moment(epoch: float) -> str:
    """3/1/26 14:05: day and time, in the person's time zone and notation."""
    return f"{day(epoch)} {clock(epoch)}"


def duration(seconds: float) -> str:
    """4 s, 6 min 10 s, 2 h 5 min; empty below half a second."""
    whole = round(seconds)
    if whole < 1:
        return ""
    if whole < 60:
        return tr("{n} s", n=number(whole))
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return tr("{m} min {s} s", m=number(minutes), s=number(rest))
    hours, minutes = divmod(minutes, 60)
    return tr("{h} h {m} min", h=number(hours), m=number(minutes))


def title(problem: Problem) -> str:
    """What happened."""
    return _filled(problem.entry.title_for(problem.facts), problem.facts)


def meaning(problem: Problem) -> str:
    """What it means."""
    return _filled(problem.entry.meaning, problem.facts)


def advice(problem: Problem) -> tuple[str, ...]:
    """What the person can do; the first belongs to the problem's action."""
    return tuple(_filled(text, problem.facts) for text in problem.entry.advice)


def finding(found: Finding) -> str:
    """What was seen in a file, and where."""
    said = _filled(found.entry.title_for(found.facts), found.facts)
    return tr("{text} ({place})", text=said, place=place(found.place)) if found.place else said


def place(at: Place) -> str:
    """Where in a file: “record 117, byte 40,233, field 245”."""
    parts = []
    if at.record is not None:
        # Of what is no table, its bytes are counted too.
        table = at.line is not None and at.byte is None
        one, behind = ("row {n}", "after row {n}") if table else ("record {n}", "after record {n}")
        parts.append(tr(behind if at.after else one, n=number(at.record)))
    if at.line is not None:
        parts.append(
            tr("after line {n}", n=number(at.line))
            if at.after and at.record is None
            else tr("line {n}", n=number(at.line))
        )
    if at.byte is not None:
        parts.append(tr("byte {n}", n=number(at.byte)))
    if at.column:
        parts.append(tr("in {column}", column=at.column))
    return ", ".join(parts)


_COUNTS = frozenset(
    {"authority", "bibliographic", "cells", "count", "holdings", "limit", "looked", "records"}
)
"""Facts that count something. Other digits are names: years, versions, record numbers."""


def _filled(template: str, facts: Mapping[str, str]) -> str:
    shown = {
        key: number(int(fact)) if key in _COUNTS and fact.isdecimal() else fact
        for key, fact in facts.items()
    }
    return filled(QCoreApplication.translate(CONTEXT, template), shown)


def _exponent(n: float) -> int:
    exponent = 0
    while n >= _STEP and exponent < 4:
        n /= _STEP
        exponent += 1
    # 999,960 bytes would be written 1000.0 kB.
    return exponent + 1 if exponent in (1, 2, 3) and round(n, 1) >= _STEP else exponent


def _scaled(n: float, exponent: int) -> str:
    if exponent == 0:
        return number(int(n))
    return locale().toString(n / _STEP**exponent, "f", 1)


def _unit(exponent: int, *, n: str) -> str:
    match exponent:
        case 0:
            return tr("{n} bytes", n=n)
        case 1:
            return tr("{n} kB", n=n)
        case 2:
            return tr("{n} MB", n=n)
        case 3:
            return tr("{n} GB", n=n)
        case _:
            return tr("{n} TB", n=n)
