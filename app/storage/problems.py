"""What can go wrong with saved things on this computer: their files and the keyring."""

from __future__ import annotations

from app.core.catalogue import Action, Entry
from app.core.problems import Problem, SignInProblem

FILE_DAMAGED = Entry(
    "storage.damaged",
    "The file “{name}” could not be understood and was set aside",
    "It is damaged ({reason}), so Longshore began with an empty one. The damaged file was kept as "
    "“{kept}”.",
    ("Enter the settings again, or mend the kept file and put it back while Longshore is closed.",),
)
ENTRY_DAMAGED = Entry(
    "storage.entry-damaged",
    "A part of the file “{name}” could not be understood",
    "{what} is not what Longshore expects there, so it is not used. It was left in the file.",
    ("Mend the file with a text editor while Longshore is closed, or enter the settings again.",),
)
FILE_UNREADABLE = Entry(
    "storage.unreadable",
    "The file “{name}” cannot be read",
    "This computer refused to open it: {reason}.",
    ("Check that the file and its folder belong to you.",),
)
FILE_UNWRITABLE = Entry(
    "storage.unwritable",
    "The file “{name}” cannot be saved",
    "This computer refused to write it: {reason}. What was saved before is unchanged.",
    ("Check that there is room on the disk and that you may write to the folder “{folder}”.",),
)
FOLDER_UNWRITABLE = Entry(
    "storage.folder",
    "The folder “{folder}” cannot be used",
    "Settings and logs belong there, but this computer refused to make it: {reason}.",
    ("Check that you may write there, or name another folder in LONGSHORE_HOME.",),
)
JOURNAL_DAMAGED = Entry(
    "journal.damaged",
    "The journal of unfinished uploads was damaged and set aside",
    "It could not be read ({reason}), so Longshore began a new one. The damaged file was kept as "
    "“{kept}”. Uploads that were unfinished are no longer in the list.",
    ("Look on your servers which of the files sent last have arrived, and send the others again.",),
)
JOURNAL_NEWER = Entry(
    "journal.newer",
    "The journal was written by a newer Longshore",
    "This version cannot read it and leaves it as it is.",
    ("Use the newer version, or update this one.",),
)
JOURNAL_UNWRITABLE = Entry(
    "journal.unwritable",
    "The journal of unfinished uploads cannot be written",
    "This computer refused it: {reason}. Nothing is sent that could not be written down before, so "
    "that no file is ever sent twice. What was written before is unchanged.",
    (
        "Make room on the disk, or check that you may write to the folder “{folder}”; then try "
        "again.",
    ),
    Action.RETRY,
)
HISTORY_DAMAGED = Entry(
    "history.damaged",
    "The history was damaged and set aside",
    "It could not be read ({reason}), so Longshore began a new one. The damaged file was kept as "
    "“{kept}”. Uploads are sent and followed as before.",
    ("Look on your servers for what you sent earlier; from now on the history is kept again.",),
)
HISTORY_NEWER = Entry(
    "history.newer",
    "The history was written by a newer Longshore",
    "This version cannot read it and leaves it as it is; what ends now is not added to it.",
    ("Use the newer version, or update this one.",),
)
HISTORY_UNWRITABLE = Entry(
    "history.unwritable",
    "The history cannot be written",
    "This computer refused it: {reason}. Uploads go on; what ends now is added to the history once "
    "it can be written again.",
    ("Make room on the disk, or check that you may write to the folder “{folder}”.",),
)
HISTORY_UNREADABLE = Entry(
    "history.unreadable",
    "The history cannot be read",
    "This computer refused it: {reason}.",
    ("Check that you may read the folder “{folder}”, then try again.",),
    Action.RETRY,
)
NAME_MISSING = Entry(
    "destination.name-missing",
    "The destination has no name",
    "Each saved server needs a name of its own, on one line.",
    ("Enter a name, such as the name of the library.",),
    Action.SETTINGS,
)
NAME_TAKEN = Entry(
    "destination.name-taken",
    "There is already a destination named “{name}”",
    "Names must differ in more than upper and lower case, so that each one means one server.",
    ("Choose another name.",),
    Action.SETTINGS,
)
DESTINATION_UNKNOWN = Entry(
    "destination.unknown",
    "There is no destination named “{name}”",
    "It was never saved on this computer, or it was removed.",
    ("Check the name in the list of destinations.",),
    Action.SETTINGS,
)
PASSWORD_IN_ADDRESS = Entry(
    "destination.password-in-address",
    "The setting “{key}” must not hold a password",
    "Addresses are saved in a readable file; a password in one could be read there by others.",
    ("Take the part before the @ out of the address and enter the password in its own field.",),
    Action.SETTINGS,
)
KEYRING_SILENT = Entry(
    "keyring.silent",
    "The keyring of this computer does not answer",
    "Nothing came back within {seconds} seconds. It may be locked and waiting for its own "
    "password, in a window that is hidden behind others.",
    ("Unlock the keyring, then try again.", "Or enter the password for this run."),
    Action.SIGN_IN,
)
KEYRING_LOCKED = Entry(
    "keyring.locked",
    "The keyring of this computer is locked",
    "It was not unlocked when it asked, so the password in it cannot be had.",
    ("Try again and unlock the keyring when it asks.", "Or enter the password for this run."),
    Action.SIGN_IN,
)
KEYRING_FAILED = Entry(
    "keyring.failed",
    "The keyring of this computer did not do what was asked",
    "It answered: {reason}.",
    ("Enter the password for this run.", "Check the keyring with the system's own program for it."),
    Action.SIGN_IN,
)

ENTRIES: tuple[Entry, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Entry)
)


class StorageProblem(Problem):
    """Something saved on this computer: a file of settings, or what was asked of it."""

    kind = "storage"


class KeyringProblem(SignInProblem):
    """The keyring holds the secret back; like a missing secret, only the person can help."""
