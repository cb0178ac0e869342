"""Bodies of known length, and their blocks one after the other."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Protocol

from app.core import catalogue
from app.core.problems import Defect


class Sized(Protocol):
    """A body whose length in bytes is known before its first byte. Iterating again begins again."""

    @property
    def size(self) -> int: ...

    def __aiter__(self) -> AsyncIterator[bytes]: ...


async def blocks(body: Sized) -> AsyncGenerator[bytes, None]:
    """The blocks of a body, which is closed at the moment this generator is, not some time later.

    Raises Defect when the body turns out longer or shorter than it said: a server must not take
    the one for the whole, nor the rest for another request.
    """
    left = body.size
    iterator = aiter(body)
    try:
        async for block in iterator:
            left -= len(block)
            if left < 0:
                break
            yield block
    finally:
        if isinstance(iterator, AsyncGenerator):
            await iterator.aclose()
    if left:
        raise Defect(catalogue.DEFECT, {"reason": "a body of another length than it said"})


class Whole:
    """Bytes at hand."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    @property
    def size(self) -> int:
        return len(self._content)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._content:
            yield self._content


class Checked:
    """A body held to its word about its length. `gone`: all of it was given away."""

    def __init__(self, body: Sized) -> None:
        self._body = body
        self.gone = False

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        self.gone = False
        async with aclosing(blocks(self._body)) as given:
            async for block in given:
                yield block
        self.gone = True
