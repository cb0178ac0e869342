"""What only TAO servers and rostering files can say, in words for the person."""

from __future__ import annotations

from dataclasses import replace

from app.core import catalogue
from app.core.catalogue import Action, Entry

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

NOT_CSV_NAME = Entry(
    "tao.not-csv-name",
    "“{name}” is not a CSV file",
    "TAO goes by the end of the name and takes only names that end in .csv.",
    ("Save the table as CSV (UTF-8, separated by commas) and add that file.",),
)
ZIP = Entry(
    "tao.zip",
    "“{name}” is packed",
    "Only some TAO servers take a ZIP file, and only with a single CSV file in it.",
    ("If the server refuses it, unpack the file and send the CSV inside.",),
)
NOT_A_ZIP = Entry(
    "tao.not-a-zip",
    "“{name}” is not a ZIP file",
    "It has the name of one, but something else is inside.",
    ("If it is a table, save it as CSV and add that file.",),
)
NOT_TEXT = Entry(
    "tao.not-text",
    "“{name}” is not a text file",
    "It looks like a workbook or another program's own format with the name of a CSV file.",
    ("Open it in the program that made it and save it as CSV (UTF-8, separated by commas).",),
)
UTF16 = Entry(
    "tao.utf-16",
    "“{name}” is encoded as {encoding}",
    "TAO reads UTF-8. Spreadsheet programs write UTF-16 when “Unicode text” is chosen.",
    ("Save the file as “CSV UTF-8” and add it again.",),
)
NOT_UTF8 = Entry(
    "tao.not-utf-8",
    "“{name}” is not encoded as UTF-8",
    "It seems to be {encoding}, so letters with accents will arrive damaged, or the server refuses "
    "the file.",
    ("Save the file as “CSV UTF-8” and add it again.",),
)
PARTLY_UTF8 = Entry(
    "tao.partly-utf-8",
    "Some letters in “{name}” are damaged",
    "Most of the file is UTF-8, but from the place that is named on there are bytes of another "
    "encoding: two files were probably joined, or the file was saved by two programs.",
    ("Correct the letters at that place and save the file as “CSV UTF-8”.",),
)
BYTE_ORDER_MARK = Entry(
    "tao.byte-order-mark",
    "“{name}” begins with a byte order mark",
    "Spreadsheet programs write this invisible sign when “CSV UTF-8” is chosen. Servers usually "
    "skip it; one that does not will fail to recognise the first column.",
    ("If TAO says that the first column is missing, save the file without the mark.",),
)
NULLS = Entry(
    "tao.nulls",
    "“{name}” holds zero bytes ({count})",
    "They are no text. Databases refuse them or cut the text off there.",
    ("Export the file again.",),
)
NO_HEADER = Entry(
    "tao.no-header",
    "“{name}” has no rows",
    "There is not even a header in it.",
    ("Export the file again.",),
)
NO_ROWS = Entry(
    "tao.no-rows",
    "“{name}” has a header but no rows",
    "Nothing would be imported.",
    ("Export the file again.",),
)
DELIMITER = Entry(
    "tao.delimiter",
    "The columns of “{name}” are separated by {delimiter}",
    "TAO Advance reads columns separated by commas. Semicolons come from a spreadsheet program's "
    "regional settings, or from files made for classic TAO.",
    ("Save the file as CSV separated by commas and add it again.",),
)
KIND_UNKNOWN = Entry(
    "tao.kind-unknown",
    "It cannot be told what “{name}” would import",
    "TAO goes by the names of the columns, in upper and lower case as in its templates, and this "
    "header fits none of the kinds Longshore knows.",
    ("Compare the header with the template from the TAO Portal.",),
)
ONEROSTER = Entry(
    "tao.oneroster",
    "“{name}” looks like a OneRoster file",
    "TAO's upload is documented for the files of the TAO Portal only.",
    ("Send it only if your contact at OAT says that your server takes OneRoster files.",),
)
COLUMN_TWICE = Entry(
    "tao.column-twice",
    "“{name}” has columns with the same name",
    "They are: {columns}. Readers of such files usually refuse them, or use only one of the "
    "columns.",
    ("Remove or rename the columns that are too many.",),
)
COLUMN_UNNAMED = Entry(
    "tao.column-unnamed",
    "“{name}” has columns without a name ({count})",
    "They may be left over from a spreadsheet; servers usually refuse such a header.",
    ("Delete the empty columns and save the file again.",),
)
COLUMN_SPACES = Entry(
    "tao.column-spaces",
    "Names of columns in “{name}” have spaces around them",
    "They are: {columns}. TAO compares the names letter by letter and may not recognise them.",
    ("Remove the spaces from the header.",),
)
COLUMNS_UNKNOWN = Entry(
    "tao.columns-unknown",
    "“{name}” has columns that are in no template for {kind}",
    "They are: {columns}. TAO may ignore them or refuse the file; names are compared with upper "
    "and lower case.",
    ("Compare the header with the template from the TAO Portal.",),
)
COLUMNS_MISSING = Entry(
    "tao.columns-missing",
    "“{name}” lacks columns that {kind} must have",
    "They are: {columns}. Without them TAO imports no row.",
    ("Compare the header with the template from the TAO Portal and add the columns.",),
)
NOTHING_NEW = Entry(
    "tao.nothing-new",
    "“{name}” can change what is on the server, and create nothing",
    "What is new needs a column that is not there: {columns}. Rows about what the server does not "
    "know yet will fail.",
    ("Add the column if the file is to create something.",),
)
MANY_COLUMNS = Entry(
    "tao.many-columns",
    "“{name}” has {count} columns",
    "No template of TAO has so many. Only the first {looked} were looked into.",
    ("Check that the right delimiter was used and that the file is a table.",),
)
RAGGED = Entry(
    "tao.ragged",
    "“{name}” has rows with more or fewer cells than the header ({count})",
    "TAO usually refuses the whole file for one such row. The first has {cells} cells, the header "
    "has {columns}.",
    ("Check that cells with commas are in double quotes, and save the file again.",),
)
UNREADABLE_CSV = Entry(
    "tao.unreadable-csv",
    "“{name}” could not be read to its end as CSV",
    "A cell or a row is longer than any can be. A double quote that is never closed is the usual "
    "cause.",
    ("Check the quotes near the place that is named.",),
)
OPEN_QUOTE = Entry(
    "tao.open-quote",
    "A double quote in “{name}” is never closed",
    "Everything behind it is taken as one cell, so the rows that follow are lost.",
    ("Close the quote at the place that is named, or double it if it belongs to the text.",),
)
ESCAPES = Entry(
    "tao.escapes",
    "“{name}” has backslashes before double quotes ({count})",
    "Some readers take the backslash as a sign that the quote belongs to the text; then the cell "
    "does not end where it should.",
    ("Remove the backslashes, and double the quotes that belong to the text.",),
)
LINE_BREAKS = Entry(
    "tao.line-breaks",
    "“{name}” has cells with line breaks ({count})",
    "TAO can read them. Line numbers in its messages may not fit the lines of the file then.",
    ("Nothing needs to be done.",),
)
ONEROSTER_LINE_BREAKS = Entry(
    "tao.oneroster-line-breaks",
    "“{name}” has cells with line breaks ({count}), which OneRoster does not allow",
    "A server that reads OneRoster files may refuse the file.",
    ("Remove the line breaks from the cells.",),
)
BLANK_CELLS = Entry(
    "tao.blank-cells",
    "{count} cell(s) in “{column}” empty: those values will be deleted on the server",
    "In TAO an empty cell removes the stored value, while a missing column keeps it.",
    (
        "Remove the column from the file if the values shall stay.",
        "Or fill the cells.",
    ),
)
BLANK_KEYS = Entry(
    "tao.blank-keys",
    "“{column}” is empty in some rows ({count})",
    "TAO finds what a row is about by this column, or cannot do without it; rows without it fail.",
    ("Fill the column in every row.",),
)
BLANK_IDS = Entry(
    "tao.blank-ids",
    "“{column}” is empty in some rows ({count})",
    "TAO makes up an id for each such row. Sending the file again then makes the organizations a "
    "second time.",
    ("Fill the column in every row if the file may be sent more than once.",),
)
KEYS_TWICE = Entry(
    "tao.keys-twice",
    "“{column}” has the same value in more than one row ({count})",
    "Both rows are about the same record; which of them counts depends on their order.",
    ("Remove the rows that are too many.",),
)
KEY_SPACES = Entry(
    "tao.key-spaces",
    "Values in “{column}” have spaces around them ({count})",
    "A server that keeps them takes “ann ” for somebody else than “ann”.",
    ("Remove the spaces.",),
)
KEY_BROKEN = Entry(
    "tao.key-broken",
    "Values in “{column}” have spaces in them ({count})",
    "The server allows none there; these rows fail.",
    ("Replace the spaces.",),
)
TOO_LONG = Entry(
    "tao.too-long",
    "Values in “{column}” are longer than 255 bytes ({count})",
    "The server refuses these rows.",
    ("Shorten the values.",),
)
LONG_CELLS = Entry(
    "tao.long-cells",
    "“{column}” has very long cells ({count})",
    "They have more letters than a cell of a spreadsheet can hold. A double quote that is closed "
    "too late is the usual cause.",
    ("Check the quotes near the place that is named.",),
)
GUID = Entry(
    "tao.guid",
    "Values in “{column}” are no OneRoster ids ({count})",
    "OneRoster allows up to 255 letters, digits and . - _ / @ there.",
    ("Export the file again with ids of that form.",),
)
BOOLEAN = Entry(
    "tao.boolean",
    "Values in “{column}” are neither TRUE nor FALSE ({count})",
    "These rows will probably fail.",
    ("Write TRUE or FALSE.",),
)
BOOLEAN_NUMBER = Entry(
    "tao.boolean-number",
    "“{column}” says 1 and 0 instead of TRUE and FALSE ({count})",
    "TAO understands it and mentions it in its result.",
    ("Nothing needs to be done.",),
)
DELETES = Entry(
    "tao.deletes",
    "{count} row(s) will delete a user on the server",
    "In a Simple Roster file “{column}” = false deletes the user with all assignments; it does not "
    "only turn the user off.",
    ("Send the file only if these users are to be deleted.",),
)
DEACTIVATES = Entry(
    "tao.deactivates",
    "{count} row(s) will turn a user off",
    "“{column}” is FALSE there: these users can no longer sign in to TAO.",
    ("Nothing needs to be done if that is what the file is for.",),
)
EMAIL = Entry(
    "tao.email",
    "Values in “{column}” are no e-mail addresses ({count})",
    "These rows may fail, or no message will reach the users.",
    ("Correct the addresses.",),
)
LANGUAGE = Entry(
    "tao.language",
    "Values in “{column}” are no languages ({count})",
    "TAO writes languages like en-US.",
    ("Correct the values.",),
)
EXTERNAL_ID = Entry(
    "tao.external-id",
    "Values in “{column}” are not written as TAO reads them ({count})",
    "It wants names and ids in braces, like {example}.",
    ("Correct the values; in the file the cell is in double quotes and those inside are doubled.",),
)
DATE = Entry(
    "tao.date",
    "Values in “{column}” are no times as TAO writes them ({count})",
    "It writes them like 2026-01-09T08:00:00Z, in UTC and with two digits each.",
    ("Correct the values; spreadsheet programs change them when they show a file.",),
)
ROLE = Entry(
    "tao.role",
    "“{column}” names roles that are not in TAO's guide ({count})",
    "They may be roles of your own server, or mistyped. Several roles are separated by |.",
    ("Compare them with the roles in the TAO Portal.",),
)
WEAK_PASSWORD = Entry(
    "tao.weak-password",
    "Passwords in “{column}” are weaker than TAO allows ({count})",
    "TAO wants eight characters or more, among them a capital letter, a small letter and a special "
    "character. These rows will probably fail.",
    ("Give these users stronger passwords.",),
)
PASSWORDS = Entry(
    "tao.passwords",
    "“{name}” holds passwords that anybody can read",
    "They leave this computer as they are, over a protected connection only. Longshore shows and "
    "keeps none of them.",
    ("Delete the file when the import is done.",),
)
LARGE_FILE = Entry(
    "tao.large-file",
    "“{name}” is larger than TAO usually takes",
    "Servers usually take up to {limit}; this file has {size}.",
    ("If the server refuses it, split the file and repeat the header in each part.",),
)
MANY_ROWS = Entry(
    "tao.many-rows",
    "“{name}” has more rows than TAO usually takes",
    "Servers usually take up to {limit} rows; this file has {count}.",
    ("If the server refuses it, split the file and repeat the header in each part.",),
)
NEEDS_FIRST = Entry(
    "tao.needs-first",
    "“{name}” refers to {kinds} that must be on the server before",
    "No other file of this send brings them. Files that are sent together go in the right order by "
    "themselves.",
    ("If they are not on the server yet, add the file that brings them.",),
)

PROBLEMS: tuple[Entry, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Entry)
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
