"""The package for Fedora, openSUSE and their relatives, from the same tree as Debian's."""

import os
import re
import shutil
from pathlib import Path

import bundle
from linux_tree import LIBRARY, OPTIONAL, PROGRAM, Tree, tree
from release import DESCRIPTION, DIST, HOMEPAGE, SUMMARY, WORK, Release, fresh
from steps import StepFailed, step

# Folders under usr/share of shells and stores that may not be there. Several packages may own one;
# the last of them takes it along.
OWNED = ("bash-completion", "fish", "metainfo", "zsh")

LICENCES = "Apache-2.0 AND LGPL-3.0-only AND MIT AND BSD-3-Clause AND BSD-2-Clause AND PSF-2.0"


def build(release: Release, *, quick: bool = False, folder: Path = DIST) -> Path:
    """Writes longshore-VERSION-1.ARCH.rpm; `quick` packs it in seconds, for trying."""
    if shutil.which("rpmbuild") is None:
        raise StepFailed("Building this needs rpmbuild, which is not installed.")
    made = tree(release)
    # Debian's folder for the completion of zsh is its own.
    share = made.root / "usr" / "share" / "zsh"
    (share / "vendor-completions").rename(share / "site-functions")
    bundle.stamp(made.root, release.epoch)
    place = fresh(WORK / "rpm")
    recipe = place / f"{PROGRAM}.spec"
    recipe.write_text(_recipe(release, made, quick=quick), encoding="utf-8")
    step(
        "Packing the .rpm",
        [
            "rpmbuild",
            "-bb",
            "--define",
            f"_topdir {place}",
            "--define",
            "_build_id_links none",
            recipe,
        ],
        {"SOURCE_DATE_EPOCH": str(release.epoch)},
    )
    (built,) = (place / "RPMS").rglob("*.rpm")
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(built, folder / built.name))


def _recipe(release: Release, made: Tree, *, quick: bool) -> str:
    own = "|".join(sorted({re.escape(name) for name in _own(made)}))
    optional = "|".join(map(re.escape, OPTIONAL))
    files = "\n".join(f"%attr(-, root, root) {line}" for line in _files(made.root))
    payload = "w3T2.zstdio" if quick else "w19T2.zstdio"
    description = "\n\n".join(DESCRIPTION)
    return f"""\
%global __strip /bin/true
%global debug_package %{{nil}}
%global __brp_mangle_shebangs %{{nil}}
%global __requires_exclude ^({own})
%global __requires_exclude_from /({optional})$
%global __provides_exclude_from ^/{LIBRARY}/.*$
%global source_date_epoch_from_changelog 0
%global clamp_mtime_to_source_date_epoch 1
%global use_source_date_epoch_as_buildtime 1
%global _buildhost longshore
%define _binary_payload {payload}

Name: {PROGRAM}
Version: {release.version}
Release: 1
Summary: {SUMMARY[0].upper()}{SUMMARY[1:]}
License: {LICENCES}
URL: {HOMEPAGE}
Requires: ca-certificates, hicolor-icon-theme
Recommends: dejavu-sans-fonts

%description
{description}

%install
cp -a {made.root}/. %{{buildroot}}

%files
{files}
"""


def _own(made: Tree) -> list[str]:
    """The names under which the libraries of the bundle ask for each other."""
    return [path.name for path in made.library.rglob("*.so*")]


def _files(root: Path) -> list[str]:
    """What belongs to the package: its own folders whole, single files in shared ones."""
    found = [f"/{LIBRARY}"]
    for folder, folders, names in os.walk(root / "usr"):
        place = Path(folder).relative_to(root)
        if place == LIBRARY:
            folders.clear()
            continue
        if place.parts[:2] == ("usr", "share") and place.parts[2:3] in [(one,) for one in OWNED]:
            found.append(f"%dir /{place}")
        found += [f"/{place / name}" for name in sorted(names)]
    return found
