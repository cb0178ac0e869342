"""What the gateways of both platforms refuse, and in which words."""

import httpx2
import pytest

from tests.sandbox.client import UPLOAD, cookies
from tests.sandbox.conftest import Begin, Connect

LIST = "/data-import/uploadDefinitions"


def test_okapi_refuses_in_plain_sentences(begin: Begin, connect: Connect) -> None:
    client = connect(begin(), sign_in=False)
    http = client.http
    reply = http.get(LIST, headers={"X-Okapi-Tenant": "nowhere"})
    assert (reply.status_code, reply.text) == (400, "No such Tenant nowhere")
    reply = http.get("/no/such/path")
    assert reply.status_code == 404
    assert reply.text.startswith("No suitable module found for path")
    reply = http.get(LIST)
    assert reply.status_code == 400
    assert reply.text.startswith("Token missing, access requires permission: data-import.")
    reply = http.get(LIST, headers={"X-Okapi-Token": "made.up.token"})
    assert (reply.status_code, reply.text) == (401, "Invalid token")
    assert http.get("/_/version").status_code == 200
    del http.headers["X-Okapi-Tenant"]
    reply = http.get(LIST)
    assert reply.status_code == 400
    assert "Tenant must be set" in reply.text


def test_okapi_names_the_missing_permission(begin: Begin, connect: Connect) -> None:
    client = connect(begin(deny=("data-import.splitconfig.get",)))
    reply = client.http.get("/data-import/splitStatus")
    assert reply.status_code == 403
    assert reply.text.startswith("Access for user 'kim' (")
    assert reply.text.endswith("requires permission: data-import.splitconfig.get")


def test_okapi_refuses_a_token_of_another_tenant(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    reply = client.http.get(LIST, headers={"X-Okapi-Tenant": "diku_split"})
    assert (reply.status_code, reply.text) == (403, "Invalid token")


def test_eureka_refuses_in_json(begin: Begin, connect: Connect) -> None:
    box = begin(platform="eureka", deny=("data-import.splitconfig.get",))
    client = connect(box, sign_in=False)
    http = client.http
    reply = http.get("/no/such/path")
    assert reply.status_code == 404
    assert reply.json()["message"] == "no Route matched with those values"
    assert http.get("/_/version").status_code == 404
    reply = http.get(LIST, headers={"X-Okapi-Tenant": "nowhere"})
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["code"] == "tenant_not_enabled"
    reply = http.get(LIST)
    assert reply.status_code == 401
    assert reply.json()["errors"][0]["code"] == "authorization_error"
    assert reply.json()["errors"][0]["message"] == "Unauthorized"
    client.sign_in()
    reply = http.get("/data-import/splitStatus")
    assert reply.status_code == 403
    assert reply.json()["errors"][0]["message"] == "Access Denied"
    assert "splitconfig" not in reply.text
    reply = http.get(LIST, headers={"X-Okapi-Tenant": "diku_split"})
    assert reply.status_code == 401
    assert http.request("GET", LIST, content=b"{}").status_code == 400
    assert http.get("/users-keycloak/_self").json()["user"]["username"] == "kim"


def test_okapi_copes_with_a_body_on_get(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    assert client.http.request("GET", LIST, content=b"{}").status_code == 200
    assert client.http.get("/users-keycloak/_self").status_code == 404


@pytest.mark.parametrize(("platform", "status"), [("okapi", 400), ("eureka", 404)])
def test_two_tokens_that_differ_are_refused(
    begin: Begin, connect: Connect, platform: str, status: int
) -> None:
    client = connect(begin(platform=platform))
    headers = {"Cookie": "folioAccessToken=another.one.here"}
    assert client.http.get(LIST, headers=headers).status_code == status
    same = client.http.headers["X-Okapi-Token"]
    headers = {"Cookie": f"folioAccessToken={same}", "Authorization": f"Bearer {same}"}
    assert client.http.get(LIST, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json, text/plain", 200),
        ("text/html, */*", 200),
        ("application/*", 400),
        ("application/json;q=0.9", 400),
        ("text/html", 400),
    ],
)
def test_accept_is_compared_as_it_stands(
    begin: Begin, connect: Connect, accept: str, status: int
) -> None:
    client = connect(begin())
    reply = client.http.get(LIST, headers={"Accept": accept})
    assert reply.status_code == status
    assert status == 200 or reply.text.startswith("Accept header must be")


def test_the_type_of_a_body_has_to_fit(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    made = client.create("a1.mrc")
    file = f"{UPLOAD}/{made['id']}/files/{made['fileDefinitions'][0]['id']}"
    for headers in ({"Content-Type": "text/plain"}, {}):
        reply = client.http.post(file, content=b"x", headers=headers)
        assert reply.status_code == 400
        assert reply.text.startswith("Content-type header must be")
    reply = client.http.post(UPLOAD, content=b"{}", headers={"Content-Type": "text/xml"})
    assert reply.status_code == 400
    typed = {"Content-Type": "application/json; charset=utf-8"}
    reply = client.http.post(UPLOAD, content=b"{not json", headers=typed)
    assert (reply.status_code, reply.headers["content-type"].split(";")[0]) == (400, "text/plain")
    assert client.definition(made["id"])["fileDefinitions"][0]["status"] == "NEW"


def test_outside_of_the_gateways_path_is_the_web_page(begin: Begin, connect: Connect) -> None:
    box = begin(prefix="/okapi")
    client = connect(box)
    assert box.servers[0].fields["url"].endswith("/okapi")
    root = box.servers[0].url.removesuffix("/okapi")
    page = httpx2.get(f"{root}/data-import/splitStatus", trust_env=False)
    assert (page.status_code, page.headers["content-type"][:9]) == (200, "text/html")
    assert httpx2.post(f"{root}/authn/login-with-expiry", trust_env=False).status_code == 405
    reply = client.sign_in()
    paths = [
        line.partition("Path=")[2].partition(";")[0]
        for line in reply.headers.get_list("set-cookie")
    ]
    assert paths == ["/okapi", "/okapi/authn"]
    assert set(cookies(reply)) == {"folioAccessToken", "folioRefreshToken"}


def test_a_proxy_refuses_large_bodies_with_a_page(begin: Begin, connect: Connect) -> None:
    client = connect(begin(body_limit=1000))
    made = client.create("a1.mrc")
    reply = client.raw(made, bytes(2000))
    assert (reply.status_code, reply.headers["content-type"][:9]) == (413, "text/html")
    assert "sourcePath" not in client.definition(made["id"])["fileDefinitions"][0]
