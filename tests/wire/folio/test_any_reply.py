"""No reply, however odd, makes a reader raise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.servers.folio.wire import definitions, errors, jobs, logs, profiles, tokens
from app.servers.reply import Reply

NAMES = st.sampled_from(
    [
        *("id", "status", "fileDefinitions", "uploadDefinitions", "metadata", "uploadedDate"),
        *("jobExecutions", "progress", "compositeDetails", "errorState", "chunksCount", "hrId"),
        *("entries", "sourceRecordOrder", "error", "relatedInstanceInfo", "hridList", "errors"),
        *("instanceSummary", "totalErrors", "jobProfiles", "tags", "tagList", "fileExtensions"),
        *("message", "code", "splitStatus", "url", "key", "uploadId", "accessTokenExpiration"),
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(
        ["NEW", "ERROR", "COMMITTED", "COMPOSITE_PARENT", "2026-03-02T09:15:00Z", "11"]
    )
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)
READERS = [
    definitions.read_definition,
    definitions.read_definitions,
    definitions.read_split_status,
    definitions.read_upload_url,
    jobs.read_job,
    jobs.read_jobs,
    logs.read_summary,
    logs.read_failures,
    profiles.read_profile,
    profiles.read_profiles,
    profiles.read_extensions,
    profiles.read_data_types,
]


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
@settings(max_examples=60, deadline=None)
@given(body=ANYTHING)
def test_readers_take_anything(read: Any, body: Any) -> None:
    read(body)
    read({**body, "id": "x"} if isinstance(body, dict) else body)


@settings(max_examples=60, deadline=None)
@given(body=ANYTHING)
def test_every_job_has_a_verdict(body: Any) -> None:
    job = jobs.read_job({**body, "id": "x"} if isinstance(body, dict) else {"id": "x"})
    assert job is not None
    verdict = jobs.verdict(job)
    assert verdict.done is None or verdict.total is None or verdict.done <= verdict.total


@settings(max_examples=60, deadline=None)
@given(status=st.integers(400, 599), body=st.binary(max_size=60) | ANYTHING.map(json.dumps))
def test_every_refusal_is_explained_or_left(status: int, body: bytes | str) -> None:
    content = body if isinstance(body, bytes) else body.encode()
    reply = Reply("POST", "https://x/data-import/uploadDefinitions", status, (), content)
    errors.explanation(reply, "diku")
    errors.files_refused(reply, ["a.mrc"])
    errors.permission(reply)


@settings(max_examples=60, deadline=None)
@given(cookies=st.lists(st.text(max_size=60), max_size=4), date=st.text(max_size=30), body=ANYTHING)
def test_every_sign_in_reply_is_read(cookies: list[str], date: str, body: Any) -> None:
    tokens.read_tokens([*cookies, f"folioAccessToken=a;{date}"], "", date, body)
    tokens.claims(date)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_every_message_is_one_line(said: str) -> None:
    line, _ = logs.message(said)
    assert len(line.splitlines()) <= 1
