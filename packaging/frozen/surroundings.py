"""Runs before the frozen program: what it starts shall not live in its surroundings.

The bundle's own library folder is in the environment when the program begins. A browser or file
manager that inherits it loads the wrong libraries and dies.
"""

import os
import sys

APP_ID = "io.github.longshore.Longshore"

if sys.platform == "win32":
    import ctypes

    # The same as the Start menu's entry has, or the taskbar takes them for two programs.
    ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID(APP_ID)
else:
    for _name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
        _before = os.environ.pop(f"{_name}_ORIG", None)
        os.environ.pop(_name, None)
        if _before:
            os.environ[_name] = _before
