"""What the shop's bot does: look orders up in orders.sqlite, cancel them, arrange returns, ask back.

Each function is an action of the bot; `context` tells what was said and takes what to say and remember.
"""

import re
import sqlite3
import unicodedata
from contextlib import closing
from datetime import date

import chatwright as cw
from chatwright.schema.events import ActiveLoop

# Orders


def open_database(context: cw.ActionContext) -> sqlite3.Connection:
    """The order database that `chatwright init` made."""
    connection = sqlite3.connect(context.project / "orders.sqlite", timeout=5)
    connection.row_factory = sqlite3.Row
    return connection


def plain_number(text: object) -> str:
    """An order number in plain digits: people also type ２０２３１１０７ or "20231107."."""
    return re.sub(r"\D", "", unicodedata.normalize("NFKC", str(text or "")))


def find_order(context: cw.ActionContext) -> sqlite3.Row | None:
    """The order that is spoken of; where there is none, the bot says so and forgets the number."""
    number = plain_number(context.slots["order_number"])
    with closing(open_database(context)) as database:
        order = database.execute(
            "SELECT * FROM orders JOIN products ON product = products.id WHERE number = ?", [number]
        ).fetchone()
    if order is None:
        context.say("utter_order_unknown", number=number or context.slots["order_number"])
        context.set_slot("order_number", None)
    return order


def in_language(context: cw.ActionContext, row: sqlite3.Row, what: str) -> str:
    """The column ``what`` in the language of the conversation."""
    return row[f"{what}_zh" if context.language == "zh" else f"{what}_en"]


def date_of(context: cw.ActionContext, text: str) -> str:
    """A date as people say it."""
    day = date.fromisoformat(text)
    return f"{day.month}月{day.day}日" if context.language == "zh" else f"{day:%B} {day.day}"


STATUS = {
    "processing": "utter_order_processing",
    "shipped": "utter_order_shipped",
    "delivered": "utter_order_delivered",
    "cancelled": "utter_order_cancelled",
}


def say_status(context: cw.ActionContext, order: sqlite3.Row) -> None:
    """Say how things stand with the order."""
    context.say(
        STATUS[order["status"]],
        number=order["number"],
        item=in_language(context, order, "name"),
        carrier=in_language(context, order, "carrier"),
        date=date_of(context, order["arrives"]),
    )


@cw.action
def action_track_order(context: cw.ActionContext) -> None:
    """Say where the order is."""
    order = find_order(context)
    if order is None:
        return
    say_status(context, order)
    with closing(open_database(context)) as database:
        if database.execute("SELECT 1 FROM returns WHERE order_number = ?", [order["number"]]).fetchone():
            context.say("utter_return_arranged", number=order["number"])


@cw.action
def action_order_details(context: cw.ActionContext) -> None:
    """Say what was ordered, when, and for how much."""
    order = find_order(context)
    if order is not None:
        context.say(
            "utter_order_details",
            number=order["number"],
            item=in_language(context, order, "name"),
            quantity=order["quantity"],
            price=f"{order['quantity'] * order['price']:g}",
            date=date_of(context, order["ordered"]),
        )


@cw.action
def action_check_stock(context: cw.ActionContext) -> None:
    """Say whether the product that was asked about can be had."""
    named = [str(entity.value) for entity in context.entities if entity.entity == "product"]
    with closing(open_database(context)) as database:
        product = database.execute("SELECT * FROM products WHERE id = ?", named[-1:] or [""]).fetchone()
    if product is None:
        context.say("utter_stock")
        return
    context.say(
        "utter_in_stock" if product["stock"] else "utter_sold_out",
        item=in_language(context, product, "name"),
        stock=product["stock"],
        price=f"{product['price']:g}",
    )


@cw.action
def action_cancel_order(context: cw.ActionContext) -> None:
    """Cancel an order that has not been sent."""
    order = find_order(context)
    if order is None:
        return
    if order["status"] not in ("processing", "cancelled"):
        context.say("utter_cannot_cancel", number=order["number"])
        return
    with closing(open_database(context)) as database, database:
        database.execute("UPDATE orders SET status = 'cancelled' WHERE number = ?", [order["number"]])
    context.say("utter_order_cancelled", number=order["number"], item=in_language(context, order, "name"))


