"""What only TAO servers and rostering files can say, in words for the person."""

from __future__ import annotations

from dataclasses import replace

from app.core import catalogue
from app.core.catalogue import Action, Entry
from app.servers.tao import cell_entries, file_entries

NOT_TAO = Entry(
    "tao.not-tao",
    "“{host}” gives no sign-in for programs",
    "Something answered there, but nothing that gives out tokens as TAO Advance does. The address "
    "may be that of another system, or its paths may differ from the usual ones.",
    (
        "Check the address in the destination's settings.",
        "Ask your contact at OAT for the address of the rostering API; if its paths are unusual, "
        "choose “My own” under “Paths” and enter them.",
    ),
    Action.SETTINGS,
)
WRONG_PATHS = Entry(
    "tao.wrong-paths",
    "The rostering service of “{host}” was not found",
    "The sign-in worked, but neither the long nor the short paths of TAO's guide lead to the "
    "service that takes rostering files. Nothing was sent. Tried last: {address}",
    (
        "Ask your contact at OAT for the addresses of upload, status and download; choose “My own” "
        "under “Paths” and enter them.",
    ),
    Action.SETTINGS,
)
WRONG_PATH = Entry(
    "tao.wrong-path",
    "The server has nothing at {address}",
    "The address of one of the services is not the right one.",
    (
        "Check “Paths” in the destination's settings.",
        "“Test connection” finds out which paths this server has.",
    ),
    Action.SETTINGS,
)
MOVED = Entry(
    "tao.moved",
    "The server has moved to another address",
    "It now points to {address}. Secrets and files are not sent to another address by themselves.",
    ("If you trust the new address, enter it in the destination's settings.",),
    Action.SETTINGS,
)
TEMPLATE_MISSING = Entry(
    "tao.address-missing",
    "“{field}” is empty",
    "With paths of your own, all four addresses are needed.",
    ("Enter it in the destination's settings.",),
    Action.SETTINGS,
)
TEMPLATE_REFERENCE = Entry(
    "tao.address-reference",
    "“{field}” must have {place} in it once",
    "Longshore puts the server's reference of an import there.",
    ("Correct it in the destination's settings.",),
    Action.SETTINGS,
)
TEMPLATE_PLACE = Entry(
    "tao.address-place",
    "“{field}” must not have {place} in it",
    "Longshore does not know what to put there. The address of the server is written {{base}}.",
    ("Correct it in the destination's settings.",),
    Action.SETTINGS,
)

CLIENT_NOT_ALLOWED = Entry(
    "tao.client-not-allowed",
    "This client may not sign in for rostering",
    "The server knows the client ID, but does not give it a token: {reason}",
    ("Ask your contact at OAT to allow the “rostering” scope for this client.",),
    Action.SIGN_IN,
)
REQUEST_NOT_UNDERSTOOD = Entry(
    "tao.token-request",
    "The server did not understand the sign-in",
    "Servers want client ID and secret in one of three forms, and this one took none that was "
    "tried. It said: {reason}",
    (
        "Set “Form of the sign-in” in the destination's settings to “Automatic”.",
        "Ask your contact at OAT which form the server wants.",
    ),
    Action.SETTINGS,
)
GATEWAY_REFUSED = Entry(
    "tao.gateway-refused",
    "The sign-in was turned away before TAO saw it",
    "Something in front of the server answered {status}: {reason}",
    (
        "Ask the people who run the server whether this computer may reach it, and whether client "
        "ID and secret are still valid.",
    ),
    Action.SIGN_IN,
)
TOKEN_UNUSABLE = Entry(
    "tao.token-unusable",
    "The server's answer to the sign-in cannot be used",
    "It holds no token of the usual kind (“Bearer”).",
    (
        "Check the address in the destination's settings.",
        "If it is right, send the technical details to your contact at OAT.",
    ),
    Action.SETTINGS,
)
TOKEN_NOT_TAKEN = Entry(
    "tao.token-not-taken",
    "The server accepts the client, but not for rostering",
    "Client ID and secret are right and a token was given, but the rostering service refused it, "
    "a fresh one too. {reason}",
    (
        "Check that client ID and secret are those for this server and for rostering.",
        "Ask your contact at OAT whether the client may use the rostering API.",
    ),
    Action.SIGN_IN,
)
SCOPE = Entry(
    "tao.scope",
    "This client may not import rostering files",
    "The server knows the client, but its rights do not cover this: the scope “rostering” is "
    "missing. It said: {reason}",
    ("Ask your contact at OAT to give the client the scope “rostering”.",),
)
SCOPE_UNSURE = Entry(
    "tao.scope-unsure",
    "The client may lack the right to import rostering files",
    "The server names what the client may do, and “rostering” is not among it: {scope}.",
    ("If the server refuses the file, ask your contact at OAT for the scope “rostering”.",),
)

