"""The sandbox: fake servers of the asked families on loopback, on a thread of their own."""

import asyncio
import importlib
import os
import random
import socket
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self, TypeVar

import uvicorn

from app.sandbox.family import Answered, FakeServer, Ground, Served
from app.sandbox.faults import Fault, Faults
from app.sandbox.gate import Gate, Line

T = TypeVar("T")

_HOST = "127.0.0.1"
_STOP_SECONDS = 1.5
_TURNS = 10

_Sockets = list[socket.socket]


class Sandbox:
    """Fake servers, alive between `__enter__` and `__exit__`, once; stops within two seconds.

    `families` are keys such as "folio". `port` is the first port, further addresses take the next
    ones; 0 means any free ports. `faults` are names or `Fault`s; more can be added at run time to
    `faults`. `on_request` gets one JSON-able dict per request, on the thread of the sandbox.
    `pace` is how many times faster than real time the servers work. `options` are those of the
    families (see each family's `Options`); one that none of them knows raises TypeError.
    Raises OSError when a port is taken.
    """

    def __init__(
        self,
        families: Sequence[str] = ("folio",),
        port: int = 0,
        faults: Iterable[Fault | str] = (),
        on_request: Callable[[dict[str, Any]], None] | None = None,
        pace: float = 1.0,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        self.faults = Faults(faults)
        self._modules = {key: _family(key) for key in families}
        self._options = _sorted_out(self._modules, options)
        self._port = port
        self._on_request = on_request
        self._pace = pace
        self._random = random.Random(seed if seed is not None else uuid.uuid4().int)
        self._servers: list[Served] = []
        self._ready: Future[list[Served]] = Future()
        self._stop = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    @property
    def servers(self) -> list[Served]:
        """What can be connected to, in the order of `families`."""
        return list(self._servers)

    def served(self, family: str) -> Served:
        """The first server of a family; raises LookupError when there is none."""
        for served in self._servers:
            if served.family == family:
                return served
        raise LookupError(family)

    def __enter__(self) -> Self:
        sockets = self._sockets()
        self._thread = threading.Thread(target=self._run, args=(sockets,), name="sandbox")
        self._thread.start()
        try:
            self._servers = self._ready.result()
        except BaseException:
            self._thread.join()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._loop is not None and self._wake is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)
        if self._thread is not None:
            self._thread.join()

    def _sockets(self) -> _Sockets:
        """Enough bound sockets, before the thread begins, so that a taken port is told here."""
        wanted = sum(getattr(module, "ADDRESSES", 1) for module in self._modules.values())
        bound: list[socket.socket] = []
        try:
            for index in range(wanted):
                # With the protocol named, asyncio sends each answer without waiting for more.
                sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
                bound.append(sock)
                if os.name == "posix":
                    # Elsewhere this would let two servers share one port.
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.bind((_HOST, self._port + index if self._port else 0))
        except OSError:
            for sock in bound:
                sock.close()
            raise
        return bound

    def _run(self, sockets: _Sockets) -> None:
        with tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True) as folder:
            try:
                asyncio.run(self._serve(sockets, Path(folder)))
            except BaseException as error:
                if not self._ready.done():
                    self._ready.set_exception(error)
                else:
                    raise
            finally:
                for sock in sockets:
                    sock.close()

    async def _serve(self, sockets: _Sockets, folder: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        unused = iter(sockets)
        fakes: list[FakeServer] = []
        listeners: list[tuple[uvicorn.Server, asyncio.Task[None]]] = []
        servers: list[Served] = []
        for key, module in self._modules.items():
            requests: list[Answered] = []
            home = folder / key
            home.mkdir()
            ground = Ground(
                key,
                home,
                self.faults,
                self._pace,
                random.Random(self._random.random()),
                requests,
                self._stop.is_set,
                self._ask,
            )
            fake: FakeServer = module.build(ground, self._options[key])
            fakes.append(fake)
            self.faults.where(key, fake.struck_where())
            urls = []
            for address in fake.addresses():
                sock = next(unused)
                gate = Gate(
                    key, address, self.faults, fake.expire_tokens, self._reporting(requests)
                )
                server = uvicorn.Server(_config(gate))
                listeners.append((server, asyncio.create_task(server.serve(sockets=[sock]))))
                urls.append(f"http://{_HOST}:{sock.getsockname()[1]}")
            servers.extend(fake.open(urls))
        while not all(server.started for server, _ in listeners):
            failed = [task for _, task in listeners if task.done()]
            for task in failed:
                task.result()
            await asyncio.sleep(0.005)
        self._ready.set_result(servers)
        await self._wake.wait()
        for fake in fakes:
            await fake.close()
        await _stopped(listeners)

    def _reporting(self, requests: list[Answered]) -> Callable[[Answered], None]:
        def report(answered: Answered) -> None:
            requests.append(answered)
            if self._on_request is not None:
                self._on_request(answered.event())

        return report

    def _ask(self, read: Callable[[], T], /) -> T:
        """Run `read` on the loop of the servers; here once they have ended or on their thread."""
        if self._thread is None or threading.current_thread() is self._thread:
            return read()
        answer: Future[T] = Future()

        def run() -> None:
            try:
                answer.set_result(read())
            except Exception as error:
                answer.set_exception(error)

        try:
            assert self._loop is not None
            self._loop.call_soon_threadsafe(run)
        except RuntimeError:
            return read()
        while self._thread.is_alive():
            try:
                return answer.result(timeout=0.2)
            except TimeoutError:
                if answer.done():
                    raise
        return answer.result() if answer.done() else read()


def _family(key: str) -> ModuleType:
    name = f"{__package__}.{key}"
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ValueError(f"no such family in the sandbox: {key!r}") from error


def _sorted_out(modules: dict[str, ModuleType], options: dict[str, Any]) -> dict[str, Any]:
    """Each option for the families that know it."""
    sorted_out: dict[str, Any] = {}
    unknown = set(options)
    for key, module in modules.items():
        known = {field.name for field in fields(module.Options)}
        sorted_out[key] = module.Options(**{n: v for n, v in options.items() if n in known})
        unknown -= known
    if unknown:
        raise TypeError(f"unknown options of the sandbox: {', '.join(sorted(unknown))}")
    return sorted_out


def _config(gate: Gate) -> uvicorn.Config:
    return uvicorn.Config(
        gate,
        loop="asyncio",
        http=Line,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,
    )


async def _stopped(listeners: Sequence[tuple[uvicorn.Server, asyncio.Task[None]]]) -> None:
    """End every listener now: open connections are broken, not waited for."""
    loop = asyncio.get_running_loop()
    listening = [listener for server, _ in listeners for listener in server.servers]
    # A connection being accepted while its listener closes is lost half open (CPython 3.11), so
    # accepting ends first. The loop of Windows cannot, and does not have the trouble.
    with suppress(NotImplementedError):
        for sock in (sock for listener in listening for sock in listener.sockets):
            loop.remove_reader(sock.fileno())
        await asyncio.sleep(0)
    for listener in listening:
        listener.close()
    for _, serving in listeners:
        serving.cancel()
    await asyncio.gather(*(serving for _, serving in listeners), return_exceptions=True)
    answering: set[asyncio.Task[None]] = set()
    for _ in range(_TURNS):
        # A connection that was just accepted is known only some turns of the loop later.
        for server, _serving in listeners:
            answering |= server.server_state.tasks
            for connection in list(server.server_state.connections):
                if isinstance(connection, Line):
                    connection.snap()
        await asyncio.sleep(0)
    if answering:
        # Each of them sees the broken connection and ends by itself.
        await asyncio.wait(answering, timeout=_STOP_SECONDS)
