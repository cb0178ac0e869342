"""What PyInstaller takes in and the program does not need; paths are those inside the bundle."""

import re

UNUSED_MODULES = (
    *("tkinter", "_tkinter", "turtle", "idlelib", "lib2to3", "ensurepip", "distutils", "test"),
    *("setuptools", "pkg_resources", "pip", "pydoc", "pydoc_data", "doctest", "curses", "readline"),
    # Tools for developers of these libraries; the second reaches for pytest.
    *("anyio.pytest_plugin", "hypothesis", "mypy", "pytest", "ruff"),
    *("PySide6.QtDesigner", "PySide6.QtHelp", "PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets"),
    *("PySide6.QtPdf", "PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtSql", "PySide6.QtTest"),
)

# Qt for a program of widgets: its windows are painted by the processor, so nothing of OpenGL,
# and nothing of devices without a window system. Wayland, X11 and "offscreen" stay.
_UNUSED_FILES = re.compile(
    r"""
    (^|/)(lib)?Qt6(
        Qml|Quick|Pdf|VirtualKeyboard|OpenGL|Sql|Test|Designer|Help|EglFS|EglFs|WlShell|PrintSupport
        )\w*(\.so|\.dll|\.framework|\.abi3)
    |(^|/)opengl32sw\.dll$
    |/plugins/(
        egldeviceintegrations|generic|qmltooling|sqldrivers|printsupport|designer|vectorimageformats
        |wayland-graphics-integration-(server|client)|xcbglintegrations|help
        )/
    |/plugins/platforms/(lib)?q(eglfs|linuxfb|minimal|minimalegl|vkkhrdisplay|vnc|direct2d)\.
    |/plugins/platforminputcontexts/(lib)?qtvirtualkeyboardplugin\.
    |/plugins/imageformats/(lib)?q(pdf|tga|tiff|wbmp|webp|icns)\.
    |/plugins/wayland-shell-integration/lib(wl-shell|ivi|fullscreen|qt-shell)
    |/translations/(?!qtbase_)
    |\.dist-info/(?!METADATA$|entry_points\.txt$)
    """,
    re.VERBOSE,
)

# Of a bundle for a package manager that brings the system's own libraries, these alone stay.
# Debian's name of libbz2 is its own, so that one travels along.
_OWN_LIBRARIES = re.compile(r"^lib(python|bz2\.|Qt6|pyside6|shiboken6|icu)")


def needed(name: str) -> bool:
    """Whether this file of the bundle is used."""
    return not _UNUSED_FILES.search(name.replace("\\", "/"))


def from_system(name: str) -> bool:
    """Whether the system's package manager brings this library."""
    name = name.replace("\\", "/")
    return "/" not in name and name.startswith("lib") and not _OWN_LIBRARIES.search(name)
