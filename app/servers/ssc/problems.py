"""What only Fortify SSC servers can say, in words for the person."""

from __future__ import annotations

from app.core.catalogue import Action, Entry
from app.servers.ssc import file_entries

NOT_SSC = Entry(
    "ssc.not-ssc",
    "“{host}” is not the address of a Fortify SSC server",
    "Something answered there, but it is not SSC. Most SSC servers have a path behind the host "
    "name, usually /ssc.",
    (
        "Copy the address from the browser when SSC is open, up to and including “/ssc”.",
        "If a single sign-on portal or a proxy stands in front of SSC, ask the people who run it "
        "for the address programs may use.",
    ),
    Action.SETTINGS,
)
TOKEN_MALFORMED = Entry(
    "ssc.token-malformed",
    "This is not a token of Fortify SSC",
    "SSC shows a token in two forms: as groups of letters and digits with dashes, and as 48 "
    "letters and digits in one piece. Either can be used; what was entered is neither. Nothing was "
    "sent.",
    (
        "Enter the token again, whole; if it is lost, create a new one in SSC under "
        "Administration, Users, Token Management.",
    ),
    Action.SIGN_IN,
)
TOKEN_REFUSED = Entry(
    "ssc.token-refused",
    "The server does not accept the token",
    "It was mistyped, has run out or was revoked.",
    (
        "Create a new token in SSC under Administration, Users, Token Management, and enter it; "
        "the type CIToken can do all that uploads need.",
    ),
    Action.SIGN_IN,
)
PASSWORD_NOT_ALLOWED = Entry(
    "ssc.password-not-allowed",
    "This account cannot sign in with its password",
    "The server knows the account but gives it no token: {reason} Accounts that use single sign-on "
    "have no password for programs.",
    ("Create a token in SSC, choose “Token” as sign-in in the settings, and enter it.",),
    Action.SETTINGS,
)
NOT_ALLOWED = Entry(
    "ssc.not-allowed",
    "Not found on the server, or not permitted",
    "SSC gives the same answer to both. It said: {reason}",
    (
        "Check that the application version still exists and that your account has access to it.",
        "Check the type of your token: a CIToken can do all that uploads need.",
    ),
    Action.OPTIONS,
)
REFUSED = Entry(
    "ssc.refused",
    "Fortify SSC refused the request",
    "It said: {reason}",
    ("Mend what the server names, then try again.",),
    Action.RETRY,
)
SERVER_ERROR = Entry(
    "ssc.server-error",
    "Fortify SSC had an error of its own",
    "It said: {reason}",
    (
        "Try again later.",
        "If it stays, send the technical details to the people who run SSC.",
    ),
    Action.RETRY,
)
SIZE_LIMIT = Entry(
    "ssc.size-limit",
    "Something in front of the server refuses files of this size",
    "SSC itself takes up to 2 GB; a proxy or load balancer before it allows less.",
    (
        "Ask the people who run SSC to raise the limit of its proxy.",
        "A scan without the source code in it is much smaller.",
    ),
)
SUBMISSION_REFUSED = Entry(
    "ssc.submission-refused",
    "Fortify SSC did not take the file",
    "It answered with code {code}: {reason}",
    (
        "Check the application version and your right to upload to it.",
        "If the words mean nothing to you, send the technical details to the people who run SSC.",
    ),
    Action.OPTIONS,
)
FILE_TOKEN_REFUSED = Entry(
    "ssc.file-token-refused",
    "The server did not accept its own upload token",
    "SSC gave a token for this one file and then refused it, twice.",
    (
        "Try again.",
        "If it stays, choose the other way to upload in the options.",
    ),
    Action.RETRY,
)
NO_APPLICATION = Entry(
    "ssc.no-application",
    "Fortify SSC shows no application “{application}”",
    "It does not exist, was renamed, or your account has no access to it.",
    ("Choose an application from the list.",),
    Action.OPTIONS,
)
NO_VERSION = Entry(
    "ssc.no-version",
    "Fortify SSC shows no application version “{version}”",
    "It does not exist in this application, was renamed, or your account has no access to it.",
    ("Choose an application version from the list, or check its number.",),
    Action.OPTIONS,
)
VERSION_CLOSED = Entry(
    "ssc.version-closed",
    "The application version “{version}” is not in use",
    "It is inactive, not finished, archived or being deleted, so the server will hardly take "
    "results for it.",
    ("Choose another application version, or finish this one in SSC.",),
    Action.OPTIONS,
)
UPLOADS_OFF = Entry(
    "ssc.uploads-off",
    "Uploads are turned off for the application version “{version}”",
    "The server says that it takes no analysis results for it at present.",
    ("Ask the people who run SSC, or choose another application version.",),
    Action.OPTIONS,
)
ENGINE_UNKNOWN = Entry(
    "ssc.engine-unknown",
    "The server has no reader for results of “{engine}”",
    "Results of other tools need a parser plugin that is installed and enabled on the server. It "
    "offers: {known}.",
    (
        "Check the name of the engine.",
        "Ask the people who run SSC to install or enable the parser plugin.",
    ),
    Action.OPTIONS,
)
ENGINE_NOT_NEEDED = Entry(
    "ssc.engine-not-needed",
    "“{name}” is a Fortify result, and an engine is chosen",
    "Servers have refused Fortify results that were sent with an engine.",
    ("Leave the engine at “From the file”.",),
    Action.OPTIONS,
)
SENT_BEFORE = Entry(
    "ssc.sent-before",
    "“{name}” looks as if it had been uploaded already",
    "The application version has a file with {same}, uploaded {when} by {who}. SSC would take it "
    "again and process it twice.",
    ("Look at the artifacts of the application version before you send it again.",),
)
APPROVAL_OPEN = Entry(
    "ssc.approval-open",
    "“{other}” in this application version still waits for approval",
    "With the usual settings SSC asks for an approval of every later upload too until that is "
    "settled.",
    ("Approve or delete the waiting upload in SSC.",),
)
MAY_BE_THERE = Entry(
    "ssc.may-be-there",
    "The server may already have “{name}”",
    "The answer to the upload was lost. {reason} Sending again could process the scan twice.",
    (
        "Look at the artifacts of the application version in SSC.",
        "Send it again only if it is not there.",
    ),
    Action.LOOK_AGAIN,
)

