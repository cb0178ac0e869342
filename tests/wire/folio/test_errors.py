"""Refusals of every shape and what they mean."""

import json
from typing import Any

import pytest

from app.core.problems import (
    FilesRefused,
    Forbidden,
    Problem,
    Refused,
    ServerFault,
    SignInProblem,
    TokenRefused,
)
from app.servers.folio.wire import errors
from app.servers.reply import Reply

BASE = "https://folio.example.org/okapi"
UPLOADS = f"{BASE}/data-import/uploadDefinitions"


def reply(
    status: int, body: Any = "", *, method: str = "GET", url: str = f"{BASE}/data-import/x"
) -> Reply:
    text = body if isinstance(body, str) else json.dumps(body)
    return Reply(method, url, status, (), text.encode())


def shape_b(*errors: dict[str, Any]) -> dict[str, Any]:
    return {"errors": list(errors), "total_records": len(errors)}


def test_every_shape_of_error_body_is_read() -> None:
    assert errors.said(b"Upload Definition with id '5d' not found") == [
        errors.Said("Upload Definition with id '5d' not found")
    ]
    body = json.dumps(shape_b({"message": "must not be null", "code": "NotNull"})).encode()
    assert errors.said(body) == [errors.Said("must not be null", "NotNull")]
    assert errors.said(b'{"message":"no Route matched with those values"}') == [
        errors.Said("no Route matched with those values")
    ]
    assert errors.said(b"") == []
    assert errors.said(b"<html>413</html>") == []
    assert errors.said(b"<Error><Code>NoSuchUpload</Code></Error>") == []
    assert errors.said(b'{"errors": "odd"}') == []
    assert errors.said(b"{broken") == [errors.Said("{broken")]


@pytest.mark.parametrize(
    ("answer", "kind", "id"),
    [
        (reply(401, "Invalid token"), TokenRefused, "sign-in.ended"),
        (
            reply(400, "Token missing, access requires permission: data-import.x"),
            TokenRefused,
            "sign-in.ended",
        ),
        (reply(403, "Invalid token"), TokenRefused, "sign-in.ended"),
        (reply(400, "No such Tenant nowhere"), SignInProblem, "folio.tenant-unknown"),
        (
            reply(400, shape_b({"message": "x", "code": "tenant_not_enabled"})),
            SignInProblem,
            "folio.tenant-unknown",
        ),
        (reply(403, shape_b({"message": "Access Denied"})), Forbidden, "folio.permission"),
        (
            reply(404, "No suitable module found for path /data-import/x for tenant diku"),
            Refused,
            "folio.no-data-import",
        ),
        (
            reply(404, {"message": "no Route matched with those values"}),
            Refused,
            "folio.no-data-import",
        ),
        (
            reply(404, shape_b({"message": "Route not found", "code": "route_not_found_error"})),
            Refused,
            "folio.no-data-import",
        ),
        (reply(413, {"message": "Payload too large"}), Refused, "folio.proxy-limit"),
        (reply(413, "<html>too large</html>"), Refused, "folio.proxy-limit"),
        (
            reply(408, shape_b({"message": "Request Timeout", "code": "read_timeout_error"})),
            ServerFault,
            "server.fault",
        ),
        (
            reply(400, "linked files are already being processed"),
            Refused,
            "folio.definition-locked",
        ),
        (reply(400, "Failed to update job execution status"), ServerFault, "folio.file-spoilt"),
        (reply(404, "Upload definition not found by id: 5"), Refused, "folio.definition-gone"),
        (
            reply(404, "FileDefinition not found. FileDefinition ID: 5"),
            Refused,
            "folio.definition-gone",
        ),
        (
            reply(
                422,
                shape_b(
                    {
                        "message": "validation.uploadDefinition.fileExtension.blocked",
                        "code": "scan.pdf",
                    }
                ),
            ),
            Refused,
            "folio.extension-blocked",
        ),
    ],
)
def test_what_refusals_mean(answer: Reply, kind: type[Problem], id: str) -> None:
    problem = errors.explanation(answer, "diku")
    assert problem is not None
    assert (type(problem), problem.id) == (kind, id)
    assert problem.exchange is not None
    assert problem.exchange.status == answer.status


@pytest.mark.parametrize(
    "answer",
    [
        reply(500, "Internal Server Error"),
        reply(502, "<html>Bad Gateway</html>"),
        reply(404, "<html>not found</html>"),
        reply(403, "<html>firewall</html>"),
        reply(429, ""),
        reply(503, shape_b({"message": "Service token not ready"})),
        reply(422, shape_b({"message": "Unrecognized field", "code": "-1"})),
    ],
)
def test_the_rest_has_its_general_meaning(answer: Reply) -> None:
    assert errors.explanation(answer, "diku") is None


def test_okapi_names_the_missing_permission() -> None:
    text = "Access for user 'kim' (1-2) requires permission: data-import.splitconfig.get"
    assert errors.permission(reply(403, text)) == "data-import.splitconfig.get"


@pytest.mark.parametrize(
    ("method", "url", "needed"),
    [
        ("GET", f"{BASE}/data-import/splitStatus", "data-import.splitconfig.get"),
        ("POST", UPLOADS, "data-import.uploaddefinitions.post"),
        ("GET", f"{UPLOADS}/1", "data-import.uploadDefinitions.item.get"),
        ("GET", UPLOADS, "data-import.uploadDefinitions.collection.get"),
        ("DELETE", f"{UPLOADS}/1", "data-import.uploaddefinitions.delete"),
        ("POST", f"{UPLOADS}/1/files/2", "data-import.upload.file.post"),
        (
            "POST",
            f"{UPLOADS}/1/files/2/assembleStorageFile",
            "data-import.assembleStorageFile.post",
        ),
        (
            "POST",
            f"{UPLOADS}/1/processFiles",
            "data-import.uploadDefinitions.processFiles.item.post",
        ),
        ("DELETE", f"{BASE}/x/jobExecutions/1/records", "change-manager.records.delete"),
        ("GET", f"{BASE}/somewhere", "ui-data-import.manage"),
    ],
)
def test_eurekas_silence_is_filled_in(method: str, url: str, needed: str) -> None:
    answer = reply(403, shape_b({"message": "Access Denied"}), method=method, url=url)
    assert errors.permission(answer) == needed


def test_only_the_refused_files_of_a_definition_are_named() -> None:
    answer = reply(
        422,
        shape_b(
            {"message": "validation.uploadDefinition.fileExtension.blocked", "code": "b.pdf"},
            {"message": "upload.fileSize.invalid", "code": "c.mrc"},
            {"message": "something new", "code": "a.mrc"},
        ),
    )
    problem = errors.files_refused(answer, ["a.mrc", "b.pdf", "c.mrc"])
    assert isinstance(problem, FilesRefused)
    assert {index: one.id for index, one in problem.files.items()} == {
        1: "folio.extension-blocked",
        2: "folio.no-space",
    }
    assert errors.files_refused(reply(422, shape_b({"message": "x"})), ["a.mrc"]) is None
