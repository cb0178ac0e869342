"""The bill of materials: what a package is made of, for programs that look for known faults."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

import bundle
from bundle import Notice
from release import DIST, HOMEPAGE, Release

NOT_PACKAGES = ("Python", "OpenSSL")


def build(release: Release) -> Path:
    """Writes dist/longshore-VERSION.cdx.json, in CycloneDX 1.5, for the system this runs on."""
    DIST.mkdir(exist_ok=True)
    file = DIST / f"longshore-{release.version}.cdx.json"
    told = bill(release, bundle.notices(bundle.here()))
    file.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def bill(release: Release, notices: list[Notice]) -> dict[str, object]:
    """The same for the same release and the same parts, its serial number too."""
    ours = f"pkg:github/longshore/longshore@{release.version}"
    parts = [_part(notice) for notice in notices]
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([ours, release.epoch, parts]))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(release.epoch, UTC).isoformat(),
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": "Longshore",
                "version": release.version,
                "purl": ours,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
                "externalReferences": [{"type": "website", "url": HOMEPAGE}],
            },
        },
        "components": parts,
        "dependencies": [{"ref": ours, "dependsOn": [part["bom-ref"] for part in parts]}],
    }


def _part(notice: Notice) -> dict[str, object]:
    kind = "generic" if notice.name in NOT_PACKAGES else "pypi"
    name = notice.name.lower().replace("_", "-") if kind == "pypi" else notice.name.lower()
    address = f"pkg:{kind}/{name}@{notice.version}"
    return {
        "type": "library",
        "bom-ref": address,
        "name": notice.name,
        "version": notice.version,
        "purl": address,
        "licenses": [{"expression": notice.licence}],
    }
