"""A look into a file before it is sent: what it is, how many records, what is odd about it.

FOLIO reads permissively, so what it would take is never refused: wrong lengths and unknown content
are warnings. An error is what is surely not meant for FOLIO, or would do harm there; a file in
which FOLIO will find nothing is asked about. The file is read once, in small pieces.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from app.core import catalogue
from app.core.catalogue import Entry
from app.core.drafts import Finding, Inspection, Level, Look, unwatched
from app.core.uploads import Source
from app.servers.folio import findings, problems
from app.servers.folio.inspection import binary, edifact, marcjson, markup
from app.servers.folio.inspection.contents import LOOKED_AT, Contents, contents
from app.servers.folio.inspection.pieces import beginning
from app.servers.folio.inspection.structure import structure
from app.servers.folio.inspection.tally import Tally
from app.servers.folio.wire.definitions import extension, name_sent
from app.servers.folio.wire.profiles import EDIFACT, MARC

_EDIFACT_NAMES = frozenset({".edi", ".inv"})
_TABLES = frozenset({".csv", ".tsv"})
_SCANS = frozenset({".fpr", ".fpz"})
GLANCE_SECONDS = 0.5
_ODD = re.compile(r"[^.A-Za-z0-9_-]")
_Scan = Callable[[Source, Look], Tally]
_READERS: dict[Contents, tuple[_Scan, str, str]] = {
    Contents.BINARY: (binary.scan, "binary MARC", ".mrc"),
    Contents.XML: (markup.scan, "MARCXML", ".xml"),
    Contents.JSON: (marcjson.scan, "MARC-in-JSON", ".json"),
    Contents.EDIFACT: (edifact.scan, "EDIFACT", ".edi"),
}
"""How each form is read, its name, and the extension by which FOLIO knows it."""
_FOREIGN = {
    Contents.ARCHIVE: findings.IS_ARCHIVE,
    Contents.DOCUMENT: findings.IS_DOCUMENT,
    Contents.TABLE: findings.IS_TABLE,
    Contents.WEB_PAGE: findings.IS_WEB_PAGE,
    Contents.MNEMONIC: findings.IS_MNEMONIC,
}


def data_type_of(name: str) -> str:
    """The data type a file name suggests."""
    return EDIFACT if extension(name) in _EDIFACT_NAMES else MARC


def form_of(source: Source) -> Contents:
    """The form a file is read in here: that of its contents, else what its name says. Raises
    FileProblem."""
    found = contents(beginning(source, LOOKED_AT))
    return _named(source.name) if found is Contents.UNKNOWN else found


def inspect(source: Source, look: Look = unwatched) -> Inspection:
    """Findings and facts of one file. Raises FileProblem, and what `look` raises.

    Facts: `data_type`, `format`, `records`; of MARC the number of records of each kind
    (`bibliographic`, `holdings`, `authority`, `other`), `record_type` where all are of one kind,
    and `encoding` where binary records agree on one.
    """
    name = source.name
    facts = {"name": name}
    if not extension(name):
        return Inspection((Finding(problems.NO_EXTENSION, Level.ERROR, facts),))
    if source.size == 0:
        return Inspection((Finding(catalogue.FILE_EMPTY, Level.ERROR, facts),))
    told: list[Finding] = []
    sent = name_sent(name)
    if sent != name:
        told.append(Finding(problems.EXTENSION_LOWERED, Level.INFO, facts | {"sent": sent}))
    if _ODD.search(extension(name)):
        told.append(Finding(problems.EXTENSION_ODD, Level.WARNING, facts))
    form = form_of(source)
    foreign = _foreign(extension(name), form)
    if foreign is not None:
        told.insert(0, Finding(foreign, Level.ERROR, facts, asks=True))
        return Inspection(tuple(told), {"data_type": data_type_of(name)})
    scan, format, usual = _READERS[form]
    tally = scan(source, look)
    facts["format"] = format
    misnamed = _misnamed(form, _named(name))
    if misnamed is findings.NAME_MISLEADS:
        tally.say(misnamed, level=Level.ERROR, asks=True, extension=usual)
    elif misnamed is not None:
        tally.say(misnamed)
    return Inspection((*tally.findings(facts), *told), tally.told())


def glance(source: Source, look: Look) -> Inspection | None:
    """How many records a binary MARC file has and whether each is as long as it says, or about how
    many (`about_records`) where the disk is too slow to tell; of other files nothing."""
    if not extension(source.name) or form_of(source) is not Contents.BINARY:
        return None
    tally = structure(source, look, GLANCE_SECONDS)
    return Inspection(tally.findings({"name": source.name, "format": "binary MARC"}), tally.told())


def _named(name: str) -> Contents:
    """What the server takes a file of this name for."""
    kind = extension(name)
    if kind in _EDIFACT_NAMES:
        return Contents.EDIFACT
    return {".xml": Contents.XML, ".json": Contents.JSON}.get(kind, Contents.BINARY)


def _foreign(kind: str, form: Contents) -> Entry | None:
    """What is said of a file that is nothing for FOLIO."""
    if form is Contents.ARCHIVE and kind in _SCANS:
        return findings.IS_SCAN
    if form is Contents.BINARY and kind in _TABLES:
        return None
    return _FOREIGN.get(form)


def _misnamed(form: Contents, named: Contents) -> Entry | None:
    """What is said of a file that is not what its name says. FOLIO reads by the job profile's data
    type first: EDIFACT is read under any name; MARC is read as binary unless the name says XML or
    JSON."""
    if form is named:
        return None
    if form is Contents.EDIFACT or (form is Contents.BINARY and named is Contents.EDIFACT):
        return findings.OTHER_READER
    return findings.NAME_MISLEADS
