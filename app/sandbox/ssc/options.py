"""Everything that can be chosen about the SSC sandbox."""

from dataclasses import dataclass
from typing import Literal

Release = Literal["18.20", "21.1", "22.1", "22.2", "23.1", "24.2", "25.2"]
RELEASES: tuple[Release, ...] = ("18.20", "21.1", "22.1", "22.2", "23.1", "24.2", "25.2")


@dataclass(frozen=True, slots=True)
class Options:
    """How this SSC server is set up.

    Times are seconds as the client meets them, not scaled by the pace of the sandbox, except
    `queue_seconds`, `process_seconds` and `step_seconds`: they are the server's own work and do
    scale. Rights to `deny` are those of `app.sandbox.ssc.rights`, such as "artifact.approve".
    """

    #: What the offered destination signs in with: a pasted token, or user name and password.
    auth: Literal["token", "password"] = "token"
    #: Which words and fields the server knows; dates are written without a colon before 21.1.
    release: Release = "25.2"
    #: The context path; "" serves at the root of the host. Outside of it is a page of Tomcat.
    prefix: str = "/ssc"
    #: What `links` and `_href` name: a host that only exists behind the proxy.
    public_url: str = "https://ssc-node-1.invalid/ssc"
    #: Wrong passwords in a row before the account is locked.
    lock_after: int = 3
    #: The type of the pasted token.
    token_type: str = "CIToken"
    #: Life of tokens; None: as their type and the request allow.
    token_seconds: float | None = None
    #: How many tokens one user may hold.
    most_tokens: int = 50
    #: Whether the plain UUID is taken in `FortifyToken` as well as its base64 form.
    decoded_header: bool = True
    #: 401 without a body.
    empty_401: bool = False
    #: Calls without a good token are sent to a sign-in page on another host.
    sign_in_page: bool = False
    #: Rights this user lacks, whatever the token.
    deny: tuple[str, ...] = ()
    #: How many application versions there are (at least the named ones).
    versions: int = 12
    #: False: no REST upload (404), as on a server behind a strict proxy.
    rest: bool = True
    #: False: `/upload` and `/download` do not exist.
    transfer: bool = True
    #: Whether bodies without Content-Length are taken on uploads.
    chunked: bool = False
    #: Bodies above this many bytes get a proxy's 413; None: no limit.
    body_limit: int | None = None
    #: How much of the body is read after an early answer, before the connection is dropped.
    swallow: int = 2 * 1024 * 1024
    #: Silence between the last byte of an upload and its answer.
    silent_seconds: float = 0.0
    #: False: files are hashed, counted and thrown away, so that their scans are not known.
    keep_bytes: bool = True
    #: Life of an unused file token.
    file_token_seconds: float = 60.0
    #: The answer of `/upload`: elements with a prefix, with an id, and its code when accepted.
    xml_prefix: bool = True
    xml_id: bool = True
    #: Instead of taking files, `/upload` answers this code with HTTP 200.
    xml_code: int | None = None
    #: Until a new artifact shows in the list of its version.
    visible_after: float = 0.15
    #: Leave every boolean out of artifacts and jobs.
    sparse: bool = False
    #: Jobs at work at once; 1: strictly one after the other, 0: an administrator paused them.
    workers: int = 4
    queue_seconds: float = 0.8
    process_seconds: float = 1.6
    #: Exactly these words one after the other, the last one for good, instead of the usual way.
    artifact_states: tuple[str, ...] = ()
    job_states: tuple[str, ...] = ()
    step_seconds: float = 0.5
    #: None: as the rules of each version say; True or False: every or no file has to be approved.
    approval: bool | None = None
    #: How the job names its artifact: as a number or a text, and also while it is queued.
    artifact_id_as_text: bool = False
    artifact_id_at_once: bool = False
    #: Ended jobs are gone after so long; None: never, 0: at once.
    swept_after: float | None = None
    #: Artifacts of a colleague in the first version, there from the start.
    neighbours: int = 0

    def __post_init__(self) -> None:
        if self.release not in RELEASES:
            raise ValueError(f"no such release: {self.release}")

    def since(self, release: Release) -> bool:
        """Whether this server is at least of that release."""
        return RELEASES.index(self.release) >= RELEASES.index(release)
