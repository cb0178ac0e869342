"""Lists: a part of the rows, their whole number, and links to the other parts."""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.responses import Response

from app.sandbox.ssc import replies
from app.sandbox.ssc.front import Call
from app.sandbox.ssc.replies import Json, Refused, picked

_LIMIT = 200


def paged(call: Call, rows: Sequence[Json], public_url: str) -> Response:
    """The asked part of `rows`. `links` are built by a server that does not know its proxy."""
    start, limit = call.number("start", 0), call.number("limit", _LIMIT)
    if start < 0 or limit < -1:
        raise Refused(replies.error(400, "start and limit must not be negative"))
    if limit <= 0:
        if call.flag("fulltextsearch"):
            raise Refused(replies.error(400, "limit is required with fulltextsearch"))
        limit = max(1, len(rows))
    shown = [picked(row, call.query.get("fields")) for row in rows[start : start + limit]]
    links = _links(call, start, limit, len(rows), public_url)
    if call.flag("withoutCount"):
        return replies.result(shown, links=links)
    return replies.result(shown, count=len(rows), links=links)


def _links(call: Call, start: int, limit: int, count: int, public_url: str) -> Json:
    path = call.request.url.path
    path = path[path.index("/api/v1") :]
    last = (count - 1) // limit * limit if count else 0
    starts = {"first": 0, "last": last}
    if start + limit < count:
        starts["next"] = start + limit
    if start > 0:
        starts["prev"] = max(0, start - limit)
    kept = [(k, v) for k, v in call.query.multi_items() if k not in ("start", "limit")]
    return {
        name: {"href": f"{public_url}{path}?{urlencode([*kept, ('start', at), ('limit', limit)])}"}
        for name, at in starts.items()
    }