FILE_REFUSED = Entry(
    "tao.file-refused",
    "TAO refused the file",
    "It answered: {reason}. Nothing of the file was imported.",
    (
        "Mend what the answer names and add the file again.",
        "The template for each kind of import can be downloaded in the TAO Portal.",
    ),
)
NO_FILE_SEEN = Entry(
    "tao.no-file-seen",
    "TAO says that no file arrived",
    "The file was sent. Servers also say this when a file is larger than they allow: it is dropped "
    "before it is looked at.",
    (
        "Split the file, repeat the header in each part, and send the parts.",
        "Or ask the people who run the server to raise the limit.",
    ),
)
GAVE_UP_WAITING = Entry(
    "tao.gave-up-waiting",
    "The server did not wait for the file",
    "It answered {status} before it had the whole file, and did not import it.",
    ("Try again.",),
    Action.RETRY,
)
MAY_HAVE = Entry(
    "tao.may-have",
    "The server may have “{name}”",
    "It was being sent when the connection broke or the server failed, and TAO offers no way to "
    "ask what it has. Sending again is usually harmless: rows that are there already are set to "
    "the same values once more, passwords too.",
    (
        "Look in the TAO Portal whether the import is there.",
        "Send the file again only if it is not, or if setting the same values twice does no harm.",
    ),
    Action.LOOK_AGAIN,
)
NO_REFERENCE = Entry(
    "tao.no-reference",
    "The server took “{name}” but gave no number to follow it by",
    "The file has probably been imported, but what became of it cannot be found out from here.",
    (
        "Look in the TAO Portal whether the import is there.",
        "Send the file again only if it is not.",
    ),
    Action.LOOK_AGAIN,
)

IMPORT_FAILED = Entry(
    "tao.import-failed",
    "TAO could not import the file",
    "It arrived, but the import as a whole failed: {reason}",
    ("Compare the header with the template from the TAO Portal, mend the file and send it again.",),
    Action.RETRY,
)
REFERENCE_UNKNOWN = Entry(
    "tao.reference-unknown",
    "The server does not know this import",
    "Its reference is {reference}. A fresh import may not be visible yet; an old one may have been "
    "cleaned away.",
    ("Look in the TAO Portal what became of it.",),
)
STATUS_REFUSED = Entry(
    "tao.status-refused",
    "The server cannot say how the import stands",
    "It answered: {reason}",
    ("Wait; it is asked again.", "Look in the TAO Portal what became of the import."),
)
STATUS_ADDRESS = Entry(
    "tao.status-address",
    "The import goes on, but how it stands cannot be asked",
    "The server has nothing at {address}, so the address for the status is probably wrong.",
    ("Check “Paths” in the destination's settings.",),
    Action.SETTINGS,
)
NOT_CANCELLABLE = Entry(
    "tao.not-cancellable",
    "TAO cannot stop an import",
    "There is no way to take a file back that the server has accepted.",
    ("Wait until the import has ended, then correct it with another file.",),
)
RESULT_STORAGE = Entry(
    "tao.result-storage",
    "The result file could not be fetched",
    "The import was processed, but the storage that keeps its result, “{host}”, did not give it: "
    "{reason}.",
    (
        "Try again later.",
        "Ask the people who run your network to allow connections to “{host}”.",
    ),
    Action.RETRY,
)

NEEDS_FIRST = Entry(
    "tao.needs-first",
    "“{name}” refers to {kinds} that must be on the server before",
    "No other file of this send brings them. Files that are sent together go in the right order by "
    "themselves.",
    ("If they are not on the server yet, add the file that brings them.",),
)

NOT_MENDED = Entry(
    "tao.not-mended",
    "No corrected copy of “{name}” can be made",
    "Some of its bytes mean nothing in the encoding it seems to have, or its quotes do not fit, so "
    "a copy might not hold what the file holds.",
    ("Open the file in the program that made it, and save it as “CSV UTF-8”.",),
)

PROBLEMS: tuple[Entry, ...] = (
    *(value for value in list(globals().values()) if isinstance(value, Entry)),
    *file_entries.ENTRIES,
    *cell_entries.ENTRIES,
)

# The same to programs and scripts as for every family; to the person in the words of this one.
SIGN_IN_REFUSED = replace(
    catalogue.SIGN_IN_REFUSED,
    title="The server did not accept the client ID or the client secret",
    meaning="It is not tried again by itself, because a server may lock a client after a few wrong "
    "tries.",
    advice=(
        "Enter the client secret again, and check the client ID.",
        "If both are right, ask your contact at OAT whether they are still valid.",
    ),
)