# Returns


@cw.validate("track_form", "order_number")
@cw.validate("details_form", "order_number")
@cw.validate("cancel_form", "order_number")
def known_order(context: cw.ActionContext, value: str) -> str | None:
    """An order that exists."""
    context.set_slot("order_number", value)
    return plain_number(value) if find_order(context) is not None else None


@cw.validate("return_form", "order_number")
def returnable_order(context: cw.ActionContext, value: str) -> str | None:
    """An order that was sent."""
    context.set_slot("order_number", value)
    order = find_order(context)
    if order is None:
        return None
    if order["status"] == "processing":
        context.say("utter_cannot_return", number=order["number"])
        return None
    if order["status"] == "cancelled":
        say_status(context, order)
        return None
    return order["number"]


@cw.validate("return_form", "return_reason")
def real_reason(context: cw.ActionContext, value: str) -> str | None:
    """An address or a number that came too early is no reason."""
    early = {entity.value for entity in context.entities}
    return None if value.strip() in early else value.strip()


CORRECTION = re.compile(
    r"(?:应该是|应该到|地址是|改成|改为|改到|换成|(?:\bis|\bto|\bat|\buse|\bbe|\bmeant|it's))\s*[:：]?\s*(.{6,})",
    re.IGNORECASE,
)


@cw.extract("return_form", "pickup_address")
def corrected_address(context: cw.ActionContext) -> str | None:
    """What "no, the address is …" puts right; without an address in it, the bot asks for one."""
    if context.intent != "correct" or not context.slots["pickup_address"]:
        return None
    found = [entity.value for entity in context.entities if entity.entity == "address"]
    match = CORRECTION.search(context.text)
    if not found and match:
        found = [match[1].strip(" .。!！吧")]
    if not found or len(str(found[-1])) < 6:
        context.set_slot("pickup_address", None)
        return None
    return str(found[-1])


INTRODUCTION = re.compile(
    r"^(?:(?:我的)?地址是|我住在|到|来|(?:my |the )?address is|(?:pick it up )?at)\s*", re.IGNORECASE
)


@cw.validate("return_form", "pickup_address")
def whole_address(context: cw.ActionContext, value: str) -> str | None:
    """An address that a courier can find."""
    if any(entity.entity == "order_number" for entity in context.entities) and value == context.text:
        return None  # the order was corrected, which is another slot's business
    address = INTRODUCTION.sub("", value).strip(" .。")
    if len(address) < 6 or not re.search(r"[0-9０-９一二三四五六七八九十号路街]", address):
        context.say("utter_address_short")
        return None
    if context.slots.get("requested_slot") == "return_confirmed":  # there was an address before
        context.say("utter_address_changed")
    return address


@cw.action
def action_submit_return(context: cw.ActionContext) -> None:
    """Keep the return. The same step again, after a crash, changes nothing; a new return replaces the old."""
    order = context.slots["order_number"]
    if context.slots["return_confirmed"]:
        values = [order, context.slots["return_reason"], context.slots["pickup_address"]]
        with closing(open_database(context)) as database, database:
            database.execute(
                "INSERT INTO returns (order_number, reason, address, key) VALUES (?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET reason = excluded.reason, address = excluded.address, "
                "key = excluded.key WHERE key <> excluded.key",
                [*values, context.idempotency_key],
            )
        context.say("utter_return_submitted", reference=f"R{order}")
    else:
        context.say("utter_return_stopped")
    forget_return(context)


@cw.action
def action_stop(context: cw.ActionContext) -> None:
    """What was under way is given up; of a return it is said that nothing was submitted."""
    context.say("utter_return_stopped" if context.slots["return_reason"] else "utter_ok")
    end_form(context)


def forget_return(context: cw.ActionContext) -> None:
    """The next return begins anew; the order stays in mind."""
    for slot in ("return_reason", "pickup_address", "return_confirmed"):
        context.set_slot(slot, None)


