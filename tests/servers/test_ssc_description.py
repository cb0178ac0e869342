"""Every request to SSC against the vendor's own description of its API, where there is a copy.

`LONGSHORE_SSC_DESCRIPTION` names it: the `spec.json` any SSC server gives at `api/v1/spec.json`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.core.destinations import Secret
from app.servers.address import Params
from app.servers.ssc.wire import artifacts, envelope, jobs, tokens, transfer, versions
from tests.wire.ssc.test_artifacts import JOB_STATES, STATES

JOB = "JOB_ARTIFACTUPLOAD$f640bef6"
PAGE = envelope.page_of(0, 200)
SEARCH = (*versions.searching("shop"), ("fields", versions.VERSION_FIELDS), *PAGE)

Request = tuple[str, str, Params, Any]

REQUESTS: Mapping[str, Request] = {
    "sign in": ("POST", tokens.TOKENS, (), tokens.creation(1e9)),
    "sign out": ("POST", tokens.REVOKE, (), tokens.revocation(Secret("x"))),
    "who": ("POST", tokens.SESSION_INFO, (), ""),
    "until when": ("POST", tokens.TOKEN_DATA, (), {}),
    "applications": (
        "GET",
        versions.APPLICATIONS,
        (*versions.searching("shop"), ("fields", versions.APPLICATION_FIELDS), *PAGE),
        None,
    ),
    "versions": ("GET", versions.VERSIONS, SEARCH, None),
    "versions of one": ("GET", versions.versions_path(1), SEARCH, None),
    "version": ("GET", versions.version_path(1), (("fields", versions.VERSION_FIELDS),), None),
    "engines": ("GET", versions.ENGINES, (), None),
    "issues": ("GET", versions.issue_groups_path(1), versions.BY_FOLDER, None),
    "history": ("GET", artifacts.history_path(1), (*PAGE, *artifacts.WITH_SCANS), None),
    "upload": ("POST", artifacts.history_path(1), (("engineType", "SAMPLE"),), None),
    "artifact": ("GET", artifacts.artifact_path(5), artifacts.WITH_SCANS, None),
    "scan errors": ("GET", artifacts.errors_path(5), PAGE, None),
    "approve": ("POST", artifacts.APPROVE, (), artifacts.approval(5, "fine")),
    "file token": ("POST", transfer.FILE_TOKENS, (), transfer.request()),
    "job": ("GET", jobs.job_path(JOB), (), None),
    "jobs": ("GET", jobs.JOBS, PAGE, None),
    "stop": ("POST", jobs.CANCEL, (), jobs.cancellation(JOB)),
}


@pytest.fixture(scope="module")
def description() -> Mapping[str, Any]:
    path = os.environ.get("LONGSHORE_SSC_DESCRIPTION", "")
    if not path or not Path(path).is_file():
        pytest.skip("no description of the API here")
    found: Mapping[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    if "openapi" not in found:
        pytest.skip("a description from before OpenAPI 3")
    return found


def operation(description: Mapping[str, Any], method: str, path: str) -> Mapping[str, Any]:
    wanted = "/" + path.removeprefix(f"{envelope.API}/")
    for template, operations in description["paths"].items():
        shape = re.sub(r"\{\w+\}", "[^/]+", template)
        if re.fullmatch(shape, wanted) and method.lower() in operations:
            found: Mapping[str, Any] = operations[method.lower()]
            return found
    raise AssertionError(f"the server has no {method} {wanted}")


def schema(description: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in given:
        given = description["components"]["schemas"][given["$ref"].rpartition("/")[2]]
    return given


def fits(description: Mapping[str, Any], value: Any, given: Mapping[str, Any]) -> None:
    kind = schema(description, given)
    match kind.get("type"):
        case "object":
            known = kind.get("properties", {})
            assert isinstance(value, dict)
            assert set(kind.get("required", ())) <= value.keys() <= set(known)
            for name, inner in value.items():
                fits(description, inner, known[name])
        case "array":
            assert isinstance(value, list)
            for one in value:
                fits(description, one, kind["items"])
        case "string":
            assert isinstance(value, str)
            assert value in kind.get("enum", [value])
        case "integer":
            assert isinstance(value, int)


@pytest.mark.parametrize("name", REQUESTS)
def test_the_request_is_as_described(description: Mapping[str, Any], name: str) -> None:
    method, path, params, body = REQUESTS[name]
    found = operation(description, method, path)
    asked = {key for key, _ in params}  # type: ignore[misc]
    known = {one["name"]: one for one in found.get("parameters", ()) if one["in"] == "query"}
    assert asked <= known.keys()
    assert {key for key, one in known.items() if one.get("required")} <= asked
    content = found.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        assert content["multipart/form-data"]["schema"]["required"] == ["file"]
    elif content:
        fits(description, body, content["application/json"]["schema"])
    else:
        assert body is None


FIELDS = {
    "Artifact": [
        *("id", "projectVersionId", "originalFileName", "fileSize", "status", "messages"),
        *("userName", "uploadDate", "scanErrorsCount", "allowApprove", "approvalDate"),
        *("approvalUsername", "scaStatus", "webInspectStatus", "runtimeStatus", "otherStatus"),
        "_embed",
    ],
    "Scan": [
        *("guid", "type", "engineVersion", "buildId", "certification", "noOfFiles"),
        *("totalLOC", "execLOC"),
    ],
    "ScanError": ["errorCode", "errorDescription"],
    "Job": [
        *("jobName", "state", "jobClass", "jobData", "artifactName", "userName"),
        *("projectVersionId", "cancellable", "createTime", "startTime", "finishTime"),
    ],
    "ProjectVersion": ["id", "name", "project", "currentState", "active", "committed", "status"],
    "ProjectVersionState": ["analysisUploadEnabled"],
    "PvIssueGroup": ["id", "cleanName", "visibleCount", "totalCount"],
    "EngineType": ["name"],
    "AuthToken": ["token", "terminalDate"],
    "FileToken": ["token"],
    "UserSessionInfo": ["username", "webappVersion"],
}


@pytest.mark.parametrize("kind", FIELDS)
def test_what_is_read_is_what_is_described(description: Mapping[str, Any], kind: str) -> None:
    known = description["components"]["schemas"][kind]["properties"]
    assert set(FIELDS[kind]) <= known.keys()


def test_every_described_state_is_known(description: Mapping[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    assert set(schemas["Artifact"]["properties"]["status"]["enum"]) <= STATES.keys()
    assert set(schemas["Job"]["properties"]["state"]["enum"]) <= JOB_STATES.keys()
