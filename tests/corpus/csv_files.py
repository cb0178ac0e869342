"""Rostering files of every sort, good and broken, with what is to be found in each and where."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.drafts import NOWHERE, Place

USERS = "user_username,user_name,user_email,user_active\n"
ANN = "ann,Ann,ann@example.org,TRUE\n"
BEN = "ben,Ben,ben@example.org,TRUE\n"
NEW = "user_username,user_password\n"
STRONG = "Tide&Rope-1"
SESSION = "session_name,group_name,session_deliveryId,session_startDate\n"
ROSTER = "user_username,session_name,user_password,user_active\n"


@dataclass(frozen=True, slots=True)
class Found:
    """A finding: id without the family, level with a question mark where the person is asked."""

    id: str
    level: str
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Case:
    title: str
    content: bytes
    found: tuple[Found, ...] = ()
    records: int | None = None


def at(record: int | None, line: int | None, column: str = "") -> Place:
    return Place(record=record, line=line, column=column)


def info(id: str, place: Place = NOWHERE) -> Found:
    return Found(id, "info", place)


def warning(id: str, place: Place = NOWHERE) -> Found:
    return Found(id, "warning", place)


def question(id: str, place: Place = NOWHERE) -> Found:
    return Found(id, "warning?", place)


def doubted(id: str, place: Place = NOWHERE) -> Found:
    return Found(id, "error?", place)


def refused(id: str, place: Place = NOWHERE) -> Found:
    return Found(id, "error", place)


def case(
    title: str,
    content: str | bytes,
    *found: Found,
    records: int | None = None,
    codec: str = "utf-8",
) -> Case:
    data = content.encode(codec) if isinstance(content, str) else content
    return Case(title, data, found, records)


NOTHING_NEW = info("nothing-new")
PASSWORDS = info("passwords")

GOOD = (
    case("users.csv", NEW + f"ann,{STRONG}\nben,{STRONG}\n", PASSWORDS, records=2),
    case("updates.csv", USERS + ANN + BEN, NOTHING_NEW, records=2),
    case("groups.csv", "group_name,group_active\nA,TRUE\nB,FALSE\n", records=2),
    case(
        "organizations.csv",
        "hierarchy_organizationId,hierarchy_organizationName,hierarchy_parentOrganizationId\n"
        "1,One,root\n2,Two,1\n",
        records=2,
    ),
    case(
        "links.csv",
        "user_username,group_name,group_role\nann,A,TEST_TAKER\nann,B,GRADER|GROUP_MANAGER\n",
        records=2,
    ),
    case("sessions.csv", SESSION + "S,A,d1,2026-01-09T08:00:00Z\n", records=1),
    case("roster.csv", ROSTER + f"ann,s1,{STRONG},true\nann,s2,,1\n", PASSWORDS, records=2),
    case("lines.csv", (USERS + ANN + BEN).replace("\n", "\r\n"), NOTHING_NEW, records=2),
    case("old-lines.csv", (USERS + ANN + BEN).replace("\n", "\r"), NOTHING_NEW, records=2),
    case("no-last-line.csv", (USERS + ANN + BEN)[:-1], NOTHING_NEW, records=2),
    case("blank-lines.csv", f"\n\n{USERS}\n{ANN}\n,,,\n{BEN}", NOTHING_NEW, records=2),
    case("accents.csv", "group_name\nÄrzte\n組\n", records=2),
    case("metadata.csv", "group_name,group_metadata_YEAR\nA,2026\n", records=1),
    case("quotes.csv", 'group_name,group_description\n"A","say ""hi"", Ann"\n', records=1),
)

BROKEN = (
    case("nothing.csv", b"", refused("file.empty")),
    case("only-mark.csv", b"\xef\xbb\xbf", info("byte-order-mark"), refused("no-header")),
    case("only-lines.csv", "\n\n,,\n", refused("no-header")),
    case("table.xlsx", b"PK\x03\x04", refused("not-csv-name")),
    case("workbook.csv", b"PK\x03\x04\x14\x00\x06\x00", refused("not-text")),
    case("packed.zip", b"PK\x03\x04", warning("zip")),
    case("not-packed.zip", b"a,b\n", refused("not-a-zip")),
    case("mark.csv", USERS + ANN, info("byte-order-mark"), NOTHING_NEW, codec="utf-8-sig"),
    case("utf-16.csv", USERS + ANN, refused("utf-16"), NOTHING_NEW, codec="utf-16"),
    case("utf-16-bare.csv", USERS + ANN, refused("utf-16"), NOTHING_NEW, codec="utf-16-be"),
    case("utf-32.csv", USERS + ANN, refused("utf-16"), NOTHING_NEW, codec="utf-32"),
    case(
        "latin-1.csv",
        "group_name\nAra\nMünch\n",
        doubted("not-utf-8", Place(line=3, byte=16)),
        codec="latin-1",
    ),
    case(
        "windows-1252.csv",
        "group_name\nAra\nMax’s\n",
        doubted("not-utf-8", Place(line=3, byte=18)),
        codec="cp1252",
    ),
    case(
        "joined.csv",
        "group_name\nÄ\n".encode() + "Ö\n".encode("latin-1"),
        doubted("partly-utf-8", Place(line=3, byte=14)),
        records=2,
    ),
    case("zeros.csv", "group_name\nA\nB\x00\n", doubted("nulls", Place(line=3, byte=14))),
    case("semicolons.csv", "group_name;group_active\nA;TRUE\n", doubted("delimiter"), records=1),
    case("tabs.csv", "group_name\tgroup_active\nA\tTRUE\n", doubted("delimiter"), records=1),
    case(
        "separator.csv",
        "\nSep=,\r\ngroup_name,group_active\r\nA,TRUE\r\nB,maybe\r\n",
        doubted("separator-line"),
        warning("boolean", at(2, 5, "group_active")),
        records=2,
    ),
    case(
        "separator-tabs.csv",
        "sep=\t\ngroup_name\tgroup_active\nA\tTRUE\n",
        doubted("separator-line"),
        doubted("delimiter"),
        records=1,
    ),
    case("no-names.csv", f"ann,Ann,{STRONG},ann@x.org\n" * 2, doubted("header-missing"), records=1),
    case("unknown.csv", "name,mail\nann,x\n", warning("kind-unknown"), records=1),
    case("foreign.csv", "SIS ID,Title\n7,\n", warning("kind-unknown"), records=1),
    case(
        "unknown-blanks.csv",
        "user_name,user_email\nAnn,\n",
        warning("kind-unknown"),
        question("blank-cells", at(1, 2, "user_email")),
    ),
    case("oneroster.csv", "sourcedId,status\nu-1,active\n", warning("oneroster"), records=1),
    case(
        "oneroster-ids.csv",
        'sourcedId,name\nu 1,"a\nb"\n',
        warning("oneroster"),
        doubted("oneroster-line-breaks", at(1, 2)),
        warning("guid", at(1, 2, "sourcedId")),
    ),
    case(
        "header.csv",
        "group_name,,group_active,group_active, Group_Description\nA,b,TRUE,TRUE,x\n",
        doubted("column-unnamed"),
        doubted("column-twice"),
        warning("column-spaces"),
        warning("columns-unknown"),
    ),
    case(
        "missing.csv",
        "session_deliveryId,session_name\nd,S\n",
        doubted("columns-missing"),
    ),
    case("no-rows.csv", "group_name\n", doubted("no-rows"), records=0),
    case(
        "ragged.csv",
        "group_name,group_active\nA,TRUE\n\nB\nC,TRUE,x\n",
        doubted("ragged", at(2, 4)),
        records=3,
    ),
    case(
        "open-quote.csv",
        'group_name,group_active\nA,TRUE\nB,"TRUE\nC,TRUE\n',
        doubted("open-quote", at(2, 3)),
        records=1,
    ),
    case("open-header.csv", '\n"group_name\nA\n', doubted("open-quote", at(None, 2))),
    case(
        "endless-cell.csv",
        'group_name\nA\n"B\n' + "x" * 140_000,
        doubted("unreadable-csv", at(2, 3)),
        records=1,
    ),
    case(
        "endless-line.csv",
        "group_name\nA\n" + "x," * 600_000,
        doubted("unreadable-csv", at(2, 3)),
        records=1,
    ),
    case(
        "escapes.csv",
        'group_name,group_description\nA,x\nB,"a \\"",\n'.replace('",\n', '"\n'),
        warning("escapes", at(None, 3)),
        doubted("open-quote", at(2, 3)),
        records=1,
    ),
    case(
        "line-breaks.csv",
        'group_name,group_description\nA,"x\r\ny"\nB,"x\ny\nz"\n',
        info("line-breaks", at(1, 2)),
        records=2,
    ),
    case(
        "blanks.csv",
        USERS + ANN + 'ben,"B\nen",,TRUE\n' + "cat,Cat, ,\n",
        NOTHING_NEW,
        info("line-breaks", at(2, 3)),
        question("blank-cells", at(2, 3, "user_email")),
        question("blank-cells", at(3, 5, "user_active")),
        records=3,
    ),
    case(
        "blank-keys.csv",
        "group_name,group_active\nA,TRUE\n ,TRUE\n",
        doubted("blank-keys", at(2, 3, "group_name")),
    ),
    case(
        "blank-ids.csv",
        "hierarchy_organizationId,hierarchy_organizationName,hierarchy_parentOrganizationId\n"
        ",One,root\n2,Two,\n",
        warning("blank-ids", at(1, 2, "hierarchy_organizationId")),
        doubted("blank-keys", at(2, 3, "hierarchy_parentOrganizationId")),
    ),
    case(
        "twice.csv",
        "group_name\nA\nB\nA \nB\n",
        warning("keys-twice", at(3, 4, "group_name")),
        warning("key-spaces", at(3, 4, "group_name")),
        records=4,
    ),
    case(
        "twice-linked.csv",
        "user_username,group_name\nann,A\nann,B\nann,A\n",
        warning("keys-twice", at(3, 4, "user_username")),
    ),
    case(
        "deletes.csv",
        ROSTER + f"ann,s,{STRONG},TRUE\nben,s,{STRONG},false\ncat,s,{STRONG},0\n",
        question("deletes", at(2, 3, "user_active")),
        PASSWORDS,
        records=3,
    ),
    case(
        "roster-names.csv",
        ROSTER + f"an n,s,{STRONG},maybe\n{'x' * 256},s,{STRONG},1\n",
        warning("key-broken", at(1, 2, "user_username")),
        warning("too-long", at(2, 3, "user_username")),
        warning("boolean", at(1, 2, "user_active")),
        PASSWORDS,
    ),
    case(
        "off.csv",
        USERS + ANN + BEN.replace("TRUE", "FALSE") + "cat,Cat,cat@example.org,0\n",
        NOTHING_NEW,
        info("boolean-number", at(3, 4, "user_active")),
        info("deactivates", at(2, 3, "user_active")),
    ),
    case(
        "formats.csv",
        "user_username,user_email,user_language,user_externalId,user_active,user_role\n"
        'ann,ann@example.org,en-US,"{""google"": ""1""}",TRUE,SUPPORT\n'
        "ben,ben,english please,7,yes,BOSS\n",
        NOTHING_NEW,
        warning("email", at(2, 3, "user_email")),
        warning("language", at(2, 3, "user_language")),
        warning("external-id", at(2, 3, "user_externalId")),
        warning("boolean", at(2, 3, "user_active")),
        info("role", at(2, 3, "user_role")),
        records=2,
    ),
    case(
        "dates.csv",
        SESSION + "S,A,d1,2026-01-09T08:00:00Z\nT,A,d1,9/1/2026\nU,A,d1,2026-1-9T08:00:00Z\n",
        warning("date", at(2, 3, "session_startDate")),
        records=3,
    ),
    case(
        "weak.csv",
        NEW + f"ann,{STRONG}\nben,secret\n",
        warning("weak-password", at(2, 3, "user_password")),
        PASSWORDS,
    ),
    case(
        "long-cells.csv",
        f"group_name,group_description\nA,{'x' * 40_000}\n",
        warning("long-cells", at(1, 2, "group_description")),
    ),
    case(
        "wide.csv",
        "group_name," + ",".join(f"group_metadata_{n}" for n in range(600)) + "\nA" + ",x" * 600,
        warning("many-columns"),
        records=1,
    ),
    case(
        "many.csv",
        "group_name\n" + "".join(f"G{n}\n" for n in range(10_001)),
        warning("many-rows"),
        records=10_001,
    ),
    case(
        "large.csv",
        "group_name,group_description\n" + "".join(f"G{n},{'x' * 600}\n" for n in range(9_000)),
        warning("large-file"),
        records=9_000,
    ),
)
