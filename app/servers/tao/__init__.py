"""TAO Advance: rostering files by its upload API."""

from __future__ import annotations

from app.core.forms import Choice, Field, FieldKind
from app.servers.api import Family, Mending
from app.servers.tao import mending, problems
from app.servers.tao.batches import batches
from app.servers.tao.extract import failed_records
from app.servers.tao.inspect import inspect
from app.servers.tao.preview import preview
from app.servers.tao.probing import probe
from app.servers.tao.server import connect
from app.servers.tao.sign_in import AUTO
from app.servers.tao.wire import paths, tokens

__all__ = ["FAMILY"]


def _template(key: str, placeholder: str, help: str = "") -> Field:
    return Field(
        key,
        paths.TEMPLATE_LABELS[key],
        required=True,
        placeholder=placeholder,
        help=help,
        shown_if=("paths", (paths.CUSTOM,)),
    )


FAMILY = Family(
    key="tao",
    title="TAO Advance",
    icon="graduation",
    fields=(
        Field(
            # Not an ADDRESS: what people have at hand may lack https:// and have an API path.
            "url",
            "Address of TAO",
            required=True,
            placeholder="https://tao.example.org",
            help="The address in your browser when you are in the TAO Portal. Paths of the API "
            "behind it are left out by themselves.",
        ),
        Field(
            "client_id",
            "Client ID",
            required=True,
            help="Your contact at OAT gives you client ID and client secret.",
        ),
        Field(
            "paths",
            "Paths",
            FieldKind.CHOICE,
            default=paths.ADVANCE,
            choices=(
                Choice(paths.ADVANCE, "Long, as in TAO's guide", "/api/v1/upload/api/v1/upload"),
                Choice(paths.SHORT, "Short", "/api/v1/upload"),
                Choice(paths.CUSTOM, "My own", "Four addresses from your contact at OAT"),
            ),
            help="Of the long and the short paths, the other ones are tried if these are not "
            "there.",
            advanced=True,
        ),
        _template(
            "token_url",
            "{base}/api/v1/upload/v1/oauth2/tokens",
            "{base} stands for the address above; a whole address may lead to another server.",
        ),
        _template("upload_url", "{base}/api/v1/upload/api/v1/upload"),
        _template("status_url", "{base}/api/v1/upload/api/v1/status/{referenceId}"),
        _template("download_url", "{base}/api/v1/upload/api/v1/download/{referenceId}"),
        Field(
            "token_encoding",
            "Form of the sign-in",
            FieldKind.CHOICE,
            default=AUTO,
            choices=(
                Choice(AUTO, "Automatic"),
                Choice(tokens.MULTIPART, "Multipart form"),
                Choice(tokens.URLENCODED, "Usual form"),
                Choice(tokens.JSON, "JSON"),
            ),
            advanced=True,
        ),
    ),
    options=(),
    secret=Field("client_secret", "Client secret", FieldKind.SECRET, required=True),
    takes=(".csv",),
    takes_text="Rostering files of the TAO Portal (.csv): users, groups, organizations, sessions",
    inspect=inspect,
    preview=preview,
    connect=connect,
    probe=probe,
    failed_records=failed_records,
    mending=Mending(mending.heals, mending.copied, mending.doubts),
    holds_passwords=True,
    problems=problems.PROBLEMS,
    batches=batches,
    in_turn=True,
    at_once=1,
    leaves=False,
    counts=(("processed", "processed"), ("failed", "failed")),
)
