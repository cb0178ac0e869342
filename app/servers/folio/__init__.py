"""FOLIO Data Import, on Okapi and on Eureka."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.forms import Choice, Field, FieldKind
from app.servers.api import Family
from app.servers.folio import findings, problems
from app.servers.folio.batches import batches as _batches
from app.servers.folio.extract import failed_records
from app.servers.folio.inspect import glance as _glance
from app.servers.folio.inspect import inspect as _inspect
from app.servers.folio.preview import preview as _preview
from app.servers.folio.probing import probe
from app.servers.folio.server import connect
from app.servers.folio.tenant import DATA_TYPES, RECORD_TYPES

__all__ = ["FAMILY"]


def _suggested(facts: Mapping[str, str]) -> Mapping[str, str]:
    offered = {choice.value for choice in RECORD_TYPES}
    suggested = {"data_type": facts.get("data_type", "")}
    if facts.get("record_type") in offered:
        suggested["record_type"] = facts["record_type"]
    return {key: value for key, value in suggested.items() if value}


FAMILY = Family(
    key="folio",
    title="FOLIO Data Import",
    icon="library",
    fields=(
        Field(
            "url",
            "Address of the FOLIO API",
            FieldKind.ADDRESS,
            required=True,
            placeholder="https://okapi.example.org",
            help="The Okapi or Kong address, which is often not that of the web page. "
            "The people who run FOLIO know it.",
        ),
        Field(
            "tenant",
            "Tenant",
            required=True,
            placeholder="diku",
            help="The short name of your library inside the FOLIO system.",
        ),
        Field("username", "User name", required=True),
        Field(
            "auth",
            "Sign-in",
            FieldKind.CHOICE,
            default="auto",
            choices=(
                Choice("auto", "Automatic"),
                Choice("expiry", "With expiring tokens"),
                Choice("legacy", "Old, with a token that does not expire"),
            ),
            advanced=True,
        ),
        Field(
            "web",
            "Address of the FOLIO web page",
            FieldKind.ADDRESS,
            placeholder="https://folio.example.org",
            help="For links to the log of an import. Empty: no links.",
            advanced=True,
        ),
    ),
    options=(
        Field(
            "job_profile",
            "Job profile",
            FieldKind.CHOICE,
            required=True,
            depends=("data_type", "record_type"),
            search=True,
            help="What FOLIO does with each record.",
        ),
        Field(
            "data_type",
            "Kind of data",
            FieldKind.CHOICE,
            choices=DATA_TYPES,
            help="Which job profiles are offered.",
        ),
        Field(
            "record_type",
            "Kind of records",
            FieldKind.CHOICE,
            choices=RECORD_TYPES,
            help="Which job profiles come first.",
            advanced=True,
        ),
    ),
    secret=Field("password", "Password", FieldKind.SECRET, required=True),
    takes=(".mrc", ".marc", ".xml", ".edi", ".inv", ".dat", ".ord", ".json"),
    takes_text="MARC records (.mrc, .marc, .xml) and EDIFACT invoices (.edi, .inv)",
    inspect=_inspect,
    glance=_glance,
    preview=_preview,
    connect=connect,
    probe=probe,
    failed_records=failed_records,
    problems=(*problems.PROBLEMS, *findings.FINDINGS),
    batches=_batches,
    resumes=True,
    at_once=3,
    suggest=_suggested,
    counts=(
        ("created", "created"),
        ("updated", "updated"),
        ("discarded", "not changed"),
        ("deleted", "deleted"),
        ("failed", "failed"),
    ),
)
