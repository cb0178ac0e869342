"""A form with one file in it, as a body of known length (multipart/form-data, RFC 7578)."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing

from app.servers.bodies import Sized, blocks

_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


class Multipart:
    """Text fields, then one file whose bytes `body` gives; progress is counted by `body`.

    Iterating again begins again, with the same boundary. Names are written as browsers write them:
    UTF-8, with quotes and line breaks percent-encoded. `content_type` is the whole header's value.
    """

    def __init__(
        self,
        name: str,
        file_name: str,
        body: Sized,
        *,
        fields: Iterable[tuple[str, str]] = (),
        file_type: str = "application/octet-stream",
    ) -> None:
        boundary = f"longshore-{secrets.token_hex(16)}"
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._body = body
        head = "".join(
            f"--{boundary}\r\nContent-Disposition: form-data; {_named(key)}\r\n\r\n{value}\r\n"
            for key, value in fields
        )
        head += (
            f"--{boundary}\r\nContent-Disposition: form-data; {_named(name)}; "
            f'filename="{file_name.translate(_QUOTED)}"\r\nContent-Type: {file_type}\r\n\r\n'
        )
        # A file name from the disk can hold bytes that are no text; the server shall get some name.
        self._head = head.encode("utf-8", errors="replace")
        self._tail = f"\r\n--{boundary}--\r\n".encode()

    @property
    def size(self) -> int:
        """Bytes of the whole form."""
        return len(self._head) + self._body.size + len(self._tail)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._head
        async with aclosing(blocks(self._body)) as given:
            async for block in given:
                yield block
        yield self._tail


def _named(name: str) -> str:
    return f'name="{name.translate(_QUOTED)}"'
