"""The failed records of a file, cut out of it byte for byte, as a file that can be sent again.

Records count as the server's readers count them. The file is read in pieces.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from app.core import catalogue
from app.core.jobs import RecordKey
from app.core.problems import FileProblem
from app.core.uploads import Source
from app.servers.folio.extracts import binary, edifact, marcjson, markup
from app.servers.folio.extracts.slices import Cut
from app.servers.folio.inspection.contents import LOOKED_AT, Contents, contents
from app.servers.folio.inspection.pieces import beginning
from app.servers.folio.wire.definitions import extension

_BY_NAME: dict[str, Cut] = {".xml": markup.cut, ".json": marcjson.cut}


def failed_records(
    source: Source, records: Collection[RecordKey], bare: bool = True
) -> Iterator[bytes]:
    """The bytes of these records, in the order of the file. `bare` means nothing here: no record
    has passwords.

    Raises FileProblem, at the end also when a record is not there.
    """
    wanted = frozenset(records)
    cut = _BY_NAME.get(extension(source.name), binary.cut)
    # EDIFACT is read as such under any name.
    if contents(beginning(source, LOOKED_AT)) is Contents.EDIFACT:
        cut = edifact.cut
    found = yield from cut(source, wanted)
    if found < len(wanted):
        raise FileProblem(catalogue.RECORDS_NOT_FOUND, {"name": source.name})
