"""A real nginx in front of a server: TLS by the tests' own authority, a body limit, buffering."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAM = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
STARTS_WITHIN = 10.0

_CONF = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    log_format asked '$status $request_method $uri';
    access_log {folder}/access.log asked;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{secure} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {certificate};
        client_max_body_size {largest};
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            {common}
        }}
    }}
    server {{
        listen 127.0.0.1:{plain};
        client_max_body_size 0;
        location / {{
            proxy_pass http://127.0.0.1:{storage};
            {common}
        }}
    }}
}}
"""
_COMMON = """
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_request_buffering {buffering};
            proxy_read_timeout {answers_within};
"""


@dataclass(frozen=True, slots=True)
class Nginx:
    """`secure`: the https port of the service; `plain`: the http port of its storage."""

    secure: int
    plain: int
    folder: Path

    def answers(self, method: str, part: str) -> list[int]:
        """The status of every request of this method whose path contains `part`, in order."""
        lines = (self.folder / "access.log").read_text().splitlines()
        asked = (line.split(" ", 2) for line in lines)
        return [int(status) for status, how, path in asked if how == method and part in path]

    def settings(self, fields: Mapping[str, str], port: int, ca_file: Path) -> dict[str, str]:
        """The connection fields of a server on `port` as a client behind nginx needs them."""
        url = fields["url"].replace(f"http://127.0.0.1:{port}", f"https://localhost:{self.secure}")
        return {**fields, "url": url, "ca_file": str(ca_file)}


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on just now."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


@contextmanager
def nginx(
    folder: Path,
    certificate: Path,
    ports: tuple[int, int],
    upstream: tuple[int, int],
    *,
    buffering: bool = True,
    largest: str = "0",
    answers_within: str = "60s",
) -> Iterator[Nginx]:
    """Listens on `ports` (https, http) and passes on to `upstream` (service, storage)."""
    assert PROGRAM is not None
    folder.mkdir(parents=True, exist_ok=True)
    common = _COMMON.format(buffering="on" if buffering else "off", answers_within=answers_within)
    secure, plain = ports
    text = _CONF.format(
        folder=folder,
        certificate=certificate,
        largest=largest,
        secure=secure,
        plain=plain,
        upstream=upstream[0],
        storage=upstream[1],
        common=common,
    )
    conf = folder / "nginx.conf"
    conf.write_text(text)
    log = folder / "error.log"
    with (folder / "said.log").open("w") as said:
        running = subprocess.Popen(
            [PROGRAM, "-p", str(folder), "-c", str(conf), "-e", str(log)],
            stdout=said,
            stderr=said,
        )
        try:
            _listening(running, secure, folder)
            yield Nginx(secure, plain, folder)
        finally:
            running.terminate()
            running.wait(10)


def _listening(running: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        if running.poll() is not None:
            break
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nginx did not start: {(folder / 'said.log').read_text()}")
