"""Watch: asks each destination for the state of its running jobs and fetches their results."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.core import catalogue
from app.core.jobs import Job, JobAction, JobState, Result
from app.core.problems import JobFailed, Problem, Retry
from app.core.uploads import Phase, Upload
from app.transfer.lanes import Lane
from app.transfer.ledger import Ledger
from app.transfer.retry import Policy
from app.transfer.tasks import Tasks
from app.transfer.upload_log import concerning, concerns

log = logging.getLogger(__name__)

RESULT_TRIES = 7
RESULTS_AT_ONCE = 4
SEEN_ANEW = 30.0
"""Seconds after which a look that brought nothing new is told: the job was seen all the same."""


@dataclass(slots=True)
class _Beat:
    """When a job is asked about next, on the loop's clock; quick while its numbers move."""

    due: float
    pause: float
    began: float


class Watch:
    """One lane's running jobs. Trouble with asking fails no upload: only the server's word does."""

    def __init__(
        self,
        lane: Lane,
        ledger: Ledger,
        policy: Policy,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self._lane = lane
        self._ledger = ledger
        self._policy = policy
        self._spawn = spawn
        self._beats: dict[int, _Beat] = {}
        self._task: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._results = asyncio.Semaphore(RESULTS_AT_ONCE)

    def add(self, upload_id: int) -> None:
        """Watches an upload that is PROCESSING, beginning at once."""
        now = asyncio.get_running_loop().time()
        self._beats[upload_id] = _Beat(now, self._policy.poll_first, now)
        self._woken.set()
        if self._task is None:
            self._task = self._spawn(self._run())
            self._task.add_done_callback(self._ended)

    def look_now(self, upload_id: int) -> None:
        """Asks about this upload at once."""
        beat = self._beats.get(upload_id)
        if beat is not None:
            beat.due = 0.0
            beat.pause = self._policy.poll_first
            self._woken.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if self._beats and not task.cancelled():
            self._task = self._spawn(self._run())
            self._task.add_done_callback(self._ended)

    def _watched(self, upload_id: int) -> bool:
        upload = self._ledger.get(upload_id)
        return upload is not None and upload.phase is Phase.PROCESSING

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            self._beats = {i: beat for i, beat in self._beats.items() if self._watched(i)}
            if not self._beats:
                return
            self._woken.clear()
            pause = min(beat.due for beat in self._beats.values()) - loop.time()
            if pause > 0:
                await self._wait(pause)
                continue
            due = [i for i, beat in self._beats.items() if beat.due <= loop.time()]
            # Of requests for many it cannot be told which is for whom.
            concerns(due if len(due) == 1 else ())
            try:
                async with self._lane.looking:
                    due = [i for i in due if self._watched(i)]
                    jobs = await self._lane.call(self._look(due)) if due else ()
            except Problem as problem:
                failures += 1
                self._not_seen(due, problem, failures)
                continue
            except Exception:
                log.exception("asking for jobs failed")
                failures += 1
                self._not_seen(due, None, failures)
                continue
            failures = 0
            for i, job in zip(due, jobs, strict=True):
                if self._watched(i):
                    self._seen(i, job)

    def _look(self, due: Sequence[int]) -> Callable[[Any], Coroutine[Any, Any, Sequence[Job]]]:
        refs = [job.ref for i in due if (job := self._ledger[i].job) is not None]

        async def look(server: Any) -> Sequence[Job]:
            answer: Sequence[Job] = await server.status(refs)
            return answer

        return look

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

    def _not_seen(self, ids: Sequence[int], problem: Problem | None, failures: int) -> None:
        """Keeps what is known and asks again later: when the server said, or backing off."""
        now = asyncio.get_running_loop().time()
        pause = self._policy.delay(failures)
        with concerning(ids):
            log.debug("its state could not be asked for: %s", problem.id if problem else "a defect")
        if problem is not None and problem.after is not None:
            pause = self._policy.delay_after(problem, failures)
        for i in ids:
            beat = self._beats.get(i)
            if beat is None:
                continue
            beat.due = now + pause
            upload = self._ledger.get(i)
            if upload is not None and now - beat.began > self._policy.watch_limit:
                self._give_up(i)

    def _give_up(self, upload_id: int) -> None:
        self._beats.pop(upload_id, None)
        if self._watched(upload_id):
            self._ledger.move(upload_id, Phase.UNWATCHED)

    def _seen(self, upload_id: int, job: Job) -> None:
        loop_now = asyncio.get_running_loop().time()
        beat = self._beats.get(upload_id)
        old = self._ledger[upload_id].job
        job = replace(job, seen=self._policy.now())
        moved = old is None or replace(old, seen=None) != replace(job, seen=None)
        if old is None or (old.state, old.word) != (job.state, job.word):
            with concerning((upload_id,)):
                log.debug("job %s: %s (%s)", job.ref, job.state, job.word)
        if moved or old is None or _seen_long_ago(old, job):
            self._ledger.change(upload_id, job=job)
        if job.state.ended:
            self._beats.pop(upload_id, None)
            self._spawn(self._finish(upload_id, job))
            return
        if beat is None:
            return
        if loop_now - beat.began > self._policy.watch_limit:
            self._give_up(upload_id)
            return
        if moved:
            beat.pause = self._policy.poll_first
        else:
            beat.pause = min(beat.pause * 1.5, self._policy.poll_longest)
        beat.due = loop_now + beat.pause * self._policy.scale

    async def _finish(self, upload_id: int, job: Job) -> None:
        """Fetches what came of an ended job and says the last word about its upload."""
        concerns((upload_id,))
        result: Result | None = None
        if job.state is not JobState.GONE:
            async with self._results:
                result = await self._result(job)
        if not self._watched(upload_id):
            return
        match job.state:
            case JobState.DONE:
                self._ledger.move(upload_id, Phase.DONE, job=job, result=result)
            case JobState.CANCELLED:
                self._ledger.move(upload_id, Phase.CANCELLED, job=job, result=result)
            case JobState.GONE:
                problem = JobFailed(catalogue.JOB_GONE, job.facts)
                self._ledger.move(upload_id, Phase.UNWATCHED, job=job, problem=problem)
            case _:
                facts = {"reason": job.word, **job.facts}
                problem = JobFailed(job.note or catalogue.JOB_FAILED, facts)
                self._ledger.move(upload_id, Phase.FAILED, job=job, result=result, problem=problem)

    async def _result(self, job: Job) -> Result:
        """The result, asked for a few times; an incomplete one when the server does not give it."""
        tries = offline = 0
        while tries < RESULT_TRIES:
            try:
                return await self._lane.call(lambda server: server.result(job.ref))
            except Problem as problem:
                log.info("no result of a job yet: %s", problem.id)
                if problem.retry in (Retry.NEVER, Retry.PERSON) or not self._lane.patient:
                    break
                if problem.retry is Retry.REACH:
                    offline += 1
                    await asyncio.sleep(self._policy.delay(offline))
                else:
                    tries += 1
                    await asyncio.sleep(self._policy.delay_after(problem, tries))
        return Result(failed=job.failed or 0, link=job.link, complete=False)


class Watches:
    """The watches of all destinations, and what is asked of the jobs they follow."""

    def __init__(
        self,
        lane: Callable[[str], Lane],
        ledger: Ledger,
        policy: Policy,
        tasks: Tasks,
    ) -> None:
        """`lane` raises Problem for a destination that is not there."""
        self._lane = lane
        self._ledger = ledger
        self._policy = policy
        self._tasks = tasks
        self._watches: dict[str, Watch] = {}

    def add(self, upload_id: int) -> None:
        """Watches an upload that is PROCESSING, beginning at once."""
        self._of(self._ledger[upload_id].destination).add(upload_id)

    def follow(self, upload: Upload) -> None:
        """Follows again what is no longer watched; looks at once at what is. Raises Problem."""
        if upload.phase is Phase.UNWATCHED:
            watch = self._of(upload.destination)
            self._ledger.move(upload.id, Phase.PROCESSING)
            watch.add(upload.id)
        elif upload.phase is Phase.PROCESSING:
            self._of(upload.destination).look_now(upload.id)

    def act(self, upload: Upload, action: JobAction, comment: str = "") -> None:
        """Asks the server to do something with a job that runs; what it refuses is the upload's
        problem from then on."""
        if upload.phase is Phase.PROCESSING and upload.job is not None:
            lane = self._lane(upload.destination)
            self._tasks.spawn(self._act(lane, upload.id, upload.job, action, comment))

    def forget(self, destination: str) -> None:
        """Nothing of this destination is watched any more."""
        self._watches.pop(destination, None)

    def _of(self, destination: str) -> Watch:
        lane = self._lane(destination)
        if destination not in self._watches:
            watch = Watch(lane, self._ledger, self._policy, self._tasks.spawn)
            self._watches[destination] = watch
        return self._watches[destination]

    async def _act(
        self, lane: Lane, upload_id: int, job: Job, action: JobAction, comment: str
    ) -> None:
        problem: Problem | None = None
        try:
            async with lane.server() as server:
                await server.act(job.ref, action, comment)
        except Problem as met:
            log.info("the server did not %s a job: %s", action, met.id)
            problem = met.bare()
        upload = self._ledger.get(upload_id)
        if upload is None:
            return
        if problem is None:
            self.follow(upload)
        elif upload.phase is Phase.PROCESSING:
            self._ledger.change(upload_id, problem=problem)


def _seen_long_ago(old: Job, new: Job) -> bool:
    # The clock on the wall may have been set back meanwhile.
    return old.seen is None or new.seen is None or abs(new.seen - old.seen) >= SEEN_ANEW
