"""What is said about every problem and finding, by id: one source for window, command line and
documentation.

An entry's texts are templates with named places (`{name}`); facts fill them after translation.
General entries are here; what only one family of servers can say stands in that family's folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What a person can do about a problem with one press; the advice's first sentence says it."""

    NONE = ""
    RETRY = "retry"
    SIGN_IN = "sign_in"
    SETTINGS = "settings"
    OPTIONS = "options"
    OPEN_ON_SERVER = "open_on_server"
    LOOK_AGAIN = "look_again"
    SAVE_LOG = "save_log"


@dataclass(frozen=True, slots=True)
class Entry:
    """Words for one id: what happened, what it means, and what to do (the first advice is
    `action`)."""

    id: str
    title: str
    meaning: str
    advice: tuple[str, ...]
    action: Action = Action.NONE
    one: str = ""
    """The title where the fact `count` is 1 and the title would read oddly."""

    def title_for(self, facts: Mapping[str, str]) -> str:
        """The template of the title that fits these facts."""
        return self.one if self.one and facts.get("count") == "1" else self.title


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"


def filled(template: str, facts: Mapping[str, str]) -> str:
    """The template with its places filled; a fact nobody gave shows as a dash."""
    return template.format_map(_Facts(facts))


FILE_MISSING = Entry(
    "file.missing",
    "The file “{name}” is no longer there",
    "It was moved, renamed or deleted after it was added, or it was never there under this name.",
    ("Put the file back or add it from its new place, then try again.",),
    Action.RETRY,
)
FILE_UNREADABLE = Entry(
    "file.unreadable",
    "The file “{name}” cannot be read",
    "This computer refused to open it: {reason}.",
    (
        "Check that you may read the file and that no other program has locked it, then try again.",
        "If it is on a network drive, check that the drive is connected.",
    ),
    Action.RETRY,
)
FILE_CHANGED = Entry(
    "file.changed",
    "The file “{name}” changed while it was being sent",
    "Its size or time of last change is not what it was when you added it, so sending was stopped "
    "before the server could take a half-changed file for a whole one.",
    ("Wait until the other program has finished with the file, then try again.",),
    Action.RETRY,
)
FILE_NOT_AS_ADDED = Entry(
    "file.not-as-added",
    "The file “{name}” is not as it was when it was added",
    "Its size or time of last change is another one now, so it may hold something else.",
    ("Choose the file that is to be sent; it can be this one.",),
)
FILE_LOCKED = Entry(
    "file.locked",
    "The file “{name}” is in use by another program",
    "That program has locked it, so it cannot be read just now.",
    ("Close the file in the other program, then try again.",),
    Action.RETRY,
)
FILE_OUT_OF_REACH = Entry(
    "file.out-of-reach",
    "The drive with “{name}” does not answer",
    "It was disconnected, or it stopped while the file was being read: {reason}.",
    ("Connect the drive again, then try again.",),
    Action.RETRY,
)
FILE_ANOTHER = Entry(
    "file.another",
    "“{found}” is not the same file as “{name}”",
    "A part of “{name}” may be on the server already, and only the very same contents may follow "
    "it: {difference}.",
    (
        "Choose the file that was added, also from a copy or a backup of it.",
        "Or cancel this upload and add the other file as a new one.",
    ),
)
FILE_EMPTY = Entry(
    "file.empty",
    "The file “{name}” is empty",
    "It holds no bytes, so there is nothing a server could process.",
    ("Export the file again and add the new one.",),
)
FILE_NOT_A_FILE = Entry(
    "file.not-a-file",
    "“{name}” is not a file that can be sent",
    "It is a folder, a device or a broken link.",
    ("Add the file itself.",),
)
FILE_NOT_LOCAL = Entry(
    "file.not-local",
    "Nothing here could be added",
    "What you dropped is not a file on this computer: it may be an attachment or an item "
    "inside a zip.",
    ("Save it to disk first, then drop it.",),
)
FILE_CHANGED_SINCE = Entry(
    "file.changed-since",
    "The file “{name}” has changed since it was sent",
    "It no longer holds the bytes the server got, so what the server said about it may not fit it "
    "any more.",
    ("Put the file back as it was, or add the changed one to the list as a new file.",),
)
FILE_CHANGED_SINCE_LOOK = Entry(
    "file.changed-since-look",
    "The file “{name}” has changed since it was looked into",
    "What was found in it may not fit it any more.",
    ("Add the file to the list again.",),
)
COPY_IS_ORIGINAL = Entry(
    "file.copy-is-original",
    "“{name}” itself is never changed",
    "A corrected copy needs a name or a folder of its own.",
    ("Choose another name for the copy.",),
)
FILE_ALREADY_SENT = Entry(
    "file.already-sent",
    "These bytes were sent to {server} on {when} already",
    "The history has them as “{sent}”; it ended so: {result}.",
    ("Send it again only if that is what you want.",),
)
RECORDS_NOT_FOUND = Entry(
    "records.not-found",
    "Not every failed record was found in “{name}”",
    "The numbers the server gave do not fit the file, so the records they mean are not known for "
    "certain, and nothing was saved.",
    ("Save the list of failed records instead, and look for them by title or identifier.",),
)
RECORDS_UNKNOWN = Entry(
    "records.unknown",
    "The server did not say which records of “{name}” failed",
    "It counted them but gave no numbers, so they cannot be taken out of the file.",
    ("Look at the log of the job on the server.",),
    Action.OPEN_ON_SERVER,
)

