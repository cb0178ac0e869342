"""Base addresses as people enter them, and the paths below."""

from __future__ import annotations

import pytest

from app.core.problems import Refused
from app.servers.tao.wire import paths
from app.servers.tao.wire.paths import Base, base_of, onward, places

TAO = "https://tao.example.org"


@pytest.mark.parametrize(
    ("entered", "base", "removed"),
    [
        ("tao.example.org", TAO, ""),
        ("https://TAO.example.org:443/", TAO, ""),
        (f"{TAO}/api/v1/upload", TAO, "/api/v1/upload"),
        (
            f"{TAO}/api/v1/upload/api/v1/status/12345",
            TAO,
            "/api/v1/upload/api/v1/status/12345",
        ),
        (
            "https://example.org/tenant-a/api/v1/upload/v1/oauth2/tokens",
            "https://example.org/tenant-a",
            "/api/v1/upload/v1/oauth2/tokens",
        ),
        ("http://127.0.0.1:8080//", "http://127.0.0.1:8080", ""),
        (f"  <{TAO}/>  ", TAO, ""),
        (f"“{TAO}”", TAO, ""),
        ("//tao.example.org/", TAO, ""),
        ("HTTPS://TAO.EXAMPLE.ORG/Tenant", f"{TAO}/Tenant", ""),
        ("http://tao.example.org:80/x//y/", "http://tao.example.org/x/y", ""),
        (f"{TAO}:8443/a?token=secret#top", f"{TAO}:8443/a", "?…"),
        (f"{TAO}/api/v1/uploadpi/v1/status/7", TAO, "/api/v1/uploadpi/v1/status/7"),
        (f"{TAO}/api/v1/upload/api/v1/", TAO, "/api/v1/upload/api/v1"),
        (
            f"{TAO}/api/v1/upload/api/v1/upload",
            TAO,
            "/api/v1/upload/api/v1/upload",
        ),
        (
            f"{TAO}/api/v1/upload/api/v1/download/{{referenceId}}",
            TAO,
            "/api/v1/upload/api/v1/download/{referenceId}",
        ),
        (f"{TAO}/api/v1/status/12", TAO, "/api/v1/status/12"),
        (f"{TAO}/api/v1/download", TAO, "/api/v1/download"),
        (f"{TAO}/api/v1/oauth2/tokens", TAO, "/api/v1/oauth2/tokens"),
        (f"{TAO}/v1/oauth2/tokens", TAO, "/v1/oauth2/tokens"),
        (f"{TAO}/api/v1", TAO, "/api/v1"),
        (f"{TAO}/api/", TAO, "/api"),
        (f"{TAO}/my-api", f"{TAO}/my-api", ""),
        (f"{TAO}/api/v1/other", f"{TAO}/api/v1/other", ""),
        ("[::1]:9000/api", "https://[::1]:9000", "/api"),
    ],
)
def test_a_base_address_is_made_of_what_was_entered(entered: str, base: str, removed: str) -> None:
    assert base_of(entered) == Base(base, removed)
    assert base_of(base) == Base(base)


@pytest.mark.parametrize(
    "entered",
    ["", "   ", "ftp://tao.example.org", "https://me:secret@tao.example.org", "https://", "a b.c"],
)
def test_what_is_no_address_is_refused(entered: str) -> None:
    with pytest.raises(Refused) as caught:
        base_of(entered)
    assert caught.value.id == "connection.address"
    assert "secret" not in caught.value.title


def test_the_long_paths_come_first_and_the_short_ones_are_tried() -> None:
    where = places({"url": f"{TAO}/tenant"})
    assert where.tokens == (
        f"{TAO}/tenant/api/v1/upload/v1/oauth2/tokens",
        f"{TAO}/tenant/api/v1/oauth2/tokens",
    )
    long, short = where.apis
    assert long.upload == f"{TAO}/tenant/api/v1/upload/api/v1/upload"
    assert long.status_of("12345") == f"{TAO}/tenant/api/v1/upload/api/v1/status/12345"
    assert long.download_of("12345") == f"{TAO}/tenant/api/v1/upload/api/v1/download/12345"
    assert short.upload == f"{TAO}/tenant/api/v1/upload"
    assert short.status_of("12345") == f"{TAO}/tenant/api/v1/status/12345"
    assert short.download_of("12345") == f"{TAO}/tenant/api/v1/download/12345"
    turned = places({"url": f"{TAO}/tenant", "paths": "advance-short"})
    assert turned.apis == (short, long)
    assert turned.tokens == where.tokens[::-1]


def test_a_reference_is_one_segment_of_the_path() -> None:
    api = places({"url": TAO}).apis[0]
    assert api.status_of("a/b?c é").endswith("/status/a%2Fb%3Fc%20%C3%A9")


CUSTOM = {
    "url": TAO,
    "paths": "custom",
    "token_url": "https://login.example.org/v1/oauth2/tokens",
    "upload_url": "{base}/in",
    "status_url": "/state/{referenceId}?full=1",
    "download_url": "results/{referenceId}",
}


def test_own_paths_are_used_as_they_are() -> None:
    where = places(CUSTOM)
    assert where.tokens == ("https://login.example.org/v1/oauth2/tokens",)
    [api] = where.apis
    assert api.upload == f"{TAO}/in"
    assert api.status_of("x") == f"{TAO}/state/x?full=1"
    assert api.download_of("x") == f"{TAO}/results/x"


@pytest.mark.parametrize(
    ("key", "template", "id"),
    [
        ("upload_url", "", "tao.address-missing"),
        ("status_url", "{base}/state", "tao.address-reference"),
        ("status_url", "{base}/{referenceId}/{referenceId}", "tao.address-reference"),
        ("upload_url", "{base}/{referenceId}", "tao.address-place"),
        ("token_url", "{auth}/tokens", "tao.address-place"),
        ("download_url", "ftp://x/{referenceId}", "connection.address"),
    ],
)
def test_unusable_templates_are_refused(key: str, template: str, id: str) -> None:
    with pytest.raises(Refused) as caught:
        places({**CUSTOM, key: template})
    assert caught.value.id == id
    if id.startswith("tao."):
        assert paths.TEMPLATE_LABELS[key] in caught.value.title


@pytest.mark.parametrize(
    ("method", "status", "location", "onwards"),
    [
        ("GET", 302, "/there", "http://tao.example.org/there"),
        ("GET", 301, "https://tao.example.org/there", "https://tao.example.org/there"),
        ("GET", 302, "https://evil.example.org/there", ""),
        ("GET", 302, "http://tao.example.org:8080/there", ""),
        ("GET", 302, "", ""),
        ("GET", 304, "/there", ""),
        ("POST", 307, "/there", "http://tao.example.org/there"),
        ("POST", 308, "there", "http://tao.example.org/a/there"),
        ("POST", 302, "/there", ""),
        ("POST", 303, "/there", ""),
        ("POST", 307, "https://evil.example.org/", ""),
        ("GET", 302, "http://[", ""),
    ],
)
def test_redirects_stay_on_the_server(
    method: str, status: int, location: str, onwards: str
) -> None:
    assert onward(method, "http://tao.example.org/a/b", status, location) == onwards


def test_https_is_never_left() -> None:
    assert onward("GET", "https://tao.example.org/", 302, "http://tao.example.org/") == ""