def end_form(context: cw.ActionContext) -> None:
    """Whatever the bot was asking for, it asks no more."""
    context.events.append(ActiveLoop(name=None))
    context.set_slot("requested_slot", None)
    forget_return(context)


# People


@cw.action
def action_greet(context: cw.ActionContext) -> None:
    """Greet, by name whom the shop knows."""
    context.say("utter_greet_by_name" if context.slots["customer_name"] else "utter_greet")


@cw.action
def action_apologise(context: cw.ActionContext) -> None:
    """Apologise, and offer a human."""
    context.say("utter_apology")
    context.set_slot("human_offered_turn", turn_of(context))


@cw.action
def action_affirm(context: cw.ActionContext) -> None:
    """A "yes" right after the offer of a human takes it up."""
    if context.slots["human_offered_turn"] == turn_of(context) - 1:
        hand_over(context)
    else:
        context.say("utter_ok")


@cw.action
def action_hand_over(context: cw.ActionContext) -> None:
    """The person wants a human."""
    hand_over(context)


def hand_over(context: cw.ActionContext) -> None:
    """Leave the conversation to a colleague: a ticket in the database says which one."""
    with closing(open_database(context)) as database, database:
        database.execute(
            "INSERT OR IGNORE INTO tickets (key, conversation) VALUES (?, ?)",
            [context.idempotency_key, context.conversation],
        )
        (ticket,) = database.execute(
            "SELECT id FROM tickets WHERE key = ?", [context.idempotency_key]
        ).fetchone()
    context.say("utter_hand_over", ticket=1000 + ticket)
    context.set_slot("misunderstood_turn", None)
    end_form(context)


TITLES = {
    "track_order": ("查订单", "Track an order"),
    "order_details": ("订单详情", "What I ordered"),
    "return_item": ("申请退货", "Return an item"),
    "cancel_order": ("取消订单", "Cancel an order"),
    "ask_refund_time": ("退款多久到账", "How long a refund takes"),
    "ask_shipping_cost": ("运费", "Shipping costs"),
    "ask_shipping_time": ("配送时间", "Delivery times"),
    "ask_payment": ("支付方式", "How to pay"),
    "ask_invoice": ("开发票", "Invoices"),
    "ask_hours": ("营业时间", "Opening hours"),
    "ask_exchange": ("换货", "Exchanges"),
    "ask_coupon": ("优惠", "Discounts"),
    "ask_stock": ("有没有货", "Availability"),
    "complain": ("投诉", "Complain"),
    "human": ("转人工", "Talk to a human"),
    "help": ("看看我能做什么", "See what I can do"),
}
"""Words for the intents that the bot may ask back about."""


@cw.action
def action_clarify(context: cw.ActionContext) -> None:
    """Ask which of the two likeliest things was meant; the second time in a row, get a human.

    In the middle of a form the form's own question follows.
    """
    turn = turn_of(context)
    if context.slots["misunderstood_turn"] == turn - 1:
        hand_over(context)
        return
    context.set_slot("misunderstood_turn", turn)
    if context.tracker and context.tracker.active_loop_name:
        context.say("utter_not_understood")
        return
    column = 0 if context.language == "zh" else 1
    buttons = [{"title": TITLES[name][column], "payload": f"/{name}"} for name in likeliest(context)]
    foreign = context.intent == "out_of_scope"
    context.say("utter_out_of_scope" if foreign else "utter_clarify", buttons=buttons)


def likeliest(context: cw.ActionContext) -> list[str]:
    """The two intents that the message may have meant; where it is about something else, two ways out."""
    message = context.tracker.latest_message if context.tracker else None
    ranking = message.understanding.ranking if message and message.intent != "out_of_scope" else ()
    names = [score.name for score in ranking if score.name in TITLES]
    return list(dict.fromkeys([*names, "help", "human"]))[:2]


def turn_of(context: cw.ActionContext) -> int:
    """Number of this turn in the conversation."""
    return context.tracker.turns if context.tracker else 0
