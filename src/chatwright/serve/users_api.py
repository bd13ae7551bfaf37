"""``/users/{user_id}``: what is kept of a user, for the site that knows who they are, and to be erased."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field, JsonValue

from chatwright.serve.rasa_api.common import FAILURES, JsonRoute
from chatwright.stores.profiles import UserInfo
from chatwright.stores.store import ConversationStore

__all__ = ["router"]

MAX_KEYS = 100
"""Keys of a profile that one request may set."""

UserId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=512,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="As `metadata.user_id` of their messages, or the conversation where none is given.",
        examples=["ann"],
    ),
]


class ProfileValues(BaseModel):
    """Keys of a profile with their values."""

    profile: dict[Annotated[str, Field(min_length=1, max_length=64)], JsonValue] = Field(
        max_length=MAX_KEYS, description="Beside what is there; null takes a key out."
    )


class UserState(BaseModel):
    """A user as the store knows them."""

    user: str
    profile: dict[str, Any]
    created: float | None = Field(description="Of the profile, in seconds since 1970; null: there is none.")
    updated: float | None
    conversations: list[str]


class Erased(BaseModel):
    """What is gone."""

    profile: bool = Field(description="Whether there was one.")
    conversations: int


router = APIRouter(prefix="/users", tags=["users"], route_class=JsonRoute, responses=FAILURES)


@router.get("/{user_id:path}", response_model=UserState)
async def read_user(user_id: UserId, request: Request) -> UserState:
    """The profile of a user, empty where nothing is kept, and their conversations."""
    return _shown(await _store(request).user(user_id))


@router.put("/{user_id:path}", response_model=UserState)
async def change_user(user_id: UserId, body: ProfileValues, request: Request) -> UserState:
    """Put values into the profile of a user, such as the name from your own accounts."""
    store = _store(request)
    await store.change_profile(user_id, body.profile)
    return _shown(await store.user(user_id))


@router.delete("/{user_id:path}", response_model=Erased)
async def erase_user(
    user_id: UserId,
    request: Request,
    conversations: Annotated[bool, Query(description="Erase the user's conversations, too.")] = False,
) -> Erased:
    """Erase what is kept of a user. This cannot be undone; backups are not touched."""
    known, count = await _store(request).erase_user(user_id, conversations=conversations)
    return Erased(profile=known, conversations=count)


def _shown(info: UserInfo) -> UserState:
    return UserState(
        user=info.user,
        profile=dict(info.profile),
        created=info.created,
        updated=info.updated,
        conversations=list(info.conversations),
    )


def _store(request: Request) -> ConversationStore:
    return request.app.state.host.store
