"""What an uploaded file holds, read from disk: scans, or the reason why there are none."""

import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from xml.parsers import expat

from app.sandbox.ssc.state import Scan

#: Parser plug-ins of this server, beside its own two engines.
PLUGINS = ("DEPENDENCY_TRACK", "BLACKDUCK", "SAMPLE")
ENGINES = ("SCA", "WEBINSPECT", *PLUGINS)

_BLOCK = 65_536
_MOST = 256 * 1024 * 1024
_SMALL = 65_536

_DAMAGED = "The file is not a valid archive or it is damaged: {}"


@dataclass(frozen=True, slots=True)
class Content:
    """What was found; `problem` empty: `scans` are all of the file's."""

    scans: tuple[Scan, ...] = ()
    errors: tuple[tuple[int, str], ...] = ()
    problem: str = ""


def plausible(head: bytes, engine: str | None) -> bool:
    """Whether the first bytes can be a results file; raw third-party results can be anything."""
    return engine is not None or head.startswith(b"PK")


def read(path: Path, engine: str | None, sha256: str) -> Content:
    """Read a stored file. `engine` is the engine type given with the upload, None for none."""
    if engine is not None and engine not in PLUGINS:
        return Content(problem=f"No enabled parser plug-in was found for engine type {engine}")
    if engine is not None and not zipfile.is_zipfile(path):
        return Content((_third_party(engine, sha256, ""),))
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive, engine, sha256)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        return Content(problem=_DAMAGED.format(error))
    except (expat.ExpatError, ValueError) as error:
        return Content(problem=f"Unable to parse the results: {error}")


def _read(archive: zipfile.ZipFile, engine: str | None, sha256: str) -> Content:
    names = set(archive.namelist())
    if engine is not None:
        return Content((_third_party(engine, sha256, ""),))
    if "scan.info" in names:
        with archive.open("scan.info") as file:
            info = _properties(file.read(_SMALL).decode("utf-8", "replace"))
        named = info.get("engineType", "")
        if named not in PLUGINS:
            return Content(problem=f"No enabled parser plug-in was found for engine type {named}")
        return Content((_third_party(named, sha256, info.get("scanDate", "")),))
    scans: list[Scan] = []
    errors: list[tuple[int, str]] = []
    if "audit.fvdl" in names:
        fvdl = _Fvdl()
        with archive.open("audit.fvdl") as file:
            _feed(file, fvdl)
        scans.append(fvdl.scan(certified="audit.fvdl.mac" in names))
        errors = fvdl.errors
    if "webinspect.xml" in names:
        with archive.open("webinspect.xml") as file:
            scans.append(_dynamic(file, sha256))
    if not scans:
        return Content(problem="The archive holds no results that this server knows")
    return Content(tuple(scans), tuple(errors))


class _Fvdl:
    """Picks the few facts out of static results while they stream by."""

    def __init__(self) -> None:
        self.errors: list[tuple[int, str]] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._found: dict[str, str] = {}
        self._code = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._path.append(name)
        self._text.clear()
        if len(self._path) > 4:
            return
        if name == "CreatedTS":
            self._found["created"] = f"{attributes.get('date')}T{attributes.get('time')}"
        elif name == "ScanTime":
            self._found["elapsed"] = attributes.get("value", "0")
        elif name == "Error":
            self._code = int(attributes.get("code", "0"))

    def end(self, name: str) -> None:
        where = "/".join(self._path[1:])
        self._path.pop()
        text = "".join(self._text).strip()
        if where == "Build/LOC":
            self._found.setdefault(where, text)
        elif where == "EngineData/Errors/Error":
            self.errors.append((self._code, text))
        elif where.count("/") <= 2 and text:
            self._found.setdefault(where, text)
        self._text.clear()

    def data(self, text: str) -> None:
        if len(self._path) <= 4:
            self._text.append(text)

    def scan(self, *, certified: bool) -> Scan:
        found = self._found
        return Scan(
            guid=found.get("UUID") or str(uuid.uuid4()),
            type="SCA",
            build_id=found.get("Build/BuildID", ""),
            build_project=found.get("Build/Project", ""),
            build_label=found.get("Build/Label", ""),
            build_version=found.get("Build/Version", ""),
            engine_version=found.get("EngineData/EngineVersion", ""),
            hostname=found.get("EngineData/MachineInfo/Hostname", ""),
            files=_count(found.get("Build/NumberFiles")),
            lines=_count(found.get("Build/LOC")),
            elapsed=_count(found.get("elapsed")),
            when=_seconds(found.get("created", "")),
            certified=certified,
        )


class _Sessions:
    """The first element of dynamic results."""

    def __init__(self) -> None:
        self.version = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "Sessions":
            self.version = attributes.get("appVersion", "")

    def end(self, name: str) -> None: ...

    def data(self, text: str) -> None: ...


def _dynamic(file: IO[bytes], sha256: str) -> Scan:
    sessions = _Sessions()
    _feed(file, sessions)
    guid = str(uuid.uuid5(uuid.NAMESPACE_OID, sha256))
    return Scan(guid, "WEBINSPECT", engine_version=sessions.version)


def _third_party(engine: str, sha256: str, when: str) -> Scan:
    guid = str(uuid.uuid5(uuid.NAMESPACE_OID, sha256))
    return Scan(guid, engine, when=_seconds(when))


def _feed(file: IO[bytes], reader: _Fvdl | _Sessions) -> None:
    """Stream XML through `reader`; raises ValueError for a document type or too much of it."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    size = 0
    while block := file.read(_BLOCK):
        size += len(block)
        if size > _MOST:
            raise ValueError("the results are too large")
        parser.Parse(block, False)
    parser.Parse(b"", True)


def _refuse_doctype(*_: object) -> None:
    raise ValueError("DOCTYPE is disallowed")


def _properties(text: str) -> dict[str, str]:
    lines: Sequence[str] = [line for line in text.splitlines() if "=" in line and line[0] != "#"]
    pairs = (line.split("=", 1) for line in lines)
    return {name.strip(): value.strip() for name, value in pairs}


def _count(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _seconds(text: str) -> float:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return 0.0
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
