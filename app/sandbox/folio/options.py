"""Everything that can be chosen about the FOLIO sandbox."""

from dataclasses import dataclass
from typing import Literal

RAW_TENANT = "diku"
SPLIT_TENANT = "diku_split"


@dataclass(frozen=True, slots=True)
class Options:
    """How this FOLIO system is set up.

    Times are seconds as the client meets them, not scaled by the pace of the sandbox, unless the
    name says otherwise here: `records_per_second` and `queue_poll_seconds` are the server's own
    work and do scale.
    """

    platform: Literal["okapi", "eureka"] = "okapi"
    #: None: one tenant of each kind; True or False: only the tenant with or without file splitting.
    split: bool | None = None
    #: False: a server from before file splitting, which knows no `splitStatus`.
    split_status: bool = True
    #: A path in front of the gateway, such as "/okapi"; outside of it is the web page.
    prefix: str = ""
    #: Sign-in endpoints: with expiry, and the legacy ones (None: as the platform has them today).
    expiry: bool = True
    legacy: bool | None = None
    token_seconds: float = 600.0
    refresh_seconds: float = 604_800.0
    #: Wrong passwords in a row before the account is blocked.
    lock_after: int = 5
    #: Permissions this user lacks.
    deny: tuple[str, ...] = ()
    #: Free space for uploads in KiB.
    free_kib: int = 52_428_800
    #: Bodies above this many bytes get a proxy's 413; None: no limit.
    body_limit: int | None = None
    #: Until a new definition can be read, after its 201.
    visible_after: float = 0.15
    #: Files of definitions unchanged for so long are gone.
    clean_after: float = 3600.0
    #: False: files are hashed, counted and thrown away (for very large files).
    keep_bytes: bool = True
    #: Life of a signed address.
    url_seconds: int = 600
    #: Smallest part of a stored object except the last, in bytes.
    min_part: int = 5 * 1024 * 1024
    records_per_split_file: int = 1000
    records_per_second: float = 400.0
    queue_poll_seconds: float = 1.0
    #: How many job profiles there are, the hidden ones not counted (at least the shipped ones).
    profiles: int = 25
    #: Jobs of another user, there from the start; the newest is still at work.
    neighbours: int = 0
    #: Jobs of several people in every state, begun within the last hours, and how many of them are
    #: at work, at `crowd_rate` records a second each (scaled by the pace).
    crowd: int = 0
    crowd_moving: int = 0
    crowd_rate: float = 4.0
