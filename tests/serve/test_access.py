"""Who may do what: every route, for everyone who may come."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from chatwright.errors import ProjectError
from chatwright.serve.access import ACCESS, routes_of
from chatwright.serve.app import create_app
from chatwright.serve.doors import check_doors
from chatwright.serve.sessions import LIFETIME_S, Sessions, signing_key
from chatwright.serve.settings import ServeSettings

TOKEN = "api-token-令牌".encode().hex()
SECRET = "a shared secret of more than thirty-two characters"
MINE = "ann"


def signed(
    role: str | None, name: str = MINE, *, key: str = SECRET, lives_s: float = 3600, **claims: Any
) -> str:
    user = {"username": name, "role": role} if role else {}
    return jwt.encode({"user": user, "exp": time.time() + lives_s, **claims}, key, algorithm="HS256")


def unsigned(role: str) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, {"user": {"username": MINE, "role": role}})
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        + "."
    )


WHO = {
    "nobody": None,
    "token": TOKEN,
    "wrong token": TOKEN[:-1],
    "longer token": TOKEN + "0",
    "admin": signed("admin"),
    "user": signed("user"),
    "other user": signed("user", "bob"),
    "no role": signed(None),
    "unknown role": signed("root"),
    "expired admin": signed("admin", lives_s=-60),
    "admin of tomorrow": signed("admin", nbf=time.time() + 86_400),
    "admin of another key": signed("admin", key="another secret of more than thirty-two characters"),
    "admin without signature": unsigned("admin"),
    "not a token": "a.b.c",
    "huge": "x" * 20_000,
}
KNOWN = ("token", "admin", "user", "other user", "no role", "unknown role")
MAY = {
    "open": set(WHO),
    "page": set(WHO),
    "session": set(WHO),
    "channel": set(WHO),  # as Rasa: open where credentials.yml says nothing
    "api": {"token", "admin"},
    "teach": {"token", "admin"},
    "own": {"token", "admin", "user"},
}


@pytest.fixture
def asked(project: Path) -> Any:
    """``asked(**settings)``: a client of an application that does not run; whom it lets in is seen."""

    def asked(**settings: Any) -> TestClient:
        app = create_app(ServeSettings(root=project, enable_api=True, teach=True, **settings))
        return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)

    return asked


@pytest.fixture(scope="module")
def channels(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Credentials that name every channel there is."""
    path = tmp_path_factory.mktemp("credentials") / "credentials.yml"
    path.write_text("callback:\n  url: http://127.0.0.1:9/\nsocketio:\n")
    return str(path)


@pytest.fixture(scope="module")
def guarded(trained: Path, channels: str) -> TestClient:
    """The same for all routes."""
    settings = ServeSettings(
        root=trained, enable_api=True, teach=True, auth_token=TOKEN, jwt_secret=SECRET, credentials=channels
    )
    return TestClient(create_app(settings), base_url="http://localhost", raise_server_exceptions=False)


def filled(template: str) -> str:
    """The path of a row, about the conversation and the user that are ours."""
    return template.replace("{conversation_id:path}", MINE).replace("{user_id:path}", MINE)


def status(client: httpx.Client, method: str, path: str, token: str | None, **options: Any) -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.request(method, path, headers=headers, **options).status_code


def test_every_route_has_a_row_and_every_row_a_route(project: Path, channels: str) -> None:
    app = create_app(ServeSettings(root=project, enable_api=True, credentials=channels))
    assert sorted(routes_of(app)) == sorted(ACCESS)


@pytest.mark.parametrize(
    ("method", "template"), [row for row in ACCESS if row[0] != "WEBSOCKET"], ids=lambda part: part
)
def test_a_guarded_server_lets_in_who_may(guarded: TestClient, method: str, template: str) -> None:
    client = guarded
    path = filled(template).replace("{path:path}", "chat.js")
    rule = ACCESS[method, template]
    for who, token in WHO.items():
        found = status(client, method, path, token)
        if who in MAY[rule]:
            assert found not in (401, 403), who
        else:
            assert found == (403 if who in KNOWN else 401), who
            assert status(client, method, path, None, params={"token": token or ""}) == found, who
        if who == "token":
            assert status(client, method, path, None, params={"token": token}) == status(
                client, method, path, token
            )


def test_without_tokens_all_is_open(asked: Any) -> None:
    client = asked()
    for method, template in ACCESS:
        if method != "WEBSOCKET":
            path = filled(template)
            assert status(client, method, path, None) not in (401, 403), path


