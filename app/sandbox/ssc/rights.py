"""What a token of each type may do, how long it lives and how often it works."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

VERSIONS = "projectVersion.view"
ARTIFACTS = "artifact.view"
UPLOAD = "artifact.upload"
APPROVE = "artifact.approve"
DELETE = "artifact.delete"
DOWNLOAD = "artifact.download"
JOBS = "job.view"
CANCEL = "job.cancel"
FILE_TOKENS = "fileToken.create"
SERVER = "server.view"

EVERY: Final = frozenset(
    {
        *(VERSIONS, ARTIFACTS, UPLOAD, APPROVE, DELETE, DOWNLOAD, JOBS, CANCEL, FILE_TOKENS),
        SERVER,
    }
)


@dataclass(frozen=True, slots=True)
class TokenType:
    """One token definition; `uses` -1 is without limit."""

    name: str
    days: int
    rights: frozenset[str]
    text: str
    uses: int = -1
    file_use: str = ""


def _types() -> dict[str, TokenType]:
    reads = frozenset({VERSIONS, ARTIFACTS, JOBS, SERVER})
    sends = frozenset({UPLOAD, FILE_TOKENS})
    found = [
        TokenType("UnifiedLoginToken", 3, EVERY, "Access to most of the REST API"),
        TokenType(
            "CIToken", 365, EVERY - {DELETE}, "Upload of results and reading them, for plug-ins"
        ),
        TokenType("AutomationToken", 365, EVERY, "Access to most of the REST API, for scripts"),
        TokenType(
            "AnalysisUploadToken",
            90,
            sends | {VERSIONS},
            "Upload of results and listing of application versions",
        ),
        TokenType(
            "AnalysisDownloadToken",
            90,
            frozenset({VERSIONS, DOWNLOAD, FILE_TOKENS}),
            "Download of results and listing of application versions",
        ),
        TokenType("AuditToken", 90, reads, "Reading and auditing of issues"),
        TokenType("JenkinsToken", 365, reads | sends, "Replaced by CIToken"),
        TokenType("ToolsConnectToken", 365, reads | sends | {DOWNLOAD}, "For desktop tools"),
        TokenType("ScanCentralCtrlToken", 365, sends | {VERSIONS}, "For ScanCentral"),
        TokenType("ReportToken", 90, frozenset({VERSIONS}), "Reports"),
        TokenType("PurgeProjectVersionToken", 90, frozenset({VERSIONS}), "Purging of versions"),
    ]
    for kind, use in (("Upload", "UPLOAD"), ("Download", "DOWNLOAD"), ("Report", "REPORT_FILE")):
        name = f"{kind}FileTransferToken"
        found.append(TokenType(name, 1, frozenset(), f"One {kind.lower()}", 1, use))
    return {one.name: one for one in found}


TYPES: Final[Mapping[str, TokenType]] = MappingProxyType(_types())
FILE_USES: Final = ("UPLOAD", "DOWNLOAD", "PREVIEW_FILE", "REPORT_FILE")
