"""The page in a browser, as people see it. Pictures of it are left in ``build/page``."""

from __future__ import annotations

import re

import pytest
from support.chain.loan_chains import MARKET_AT, opened
from support.page.browser import AXE, ROOT, Reader, chromium, served
from support.page.pages import FarNode
from support.portfolio.simulated import borrowers, simulate

from zkcredit import units
from zkcredit.page import Follower, Judge, Views, make_app

pytestmark = [pytest.mark.slow, pytest.mark.node]

PICTURES = ROOT / "build" / "page"
PAGES = {
    "overview": "/",
    "loans": "/loans",
    "loan": "/loans/7",
    "portfolio": "/portfolio",
    "impact": "/impact",
    "verify": "/verify",
    "api": "/api",
}
KINDS = {
    "wide": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True},
    "chinese": {"locale": "zh-CN"},
    "without script": {"java_script_enabled": False},
}


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def market():
    """Address, chain and follower of a served page."""
    chain = simulate(borrowers(60, False), days=300)
    with opened(chain) as index:
        follower = Follower(index, FarNode(chain), MARKET_AT, report=lambda _: None)
        follower.step()
        with served(make_app(Views(index, follower, MARKET_AT), follower, Judge())) as url:
            yield url, chain, follower


@pytest.fixture
def reader(browser, market, request):
    reader = Reader(browser, market[0], **KINDS[getattr(request, "param", "wide")])
    yield reader
    reader.close()


def test_barriers_and_faults_are_found(reader):
    """What the other tests rely on."""
    assert AXE.exists(), "make test installs it: npm ci"
    page = reader.page
    page.goto("/")
    page.evaluate("document.querySelector('h1').style.color = '#ccc'")
    page.evaluate("document.querySelector('table').style.width = '3000px'")
    page.evaluate("document.querySelector('.wide').style.overflow = 'visible'")
    (barrier,) = reader.barriers()
    assert "color-contrast" in barrier
    assert reader.sideways() > 1_000
    page.evaluate("document.body.append(document.createElement('script'))")
    page.evaluate("document.querySelector('body > script').textContent = 'window.ran = true'")
    assert not page.evaluate("window.ran")
    assert "Content Security Policy" in reader.faults[0]
    page.goto("/nothing")
    assert reader.faults[-1].startswith(("404", "Failed to load"))


@pytest.mark.parametrize("reader", KINDS, indirect=True)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_for_every_reader(reader, name, request):
    kind = request.node.callspec.params["reader"]
    answer = reader.page.goto(PAGES[name])
    assert answer.ok
    assert reader.page.locator("h1").count() == 1
    assert reader.sideways() <= 0
    PICTURES.mkdir(parents=True, exist_ok=True)
    reader.page.screenshot(path=PICTURES / f"{name}-{kind}.png".replace(" ", "-"), full_page=True)
    if kind != "without script":
        assert reader.barriers() == []
    assert reader.faults == []


def channels(text):
    """Red, green and blue of a computed colour."""
    return [int(number) for number in re.findall(r"\d+", text)[:3]]


@pytest.mark.parametrize("reader", ["wide", "dark"], indirect=True)
def test_colours_follow_the_readers_wish(reader, request):
    reader.page.goto("/")
    back = reader.page.evaluate("getComputedStyle(document.body).backgroundColor")
    front = reader.page.evaluate("getComputedStyle(document.body).color")
    dark = request.node.callspec.params["reader"] == "dark"
    assert (max(channels(back)) < 64) == dark
    assert (min(channels(front)) > 192) == dark


@pytest.mark.parametrize("reader", ["chinese"], indirect=True)
def test_chinese_and_back(reader):
    page = reader.page
    page.goto("/")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**/?lang=en")
    page.get_by_role("link", name="Loans", exact=True).click()
    page.get_by_role("heading", level=1, name="Loans").wait_for()
    assert "lang=en" in page.url  # what was chosen stays
    assert reader.faults == []


@pytest.mark.parametrize("reader", ["without script", "phone"], indirect=True)
def test_a_reader_finds_a_loan_from_the_first_page(reader):
    page = reader.page
    page.goto("/")
    page.get_by_role("link", name="Loans", exact=True).click()
    page.get_by_role("link", name="60", exact=True).click()
    page.get_by_role("heading", level=1, name="Loan 60").wait_for()
    rows = page.get_by_role("region", name="Schedule").locator("tbody tr")
    assert rows.count() == page.locator("svg.picture rect.bar").count() > 3
    assert reader.faults == []


def test_a_movement_comes_without_a_reload(reader, market):
    _, chain, follower = market
    page = reader.page
    with page.expect_response("**/events"):
        page.goto("/")
    page.evaluate("window.stays = true")
    chain.extend(3)
    follower.step()
    page.get_by_text(f"Block {chain.blocks[-1].header.number:,} of").wait_for()
    assert page.evaluate("window.stays")
    assert reader.faults == []


def test_the_keyboard_reaches_the_content_first(reader):
    page = reader.page
    page.goto("/loans")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    assert skip.evaluate("one => one === document.activeElement")
    assert skip.bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator("main :focus").count() == 1


# --- the proof checker ----------------------------------------------------------------------------


@pytest.mark.parametrize("reader", ["wide", "without script", "phone", "dark"], indirect=True)
def test_a_proof_is_judged(reader, request_, presentation, monkeypatch, request):
    monkeypatch.setattr(units, "now", lambda: request_.expires_at - 5)
    page = reader.page
    page.goto("/verify")
    page.locator("#request").fill(request_.to_json())
    page.locator("#presentation").fill(presentation.to_json())
    page.get_by_role("button", name="Check").click()
    page.get_by_role("heading", name="The presentation answers the request.").wait_for()
    assert reader.sideways() <= 0
    kind = request.node.callspec.params["reader"].replace(" ", "-")
    page.screenshot(path=PICTURES / f"verdict-{kind}.png", full_page=True)
    if kind != "without-script":
        assert reader.barriers() == []
    assert reader.faults == []


def test_another_persons_request_is_refused(reader, request_, presentation, monkeypatch):
    monkeypatch.setattr(units, "now", lambda: request_.expires_at + 1)
    page = reader.page
    page.goto("/verify")
    page.locator("#request").fill(request_.to_json())
    page.locator("#presentation").fill(presentation.to_json())
    page.get_by_role("button", name="Check").click()
    page.get_by_role("heading", name="does not answer the request").wait_for()
    assert page.get_by_role("status").get_by_text("ExpiredRequest").count() == 1
    page.screenshot(path=PICTURES / "refused-wide.png", full_page=True)
    assert reader.barriers() == []
    assert reader.faults == []
