"""What only FOLIO servers can say, in words for the person."""

from __future__ import annotations

from app.core.catalogue import Action, Entry

NOT_GATEWAY = Entry(
    "folio.not-gateway",
    "“{host}” is not the address of a FOLIO API",
    "Something answered there, but not a FOLIO gateway (Okapi or Eureka). The address of the "
    "FOLIO web page is often not the address programs must use.",
    (
        "Ask the people who run FOLIO for the “Okapi URL” or “Kong URL”, and enter that.",
        "If the address has a path behind the host name, check that it is complete.",
    ),
    Action.SETTINGS,
)
TENANT_UNKNOWN = Entry(
    "folio.tenant-unknown",
    "The server does not know the tenant “{tenant}”",
    "A tenant is the short name of a library inside a FOLIO system. This one does not exist "
    "there, or the gateway has no way to it.",
    (
        "Check the tenant in the destination's settings: it is usually short and in lower case.",
        "Check the address: it may lead to another FOLIO system.",
    ),
    Action.SETTINGS,
)
TENANT_OTHER = Entry(
    "folio.tenant-other",
    "Your account belongs to the tenant “{other}”, not to “{tenant}”",
    "The server signed you in for another library of the same system. Nothing was sent, so that no "
    "record lands in the wrong library.",
    ("Enter the tenant “{other}” in the destination's settings, if that is the one you want.",),
    Action.SETTINGS,
)
PERMISSION = Entry(
    "folio.permission",
    "Your FOLIO account may not do this",
    "The permission it lacks is “{permission}”.",
    (
        "Ask the people who run FOLIO for the permission “ui-data-import.manage” (Data import: all "
        "permissions); it holds all that is needed.",
    ),
)
NO_DATA_IMPORT = Entry(
    "folio.no-data-import",
    "This FOLIO system has no data import",
    "The gateway knows no such service: {what}.",
    (
        "Check tenant and address in the destination's settings.",
        "Ask the people who run FOLIO whether Data Import is installed for this tenant.",
    ),
    Action.SETTINGS,
)
EXTENSION_BLOCKED = Entry(
    "folio.extension-blocked",
    "FOLIO does not accept files like “{name}”",
    "Its file extension is blocked in the settings of this FOLIO system.",
    (
        "Send a file of a kind that can be imported, such as .mrc, .marc, .xml, .edi or .inv.",
        "If the file is right and only its name is wrong, rename it.",
        "Extensions are set in FOLIO under Settings, Data import, File extensions.",
    ),
)
EXTENSION_UNKNOWN = Entry(
    "folio.extension-unknown",
    "FOLIO has no setting for the file extension of “{name}”",
    "Such a file is accepted, but the server reads it as binary MARC unless its name ends in .xml "
    "or .json.",
    ("Check that the file really is what the job profile expects.",),
)
EXTENSION_ODD = Entry(
    "folio.extension-odd",
    "The file extension of “{name}” holds unusual characters",
    "Some FOLIO servers fail on spaces, brackets or quotes behind the last dot of a name.",
    ("If the server refuses the file, rename it.",),
)
EXTENSION_LOWERED = Entry(
    "folio.extension-lowered",
    "“{name}” will be named “{sent}” on the server",
    "FOLIO recognises this kind of file only by an extension in lower case.",
    ("Nothing needs to be done.",),
)
NO_EXTENSION = Entry(
    "folio.no-extension",
    "“{name}” has no file extension",
    "FOLIO decides by the letters behind the last dot how a file is read, and refuses files "
    "without them.",
    ("Rename the file, for example to “{name}.mrc” if it holds MARC records, and add it again.",),
)
NO_SPACE = Entry(
    "folio.no-space",
    "The FOLIO server has no room for “{name}”",
    "The files together are larger than the free space on the server.",
    (
        "Tell the people who run FOLIO, and try again when there is room.",
        "Fewer or smaller files at a time may fit.",
    ),
    Action.RETRY,
)
PROXY_LIMIT = Entry(
    "folio.proxy-limit",
    "The server's proxy refuses files of this size",
    "FOLIO itself has no such limit, but a proxy in front of it has.",
    (
        "Ask the people who run FOLIO to raise the limit, or to turn on file splitting, which "
        "sends files past the proxy.",
        "Or split the file and send its parts.",
    ),
)
SPLIT_UNKNOWN = Entry(
    "folio.split-unknown",
    "The server does not say how it wants to receive files",
    "FOLIO takes files in one of two ways. A file sent the wrong way looks uploaded and fails "
    "later, so nothing was sent. Its answer was: {reason}",
    (
        "Ask the people who run FOLIO for the permission “data-import.splitconfig.get”; "
        "“ui-data-import.manage” holds it.",
        "Try again later.",
    ),
    Action.RETRY,
)
STORAGE_UNREACHABLE = Entry(
    "folio.storage-unreachable",
    "The storage of this FOLIO system cannot be reached",
    "FOLIO sends files to a storage server of its own, “{host}”, and this computer has no way to "
    "it: {reason}.",
    (
        "Ask the people who run your network to allow connections to “{host}”.",
        "If a VPN is needed for FOLIO, check that it covers this address too.",
    ),
    Action.RETRY,
)
STORAGE_REFUSED = Entry(
    "folio.storage-refused",
    "The storage of this FOLIO system refused a part of the file",
    "“{host}” answered {status}, also to a fresh address for the same part.",
    (
        "Try again.",
        "If it stays, send the technical details to the people who run FOLIO.",
    ),
    Action.RETRY,
)
DEFINITION_GONE = Entry(
    "folio.definition-gone",
    "The upload was deleted on the server",
    "Somebody deleted it in FOLIO, or the server never stored it. The file was not imported.",
    ("Send the file again.",),
    Action.RETRY,
)
DEFINITION_LOCKED = Entry(
    "folio.definition-locked",
    "The upload cannot be taken back any more",
    "FOLIO is already working on it or has done so, and keeps what it has.",
    ("Look in FOLIO's list of jobs for what came of it.",),
    Action.OPEN_ON_SERVER,
)
DRAFT_OLD = Entry(
    "folio.draft-old",
    "The server has thrown the uploaded file away",
    "FOLIO deletes files that were uploaded and not started within an hour. Starting the import "
    "now would fail.",
    ("Send the file again.",),
    Action.RETRY,
)
FILE_SPOILT = Entry(
    "folio.file-spoilt",
    "The copy on the server is not whole",
    "Sending broke off and FOLIO would append to what it has, so that records would be doubled or "
    "damaged. The copy is not used.",
    ("Send the file again; it goes into a new upload.",),
    Action.RETRY,
)
ACCEPTED_NOT_STARTED = Entry(
    "folio.accepted-not-started",
    "FOLIO accepted the import but has not begun",
    "Nothing has moved for two minutes. Starting it a second time would spoil it, so that is "
    "never done. Job {job}, upload {definition}.",
    (
        "Wait; a busy server may begin later.",
        "If it stays, give these numbers to the people who run FOLIO.",
    ),
    Action.OPEN_ON_SERVER,
)
START_UNCERTAIN = Entry(
    "folio.start-uncertain",
    "FOLIO may already be importing “{name}”",
    "The server's answer to the start was lost, and what can be seen there does not tell whether "
    "the import began. Starting twice could import the records twice.",
    (
        "Look in FOLIO's list of jobs whether the file is there.",
        "Start it again only if it is not.",
    ),
    Action.LOOK_AGAIN,
)
NOT_CANCELLABLE_YET = Entry(
    "folio.cancel-too-early",
    "The job cannot be stopped yet",
    "FOLIO is still cutting the file into parts; until that is done there is nothing to stop.",
    ("Try again in a moment.",),
    Action.RETRY,
)
STOP_FAILED = Entry(
    "folio.stop-failed",
    "FOLIO did not stop the job",
    "It answered {status}.",
    ("Try again.", "Stop the job in FOLIO's list of jobs."),
    Action.RETRY,
)
FILE_UNREADABLE_BY_SERVER = Entry(
    "folio.file-unreadable-by-server",
    "FOLIO found no record it could read in the file",
    "It says “File is empty or content is invalid”: the file is damaged, or it is not of the kind "
    "the job profile is for.",
    (
        "Check that the job profile fits the file: MARC profiles read MARC, EDIFACT profiles "
        "invoices.",
        "Check that the file name ends in .mrc, .xml or .edi according to what is inside.",
    ),
    Action.OPTIONS,
)
PROFILE_BROKEN = Entry(
    "folio.profile-broken",
    "FOLIO could not use the job profile",
    "The job ended before its first record ({reason}). Usually the profile, or an action in it, "
    "was changed or deleted.",
    ("Open the profile in FOLIO's settings and check it, or choose another.",),
    Action.OPTIONS,
)
SPLITTING_FAILED = Entry(
    "folio.splitting-failed",
    "FOLIO could not cut the file into parts",
    "The import ended before its first record. The file may not be what the job profile expects, "
    "or the server's storage failed.",
    (
        "Check that the job profile fits the file.",
        "If it does, send the technical details to the people who run FOLIO.",
    ),
    Action.OPTIONS,
)
DRAFT_DELETED = Entry(
    "folio.draft-deleted",
    "The upload was deleted on the server before it was imported",
    "Somebody deleted it in FOLIO. No record was imported.",
    ("Send the file again.",),
    Action.RETRY,
)
ONLY_UPLOADED = Entry(
    "folio.only-uploaded",
    "The file waits in FOLIO and was not imported",
    "That is what “Only upload, do not start” means. FOLIO deletes the file if nobody starts it "
    "within an hour or so.",
    ("Open Data import in FOLIO, choose “Resume”, pick a job profile and run it.",),
    Action.OPEN_ON_SERVER,
)
NO_PROFILE = Entry(
    "folio.no-profile",
    "FOLIO has no job profile “{profile}”",
    "It may have been renamed or deleted, or it is known only under another name.",
    ("Choose a job profile from the list.",),
    Action.OPTIONS,
)
PROFILE_TWICE = Entry(
    "folio.profile-twice",
    "There are several job profiles called “{profile}”",
    "The name alone does not tell which one is meant.",
    ("Choose the job profile from the list, or give its id instead of its name.",),
    Action.OPTIONS,
)
PROFILE_MISFIT = Entry(
    "folio.profile-misfit",
    "The job profile is for {expected}, “{name}” looks like {found}",
    "An import with a profile of the wrong kind fails or loads nothing.",
    ("Choose a job profile for {found}.",),
    Action.OPTIONS,
)
PROFILE_OTHER_RECORDS = Entry(
    "folio.profile-other-records",
    "The job profile “{profile}” seems to be for other records than “{name}” holds",
    "There are profiles for bibliographic, for holdings and for authority records. With one of "
    "another kind each record fails.",
    ("Choose a job profile for the records in the file.",),
    Action.OPTIONS,
)

PROBLEMS: tuple[Entry, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Entry)
)