NEEDS_APPROVAL = Entry(
    "ssc.needs-approval",
    "The upload waits for somebody's approval",
    "The rules of the application version ask for it. The server says: {messages}",
    (
        "Read the reasons; if they are fine, approve the upload here or in SSC.",
        "If it should not count, delete it in SSC.",
    ),
    Action.OPEN_ON_SERVER,
)
APPROVAL_REFUSED = Entry(
    "ssc.approval-refused",
    "The upload waits for approval, and your account may not give it",
    "The server refused the approval: {reason} The reasons for it: {messages}",
    ("Ask somebody who may approve uploads of this application version.",),
    Action.OPEN_ON_SERVER,
)
APPROVAL_DENIED = Entry(
    "ssc.approval-denied",
    "The upload was not approved",
    "Somebody looked at it in SSC and refused it. The server says: {messages}",
    ("Ask who looks after this application version in SSC.",),
    Action.OPEN_ON_SERVER,
)
PROCESSING_FAILED = Entry(
    "ssc.processing-failed",
    "Fortify SSC could not process the scan",
    "It arrived whole, but the server's own work on it failed. It says: {messages}",
    (
        "Open the artifact in SSC to see all of its messages.",
        "If the file is of another tool, check that its engine is the right one.",
    ),
    Action.OPEN_ON_SERVER,
)
JOB_FAILED = Entry(
    "ssc.job-failed",
    "The server's work on the scan ended without a result",
    "The job is “{status}” on the server and left no artifact that says more.",
    ("Look at the artifacts of the application version in SSC.", "Send the file again."),
    Action.OPEN_ON_SERVER,
)
AUDIT_FAILED = Entry(
    "ssc.audit-failed",
    "The automatic audit of the scan failed",
    "The scan arrived, but the step after it (Audit Assistant) failed. The server says: {messages}",
    ("Open the artifact in SSC; the people who run SSC can start the audit again.",),
    Action.OPEN_ON_SERVER,
)
REMOVED = Entry(
    "ssc.removed",
    "The upload was deleted on the server before it was processed",
    "Somebody deleted it in SSC; its state there is “{status}”.",
    ("Send the file again if its results are still wanted.",),
    Action.OPEN_ON_SERVER,
)
PURGED = Entry(
    "ssc.purged",
    "The file was processed, and since removed on the server",
    "Its findings stay in the application version; the file itself was cleaned up.",
    ("Nothing needs to be done.",),
)
POSTPONED = Entry(
    "ssc.postponed",
    "The server has put the job back",
    "It is “DEFERRED”: usually the server goes on with it later by itself.",
    ("Wait; if it stays, ask the people who run SSC.",),
)
NOT_VISIBLE = Entry(
    "ssc.not-visible",
    "The file was uploaded, but its state cannot be seen",
    "Your token may upload, not look at artifacts.",
    (
        "Look at the artifacts of the application version in SSC.",
        "A token of the type CIToken would let this program follow the upload.",
    ),
    Action.OPEN_ON_SERVER,
)
NOT_CANCELLABLE = Entry(
    "ssc.not-cancellable",
    "The server cannot be told to stop",
    "It has the file already, and offers no way to stop its work on it.",
    ("If the results should not count, delete the artifact in SSC.",),
    Action.OPEN_ON_SERVER,
)

SAME_SCAN = Entry(
    "ssc.same-scan",
    "“{name}” and “{other}” are the same scan",
    "Both have the same scan id. SSC would take both and process the scan twice.",
    ("Remove one of the two.",),
)
OLDER_SCAN = Entry(
    "ssc.older-scan",
    "The application version has results of a newer scan than “{name}”",
    "This scan is of {scanned}, the newest on the server of {newest}. SSC keeps the newer results; "
    "what is in this file may not count.",
    ("Send it only if it belongs to the history of this application version.",),
)

PROBLEMS: tuple[Entry, ...] = (
    *(value for value in list(globals().values()) if isinstance(value, Entry)),
    *file_entries.ENTRIES,
)
