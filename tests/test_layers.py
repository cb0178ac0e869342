"""Which part of the program may know which other part, and the packages each may use.

Every import of `app` is read, those inside functions and for type checking included.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Layer:
    """What a part may import besides itself: of the program, and of installed packages."""

    own: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


CONTRACT = "app.servers.api"

LAYERS = {
    # Values only: nothing that touches the world or asks the time.
    "app.core": Layer(
        never=(
            *("asyncio", "logging", "os", "random", "shutil", "socket"),
            *("sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib.request"),
        )
    ),
    "app.servers": Layer(own=("app.core",), outside=("anyio", "httpcore2", "pymarc", "truststore")),
    "app.transfer": Layer(own=("app.core", CONTRACT), outside=("anyio",)),
    "app.storage": Layer(own=("app.core",), outside=("keyring", "platformdirs", "tomli_w")),
    # Pure functions: what they write is given in, and goes out as bytes.
    "app.reports": Layer(
        own=("app.core",), never=("asyncio", "os", "pathlib", "socket", "sqlite3", "time")
    ),
    # Its other process knows the families.
    "app.inspection": Layer(own=("app.core", "app.servers")),
    "app.viewmodels": Layer(
        own=(
            *("app.core", "app.inspection", "app.reports", "app.transfer", "app.storage"),
            CONTRACT,
        ),
        outside=("PySide6.QtCore",),
    ),
    "app.views": Layer(own=("app.core", "app.viewmodels", "app.resources"), outside=("PySide6",)),
    "app.system": Layer(
        own=("app.core", "app.viewmodels", "app.resources"), outside=("PySide6", "jeepney")
    ),
    "app.sandbox": Layer(outside=("starlette", "uvicorn")),
    "app.resources": Layer(),
    "app.demo": Layer(
        own=("app.core", "app.demo_files", "app.sandbox", "app.servers", "app.storage")
    ),
    "app.demo_files": Layer(),
    "app.logs": Layer(own=("app.core",)),
    # These put the parts together.
    "app.cli": Layer(
        own=(
            *("app.core", "app.demo", "app.demo_files", "app.inspection", "app.logs"),
            *(
                "app.sandbox",
                "app.reports",
                "app.self_test",
                "app.servers",
                "app.storage",
                "app.transfer",
                "app.viewmodels",
            ),
        ),
        outside=("anyio",),
    ),
    "app.desktop": Layer(own=("app",), outside=("PySide6", "anyio", "qasync")),
    "app.self_test": Layer(own=("app",), outside=("PySide6",)),
    "app.tour": Layer(own=("app",), outside=("PySide6",)),
    "app.__main__": Layer(own=("app",)),
}

# Packages that only these modules name, so that replacing one is a change in one place.
ONLY_IN = {
    "httpcore2": (
        *("app.servers.connections", "app.servers.failures", "app.servers.http"),
        *("app.servers.proxies", "app.servers.sockets"),
    ),
    "keyring": ("app.storage.secrets",),
    "jeepney": ("app.system.dbus",),
    "qasync": ("app.desktop",),
}

# Nothing but these may import the parts named here.
TOGETHER = ("app.cli", "app.desktop", "app.self_test", "app.tour", "app.__main__")


def faults(root: Path) -> list[str]:
    """Each wrong import under `root`/app, as one line that says where it is and what it breaks."""
    modules = {_name(root, path): path for path in sorted((root / "app").rglob("*.py"))}
    families = {family for module, path in modules.items() if (family := _family_in(module, path))}
    found = []
    for module, path in modules.items():
        for line, target in sorted(set(_imports(module, path, modules))):
            reason = _layer_fault(module, target) or _family_fault(module, target, families)
            if reason:
                where = f"{path.relative_to(root)}:{line}"
                found.append(f"{where}: {module} imports {target}: {reason}")
    return found


def _layer_fault(module: str, target: str) -> str | None:
    if module == "app":
        return None if _standard(target) else "the package itself imports nothing"
    layer_name = next((name for name in LAYERS if _within(module, name)), None)
    if layer_name is None:
        return "it belongs to no layer"
    layer = LAYERS[layer_name]
    if any(_within(target, name) for name in layer.never):
        return f"never in {layer_name}"
    if _standard(target) or target == "__future__":
        return None
    if not _within(target, "app"):
        if not any(_within(target, name) for name in layer.outside):
            return f"not a package that {layer_name} uses"
        only = ONLY_IN.get(target.partition(".")[0], (module,))
        return None if module in only else f"only in {', '.join(only)}"
    for name in TOGETHER:
        if _within(target, name) and not any(_within(module, other) for other in TOGETHER):
            return f"nothing imports {name}"
    if _within(target, layer_name):
        return None
    if target == "app":
        return "it knows nothing of the program" if layer_name == "app.sandbox" else None
    if not any(_within(target, name) for name in layer.own):
        return f"{layer_name} may not know it"
    return None


def _family_fault(module: str, target: str, families: set[str]) -> str | None:
    """Nobody knows a family by name, other families included."""
    for family in families:
        if _within(target, family) and not _within(module, family):
            return f"{family} is a family, known to nobody by name"
    return None


def _family_in(module: str, path: Path) -> str | None:
    """The family a module is, or is part of: a folder of app.servers, or a module with FAMILY."""
    parts = module.split(".")
    if parts[:2] != ["app", "servers"] or len(parts) < 3:
        return None
    if len(parts) > 3 or path.name == "__init__.py" or "FAMILY" in _assigned(path):
        return ".".join(parts[:3])
    return None


def _assigned(path: Path) -> set[str]:
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8"), str(path)).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def _imports(module: str, path: Path, modules: dict[str, Path]) -> Iterator[tuple[int, str]]:
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base]).rstrip(".")
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                # A name taken from a package may be a module of it; of PySide6 it always is.
                yield node.lineno, whole if whole in modules or base == "PySide6" else base


def _name(root: Path, path: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _standard(target: str) -> bool:
    return target.partition(".")[0] in sys.stdlib_module_names


def test_every_import_of_the_program_is_allowed() -> None:
    assert faults(ROOT) == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("app/core/clock.py", "import time"),
        ("app/core/net.py", "from httpcore2 import URL"),
        ("app/core/up.py", "from app.transfer import engine"),
        ("app/servers/http.py", "import httpx2"),
        ("app/servers/folio/server.py", "import httpcore2"),
        ("app/servers/folio/server.py", "from ..ssc import wire"),
        ("app/servers/http.py", "from app.servers.folio.wire import Definition"),
        ("app/servers/http.py", "from PySide6.QtCore import QObject"),
        ("app/servers/sword.py", "from app.servers.ssc import wire\nFAMILY = 1"),
        ("app/servers/ssc/wire.py", "from app.servers import bagit"),
        ("app/transfer/engine.py", "from app.servers import families"),
        ("app/transfer/engine.py", "from app.servers.folio import FAMILY"),
        ("app/transfer/engine.py", "from app.storage.journal import Journal"),
        ("app/storage/journal.py", "import keyring"),
        ("app/storage/journal.py", "from app.transfer.engine import Engine"),
        ("app/viewmodels/form.py", "from PySide6.QtWidgets import QWidget"),
        ("app/viewmodels/form.py", "from PySide6 import QtGui"),
        ("app/viewmodels/form.py", "from app.views.window import Window"),
        ("app/viewmodels/tasks.py", "import qasync"),
        ("app/views/window.py", "from app.transfer.engine import Engine"),
        ("app/views/window.py", "if TYPE_CHECKING:\n    from app.storage.paths import Paths"),
        ("app/views/window.py", "def late():\n    import app.servers.api"),
        ("app/views/window.py", "from app import desktop"),
        ("app/sandbox/folio.py", "from app.core.jobs import Job"),
        ("app/sandbox/folio.py", "from app import __version__"),
        ("app/sandbox/folio.py", "import httpcore2"),
        ("app/cli/send.py", "from PySide6.QtWidgets import QApplication"),
        ("app/cli/send.py", "from app.desktop import main"),
        ("app/logs.py", "from app.cli.output import table"),
        ("app/extra.py", "import json"),
    ],
)
def test_a_wrong_import_is_caught(tmp_path: Path, path: str, line: str) -> None:
    _write_tree(tmp_path, {path: line})
    assert len(faults(tmp_path)) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("app/core/uploads.py", "from . import jobs\nfrom .jobs import Job\nimport enum"),
        ("app/servers/http.py", "import ssl\nfrom httpcore2 import AsyncNetworkBackend"),
        ("app/servers/folio/server.py", "from . import wire\nfrom ..api import Server"),
        ("app/transfer/engine.py", "from app.servers import api\nimport asyncio"),
        (
            "app/viewmodels/form.py",
            "from PySide6 import QtCore\nfrom app.servers.api import Family",
        ),
        ("app/views/window.py", "from PySide6.QtWidgets import QWidget\nfrom .theme import Theme"),
        ("app/desktop.py", "import qasync\nfrom app.servers import families\nimport app.views"),
        ("app/cli/send.py", "from app.servers import families\nfrom app import __version__"),
        (
            "app/__main__.py",
            "def main():\n    from app import desktop\n    from app.cli import send",
        ),
    ],
)
def test_a_right_import_is_not(tmp_path: Path, path: str, line: str) -> None:
    _write_tree(tmp_path, {path: line})
    assert faults(tmp_path) == []


def _write_tree(root: Path, sources: dict[str, str]) -> None:
    """A made-up program: the modules that the imports name, then `sources`."""
    named = (
        *("desktop", "cli/send", "servers/api", "servers/folio/wire", "servers/ssc/wire"),
        *("core/jobs", "transfer/engine", "views/theme"),
    )
    made = {f"app/{name}.py": "" for name in named} | {"app/servers/bagit.py": "FAMILY = 1"}
    for path, text in {**made, **sources}.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        for folder in file.relative_to(root).parents:
            if folder != Path():
                (root / folder / "__init__.py").touch()
        file.write_text(text, encoding="utf-8")
