"""Artifacts as clients list, follow, approve and remove them."""

import time
from functools import partial

from starlette.responses import Response

from app.sandbox.ssc import replies, rights
from app.sandbox.ssc.front import Call, Route
from app.sandbox.ssc.options import Options
from app.sandbox.ssc.paging import paged
from app.sandbox.ssc.processing import Processing
from app.sandbox.ssc.replies import Json, Refused, picked, without_booleans
from app.sandbox.ssc.search import Field, wanted
from app.sandbox.ssc.state import Artifact, Holdings, Scan
from app.sandbox.ssc.versions import version_of

_MOVING = ("SCHED_PROCESSING", "PROCESSING", "DELETING", "PURGING")
_FIELDS: dict[str, Field] = {
    "originalFileName": lambda one: str(one.name),
    "fileName": lambda one: str(one.file_name),
    "userName": lambda one: str(one.user),
    "status": lambda one: str(one.status),
    "id": lambda one: str(one.id),
}


class Artifacts:
    def __init__(self, options: Options, holdings: Holdings, processing: Processing) -> None:
        self._options = options
        self._holdings = holdings
        self._processing = processing

    def routes(self) -> list[Route]:
        view = rights.ARTIFACTS
        return [
            Route("GET", "/projectVersions/{id}/artifacts", self._list, view),
            Route("GET", "/artifacts/{id}", self._one, view),
            Route("GET", "/artifacts/{id}/scans", self._scans, view),
            Route("GET", "/artifacts/{id}/scanerrors", self._scan_errors, view),
            Route("POST", "/artifacts/action/approve", self._approve, rights.APPROVE),
            Route("POST", "/artifacts/{id}/action", self._act, rights.APPROVE),
            Route("POST", "/artifacts/action/purge", self._purge, rights.DELETE),
            Route("DELETE", "/artifacts/{id}", self._delete, rights.DELETE),
        ]

    def json(self, artifact: Artifact, may: frozenset[str], *, scans: bool = False) -> Json:
        """One artifact for somebody with these rights."""
        options = self._options
        colon = options.since("21.1")
        upper = str.upper if colon else _mixed
        done = artifact.status == "PROCESS_COMPLETE"
        dates = [scan.when for scan in artifact.scans if scan.when]
        body: Json = {
            "id": artifact.id,
            "projectVersionId": artifact.version.id,
            "artifactType": upper("FPR"),
            "originalFileName": artifact.name,
            "fileName": artifact.file_name,
            "fileSize": artifact.size,
            "fileURL": None,
            "status": artifact.status,
            "messages": "\n".join(artifact.messages),
            "messageCount": len(artifact.messages),
            "scanErrorsCount": len(artifact.scan_errors),
            "uploadDate": replies.date(artifact.uploaded, colon=colon),
            "lastScanDate": replies.date(max(dates, default=None), colon=colon),
            "uploadIP": artifact.address,
            "userName": artifact.user,
            "allowApprove": artifact.status == "REQUIRE_AUTH" and rights.APPROVE in may,
            "allowDelete": done and rights.DELETE in may,
            "allowPurge": done and rights.DELETE in may,
            "inModifyingStatus": artifact.status in _MOVING,
            "indexed": done,
            "purged": artifact.status == "PURGED",
            "auditUpdated": done,
            "approvalComment": artifact.approved.get("comment"),
            "approvalDate": replies.date(artifact.approved.get("when"), colon=colon),
            "approvalUsername": artifact.approved.get("user"),
            "versionNumber": None,
            "scaStatus": upper(_counted(artifact, "SCA")),
            "webInspectStatus": upper(_counted(artifact, "WEBINSPECT")),
            "runtimeStatus": upper("NONE"),
            "otherStatus": upper(_counted(artifact, "")),
            "_href": f"{options.public_url}/api/v1/artifacts/{artifact.id}",
        }
        if not options.since("22.1"):
            del body["projectVersionId"]
        if scans:
            body["_embed"] = {"scans": self._scan_rows(artifact)}
        return without_booleans(body) if options.sparse else body

    def _scan_rows(self, artifact: Artifact) -> list[Json]:
        return [
            self._scan_json(artifact, number, scan) for number, scan in enumerate(artifact.scans, 1)
        ]

    def _scan_json(self, artifact: Artifact, number: int, scan: Scan) -> Json:
        colon = self._options.since("21.1")
        return {
            "id": artifact.id * 10 + number,
            "guid": scan.guid,
            "type": scan.type,
            "artifactId": artifact.id,
            "certification": "VALID" if scan.certified else "INVALID",
            "hostname": scan.hostname,
            "engineVersion": scan.engine_version,
            "buildId": scan.build_id,
            "buildLabel": scan.build_label,
            "buildProject": scan.build_project,
            "buildVersion": scan.build_version,
            "noOfFiles": scan.files,
            "totalLOC": scan.lines,
            "execLOC": scan.lines,
            "elapsedTime": f"{scan.elapsed // 60:02}:{scan.elapsed % 60:02}",
            "uploadDate": replies.date(scan.when or artifact.uploaded, colon=colon),
            "rulepacks": [],
        }

    async def _list(self, call: Call) -> Response:
        version = version_of(self._holdings, call.path["id"])
        test = wanted(call.query.get("q"), _FIELDS)
        scans = call.query.get("embed") == "scans"
        now = time.time()
        rows = [
            self.json(one, call.by.rights, scans=scans)
            for one in self._holdings.of_version(version)
            if now >= one.visible_from and test(one)
        ]
        return paged(call, rows, self._options.public_url)

    async def _one(self, call: Call) -> Response:
        artifact = self._named(call.path["id"])
        body = self.json(artifact, call.by.rights, scans=call.query.get("embed") == "scans")
        return replies.result(picked(body, call.query.get("fields")))

    async def _scans(self, call: Call) -> Response:
        rows = self._scan_rows(self._named(call.path["id"]))
        return paged(call, rows, self._options.public_url)

    async def _scan_errors(self, call: Call) -> Response:
        found = self._named(call.path["id"]).scan_errors
        rows: list[Json] = [
            {"errorCode": str(code), "errorDescription": text} for code, text in found
        ]
        return paged(call, rows, self._options.public_url)

    async def _approve(self, call: Call) -> Response:
        body = await call.object()
        artifact = self._single(body)
        return self._approved(call, artifact, body.get("comment"))

    async def _act(self, call: Call) -> Response:
        """The old form of the same action."""
        body = await call.object()
        artifact = self._named(call.path["id"])
        values = body.get("values")
        if body.get("type") != "approve" or not isinstance(values, dict):
            return replies.error(400, "type: unknown action")
        return self._approved(call, artifact, values.get("comment"))

    def _approved(self, call: Call, artifact: Artifact, comment: object) -> Response:
        if not isinstance(comment, str) or not comment.strip():
            return replies.error(400, "comment: must not be empty")
        if artifact.status != "REQUIRE_AUTH":
            return replies.error(409, "The artifact does not require approval")
        artifact.approved = {"comment": comment, "when": time.time(), "user": call.by.user}
        artifact.messages = []
        self._processing.begin(artifact)
        return replies.result({"success": True})

    async def _delete(self, call: Call) -> Response:
        artifact = self._named(call.path["id"])
        if artifact.status in _MOVING:
            return replies.error(409, "The artifact is being modified")
        artifact.become("DELETING")
        self._processing.after(self._options.queue_seconds, lambda: _remove(artifact))
        return replies.result()

    async def _purge(self, call: Call) -> Response:
        """Also purges what is as old or older in the same version."""
        artifact = self._single(await call.object())
        older = [
            one
            for one in self._holdings.of_version(artifact.version)
            if one.id <= artifact.id and one.status == "PROCESS_COMPLETE"
        ]
        for one in older:
            one.become("PURGING")
            self._processing.after(self._options.queue_seconds, partial(one.become, "PURGED"))
        return replies.result()

    def _single(self, body: Json) -> Artifact:
        """The one artifact a body names; raises Refused (400, 404)."""
        ids = body.get("artifactIds")
        if not isinstance(ids, list) or len(ids) != 1:
            raise Refused(replies.error(400, "artifactIds: exactly one id is required"))
        return self._named(str(ids[0]))

    def _named(self, text: str) -> Artifact:
        artifact = self._holdings.artifacts.get(int(text)) if text.isdecimal() else None
        if artifact is None or artifact.gone:
            raise Refused(replies.error(404, f"Artifact with id {text} was not found", -10401))
        return artifact


def _remove(artifact: Artifact) -> None:
    artifact.become("DELETED")
    artifact.gone = True


def _counted(artifact: Artifact, kind: str) -> str:
    """Which part of a file counted; `kind` "" is for third-party results."""
    own = ("SCA", "WEBINSPECT")
    found = [s for s in artifact.scans if (s.type == kind if kind else s.type not in own)]
    if not found:
        return "NOT_EXIST" if artifact.scans else "NONE"
    return "IGNORED" if artifact.repeated else "PROCESSED"


def _mixed(word: str) -> str:
    """The spelling of old releases: NotExist, Fpr."""
    return "".join(part.capitalize() for part in word.split("_"))