def test_a_user_reaches_no_conversation_but_the_own(asked: Any) -> None:
    client = asked(jwt_secret=SECRET)
    mine = signed("user")
    for other in (
        "bob",
        "ann/bob",
        "bob/ann",
        "../ann",
        "ann%2F..%2Fbob",
        "ANN",
        "ann%20",
        "%00ann",
        "ann%0a",
    ):
        for path in (
            "/conversations/{}/tracker",
            "/api/conversations/{}/events",
            "/api/conversations/{}/state",
        ):
            assert status(client, "GET", path.format(other), mine) in (403, 404), path.format(other)
    for path in (
        "/conversations/bob/tracker/",
        "/conversations//tracker",
        "/conversations/ann/tracker/../../bob/tracker",
    ):
        assert status(client, "GET", path, mine) in (401, 403, 404), path


def test_a_public_key_is_no_shared_secret(asked: Any) -> None:
    """Tokens "signed" with the public key by HMAC were taken by many servers."""
    pair = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    private = pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    claims = {"user": {"username": MINE, "role": "admin"}}
    client = asked(jwt_secret=public, jwt_method="RS256")
    assert status(client, "GET", "/metrics", jwt.encode(claims, private, algorithm="RS256")) == 200
    for forged in (_hmac(claims, public), _hmac(claims, public.strip()), unsigned("admin")):
        assert status(client, "GET", "/metrics", forged) == 401


def _hmac(claims: dict[str, Any], key: str) -> str:
    import hashlib
    import hmac

    head, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "HS256", "typ": "JWT"}, claims)
    )
    mark = hmac.new(key.encode(), head + b"." + body, hashlib.sha256).digest()
    return b".".join((head, body, base64.urlsafe_b64encode(mark).rstrip(b"="))).decode()


@pytest.mark.parametrize(
    ("access", "let_in"),
    [
        ("open", set(WHO) | {"session"}),
        ("token", {"token", "admin", "user", "other user"}),
        ("jwt", {"token", "admin", "user", "other user"}),
        ("signed", {"session"}),
    ],
)
def test_the_rest_channel_asks_as_credentials_say(
    asked: Any, project: Path, access: str, let_in: set[str]
) -> None:
    (project / "credentials.yml").write_text(f"rest:\n  access: {access}\n")
    client = asked(auth_token=TOKEN, jwt_secret=SECRET)
    session = client.post("/api/session").json()
    for who, token in {**WHO, "session": session["token"]}.items():
        found = client.post(
            "/webhooks/rest/webhook",
            json={"message": "hi"},
            headers={"Authorization": f"Bearer {token}"} if token else {},
        ).status_code
        assert (found not in (401, 403)) == (who in let_in), who


@pytest.mark.parametrize("access", ["signed", "jwt"])
async def test_who_is_signed_in_speaks_in_one_conversation(serve: Any, project: Path, access: str) -> None:
    (project / "credentials.yml").write_text(f"rest:\n  access: {access}\n")
    async with serve(jwt_secret=SECRET) as client:
        if access == "signed":
            session = (await client.post("/api/session")).json()
            token, mine = session["token"], session["conversation"]
        else:
            token, mine = signed("user"), MINE
        headers = {"Authorization": f"Bearer {token}"}
        for sender in ({}, {"sender": mine}):
            answer = await client.post(
                "/webhooks/rest/webhook", json={"message": "/greet", **sender}, headers=headers
            )
            assert [reply["recipient_id"] for reply in answer.json()] == [mine]
        for other in ("bob", "default", mine + "x"):
            body = {"message": "/greet", "sender": other}
            answer = await client.post("/webhooks/rest/webhook", json=body, headers=headers)
            assert answer.status_code == 403
            assert await client.app.state.host.store.conversation(other) is None


@pytest.mark.parametrize(
    ("settings", "credentials", "doors"),
    [
        ({}, "", ["the REST channel", "the API"]),
        ({"auth_token": "t"}, "", ["the REST channel"]),
        ({"jwt_secret": "s"}, "rest:\n  access: open\n", ["the REST channel"]),
        ({}, "rest:\n  access: signed\n", ["the API"]),
        ({"auth_token": "t"}, "rest:\n  access: token\n", []),
    ],
)
def test_open_doors_stay_on_this_machine(
    project: Path, settings: dict[str, Any], credentials: str, doors: list[str]
) -> None:
    (project / "credentials.yml").write_text(credentials)
    for interface in ("127.0.0.1", "localhost", "::1"):
        told = check_doors(ServeSettings(root=project, interface=interface, **settings))
        assert len(told) == len(doors)
        assert all(door in place for door, place in zip(doors, told, strict=True))
    for interface in ("0.0.0.0", "::", "192.0.2.1", "127.0.0.1.example.com", ""):
        outside = ServeSettings(root=project, interface=interface, **settings)
        if doors:
            with pytest.raises(ProjectError, match=doors[0]) as refused:
                check_doors(outside)
            assert "--allow-open" in str(refused.value.fix)
        check_doors(outside.model_copy(update={"allow_open": True}))


def answers(client: TestClient, path: str, host: str) -> int:
    return client.get(path, headers={"host": host}).status_code


