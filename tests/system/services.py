"""The services of a desktop and its system, for real on a private bus; they tell what is asked.

Arguments: the names to take. Prints one line of JSON per event: ready, inhibit, uninhibit (with the
cookie), vanished (a name that holds something is gone), notify, launcher. Commands on standard
input: {"sleeping": true}, {"click": id}, {"end": name}.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    MatchRule,
    MessageType,
    message_bus,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import open_dbus_connection

NOTES = DBusAddress("/org/freedesktop/Notifications", interface="org.freedesktop.Notifications")
LOGIN = DBusAddress("/org/freedesktop/login1", interface="org.freedesktop.login1.Manager")


def say(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


class Services:
    """Answers calls as the services do that it stands for."""

    def __init__(self) -> None:
        self.line = open_dbus_connection("SESSION", enable_fds=True)
        self.held: dict[int, str] = {}
        self.last = 0
        self.notes = 0

    def inhibited(self, sender: str, way: str, args: tuple[Any, ...]) -> int:
        self.last += 1
        self.held[self.last] = sender
        say(inhibit=self.last, way=way, args=[a for a in args if isinstance(a, str | int)])
        return self.last

    def released(self, cookie: int) -> None:
        self.held.pop(cookie)
        say(uninhibit=cookie)

    def watch_descriptor(self, reading: int, cookie: int) -> None:
        os.read(reading, 1)
        os.close(reading)
        self.released(cookie)

    def answer(self, message: Any) -> Any:
        fields, body = message.header.fields, message.body
        at = fields[HeaderFields.interface], fields[HeaderFields.member]
        sender, signature = fields[HeaderFields.sender], fields.get(HeaderFields.signature, "")
        match (*at, signature):
            case ("org.gnome.SessionManager", "Inhibit", "susu"):
                return "u", (self.inhibited(sender, "gnome", body),)
            case ("org.freedesktop.PowerManagement.Inhibit", "Inhibit", "ss"):
                return "u", (self.inhibited(sender, "freedesktop", body),)
            case ("org.freedesktop.portal.Inhibit", "Inhibit", "sua{sv}"):
                cookie = self.inhibited(sender, "portal", (*body[:2], body[2]["reason"][1]))
                return "o", (f"/org/freedesktop/portal/desktop/request/{cookie}",)
            case ("org.freedesktop.login1.Manager", "Inhibit", "ssss"):
                cookie = self.inhibited(sender, "login1", body)
                reading, writing = os.pipe()
                threading.Thread(
                    target=self.watch_descriptor, args=(reading, cookie), daemon=True
                ).start()
                return "h", (os.fdopen(writing, "wb"),)
            case (_, "Uninhibit" | "UnInhibit", "u"):
                self.released(body[0])
                return "", ()
            case ("org.freedesktop.portal.Request", "Close", ""):
                self.released(int(fields[HeaderFields.path].rsplit("/", 1)[1]))
                return "", ()
            case ("org.freedesktop.Notifications", "GetCapabilities", ""):
                return "as", (["body", "body-markup", "actions"],)
            case ("org.freedesktop.Notifications", "Notify", "susssasa{sv}i"):
                self.notes = body[1] or self.notes + 1
                hints = {key: list(value) for key, value in body[6].items()}
                say(notify=self.notes, title=body[3], text=body[4], actions=body[5], hints=hints)
                return "u", (self.notes,)
            case ("org.freedesktop.Notifications", "CloseNotification", "u"):
                say(closed=body[0])
                return "", ()
            case ("org.kde.StatusNotifierWatcher", "RegisterStatusNotifierItem", "s"):
                say(icon=body[0])
                return "", ()
            case ("org.freedesktop.DBus.Properties", "Get", "ss"):
                # Of the notification area alone: somebody shows what is registered.
                return "v", (("b", True),)
        return None

    def serve(self, names: list[str]) -> None:
        for name in names:
            self.line.send_and_get_reply(message_bus.RequestName(name))
        for rule in (
            MatchRule(type="signal", member="NameOwnerChanged"),
            MatchRule(type="signal", interface="com.canonical.Unity.LauncherEntry"),
        ):
            self.line.send_and_get_reply(message_bus.AddMatch(rule))
        threading.Thread(target=self.obey, daemon=True).start()
        say(ready=True)
        while True:
            message = self.line.receive()
            kind, fields = message.header.message_type, message.header.fields
            if kind is MessageType.signal:
                self.heard(fields[HeaderFields.member], message.body)
            elif kind is MessageType.method_call:
                found = self.answer(message)
                if found is None:
                    unknown = "org.freedesktop.DBus.Error.InvalidArgs"
                    self.line.send(new_error(message, unknown, "s", ("no such thing",)))
                else:
                    reply = new_method_return(message, found[0] or None, found[1])
                    self.line.send(reply)
                    for part in found[1]:
                        if hasattr(part, "close"):
                            part.close()

    def heard(self, member: str, body: tuple[Any, ...]) -> None:
        if member == "NameOwnerChanged" and not body[2]:
            for cookie, holder in list(self.held.items()):
                if holder == body[0]:
                    say(vanished=cookie)
        elif member == "Update":
            say(launcher=body[0], **{key: value[1] for key, value in body[1].items()})

    def obey(self) -> None:
        for text in sys.stdin:
            command = json.loads(text)
            if "sleeping" in command:
                signal = new_signal(LOGIN, "PrepareForSleep", "b", (command["sleeping"],))
            elif "click" in command:
                signal = new_signal(NOTES, "ActionInvoked", "us", (command["click"], "default"))
            else:
                signal = new_signal(NOTES, "NotificationClosed", "uu", (command["closed"], 2))
            self.line.send(signal)


if __name__ == "__main__":
    Services().serve(sys.argv[1:])
