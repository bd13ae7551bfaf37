"""The shop's actions on its database, called as their users would test them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import chatwright as cw
from chatwright.starters.create import create
from starter_project import rows

Make = Callable[..., cw.ActionContext]


@pytest.fixture(scope="module")
def actions() -> ModuleType:
    import chatwright.starters.create as home

    file = Path(home.__file__).parent / "customer-service" / "actions.py"
    spec = importlib.util.spec_from_file_location("shop_actions", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return create(tmp_path / "shop")


@pytest.fixture
def context(project: Path) -> Make:
    def make(language: str = "en", key: str = "ann/1/0", **slots: Any) -> cw.ActionContext:
        empty = dict.fromkeys(
            ("order_number", "return_reason", "pickup_address", "return_confirmed", "misunderstood_turn")
        )
        return cw.ActionContext(
            slots={**empty, **slots}, language=language, project=project, idempotency_key=key
        )

    return make


@pytest.mark.parametrize(
    ("number", "response"),
    [
        ("20231107", "utter_order_shipped"),
        ("20231101", "utter_order_delivered"),
        ("20231116", "utter_order_processing"),
        ("20240118", "utter_order_cancelled"),
        ("２０２３１１０７", "utter_order_shipped"),
        ("19990101", "utter_order_unknown"),
    ],
)
def test_tracking(actions: ModuleType, context: Make, number: str, response: str) -> None:
    now = context(order_number=number)
    actions.action_track_order(now)
    assert now.said == [response]


@pytest.mark.parametrize(("language", "item"), [("zh", "跑鞋"), ("en", "pair of running shoes")])
def test_items_and_dates_are_in_the_language(
    actions: ModuleType, context: Make, language: str, item: str
) -> None:
    now = context(language, order_number="20231107")
    actions.action_track_order(now)
    said = now.events[0].variables
    assert said["item"] == item
    assert said["date"] == ("11月10日" if language == "zh" else "November 10")


def returned(context: Make, key: str, address: str) -> cw.ActionContext:
    return context(
        key=key,
        order_number="20231107",
        return_reason="too small",
        pickup_address=address,
        return_confirmed=True,
    )


def test_the_same_step_keeps_one_return(actions: ModuleType, context: Make, project: Path) -> None:
    for _ in range(2):
        now = returned(context, "ann/7/1", "5 Elm Street")
        actions.action_submit_return(now)
        assert now.said == ["utter_return_submitted"]
        assert now.slots["pickup_address"] is None
        assert now.slots["order_number"] == "20231107"
    assert rows(project, "SELECT * FROM returns") == [("20231107", "too small", "5 Elm Street", "ann/7/1")]


def test_a_new_return_of_an_order_replaces_the_old(actions: ModuleType, context: Make, project: Path) -> None:
    actions.action_submit_return(returned(context, "ann/7/1", "5 Elm Street"))
    actions.action_submit_return(returned(context, "bob/3/1", "12 Oak Avenue"))
    assert rows(project, "SELECT address FROM returns") == [("12 Oak Avenue",)]
    now = context(order_number="20231107")
    actions.action_track_order(now)
    assert now.said == ["utter_order_shipped", "utter_return_arranged"]


def test_the_same_step_makes_one_ticket(actions: ModuleType, context: Make, project: Path) -> None:
    for key in ("ann/1/0", "ann/1/0", "bob/1/0"):
        actions.action_hand_over(context(key=key))
    assert [key for (key,) in rows(project, "SELECT key FROM tickets ORDER BY id")] == ["ann/1/0", "bob/1/0"]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("到上海市徐汇区淮海中路200号", "上海市徐汇区淮海中路200号"),
        ("my address is 12 Oak Avenue, Boston.", "12 Oak Avenue, Boston"),
        ("here", None),
        ("我家", None),
    ],
)
def test_addresses(actions: ModuleType, context: Make, said: str, kept: str | None) -> None:
    now = context()
    assert actions.whole_address(now, said) == kept
    assert (now.said == ["utter_address_short"]) == (kept is None)


def test_a_failing_database_is_not_hidden(actions: ModuleType, context: Make, project: Path) -> None:
    (project / "orders.sqlite").unlink()
    with pytest.raises(Exception, match="no such table"):
        actions.action_track_order(context(order_number="20231107"))
