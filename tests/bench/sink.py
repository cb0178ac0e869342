"""A server that swallows uploads as fast as Python can: a process, a thread per connection.

Run as `python -m tests.bench.sink [certificate.pem]`; it prints its port and serves until its
input ends.
A request's path says how it is answered: `/delay/20` waits 20 milliseconds first.
"""

from __future__ import annotations

import re
import socket
import ssl
import sys
import threading
import time

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_DELAY = re.compile(rb"^[A-Z]+ /delay/(\d+)")
_ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"
_BUFFER = 1024 * 1024


def serve(connection: socket.socket, context: ssl.SSLContext | None) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        if context is not None:
            connection = context.wrap_socket(connection, server_side=True)
        _swallow(connection)
    except OSError:
        pass
    finally:
        connection.close()


def _swallow(connection: socket.socket) -> None:
    room = bytearray(_BUFFER)
    view = memoryview(room)
    held = b""
    while True:
        while (end := held.find(b"\r\n\r\n")) < 0:
            count = connection.recv_into(room)
            if not count:
                return
            held += view[:count]
        head = held[: end + 2]
        found = _LENGTH.search(head)
        left = (int(found[1]) if found else 0) - (len(held) - end - 4)
        held = b""
        while left > 0:
            count = connection.recv_into(view[: min(left, _BUFFER)])
            if not count:
                return
            left -= count
        if waits := _DELAY.match(head):
            time.sleep(int(waits[1]) / 1000)
        connection.sendall(_ANSWER)


def main() -> None:
    context = None
    if len(sys.argv) > 1:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1])
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listener.getsockname()[1], flush=True)

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection, context), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
