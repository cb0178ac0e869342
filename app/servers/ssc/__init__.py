"""Fortify Software Security Center (SSC)."""

from __future__ import annotations

from app.core.forms import Choice, Field, FieldKind
from app.servers.api import Family
from app.servers.ssc import problems
from app.servers.ssc.inspect import inspect
from app.servers.ssc.preview import preview
from app.servers.ssc.probing import probe
from app.servers.ssc.server import connect
from app.servers.ssc.sign_in import PASSWORD, TOKEN
from app.servers.ssc.targets import NO_ENGINE
from app.servers.ssc.tickets import REST
from app.servers.ssc.tickets import TOKEN as WITH_TOKEN

__all__ = ["FAMILY"]

_NO_ID = ("version_id", ("",))

FAMILY = Family(
    key="ssc",
    title="Fortify SSC",
    icon="shield",
    fields=(
        Field(
            "url",
            "Address of SSC",
            FieldKind.ADDRESS,
            required=True,
            placeholder="https://ssc.example.org/ssc",
            help="As the browser shows it when SSC is open, up to and including “/ssc”.",
        ),
        Field(
            "auth",
            "Sign-in",
            FieldKind.CHOICE,
            required=True,
            default=TOKEN,
            choices=(
                Choice(TOKEN, "Token", "From SSC: Administration, Users, Token Management."),
                Choice(PASSWORD, "User name and password", "Not with single sign-on."),
            ),
        ),
        Field("username", "User name", required=True, shown_if=("auth", (PASSWORD,))),
    ),
    options=(
        Field(
            "application",
            "Application",
            FieldKind.CHOICE,
            required=True,
            search=True,
            shown_if=_NO_ID,
        ),
        Field(
            "version",
            "Version",
            FieldKind.CHOICE,
            required=True,
            depends=("application",),
            search=True,
            shown_if=_NO_ID,
            help="The application version the results belong to.",
        ),
        Field(
            "engine",
            "Engine",
            FieldKind.CHOICE,
            default=NO_ENGINE,
            advanced=True,
            help="Only for results of other tools that do not say which tool made them.",
        ),
        Field(
            "approve",
            "Approve by itself",
            FieldKind.CHOICE,
            default="no",
            choices=(
                Choice("no", "No", "Somebody reads the server's reasons and decides."),
                Choice("yes", "Yes, once", "If SSC asks for an approval and you may give it."),
            ),
            advanced=True,
        ),
        Field(
            "upload",
            "Way to upload",
            FieldKind.CHOICE,
            default=REST,
            choices=(
                Choice(REST, "Automatic", "The newer way, and the older one where it is missing."),
                Choice(WITH_TOKEN, "With a token for each file", "The older way."),
            ),
            advanced=True,
        ),
        Field(
            "version_id",
            "Number of the application version",
            advanced=True,
            help="Instead of application and version, if you know it.",
        ),
    ),
    secret=Field(
        "secret",
        "Token or password",
        FieldKind.SECRET,
        required=True,
        help="Either form of a token can be pasted: with dashes, or the 48 letters and digits.",
    ),
    takes=(".fpr", ".zip"),
    takes_text="Scan results: .fpr files, and .zip files of other tools",
    inspect=inspect,
    preview=preview,
    connect=connect,
    probe=probe,
    problems=problems.PROBLEMS,
    at_once=2,
    leaves=False,
    counts=(
        ("critical", "critical"),
        ("high", "high"),
        ("medium", "medium"),
        ("low", "low"),
        ("files", "files"),
        ("lines", "lines of code"),
        ("scan_errors", "scan errors"),
    ),
)