FILE_TOO_LARGE_BEFORE = Entry(
    "file.too-large-before",
    "“{name}” may be too large for {server}",
    "It has {size}. “{sent}” with {refused} was refused there because of its size on {when}, and "
    "nothing as large has arrived since.",
    (
        "Ask the people who run the server whether its proxy allows more by now.",
        "Or split the file and send its parts.",
    ),
)

NAME_UNKNOWN = Entry(
    "connection.name-unknown",
    "The server “{host}” cannot be found",
    "No address is known for this name: it may be misspelled, or this computer is not on the "
    "right network (some servers need a VPN).",
    (
        "Check the address in the destination's settings.",
        "Check the network connection or the VPN.",
    ),
    Action.SETTINGS,
)
CONNECTION_REFUSED = Entry(
    "connection.refused",
    "The server “{host}” does not accept connections",
    "The computer answered, but nothing listens at port {port}: the service may be stopped, or the "
    "address may have the wrong port.",
    ("Try again later.", "Check the port in the destination's address."),
    Action.RETRY,
)
CONNECTION_SLOW = Entry(
    "connection.no-answer",
    "The server “{host}” does not answer",
    "No connection came about in {seconds} seconds. A firewall may be in the way, or the "
    "server is down.",
    ("Check the network connection or the VPN.", "Try again later."),
    Action.RETRY,
)
CONNECTION_UNREACHABLE = Entry(
    "connection.unreachable",
    "The server “{host}” cannot be reached",
    "This computer found no way to it: {reason}.",
    ("Check the network connection or the VPN.",),
    Action.RETRY,
)
CONNECTION_CUT = Entry(
    "connection.cut",
    "The connection to “{host}” broke off",
    "It was closed before the server's answer was complete.",
    ("Try again.", "If it keeps happening, ask whether a proxy limits size or time of uploads."),
    Action.RETRY,
)
SERVER_SILENT = Entry(
    "connection.silent",
    "The server “{host}” stopped answering",
    "It gave no reply within {seconds} seconds.",
    ("Try again later.",),
    Action.RETRY,
)
ADDRESS_INVALID = Entry(
    "connection.address",
    "“{address}” is not a web address that can be used",
    "An address looks like https://folio.example.org.",
    ("Correct the address in the destination's settings.",),
    Action.SETTINGS,
)
INSECURE_ADDRESS = Entry(
    "connection.insecure",
    "The address “{host}” would send your password in the clear",
    "It begins with http:// and is not on this computer, so anyone on the way could read "
    "what is sent.",
    (
        "Use the server's https:// address.",
        "If you know that this network is safe, allow plain http in the destination's settings.",
    ),
    Action.SETTINGS,
)

CERTIFICATE_UNTRUSTED = Entry(
    "trust.certificate",
    "The identity of “{host}” could not be confirmed",
    "Its certificate was not issued by an authority this computer trusts ({reason}). "
    "Nothing was sent.",
    (
        "If your organisation has its own authority, choose its CA file in the "
        "destination's settings.",
        "Otherwise tell the people who run the server.",
    ),
    Action.SETTINGS,
)
CERTIFICATE_EXPIRED = Entry(
    "trust.expired",
    "The certificate of “{host}” has expired",
    "The server proves its identity with a certificate that is out of date, or this "
    "computer's clock "
    "is wrong. Nothing was sent.",
    ("Check the date and time of this computer.", "Tell the people who run the server."),
    Action.SETTINGS,
)
CERTIFICATE_NAME = Entry(
    "trust.name",
    "The certificate shown by “{host}” belongs to another name",
    "The server is not the one the address names, or the address is not its official name. "
    "Nothing was sent.",
    ("Check the address in the destination's settings.",),
    Action.SETTINGS,
)
TLS_FAILED = Entry(
    "trust.tls",
    "No secure connection to “{host}” could be made",
    "The server or a proxy between does not speak https in a way this computer accepts ({reason}).",
    (
        "Check that the address begins with the right one of http:// and https:// and has "
        "the right port.",
    ),
    Action.SETTINGS,
)
CA_FILE_UNREADABLE = Entry(
    "trust.ca-file",
    "The certificate file “{name}” cannot be used",
    "It could not be read as certificates in PEM form: {reason}.",
    ("Choose another file in the destination's settings.",),
    Action.SETTINGS,
)
PROXY_SIGN_IN = Entry(
    "trust.proxy-sign-in",
    "The proxy “{host}” asks for a sign-in",
    "It did not accept the connection without the right name and password.",
    ("Put the proxy's user and password into its address in the destination's settings.",),
    Action.SETTINGS,
)
PROXY_FAILED = Entry(
    "trust.proxy",
    "The proxy “{host}” did not pass the connection on",
    "It answered: {reason}.",
    ("Check the proxy in the destination's settings.", "Ask whether the proxy allows this server."),
    Action.SETTINGS,
)

