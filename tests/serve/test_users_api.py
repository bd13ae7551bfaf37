"""``/users/…`` and who a message is believed to be from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jwt
import pytest

SECRET = "a secret of thirty-two characters"


def signed(username: str) -> dict[str, str]:
    token = jwt.encode({"user": {"username": username, "role": "user"}}, SECRET, algorithm="HS256")
    return {"Authorization": f"Bearer {token}"}


async def test_a_profile_is_set_read_and_erased(serve: Any) -> None:
    async with serve() as client:
        answer = await client.put("/users/ann/2", json={"profile": {"name": "安", "age": 7}})
        assert answer.json()["profile"] == {"name": "安", "age": 7}
        await client.put("/users/ann/2", json={"profile": {"age": None}})
        body = {"message": "/greet", "sender": "web-1", "metadata": {"user_id": "ann/2"}}
        await client.post("/webhooks/rest/webhook", json=body)
        state = (await client.get("/users/ann/2")).json()
        assert (state["user"], state["profile"]) == ("ann/2", {"name": "安"})
        assert state["conversations"] == ["web-1"]
        erased = await client.delete("/users/ann/2", params={"conversations": True})
        assert erased.json() == {"profile": True, "conversations": 1}
        state = (await client.get("/users/ann/2")).json()
        assert (state["profile"], state["created"], state["conversations"]) == ({}, None, [])


async def test_a_user_sees_and_erases_no_other(serve: Any) -> None:
    async with serve(jwt_secret=SECRET) as client:
        for method in ("GET", "DELETE"):
            assert (await client.request(method, "/users/ann")).status_code == 401
            assert (await client.request(method, "/users/ann", headers=signed("bob"))).status_code == 403
            assert (await client.request(method, "/users/ann", headers=signed("ann"))).status_code == 200
        put = await client.put("/users/ann", json={"profile": {"tier": "gold"}}, headers=signed("ann"))
        assert put.status_code == 403, "what is known of users is the site's to say"


@pytest.mark.parametrize("access", ["signed", "jwt"])
async def test_who_holds_one_conversation_names_no_other_user(serve: Any, project: Path, access: str) -> None:
    (project / "credentials.yml").write_text(f"rest:\n  access: {access}\n")
    async with serve(jwt_secret=SECRET) as client:
        headers = signed("bob")
        if access == "signed":
            token = (await client.post("/api/session")).json()["token"]
            headers = {"Authorization": f"Bearer {token}"}
        body = {"message": "/greet", "metadata": {"user_id": "ann", "language": "en"}}
        answer = await client.post("/webhooks/rest/webhook", json=body, headers=headers)
        assert answer.status_code == 200
        assert (await client.app.state.host.store.user("ann")).conversations == ()


@pytest.mark.parametrize("body", [{}, {"profile": []}, {"profile": {"": 1}}, {"profile": {"k" * 65: 1}}])
async def test_a_wrong_body_changes_nothing(serve: Any, body: Any) -> None:
    async with serve() as client:
        assert (await client.put("/users/ann", json=body)).status_code == 400
        assert (await client.get("/users/ann")).json()["created"] is None
