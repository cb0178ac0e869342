"""Jobs as clients list, follow and cancel them."""

from starlette.responses import Response

from app.sandbox.ssc import replies, rights
from app.sandbox.ssc.front import Call, Route
from app.sandbox.ssc.options import Options
from app.sandbox.ssc.paging import paged
from app.sandbox.ssc.processing import Processing
from app.sandbox.ssc.replies import Json, Refused, picked, without_booleans
from app.sandbox.ssc.search import Field, wanted
from app.sandbox.ssc.state import Holdings, Job

JOB_CLASS = "com.fortify.manager.BLL.jobs.ArtifactUploadJob"
_QUEUED = ("PREPARED", "WAITING_FOR_WORKER")


class Jobs:
    def __init__(self, options: Options, holdings: Holdings, processing: Processing) -> None:
        self._options = options
        self._holdings = holdings
        self._processing = processing

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/jobs", self._list, rights.JOBS),
            Route("GET", "/jobs/{name}", self._one, rights.JOBS),
            Route("GET", "/jobs/{name}/warnings", self._warnings, rights.JOBS),
            Route("POST", "/jobs/action/cancel", self._cancel, rights.CANCEL),
            Route("POST", "/jobs/{name}/action", self._act, rights.CANCEL),
        ]

    def json(self, job: Job) -> Json:
        options = self._options
        colon = options.since("21.1")
        data: Json = {}
        if options.artifact_id_at_once or job.state not in _QUEUED:
            found = job.artifact_id
            data["PARAM_ARTIFACT_ID"] = str(found) if options.artifact_id_as_text else found
        body: Json = {
            "jobName": job.name,
            "jobGroup": "JOB_GROUP_ARTIFACTUPLOAD",
            "jobClass": JOB_CLASS,
            "state": job.state,
            "priority": job.priority,
            "executionOrder": job.order,
            "cancellable": job.state == "PREPARED",
            "startTime": replies.date(job.started, colon=colon),
            "finishTime": replies.date(job.finished, colon=colon),
            "userName": job.user,
            "artifactName": job.artifact_name,
            "projectName": job.version.project,
            "projectVersionId": job.version.id,
            "projectVersionName": job.version.name,
            "jobData": data,
            "_href": f"{options.public_url}/api/v1/jobs/{job.name.replace('$', '%24')}",
        }
        if options.since("22.1"):
            body["createTime"] = replies.date(job.created)
        if options.since("22.2"):
            body["cancelRequested"] = job.cancel_requested
        return without_booleans(body) if options.sparse else body

    def _fields(self) -> dict[str, Field]:
        fields: dict[str, Field] = {
            "jobClassName": lambda job: JOB_CLASS,
            "state": lambda job: str(job.state),
            "userName": lambda job: str(job.user),
            "projectVersionId": lambda job: str(job.version.id),
        }
        if self._options.since("22.1"):
            fields["jobClass"] = fields["jobClassName"]
        return fields

    async def _list(self, call: Call) -> Response:
        test = wanted(call.query.get("q"), self._fields())
        found = sorted(self._holdings.jobs.values(), key=lambda job: job.order, reverse=True)
        rows = [self.json(job) for job in found if test(job)]
        return paged(call, rows, self._options.public_url)

    async def _one(self, call: Call) -> Response:
        return replies.result(picked(self.json(self._named(call)), call.query.get("fields")))

    async def _warnings(self, call: Call) -> Response:
        self._named(call)
        return replies.result([], count=0)

    async def _cancel(self, call: Call) -> Response:
        names = (await call.object()).get("jobIds")
        if not isinstance(names, list) or len(names) != 1:
            return replies.error(400, "jobIds: exactly one job is required")
        return self._cancelled(self._by_name(str(names[0])))

    async def _act(self, call: Call) -> Response:
        """The old form of the same action."""
        if (await call.object()).get("type") != "cancel":
            return replies.error(400, "type: unknown action")
        return self._cancelled(self._named(call))

    def _cancelled(self, job: Job) -> Response:
        if not self._processing.cancel(job):
            return replies.error(409, "The job cannot be cancelled")
        return replies.result({"success": True})

    def _named(self, call: Call) -> Job:
        return self._by_name(call.path["name"])

    def _by_name(self, name: str) -> Job:
        job = self._holdings.jobs.get(name)
        if job is None:
            raise Refused(replies.error(404, f"Job {name} was not found", -10401))
        return job
