"""The program for macOS: an .app in a .dmg; signed and notarised where there are keys.

Needs a Mac: the tools that sign and pack are nowhere else.
"""

import os
import platform
import plistlib
import shutil
from pathlib import Path
from typing import Any

import bundle
from release import APP_ID, DIST, WORK, Release, fresh
from steps import Command, StepFailed, step

IDENTITY = "LONGSHORE_SIGN_MACOS"
"""The name of a “Developer ID Application” certificate in the keychain."""
NOTARY = "LONGSHORE_NOTARY_PROFILE"
"""A profile that `xcrun notarytool store-credentials` made."""

# Qt 6.11 runs on nothing older.
LEAST_SYSTEM = "13.0"

ENTITLEMENTS = {
    # Python's own libraries carry other signatures than the program.
    "com.apple.security.cs.disable-library-validation": True,
}

TYPES = (
    ("MARC records", "org.loc.marc", ("mrc", "marc"), "application/marc", "public.data"),
    (
        "Fortify scan results",
        "com.fortify.fpr",
        ("fpr",),
        "application/x-fortify-fpr",
        "public.zip-archive",
    ),
    ("EDIFACT invoices", "org.unece.edifact", ("edi",), "application/EDIFACT", "public.data"),
)


def build(release: Release) -> Path:
    """Writes dist/Longshore-VERSION-macos-ARCH.dmg. Raises StepFailed anywhere but on a Mac."""
    if platform.system() != "Darwin":
        raise StepFailed("A package for macOS can be built on a Mac only.")
    workshop = bundle.here()
    pictures = bundle.icons(workshop)
    rights = WORK / "entitlements.plist"
    rights.parent.mkdir(parents=True, exist_ok=True)
    rights.write_bytes(plistlib.dumps(ENTITLEMENTS))
    folder = bundle.frozen(
        release,
        workshop,
        name="macos",
        icon=str(pictures / "longshore.icns"),
        info_plist=info(release),
        entitlements=str(rights),
    )
    app = folder.parent / "Longshore.app"
    if identity := os.environ.get(IDENTITY):
        signing: Command = ["codesign", "--force", "--deep", "--timestamp", "--options", "runtime"]
        named: Command = ["--entitlements", rights, "--sign", identity, app]
        step("Signing the program", [*signing, *named])
        step("Looking at the signature", ["codesign", "--verify", "--deep", "--strict", app])
    image = _image(app, release)
    if identity:
        step("Signing the image", ["codesign", "--timestamp", "--sign", identity, image])
    if profile := os.environ.get(NOTARY):
        submit: Command = ["xcrun", "notarytool", "submit", image, "--wait"]
        step("Having it notarised", [*submit, "--keychain-profile", profile])
        step("Attaching the ticket", ["xcrun", "stapler", "staple", image])
    return image


def _image(app: Path, release: Release) -> Path:
    """What a person opens: the program beside a link to where it belongs."""
    inside = fresh(WORK / "macos-image")
    shutil.copytree(app, inside / app.name, symlinks=True)
    (inside / "Applications").symlink_to("/Applications")
    bundle.stamp(inside, release.epoch)
    DIST.mkdir(exist_ok=True)
    image = DIST / f"Longshore-{release.version}-macos-{platform.machine()}.dmg"
    image.unlink(missing_ok=True)
    making: Command = ["hdiutil", "create", "-volname", "Longshore", "-srcfolder", inside]
    step("Packing the image", [*making, "-format", "ULFO", "-fs", "APFS", image])
    return image


def info(release: Release) -> dict[str, Any]:
    """Info.plist, apart from what PyInstaller writes into it."""
    documents = [
        {
            "CFBundleTypeName": name,
            "CFBundleTypeRole": "Viewer",
            "LSHandlerRank": "Alternate",
            "LSItemContentTypes": [identifier],
        }
        for name, identifier, *_ in TYPES
    ]
    documents.append(
        {
            "CFBundleTypeName": "CSV files",
            "CFBundleTypeRole": "Viewer",
            "LSHandlerRank": "Alternate",
            "LSItemContentTypes": ["public.comma-separated-values-text"],
        }
    )
    imported = [
        {
            "UTTypeIdentifier": identifier,
            "UTTypeDescription": name,
            "UTTypeConformsTo": [parent],
            "UTTypeTagSpecification": {
                "public.filename-extension": list(endings),
                "public.mime-type": kind,
            },
        }
        for name, identifier, endings, kind, parent in TYPES
    ]
    return {
        "CFBundleIdentifier": APP_ID,
        "CFBundleName": "Longshore",
        "CFBundleDisplayName": "Longshore",
        "CFBundleShortVersionString": release.version,
        "CFBundleVersion": release.version,
        "CFBundleDocumentTypes": documents,
        "CFBundleURLTypes": [{"CFBundleURLName": APP_ID, "CFBundleURLSchemes": ["longshore"]}],
        "UTImportedTypeDeclarations": imported,
        "LSApplicationCategoryType": "public.app-category.utilities",
        "LSMinimumSystemVersion": LEAST_SYSTEM,
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": "Apache License 2.0",
        "NSSupportsAutomaticGraphicsSwitching": True,
    }
