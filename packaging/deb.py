"""The package for Debian and its relatives."""

import hashlib
import re
import subprocess
import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import bundle
from linux_tree import LIBRARY, OPTIONAL, PROGRAM, Tree, packed, tree, written
from release import DESCRIPTION, DIST, HOMEPAGE, MAINTAINER, SUMMARY, WORK, Release, fresh
from steps import StepFailed, step

OVERRIDES = {
    # The point of the package: it brings Python and Qt in the versions it was tested with.
    "embedded-library": "*",
    "library-not-linked-against-libc": "*",
    "hardening-no-pie": "*",
    "shared-library-lacks-prerequisites": "*",
}

COMMON = {
    "Apache-2.0": "Apache-2.0",
    "LGPL-3.0-only": "LGPL-3",
    "GPL-2.0-only": "GPL-2",
    "GPL-3.0-only": "GPL-3",
}
"""Licences whose text every Debian system has, by their SPDX name."""


def build(release: Release, *, quick: bool = False, folder: Path = DIST) -> Path:
    """Writes longshore_VERSION_ARCH.deb; `quick` packs it in seconds, for trying."""
    made = tree(release)
    documents = made.root / "usr" / "share" / "doc" / PROGRAM
    written(documents / "copyright", "\n".join(copyright_lines(made)))
    written(documents / "changelog.gz", packed(_changelog(release)))
    overrides = "".join(f"{PROGRAM}: {tag} {what}\n" for tag, what in OVERRIDES.items())
    written(made.root / "usr" / "share" / "lintian" / "overrides" / PROGRAM, overrides)
    architecture = _said(["dpkg", "--print-architecture"])
    control = _control(release, made, architecture)
    # Made before the folder of the package's own papers, which are not installed.
    sums = "".join(_sums(made.root))
    papers = made.root / "DEBIAN"
    written(papers / "control", control)
    written(papers / "md5sums", sums)
    for path in [papers, *papers.iterdir(), *documents.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    for path in made.root.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    bundle.stamp(made.root, release.epoch)
    folder.mkdir(parents=True, exist_ok=True)
    package = folder / f"{PROGRAM}_{release.version}_{architecture}.deb"
    how = ["-Zzstd", "-z3"] if quick else ["-Zxz"]
    step(
        f"Packing {package.name}",
        ["dpkg-deb", "--root-owner-group", *how, "--build", made.root, package],
        {"SOURCE_DATE_EPOCH": str(release.epoch)},
    )
    return package


def _control(release: Release, made: Tree, architecture: str) -> str:
    depends = ", ".join([*_libraries(made), "ca-certificates", "hicolor-icon-theme"])
    size = -(-bundle.size(made.root) // 1024)
    text = "\n .\n".join(_wrapped(part) for part in DESCRIPTION)
    return f"""\
Package: {PROGRAM}
Version: {release.version}
Section: net
Priority: optional
Architecture: {architecture}
Maintainer: {MAINTAINER}
Installed-Size: {size}
Depends: {depends}
Recommends: fonts-dejavu-core | fonts-noto-core, gnome-keyring | kwalletmanager | keepassxc
Suggests: xdg-utils
Homepage: {HOMEPAGE}
Description: {SUMMARY}
{text}
"""


def _wrapped(text: str) -> str:
    return textwrap.indent("\n".join(textwrap.wrap(text, 76)), " ")


def _libraries(made: Tree) -> list[str]:
    """What the machine code needs of the system, as dpkg-shlibdeps sees it.

    Raises StepFailed where a library is in no package: then too much was trimmed away.
    """
    place = fresh(WORK / "linux" / "shlibdeps")
    written(
        place / "debian" / "control",
        f"Source: {PROGRAM}\n\nPackage: {PROGRAM}\nArchitecture: any\n",
    )
    inside = made.library / "_internal"
    own = (".", "PySide6", "PySide6/Qt/lib", "shiboken6")
    required = [path for path in made.programs if path.name not in OPTIONAL]
    asked = subprocess.run(
        [
            *("dpkg-shlibdeps", "-O", "--ignore-missing-info"),
            *(f"-l{inside / folder}" for folder in own),
            *required,
        ],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode != 0:
        raise StepFailed(asked.stderr.strip())
    return asked.stdout.strip().removeprefix("shlibs:Depends=").split(", ")


def copyright_lines(made: Tree) -> Iterator[str]:
    """debian/copyright: ours, then a paragraph for each work inside, then the texts."""
    yield "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
    yield f"Upstream-Name: Longshore\nSource: {HOMEPAGE}\n"
    yield "Files: *\nCopyright: The Longshore developers\nLicense: Apache-2.0\n"
    texts: dict[str, str] = {"Apache-2.0": ""}
    for notice in made.notices:
        parts = re.split(r" OR ", notice.licence)
        # A licence that others share by name differs in its copyright lines.
        names = [part if part in COMMON else f"{part}-{_slug(notice.name)}" for part in parts]
        # Where there is a choice, the texts that every system has are left to it.
        special = [text for text in notice.texts if "Apache License" not in text[:200]]
        text = "\n\n".join(special)
        holders = _holders(text) or [f"The developers of {notice.name}"]
        if any(part.startswith("LGPL") for part in parts):
            holders = ["The Qt Company Ltd. and other contributors"]
        yield f"Files: {_where(notice.name)}"
        yield "Copyright: " + "\n ".join(holders)
        yield f"License: {' or '.join(names)}"
        yield f"Comment: {notice.name} {notice.version}\n"
        own = [name for part, name in zip(parts, names, strict=True) if part not in COMMON]
        texts |= dict.fromkeys((name for name in names if name not in own), "")
        texts |= dict.fromkeys(own, text)
    for name, text in texts.items():
        yield f"License: {name}"
        if text:
            lines = (line.rstrip() for line in text.strip().splitlines())
            yield "".join(f" {line}\n" if line else " .\n" for line in lines)
        else:
            yield f" The text is in /usr/share/common-licenses/{COMMON[name]}.\n"


def _where(name: str) -> str:
    inside = f"{LIBRARY}/_internal"
    folders = {
        "Python": f"{inside}/libpython* {inside}/python3*/* {inside}/base_library.zip",
        "OpenSSL": f"{inside}/cryptography/hazmat/bindings/*",
        "PySide6_Essentials": f"{inside}/PySide6/* {inside}/libQt6* {inside}/libpyside6*",
        "shiboken6": f"{inside}/shiboken6/* {inside}/libshiboken6*",
    }
    # Modules of Python are in one archive, at the end of the program itself.
    return folders.get(name, f"{LIBRARY}/{PROGRAM}")


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _holders(text: str) -> list[str]:
    lines = re.findall(r"^\W*(Copyright\b.*\d{4}.*|Copyright \(c\) .*)$", text, re.M | re.I)
    return list(dict.fromkeys(line.strip().rstrip("*#").strip() for line in lines))[:12]


def _changelog(release: Release) -> str:
    date = format_datetime(datetime.fromtimestamp(release.epoch, UTC))
    return (
        f"{PROGRAM} ({release.version}) unstable; urgency=medium\n\n"
        f"  * See {HOMEPAGE} for what is new.\n\n -- {MAINTAINER}  {date}\n"
    )


def _sums(root: Path) -> Iterator[str]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink():
            digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
            yield f"{digest}  {path.relative_to(root)}\n"


def _said(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
