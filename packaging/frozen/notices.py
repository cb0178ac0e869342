"""What a bundle holds that others wrote, and under which licences.

Runs in the environment that is frozen and prints JSON: a list of {"name", "version", "licence",
"texts"}. The folder `licences` has the texts that packages do not bring themselves.
"""

import importlib.metadata
import json
import re
import ssl
import sys
import sysconfig
from dataclasses import asdict, dataclass
from pathlib import Path

PACKAGING = Path(__file__).resolve().parent.parent
LOCK = PACKAGING / "requirements.lock"
APACHE = PACKAGING.parent / "LICENSE"

QT = "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only"
SHORT = {"MIT License": "MIT", "BSD License": "BSD-3-Clause"}


@dataclass(frozen=True)
class Notice:
    """One work of others; `licence` is an SPDX expression."""

    name: str
    version: str
    licence: str
    texts: tuple[str, ...]


def main() -> None:
    names = re.findall(r"^([A-Za-z0-9._-]+)==", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    found = [notice for name in names if (notice := of_package(name))]
    missing = [notice.name for notice in found if not notice.texts or not notice.licence]
    if missing:
        sys.exit(f"No licence was found for: {', '.join(missing)}")
    version, text = ssl.OPENSSL_VERSION.split()[1], APACHE.read_text(encoding="utf-8")
    found = [python(), Notice("OpenSSL", version, "Apache-2.0", (text,)), *found]
    print(json.dumps([asdict(notice) for notice in found], indent=1))


def python() -> Notice:
    version = ".".join(map(str, sys.version_info[:3]))
    places = (
        Path(sysconfig.get_path("stdlib")) / "LICENSE.txt",
        Path(sys.base_prefix) / "LICENSE.txt",
        Path("/usr/share/doc") / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "copyright",
    )
    for place in places:
        if place.is_file():
            text = place.read_text(encoding="utf-8")
            return Notice("Python", version, "PSF-2.0", (text,))
    sys.exit("The licence of Python itself was not found.")


def of_package(name: str) -> Notice | None:
    """None for what the lock names for other systems only."""
    try:
        package = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    meta = package.metadata
    kinds = [
        value.rpartition(" :: ")[2]
        for value in meta.get_all("Classifier") or []
        if value.startswith("License ::")
    ]
    licence = _one(package, "License-Expression") or SHORT.get(kinds[0] if kinds else "", "")
    # Packages older than that field wrote the same expression here, or the whole text.
    older = _one(package, "License")
    if not licence:
        licence = older if len(older) < 80 else _recognised(older)
    files = [
        file
        for file in package.files or []
        if re.search(r"\.dist-info/(licenses/)?(LICEN[CS]E|COPYING|NOTICE)[^/]*$", str(file))
    ]
    texts = tuple(file.read_text(encoding="utf-8").strip() for file in sorted(files))
    if licence == QT:
        texts = tuple(
            (PACKAGING / "licences" / file).read_text(encoding="utf-8")
            for file in ("LGPL-3.0.txt", "GPL-3.0.txt")
        )
    return Notice(str(meta["Name"]), package.version, licence, texts)


def _recognised(text: str) -> str:
    """The licence whose text this is; empty if it is none of the usual short ones."""
    if "Redistributions in binary form must reproduce" not in text:
        return ""
    return "BSD-3-Clause" if "Neither the name" in text else "BSD-2-Clause"


def _one(package: importlib.metadata.Distribution, field: str) -> str:
    values = package.metadata.get_all(field) or [""]
    return str(values[0])


if __name__ == "__main__":
    main()