def test_an_open_server_of_this_machine_is_not_asked_by_other_names(asked: Any) -> None:
    client = asked()
    for host in ("localhost", "LocalHost:5005", "127.0.0.1:80", "[::1]", "[::1]:5005"):
        assert answers(client, "/inspect", host) == 200, host
    for host in (
        "evil.example",
        "evil.example:5005",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "[",
        "",
    ):
        told = client.get("/api/conversations", headers={"host": host})
        assert (told.status_code, told.json()["reason"]) == (400, "UnknownHost"), host
        assert host in told.json()["message"]
        assert "--allowed-hosts" in told.json()["message"]
        assert answers(client, "/healthz", host) == 200, host
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect("/api/chat", headers={"host": host}),
        ):
            pass
    assert client.post("/v1/chat/completions", headers={"host": "evil.example"}).json()["error"]["message"]


def test_names_that_are_allowed_and_servers_that_go_by_any(asked: Any, project: Path) -> None:
    named = {"allowed_hosts": ("Bot.example.com",)}
    for settings, others in (
        (named, 400),
        ({**named, "interface": "0.0.0.0"}, 400),
        ({"allowed_hosts": ("*",)}, 200),
        ({"interface": "0.0.0.0"}, 200),  # whoever reaches it was let in, or shows a token
    ):
        client = asked(**settings)
        assert answers(client, "/inspect", "bot.example.com:8443") == 200
        assert answers(client, "/inspect", "localhost:5005") == 200
        assert answers(client, "/inspect", "10.0.0.7:5005") == others, settings
    (project / "credentials.yml").write_text("rest:\n  access: token\n")
    assert answers(asked(auth_token=TOKEN), "/inspect", "bot.example.com") == 200
    for wrong in ("https://bot.example.com", "*.example.com", ""):
        with pytest.raises(ProjectError, match="no name of a host"):
            check_doors(ServeSettings(root=project, allowed_hosts=(wrong,)))


def test_tokens_that_could_never_be_checked_are_no_guard(project: Path) -> None:
    for method in ("none", "HS255", "", "hs256"):
        with pytest.raises(ProjectError, match="JWT method"):
            check_doors(ServeSettings(root=project, jwt_secret=SECRET, jwt_method=method))


def test_sessions_cannot_be_guessed_or_forged() -> None:
    sessions, foreign = Sessions("k" * 32), Sessions("l" * 32)
    first, second = sessions.new(), sessions.new()
    assert sessions.conversation(first.token) == first.conversation != second.conversation
    assert len(first.conversation) >= 32 + len("web-")
    claims = {"sub": "web-1", "aud": "chatwright-web", "exp": time.time() + 60}
    good = jwt.encode(claims, "k" * 32, algorithm="HS256")
    assert sessions.conversation(good) == "web-1"
    forged = {
        "another key": foreign.new().token,
        "out of date": jwt.encode({**claims, "exp": time.time() - 1}, "k" * 32),
        "without end": jwt.encode({"sub": "web-1", "aud": "chatwright-web"}, "k" * 32),
        "for something else": jwt.encode({**claims, "aud": "api"}, "k" * 32),
        "the API's user": jwt.encode({"user": {"role": "admin"}, "exp": time.time() + 60}, "k" * 32),
        "unsigned": unsigned("user"),
        "changed": good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
        "empty": "",
        "null": "\x00",
    }
    assert {why: sessions.conversation(token) for why, token in forged.items()} == dict.fromkeys(forged)
    assert 0 < first.expires - time.time() <= LIFETIME_S


def test_the_key_is_the_projects_own_and_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHATWRIGHT_SECRET", raising=False)
    key = signing_key(tmp_path)
    assert signing_key(tmp_path) == key
    assert signing_key(tmp_path / "other") != key
    (file,) = (tmp_path / ".chatwright").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("CHATWRIGHT_SECRET", "s" * 40)
    assert signing_key(tmp_path) == "s" * 40
    monkeypatch.setenv("CHATWRIGHT_SECRET", "short")
    with pytest.raises(ProjectError, match="32 characters"):
        signing_key(tmp_path)


def test_pages_of_strangers_are_told_nothing(asked: Any) -> None:
    stranger = {"Origin": "https://evil.example"}
    closed, opened = asked(), asked(cors=("https://shop.example",))
    assert "access-control-allow-origin" not in closed.get("/readyz", headers=stranger).headers
    assert "access-control-allow-origin" not in opened.get("/readyz", headers=stranger).headers
    friend = opened.get("/readyz", headers={"Origin": "https://shop.example"})
    assert friend.headers["access-control-allow-origin"] == "https://shop.example"
    asks_first = {"Access-Control-Request-Method": "PUT"}
    assert opened.options("/model", headers={**stranger, **asks_first}).status_code == 400
    friends = opened.options("/model", headers={"Origin": "https://shop.example", **asks_first})
    assert friends.status_code == 200
