"""What can be found in the cells of a rostering file, in words for the person."""

from __future__ import annotations

from app.core.catalogue import Entry

BLANK_CELLS = Entry(
    "tao.blank-cells",
    "{count} cells in “{column}” are empty: those values will be deleted on the server",
    "In TAO an empty cell removes the stored value, while a missing column keeps it.",
    (
        "Remove the column from the file if the values shall stay.",
        "Or fill the cells.",
    ),
    one="A cell in “{column}” is empty: that value will be deleted on the server",
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
    "{count} rows will delete a user on the server",
    "In a Simple Roster file “{column}” = false deletes the user with all assignments; it does not "
    "only turn the user off.",
    ("Send the file only if these users are to be deleted.",),
    one="One row will delete a user on the server",
)
DEACTIVATES = Entry(
    "tao.deactivates",
    "{count} rows will turn a user off",
    "“{column}” is FALSE there: these users can no longer sign in to TAO.",
    ("Nothing needs to be done if that is what the file is for.",),
    one="One row will turn a user off",
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

ENTRIES: tuple[Entry, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Entry)
)
