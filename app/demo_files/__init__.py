"""Made-up files for the demo, as libraries, security people and schools have them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.demo_files.made import DemoFile
from app.demo_files.marc import marc_record, write_marc
from app.demo_files.rosters import write_groups, write_memberships, write_users
from app.demo_files.scans import write_fpr

__all__ = [
    "OPTIONS",
    "DemoFile",
    "demo_files",
    "marc_record",
    "write_fpr",
    "write_groups",
    "write_marc",
    "write_memberships",
    "write_users",
]

OPTIONS: Mapping[str, Mapping[str, str]] = {
    "folio": {"job_profile": "Default - Create instance and SRS MARC Bib"},
    "ssc": {"application": "Shop", "version": "1.0"},
    "tao": {},
}
"""How the demo delivers, by family: options as `send --set` takes them."""


def demo_files(folder: Path) -> tuple[DemoFile, ...]:
    """A few files for each family, in `folder`: quick, lengthy, and with bad records."""
    folder.mkdir(parents=True, exist_ok=True)
    return (
        write_marc(folder / "new-books.mrc", 120),
        write_marc(folder / "e-books spring.mrc", 2_400, first=1_000),
        write_marc(folder / "gift-collection.mrc", 60, without_title=(7, 23, 41), first=5_000),
        write_fpr(folder / "shop-web.fpr", build="shop-web", files=120),
        write_fpr(folder / "shop-services.fpr", build="shop-services", files=90),
        write_groups(folder / "groups.csv", 12),
        write_users(folder / "users.csv", 480, weak_passwords=(17, 203)),
        write_memberships(folder / "users in groups.csv", 12),
    )