SIGN_IN_REFUSED = Entry(
    "sign-in.refused",
    "The server did not accept the user name or the password",
    "It is not tried again by itself, because some servers lock an account after a few "
    "wrong tries.",
    (
        "Enter the password again.",
        "If it is right, the account may be locked: ask the people who run the server.",
    ),
    Action.SIGN_IN,
)
SIGN_IN_ENDED = Entry(
    "sign-in.ended",
    "The sign-in has ended",
    "The server no longer accepts it, and a new one could not be had.",
    ("Sign in again.",),
    Action.SIGN_IN,
)
SIGN_IN_NO_SECRET = Entry(
    "sign-in.no-secret",
    "No password is known for “{name}”",
    "The keyring of this computer has none, or it is locked.",
    ("Enter the password.",),
    Action.SIGN_IN,
)

FORBIDDEN = Entry(
    "refused.forbidden",
    "You may not do this on the server",
    "The server knows you but does not allow: {what}. A firewall in front of it can "
    "answer the same.",
    ("Ask the people who run the server for the right to do it.",),
)
NOT_FOUND = Entry(
    "refused.not-found",
    "The server does not know what was asked for",
    "It answered “not found” to: {what}.",
    ("Check the address in the destination's settings.", "Try again."),
    Action.SETTINGS,
)
TOO_LARGE = Entry(
    "refused.too-large",
    "The server refused the file because of its size",
    "Something on the way allows only smaller files; this one has {size}.",
    (
        "Ask the people who run the server to raise the limit of its proxy.",
        "Or split the file and send its parts.",
    ),
)
REFUSED = Entry(
    "refused.other",
    "The server refused the request",
    "It answered {status}: {reason}",
    ("Read the server's words under “Technical details”, mend the cause and try again.",),
)
NOT_THE_SERVER = Entry(
    "refused.web-page",
    "A web page answered instead of the server",
    "The address leads to a web page, a sign-in portal or a proxy's message, not to the "
    "programming "
    "interface that uploads need.",
    (
        "Ask the people who run the server for the address of its API, and enter that.",
        "If you are on a guest network, open a browser and sign in to the network first.",
    ),
    Action.SETTINGS,
)

BUSY = Entry(
    "busy",
    "The server is busy",
    "It asks to be left alone for a while ({status}).",
    ("Wait; it is tried again by itself.",),
    Action.RETRY,
)
SERVER_FAULT = Entry(
    "server.fault",
    "The server had an error of its own",
    "It answered {status}. This is not caused by your file or your settings.",
    (
        "Try again later.",
        "If it stays, send the technical details to the people who run the server.",
    ),
    Action.RETRY,
)
SERVER_NONSENSE = Entry(
    "server.nonsense",
    "The server's answer made no sense",
    "It was not what such a server answers to: {what}.",
    (
        "Try again later.",
        "If it stays, send the technical details to the people who run the server.",
    ),
    Action.RETRY,
)
SERVER_FULL = Entry(
    "server.full",
    "The server has no room left",
    "It said that it cannot store the file.",
    ("Tell the people who run the server, and try again when there is room.",),
    Action.RETRY,
)

REPLY_LOST = Entry(
    "uncertain.reply-lost",
    "The server may already have “{name}”",
    "The connection broke after the last byte, before the server's answer came, and the "
    "server offers "
    "no way to ask. Sending again could process the file twice.",
    (
        "Look on the server whether the file has arrived.",
        "Send it again only if it has not.",
    ),
    Action.LOOK_AGAIN,
)
JOB_FAILED = Entry(
    "job.failed",
    "The server could not process the file",
    "It arrived whole, but the server's own work on it failed: {reason}",
    ("Open the job on the server to see its log.",),
    Action.OPEN_ON_SERVER,
)
JOB_GONE = Entry(
    "job.gone",
    "The job is no longer on the server",
    "Its log was deleted there, so its result cannot be shown.",
    ("Look on the server whether the records were loaded.",),
    Action.OPEN_ON_SERVER,
)
DEFECT = Entry(
    "defect",
    "Something went wrong inside Longshore",
    "This is a mistake of the program, not of yours or of the server ({reason}).",
    ("Save the log and send it to the people who make Longshore.", "Try again."),
    Action.SAVE_LOG,
)
STOPPED_EARLIER = Entry(
    "stopped.earlier-file",
    "“{name}” waits for another file",
    "A file that must be processed before it did not end well.",
    ("Mend the other file first, then try this one again.",),
    Action.RETRY,
)

GENERAL: tuple[Entry, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Entry)
)
