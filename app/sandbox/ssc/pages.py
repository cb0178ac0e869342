"""What an SSC server shows besides its API: the description of it, and pages for people."""

from html import escape

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from app.sandbox.ssc import rights
from app.sandbox.ssc.front import Call, Route
from app.sandbox.ssc.options import Options
from app.sandbox.ssc.replies import Json, date, result, tomcat
from app.sandbox.ssc.state import Holdings, Version


class Pages:
    def __init__(self, options: Options, holdings: Holdings) -> None:
        self._options = options
        self._holdings = holdings

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/features", self._features, rights.SERVER),
            Route("GET", "/spec.json", self._spec, auth="open"),
            *(
                Route("GET", path, handler, auth="open", outside=True)
                for path, handler in (
                    ("/?", self._front_page),
                    ("/html/ssc/version/{id}/artifacts", self._artifacts),
                    ("/html/ssc/.*", self._front_page),
                    ("/html/docs/.*", self._front_page),
                )
            ),
        ]

    async def _features(self, call: Call) -> Response:
        rows: list[Json] = [{"id": "audit.assistant", "enabled": False}]
        return result(rows, count=len(rows))

    async def _spec(self, call: Call) -> Response:
        newest = self._options.since("25.2")
        body: Json = {
            **({"openapi": "3.0.1"} if newest else {"swagger": "2.0"}),
            "info": {
                "title": "Fortify Software Security Center API",
                "version": f"1:{self._options.release}.0.0151",
            },
            # The published copies name a build host here.
            **(
                {"servers": [{"url": "http://build-host.invalid:8180/ssc/api/v1"}]}
                if newest
                else {}
            ),
            "paths": {},
        }
        return JSONResponse(body)

    async def _front_page(self, call: Call) -> Response:
        if call.request.url.path == self._options.prefix and self._options.prefix:
            return RedirectResponse(f"{self._options.prefix}/", 302)
        rows = "".join(
            f'<li><a href="{self._options.prefix}/html/ssc/version/{one.id}/artifacts">'
            f"{escape(one.project)}, version {escape(one.name)}</a></li>"
            for one in self._holdings.versions.values()
            if one.active
        )
        return _page("Software Security Center (sandbox)", f"<ul>{rows}</ul>")

    async def _artifacts(self, call: Call) -> Response:
        text = call.path["id"]
        version = self._holdings.versions.get(int(text)) if text.isdecimal() else None
        if version is None:
            return tomcat(404)
        return _page(f"{version.project}, version {version.name}", self._table(version))

    def _table(self, version: Version) -> str:
        rows = "".join(
            f"<tr><td>{one.id}</td><td>{escape(one.name)}</td><td>{one.size}</td>"
            f"<td>{escape(date(one.uploaded) or '')}</td><td>{escape(one.user)}</td>"
            f"<td>{escape(one.status)}</td><td>{escape('; '.join(one.messages))}</td></tr>"
            for one in self._holdings.of_version(version)
        )
        heads = ("Id", "File", "Bytes", "Uploaded", "By", "Status", "Messages")
        head = "".join(f"<th>{name}</th>" for name in heads)
        return f"<table border='1' cellpadding='4'><tr>{head}</tr>{rows}</table>"


def _page(title: str, inside: str) -> Response:
    title = escape(title)
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><h1>{title}</h1>{inside}</body></html>"
    )
