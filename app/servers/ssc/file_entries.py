"""What can be found in a scan file, in words for the person."""

from __future__ import annotations

from app.core.catalogue import Action, Entry

NOT_AN_ARCHIVE = Entry(
    "ssc.not-an-archive",
    "“{name}” is not a Fortify result",
    "An .fpr file is a zip archive inside; this file is something else.",
    ("Check that this is the right file, or create the result again.",),
)
CUT_OFF = Entry(
    "ssc.cut-off",
    "“{name}” is not whole",
    "Its end, with the list of what is inside, is missing: it was probably not copied or "
    "downloaded completely.",
    ("Copy or download the file again, or create the result again.",),
)
LIST_DAMAGED = Entry(
    "ssc.list-damaged",
    "“{name}” is damaged",
    "The list of what is inside leads nowhere, so no server can open the file.",
    ("Copy or download the file again, or create the result again.",),
)
NOTHING_INSIDE = Entry(
    "ssc.nothing-inside",
    "“{name}” is an archive with nothing in it",
    "There are no results in it that a server could process.",
    ("Create the result again.",),
)
ENCRYPTED = Entry(
    "ssc.encrypted",
    "“{name}” is protected with a password",
    "SSC cannot open the results inside.",
    ("Create the archive again without a password.",),
)
SWOLLEN = Entry(
    "ssc.swollen",
    "“{name}” would unpack to an unbelievable size",
    "The contents claim {unpacked} after unpacking. Such an archive is damaged or made to "
    "break servers.",
    ("Create the result again.", "Send it only if you know where it comes from."),
)
OVERLAPPING = Entry(
    "ssc.overlapping",
    "“{name}” lists more than it can hold",
    "By its list of contents the files inside take more room than the archive has, so some share "
    "the same bytes. No scanner writes such an archive; it is damaged or made to break servers.",
    ("Create the result again.", "Send it only if you know where it comes from."),
)
TOO_MANY_ENTRIES = Entry(
    "ssc.too-many-entries",
    "“{name}” holds more than {count} files",
    "Not even the scan of a very large program has so many, and a server can take hours to unpack "
    "them.",
    (
        "Check that this is the right file, or create the result again.",
        "A scan without the source code in it is much smaller.",
    ),
)
RESULTS_TWICE = Entry(
    "ssc.results-twice",
    "“{name}” holds {part} more than once",
    "Which of them a server reads cannot be told.",
    ("Create the result again instead of adding to an existing archive.",),
)
NAMES_OUTSIDE = Entry(
    "ssc.names-outside",
    "A name inside “{name}” leads out of the archive",
    "It is “{path}”. Unpacked carelessly it could overwrite other files, so a server may refuse "
    "the whole archive.",
    ("Create the archive again with names inside its own folder.",),
)
OTHER_CONTENT = Entry(
    "ssc.other-content",
    "“{name}” holds no Fortify result",
    "There is neither audit.fvdl nor webinspect.xml in it, and no scan.info that names the tool.",
    (
        "If it is the result of another tool, choose that tool's engine in the options.",
        "Otherwise check that this is the right file.",
    ),
    Action.OPTIONS,
)
SOURCE_CODE = Entry(
    "ssc.source-code",
    "“{name}” holds source code, not the results of a scan",
    "SSC takes what a scanner found in the code; it does not scan by itself.",
    (
        "Scan the code first and send the .fpr file that comes of it.",
        "If it is the result of another tool, choose that tool's engine in the options.",
    ),
)
PLAIN_FILE = Entry(
    "ssc.plain-file",
    "“{name}” is not an .fpr or .zip file",
    "SSC takes such files only as results of another tool, and must be told which.",
    ("Choose that tool's engine in the options.",),
    Action.OPTIONS,
)
PACKED_RESULTS = Entry(
    "ssc.packed-results",
    "“{name}” holds Fortify results in a further archive",
    "SSC does not look into an archive inside an archive.",
    ("Unpack it and add the .fpr files themselves.",),
)
NO_ENGINE = Entry(
    "ssc.no-engine",
    "“{name}” does not say which tool made the results",
    "Its scan.info has no line “engineType=…”.",
    ("Choose the engine in the options.",),
    Action.OPTIONS,
)
UNREADABLE_RESULTS = Entry(
    "ssc.unreadable-results",
    "The results in “{name}” are damaged",
    "Reading stopped here: {reason}. The server will hardly read them either.",
    ("Copy or download the file again, or create the result again.",),
)
UNUSUAL_RESULTS = Entry(
    "ssc.unusual-results",
    "The results in “{name}” could not be looked into",
    "They are of a kind this program does not know: {reason}. The server may know it.",
    ("If the server refuses the file, create the result again.",),
)
EMPTY_SCAN = Entry(
    "ssc.empty-scan",
    "The scan in “{name}” has no findings",
    "If the application version has findings of earlier scans by this engine, SSC will take all of "
    "them as fixed.",
    (
        "Send it only if the scan saw all of the program and really found nothing.",
        "If the scan was cut short, run it again.",
    ),
)
NO_FILES = Entry(
    "ssc.no-files",
    "The scan in “{name}” saw no files",
    "The list of scanned files is empty: the scanner was probably pointed at the wrong folder. SSC "
    "will take the findings of earlier scans as fixed.",
    ("Check what the scan was pointed at and run it again.",),
)
SCAN_IN_FUTURE = Entry(
    "ssc.scan-in-future",
    "The scan in “{name}” says that it was made in the future",
    "Its time is {scanned}: the clock of the computer that scanned is wrong, or the one here. SSC "
    "keeps the newest results by this time, so later scans may not count.",
    ("Check the clock of the computer that scans, and run the scan again.",),
)
SCAN_DATE_ODD = Entry(
    "ssc.scan-date-odd",
    "The time of the scan in “{name}” is not one a server understands",
    "Its scan.info says “{scanned}”; a time is written like 2026-01-09T08:00:00Z.",
    ("Mend the line “scanDate=…” in scan.info, or leave it out.",),
)
NOT_COUNTED = Entry(
    "ssc.not-counted",
    "The findings in “{name}” were not counted",
    "The results are too large ({unpacked}) or written in an unusual way. The server counts them.",
    ("Nothing needs to be done.",),
)
VERY_LARGE = Entry(
    "ssc.very-large",
    "“{name}” is larger than SSC is made for",
    "The limit is 2 GB a file; this one has {size}.",
    ("A scan without the source code in it is much smaller.",),
)

ENTRIES: tuple[Entry, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Entry)
)
