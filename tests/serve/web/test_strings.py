"""What the pages say: both languages equal, nothing missing, nothing left over; and what they are made of."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .chat_server import WEB

PAGES = ["index.html", "inspect.html"]


@pytest.fixture(scope="module")
def strings(browser: Any) -> dict[str, dict[str, str]]:
    page = browser.new_page()
    source = (WEB / "strings.js").read_text()
    strings = page.evaluate(
        "s => import(`data:text/javascript,${encodeURIComponent(s)}`).then(m => m.STRINGS)", source
    )
    page.close()
    return strings


def test_both_languages_say_the_same_things(strings: Any) -> None:
    assert set(strings) == {"en", "zh"}
    assert list(strings["en"]) == list(strings["zh"])
    for key, english in strings["en"].items():
        chinese = strings["zh"][key]
        assert english.strip()
        assert chinese.strip()
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", chinese)), key


def test_chinese_strings_are_chinese(strings: Any) -> None:
    without = [key for key, text in strings["zh"].items() if not re.search(r"[\u4e00-\u9fff]", text)]
    assert without == ["chat.says"]  # "{name}："


def test_every_string_is_used_and_every_used_one_exists(strings: Any) -> None:
    sources = {path.name: path.read_text() for path in WEB.iterdir() if path.suffix in (".js", ".html")}
    table = sources.pop("strings.js")
    assert '"chat.welcome"' in table
    everything = "\n".join(sources.values())
    keys = strings["en"]
    # Keys made of parts: t(`connection.${…}`), t(`inspect.${…}`).
    made = {key for key in keys if re.fullmatch(r"connection\.(connecting|online|offline)", key)}
    made |= {f"inspect.{name}" for name in ("entity", "value", "normalised", "source", "confidence")}
    made |= {"inspect.policyColumn", "inspect.actionColumn"}
    assert [key for key in keys if f'"{key}"' not in everything and key not in made] == []
    used = set(re.findall(r"""\bt\(\s*"([\w.]+)\"""", everything))
    used |= set(re.findall(r'data-t(?:-label|-placeholder)?="([^"]+)"', everything))
    assert len(used) > 60
    assert used - set(keys) == set()


@pytest.mark.parametrize("name", PAGES)
def test_pages_need_nothing_from_elsewhere_and_nothing_inline(name: str) -> None:
    html = (WEB / name).read_text()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)
    assert re.findall(r"<script(?![^>]*\ssrc=)", html) == []
    for address in re.findall(r'\s(?:src|href)="([^"]*)"', html):
        assert address.startswith(("web/", "#", "./")), address
        assert not address.startswith("web/") or (WEB / address.removeprefix("web/")).is_file()


def test_scripts_and_styles_load_nothing_from_elsewhere() -> None:
    for path in WEB.iterdir():
        if path.suffix not in (".js", ".css"):
            continue
        text = path.read_text()
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
        ), path
        for address in re.findall(r"https?://[^\s\"'`)]+", text):
            assert address == "http://www.w3.org/2000/svg" or ".example" in address, f"{path.name}: {address}"
        for module in re.findall(r'from "([^"]+)"', text):
            assert (WEB / module).is_file(), f"{path.name} imports {module}"
