"""Bus: calls and signals of D-Bus on the running loop, nothing of which ever blocks it.

jeepney packs and unpacks. Qt's own module cannot be used from Python for this: it sends every
whole number as a signed one, and the services of the desktop refuse that.
"""

from __future__ import annotations

import array
import asyncio
import itertools
import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jeepney import (  # type: ignore[import-untyped]
    DBusAddress,
    HeaderFields,
    MatchRule,
    Message,
    MessageFlag,
    MessageType,
    Parser,
    message_bus,
    new_error,
    new_method_call,
    new_signal,
)
from jeepney.auth import BEGIN, AuthenticationError, Authenticator  # type: ignore[import-untyped]
from jeepney.bus import get_bus  # type: ignore[import-untyped]
from jeepney.fds import FileDescriptor, fds_buf_size  # type: ignore[import-untyped]

log = logging.getLogger(__name__)

ANSWERS_WITHIN = 10.0
_BLOCK = 1 << 16

Heard = Callable[[tuple[Any, ...]], None]


class BusError(Exception):
    """No bus, no such service, no answer, or a service that said no; `name` is D-Bus's own."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(f"{name}: {text}" if text else name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Service:
    """An object of a service, seen through one of its interfaces."""

    name: str
    path: str
    interface: str


LOGIN = Service(
    "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager"
)


class Bus:
    """One connection to a bus of messages, made by `opened`."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._loop = asyncio.get_running_loop()
        self._parser = Parser()
        self._serials = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Message]] = {}
        self._heard: dict[tuple[str, str], list[Heard]] = {}
        self._outgoing = bytearray()
        self.name = ""
        """The name by which the others know this connection."""
        self.alive = False

    @classmethod
    async def opened(cls, which: str) -> Bus:
        """A connection to the "SESSION" or the "SYSTEM" bus. Raises BusError."""
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.setblocking(False)
        bus = cls(line)
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                line.connect(get_bus(which))
                await bus._introduce()
                bus.alive = True
                bus._loop.add_reader(line.fileno(), bus._readable)
                bus.name = (await bus._ask(message_bus.Hello(), ANSWERS_WITHIN))[0]
        except (OSError, KeyError, ValueError, RuntimeError, StopIteration) as error:
            bus.close()
            raise BusError("no bus", f"{which}: {error}") from error
        except BaseException:
            bus.close()
            raise
        return bus

    async def call(
        self,
        service: Service,
        method: str,
        signature: str = "",
        *body: object,
        start: bool = False,
    ) -> tuple[Any, ...]:
        """What the method returns. With `start` the bus starts the service. Raises BusError."""
        at = DBusAddress(service.path, bus_name=service.name, interface=service.interface)
        message = new_method_call(at, method, signature or None, body)
        if not start:
            message.header.flags = MessageFlag.no_auto_start
        return await self._ask(message, ANSWERS_WITHIN)

    def emit(self, path: str, interface: str, member: str, signature: str, *body: object) -> None:
        """Tells everybody."""
        at = DBusAddress(path, interface=interface)
        self._send(new_signal(at, member, signature, body))

    async def listen(self, service: Service, member: str, heard: Heard) -> None:
        """Calls `heard` with the body of every such signal of the service. Raises BusError."""
        rule = MatchRule(
            type="signal",
            sender=service.name,
            path=service.path,
            interface=service.interface,
            member=member,
        )
        self._heard.setdefault((service.interface, member), []).append(heard)
        await self._ask(message_bus.AddMatch(rule), ANSWERS_WITHIN)

    def close(self) -> None:
        """The others see this name vanish; who still waits for an answer gets a BusError."""
        if self._line.fileno() < 0:
            return
        if self.alive:
            self._loop.remove_reader(self._line.fileno())
            self._loop.remove_writer(self._line.fileno())
        self.alive = False
        self._line.close()
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(BusError("disconnected"))

    # --- inside

    async def _introduce(self) -> None:
        introduction = Authenticator(enable_fds=True)
        while not introduction.authenticated:
            if said := introduction.data_to_send():
                self._line.send(said)
            await self._something_to_read()
            heard = self._line.recv(_BLOCK)
            if not heard:
                raise AuthenticationError(heard, "the bus hung up")
            introduction.feed(heard)
        self._line.send(BEGIN)

    async def _something_to_read(self) -> None:
        readable = asyncio.Event()
        self._loop.add_reader(self._line.fileno(), readable.set)
        try:
            await readable.wait()
        finally:
            self._loop.remove_reader(self._line.fileno())

    async def _ask(self, message: Message, seconds: float) -> tuple[Any, ...]:
        if not self.alive:
            raise BusError("disconnected")
        serial = next(self._serials)
        asked: asyncio.Future[Message] = self._loop.create_future()
        self._asked[serial] = asked
        try:
            self._send(message, serial)
            async with asyncio.timeout(seconds):
                reply = await asked
        except TimeoutError as error:
            raise BusError(
                "no reply", str(message.header.fields.get(HeaderFields.member))
            ) from error
        finally:
            del self._asked[serial]
        if reply.header.message_type is MessageType.error:
            name = reply.header.fields.get(HeaderFields.error_name, "error")
            raise BusError(name, str(reply.body[0]) if reply.body else "")
        return tuple(reply.body)

    def _send(self, message: Message, serial: int = 0) -> None:
        if not self.alive:
            return
        self._outgoing += message.serialise(serial or next(self._serials), fds=array.array("i"))
        self._writable()

    def _writable(self) -> None:
        try:
            sent = self._line.send(self._outgoing)
            del self._outgoing[:sent]
        except BlockingIOError:
            pass
        except OSError as error:
            log.info("the message bus is gone: %s", error)
            self.close()
            return
        if self._outgoing:
            self._loop.add_writer(self._line.fileno(), self._writable)
        else:
            self._loop.remove_writer(self._line.fileno())

    def _readable(self) -> None:
        try:
            # As much as the parser wants: descriptors belong to the message they came with.
            wanted = min(self._parser.bytes_desired(), _BLOCK)
            data, extra, _, _ = self._line.recvmsg(wanted, fds_buf_size())
        except BlockingIOError:
            return
        except OSError:
            data, extra = b"", []
        if not data:
            self.close()
            return
        self._parser.add_data(data, fds=FileDescriptor.from_ancdata(extra))
        while (message := self._parser.get_next_message()) is not None:
            self._take(message)

    def _take(self, message: Message) -> None:
        fields = message.header.fields
        match message.header.message_type:
            case MessageType.method_return | MessageType.error:
                asked = self._asked.get(fields.get(HeaderFields.reply_serial, 0))
                if asked is not None and not asked.done():
                    asked.set_result(message)
                else:
                    _dropped(message)
            case MessageType.signal:
                key = fields.get(HeaderFields.interface), fields.get(HeaderFields.member)
                for heard in self._heard.get(key, ()):
                    heard(tuple(message.body))
            case MessageType.method_call:
                if not message.header.flags & MessageFlag.no_reply_expected:
                    self._send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))


def _dropped(message: Message) -> None:
    """Nobody waits for this answer any more; what it brought is given back."""
    for part in message.body:
        if isinstance(part, FileDescriptor):
            part.close()


class Buses:
    """The session's and the system's bus, each connected when first wanted."""

    def __init__(self) -> None:
        self._open: dict[str, Bus] = {}
        self._opening: dict[str, asyncio.Lock] = {}

    async def session(self) -> Bus:
        """Raises BusError."""
        return await self._bus("SESSION")

    async def system(self) -> Bus:
        """Raises BusError."""
        return await self._bus("SYSTEM")

    def close(self) -> None:
        for bus in self._open.values():
            bus.close()
        self._open.clear()

    async def _bus(self, which: str) -> Bus:
        async with self._opening.setdefault(which, asyncio.Lock()):
            bus = self._open.get(which)
            if bus is None or not bus.alive:
                bus = self._open[which] = await Bus.opened(which)
            return bus


def in_flatpak() -> bool:
    """Whether the desktop is reached through portals alone."""
    return "FLATPAK_ID" in os.environ
