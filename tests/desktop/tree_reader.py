"""What a screen reader finds in a program: run by the system's Python, which has pyatspi.

Argument: the process of the program. Prints one JSON list of [role, name, showing, parents] with an
entry for everything in all its windows; nothing of the project is imported.
"""

import json
import sys
import time

import pyatspi

SECONDS = 20


def found(pid):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for one in pyatspi.Registry.getDesktop(0):
            if one is not None and one.get_process_id() == pid and one.childCount:
                return one
        time.sleep(0.1)
    sys.exit("the program is not in the tree")


def walk(node, parents, told):
    states = node.getState()
    showing = states.contains(pyatspi.STATE_SHOWING)
    role = node.getRoleName()
    told.append([role, node.name, showing, parents])
    if not showing and role not in ("application", "table", "table cell", "column header"):
        return
    for child in node:
        if child is not None:
            walk(child, [*parents, node.name or role], told)


told = []
walk(found(int(sys.argv[1])), [], told)
sys.stdout.write(json.dumps(told))
