"""Progress as a level: counted where the bytes go, read when somebody wants to know."""

from __future__ import annotations


class Meter:
    """Bytes of one upload the socket has taken. Plain integers: safe to read from any thread."""

    __slots__ = ("sent", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.sent = 0

    def add(self, count: int) -> None:
        """Counts `count` more bytes; negative when a part has to be sent again."""
        self.sent = max(0, min(self.size, self.sent + count))

    def restart(self) -> None:
        self.sent = 0


class Rate:
    """Smoothed speed from readings of a counter; time in seconds of a clock that never jumps."""

    HALF_LIFE = 2.0
    STALLED_AFTER = 10.0
    TRUSTED_AFTER = 3.0

    __slots__ = ("_began", "_last", "_moved", "_sent", "per_second")

    def __init__(self) -> None:
        self.per_second = 0.0
        self._last: float | None = None
        self._began = 0.0
        self._moved = 0.0
        self._sent = 0

    def read(self, sent: int, now: float) -> float:
        """Takes a reading, returns bytes per second. Falling counts and jumps restart it."""
        if self._last is None or sent < self._sent or now < self._last or now - self._last > 30:
            self.per_second = 0.0
            self._last = self._began = self._moved = now
            self._sent = sent
            return 0.0
        passed = now - self._last
        if passed <= 0:
            return self.per_second
        speed = (sent - self._sent) / passed
        if self.per_second == 0.0 and now - self._began < self.HALF_LIFE:
            self.per_second = speed
        else:
            keep = 0.5 ** (passed / self.HALF_LIFE)
            self.per_second = keep * self.per_second + (1 - keep) * speed
        if sent > self._sent:
            self._moved = now
        self._sent, self._last = sent, now
        return self.per_second

    def stalled(self, now: float) -> float:
        """Seconds since the last byte, 0 while bytes move."""
        if self._last is None or now - self._moved < self.STALLED_AFTER:
            return 0.0
        return now - self._moved

    def time_left(self, size: int, now: float) -> float | None:
        """Seconds to go, or None while no honest figure can be given."""
        if self._last is None or self.per_second <= 0 or self.stalled(now):
            return None
        if now - self._began < self.TRUSTED_AFTER or (size and self._sent / size < 0.01):
            return None
        left = (size - self._sent) / self.per_second
        return left if left < 86_400 else None
