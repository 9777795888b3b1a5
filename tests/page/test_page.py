"""The page shows the market, changes nothing, and says what it waits for."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from support.chain.loan_chains import MARKET_AT, TOKENS
from support.page.pages import GONE, Seen
from support.protocol.nouns import NOW

from zkcredit import units
from zkcredit.chain.index.loan_records import loan_of
from zkcredit.errors import DeepReorganisation, NodeUnavailable, WalletError
from zkcredit.page.app import SECURITY, _news
from zkcredit.page.verdicts import MOST_BYTES, Busy, Judge

PAGES = (
    "/", "/loans", "/loans?state=active", "/loans?below=5", "/loans/1", "/loans/7", "/portfolio",
    "/impact", "/verify", "/api",
)  # fmt: skip
DATA = ("status", "checks", "overview", "loans", "loans/3", "portfolio", "impact")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_and_safe(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    for name, value in SECURITY.items():
        assert answer.headers[name] == value
    page = Seen(answer.text)
    for tag, found in page.tags:
        assert not {"style", "onclick", "onload"} & found.keys(), "the policy forbids it"
        assert tag != "style"
        for name in ("href", "src", "action"):
            assert (found.get(name) or "/")[0] in "/#?", "nothing comes from elsewhere"
        if tag == "script":
            assert found["src"] == "/assets/page.js"
    headings = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert headings.count(1) == 1
    assert headings[0] == 1
    assert all(later - one <= 1 for one, later in pairwise(headings))
    labelled = {found["for"] for tag, found in page.tags if tag == "label"}
    assert {found["id"] for tag, found in page.tags if tag == "textarea"} == labelled


def test_links_lead_somewhere(client):
    seen = set()
    for path in PAGES:
        for link in Seen(client.get(path).text).links:
            if link not in seen and link.startswith("/"):
                seen.add(link)
                assert client.get(link).status_code == 200, link
    assert len(seen) > 30


@pytest.mark.parametrize("name", DATA)
def test_data_for_programs(client, name):
    answer = client.get(f"/api/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    json.dumps(answer.json())


def test_the_api_is_described(client):
    described = client.get("/openapi.json").json()
    assert {f"/api/{name}" for name in DATA if "/" not in name} <= described["paths"].keys()
    methods = {method for found in described["paths"].values() for method in found}
    assert methods == {"get", "post"}
    assert [path for path, found in described["paths"].items() if "post" in found] == ["/verify"]
    page = Seen(client.get("/api").text).text
    assert all(path in page for path in described["paths"])


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_readers_change_nothing(client, index, method):
    before = index.ask("SELECT COUNT(*) FROM loans_states")
    for path in ("/", "/loans/1", "/api/loans", "/api/status", "/events"):
        assert getattr(client, method)(path).status_code == 405
    assert index.ask("SELECT COUNT(*) FROM loans_states") == before


def test_readers_do_not_make_the_page_ask_the_node(client, node):
    before = node.calls
    for path in (*PAGES, *(f"/api/{name}" for name in DATA)):
        client.get(path)
    assert node.calls == before


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/loans/99999", 404),
        ("/loans/0", 404),
        ("/loans/-1", 404),
        (f"/loans/{1 << 70}", 404),
        ("/loans/x", 422),
        ("/loans/%3Cscript%3E", 422),
        ("/loans?state=%3Cscript%3E", 404),
        ("/loans?state=" + "x" * 50, 422),
        ("/loans?below=0", 422),
        (f"/loans?below={1 << 63}", 422),
        ("/api/loans/99999", 404),
        ("/api/loans?state=none", 404),
        ("/nothing", 404),
        ("/assets/app.py", 404),
        ("/assets/..%2Fapp.py", 404),
        ("/docs", 404),
    ],
)
def test_addresses_that_lead_nowhere(client, path, code):
    answer = client.get(path)
    assert answer.status_code == code
    assert "<script>" not in answer.text
    assert answer.headers["content-security-policy"]
    if path.startswith("/api"):
        assert answer.json().keys() == {"error"}
    else:
        assert "Not here" in Seen(answer.text).text


# --- what is shown --------------------------------------------------------------------------------


def test_what_is_held_is_the_sum_of_movements_and_the_balance(client, chain):
    books = chain.blocks[-1].books
    for one, token in zip(client.get("/api/status").json()["tokens"], sorted(TOKENS), strict=True):
        held = books.held[TOKENS.index(token)]
        assert one == {"token": token, "held": str(held), "balance": str(held), "agrees": True}
    assert Seen(client.get("/").text).text.count("equal") == 2


def test_a_balance_that_differs_is_said(client, follower, node):
    node.more = 1
    follower._compared_to = None  # as after a start
    follower.step()
    assert "not equal" in Seen(client.get("/").text).text
    node.error = GONE
    follower._compared_to = None
    follower.step()
    assert "does not know the balance" in Seen(client.get("/").text).text


def test_sums_are_compared_after_every_block(client, follower, chain, index):
    blocks = list(chain.blocks)
    started = follower.status.compared
    assert started == 2  # the newest block's, of both tokens
    try:
        chain.extend(40)
        follower.step()
        moved = {
            (block, token)
            for block, token in index.ask("SELECT block, token FROM loans_movements")
            if block > blocks[-1].header.number
        }
        found = client.get("/api/checks").json()
        assert (found["unequal"], found["unknown"]) == (0, 0)
        assert found["compared"] == len(found["checks"]) == 2 + len(moved) > 20
        assert {(one["block"], one["token"]) for one in found["checks"]} > moved
        for one in found["checks"]:
            held = chain.blocks[one["block"]].books.held[TOKENS.index(one["token"])]
            assert one["held"] == one["balance"] == str(held)
        assert f"{found['compared']} times" in Seen(client.get("/").text).text
    finally:
        chain.blocks[:] = blocks


def test_a_difference_between_two_looks_is_found(client, follower, chain, node):
    blocks = list(chain.blocks)
    try:
        chain.extend(40)
        wrong = blocks[-1].header.number + 20
        node.more_after = {wrong + at: 1 for at in range(6)}
        follower.step()
        found = client.get("/api/checks").json()
        unequal = [one["block"] for one in found["checks"] if not one["agrees"]]
        assert found["unequal"] == len(unequal) > 0
        assert set(unequal) <= set(node.more_after)
        page = Seen(client.get("/").text).text
        assert f"They were not equal {len(unequal)} times" in page
    finally:
        chain.blocks[:] = blocks


def test_no_block_stays_uncompared_when_the_node_goes_away(client, follower, chain, node):
    blocks = list(chain.blocks)
    try:
        chain.extend(20)
        node.error = NodeUnavailable("away")
        follower.step()
        assert "does not answer" in client.get("/api/status").json()["waiting"]
        assert follower.status.compared == 2
        node.error = None
        chain.extend(20)
        follower.step()
        seen = {one["block"] for one in client.get("/api/checks").json()["checks"]}
        first = blocks[-1].header.number + 1
        assert min(seen) <= first  # the one before the chain grew
        assert len([block for block in seen if block < first + 20]) > 5
        assert client.get("/api/status").json()["waiting"] == ""
    finally:
        chain.blocks[:] = blocks


def test_comparisons_of_blocks_that_were_replaced_go(client, follower, chain):
    blocks = list(chain.blocks)
    try:
        chain.extend(10)
        follower.step()
        chain.reorganise(5, 9)
        follower.step()
        found = client.get("/api/checks").json()
        assert found["unequal"] == 0
        for one in found["checks"]:
            held = chain.blocks[one["block"]].books.held[TOKENS.index(one["token"])]
            assert one["held"] == str(held)
        numbers = [(one["block"], one["token"]) for one in found["checks"]]
        assert len(numbers) == len(set(numbers))
    finally:
        chain.blocks[:] = blocks


class Tree:
    """Tells how far a tree is behind."""

    def __init__(self, waiting, seconds):
        self.waiting, self.lag = lambda: waiting, lambda: seconds
        self.max_lag = 86_400


@pytest.mark.parametrize(
    ("waiting", "seconds", "words"),
    [
        (0, 0, "has every loan that was opened"),
        (3, 86_400, "3 openings wait for the history tree, the oldest for 1 d 0:00:00"),
        (3, 90_061, "No record can be proved now: the oldest of 3 openings has waited for 1 d"),
    ],
)  # fmt: skip
def test_how_far_the_history_is_behind(client, follower, waiting, seconds, words):
    assert client.get("/api/status").json()["history"] is None
    follower._tree = Tree(waiting, seconds)
    follower._compared_to = None
    follower.step()
    assert words in Seen(client.get("/").text).text
    history = client.get("/api/status").json()["history"]
    assert history == {"waiting": waiting, "seconds": seconds, "most": 86_400}
    chinese = Seen(client.get("/", headers={"accept-language": "zh"}).text).text
    assert "借款人的记录" in chinese


def test_a_loan_shows_every_payment_and_every_row(client, index):
    states = set()
    for number in range(1, 61):
        loan = client.get(f"/api/loans/{number}").json()
        record = loan_of(index, MARKET_AT, number)
        assert loan["outstanding"] == record.outstanding
        assert sum(one["paid"] for one in loan["steps"]) == record.running.received
        behind = [row for row in loan["rows"] if row["paid_at"]]
        if loan["state"] == "active":
            assert len(loan["rows"]) == len(record.product.table.rows)
            assert len(behind) == record.running.paid
        states |= {row["state"] for row in loan["rows"]}
        page = Seen(client.get(f"/loans/{number}").text)
        drawn = [found["class"] for tag, found in page.tags if tag == "rect"]
        assert drawn == [f"bar {row['state']}" for row in loan["rows"] if row["amount"]]
        assert sum(one["amount"] for one in loan["intervals"]) == loan["principal"]
    assert states == {"paid", "late", "overdue", "ahead"}


def test_loans_are_listed_by_state(client):
    whole = client.get("/api/loans").json()
    assert [one["loan"] for one in whole["loans"]] == list(range(60, 10, -1))
    rest = client.get(f"/api/loans?below={whole['below']}").json()
    assert [one["loan"] for one in rest["loans"]] == list(range(10, 0, -1))
    assert rest["below"] is None
    counts = {}
    for one in client.get("/api/overview").json()["states"]:
        counts[one["state"]] = counts.get(one["state"], 0) + one["loans"]
    assert sum(counts.values()) == 60
    for state, count in counts.items():
        found = client.get(f"/api/loans?state={state}").json()["loans"]
        assert len(found) == min(count, 50)
        assert {one["state"] for one in found} == {state}


def test_pictures_have_titles(client):
    for path, least in (("/loans/3", 1), ("/portfolio", 4)):
        page = Seen(client.get(path).text)
        assert [found["role"] for tag, found in page.tags if tag == "svg"] == ["img"] * least
        assert sum(tag == "title" for tag, _ in page.tags) == least + 1


def test_a_report_is_computed_once_for_each_block(views, monkeypatch):
    from zkcredit.page import views as module

    made = []
    honest = module.histories_of
    monkeypatch.setattr(module, "histories_of", lambda *a: made.append(1) or honest(*a))
    for _ in range(5):
        views.portfolio()
    assert len(made) == 1


# --- what it waits for ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NodeUnavailable("http://user:secret@host cannot be reached"), "does not answer"),
        (DeepReorganisation("secret", 99, 64, 3), "no longer has the last 99 blocks"),
        (GONE, "do not follow from each other"),
        (WalletError("/home/somebody/secret is locked"), "database cannot be used"),
    ],
)
def test_the_page_says_what_it_waits_for_and_shows_what_it_read(
    client, follower, index, told, monkeypatch, error, words
):
    before = client.get("/api/overview").json()

    def fail():
        raise error

    monkeypatch.setattr(index, "catch_up", fail)
    follower.step()
    follower.step()
    for path in ("/", "/loans/3", "/verify"):
        page = client.get(path).text
        assert words in Seen(page).text
        assert "secret" not in page
    assert words in client.get("/api/status").json()["waiting"]
    assert client.get("/api/overview").json() == before
    assert len(told) == 1  # once, and with the error's text
    assert str(error) in told[0]
    monkeypatch.undo()
    follower.step()
    assert client.get("/api/status").json()["waiting"] == ""


def test_the_status_changes_only_when_something_did(follower, chain):
    seen = follower.status
    assert follower.step() is seen
    blocks = list(chain.blocks)
    try:
        chain.extend(2)
        now = follower.step()
        assert (now.version, now.block) == (seen.version + 1, seen.block + 2)
        chain.reorganise(2, 3)
        assert follower.step().taken_back == 2
    finally:
        chain.blocks[:] = blocks


def test_a_database_that_fails_under_a_reader_is_one_clear_message(client, index, told):
    index.close()
    answer = client.get("/loans")
    assert (answer.status_code, "Try again" in answer.text) == (503, True)
    assert client.get("/api/loans").json().keys() == {"error"}
    assert "WalletError" in told[0]


def test_news_come_at_each_change(follower, chain):
    async def read():
        live = [0]
        news = _news(follower, live, lambda: False)
        first = await anext(news)
        assert live == [1]
        chain.extend()
        follower.step()
        second = await anext(news)
        await news.aclose()
        return first, second, live

    blocks = list(chain.blocks)
    try:
        first, second, live = asyncio.run(read())
    finally:
        chain.blocks[:] = blocks
    assert first == f"event: block\ndata: {len(blocks) - 1}\n\n"
    assert second == f"event: block\ndata: {len(blocks)}\n\n"
    assert live == [0]


def test_news_end_with_the_page(follower):
    async def read():
        ends = []
        news = _news(follower, [0], lambda: bool(ends))
        await anext(news)
        ends.append(True)
        return [one async for one in news]

    assert asyncio.run(read()) == []


# --- the proof checker ----------------------------------------------------------------------------


@pytest.fixture
def now(monkeypatch):
    monkeypatch.setattr(units, "now", lambda: NOW + 5)


def form(request_, presentation):
    return {"request": request_.to_json(), "presentation": presentation.to_json()}


def test_a_presentation_that_answers(client, now, request_, presentation):
    answer = client.post("/verify", data=form(request_, presentation))
    text = Seen(answer.text).text
    assert answer.status_code == 200
    assert "The presentation answers the request." in text
    assert str(presentation.pseudonym) in text
    assert "For tests only" in text
    assert "<script>alert" not in answer.text
    posted = client.post("/verify", json=form(request_, presentation)).json()
    assert (posted["valid"], posted["error"]) == (True, "")
    assert posted["pseudonym"] == str(presentation.pseudonym)
    inner = {name: json.loads(text) for name, text in form(request_, presentation).items()}
    assert client.post("/verify", json=inner).json()["valid"]


def test_a_presentation_that_does_not(client, now, request_, presentation, monkeypatch):
    *inputs, nullifier = presentation.public_inputs
    changed = replace(presentation, public_inputs=(*inputs, nullifier ^ 1))
    posted = client.post("/verify", json=form(request_, changed)).json()
    assert (posted["valid"], posted["pseudonym"], posted["error"]) == (False, "", "InvalidProof")
    page = client.post("/verify", data=form(request_, changed))
    assert "does not answer the request" in Seen(page.text).text
    monkeypatch.setattr(units, "now", lambda: NOW + 601)
    late = client.post("/verify", json=form(request_, presentation)).json()
    assert (late["valid"], late["error"]) == (False, "ExpiredRequest")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b"{", "application/json"),
        (b'{"request": "{}"}', "application/json"),
        (b'{"request": "{}", "presentation": 7}', "application/json"),
        (b"[" * 50_000, "application/json"),
        (b"\xff", "application/json"),
        (b"request=%7B%7D", "application/x-www-form-urlencoded"),
        (b"request=%7B%7D&presentation=%7B%7D", "application/x-www-form-urlencoded"),
        (b"x" * 1_000, "application/x-www-form-urlencoded"),
        (b"request=1&presentation=2", "text/plain"),
        (b"request=1&presentation=2", "multipart/form-data"),
        (b"request=1&presentation=2", ""),
    ],
)
def test_documents_that_are_none_are_refused(client, content, kind):
    answer = client.post("/verify", content=content, headers={"content-type": kind})
    assert answer.status_code == 422
    if "json" in kind:
        assert answer.json()["valid"] is False
    else:
        assert "Nothing was judged" in Seen(answer.text).text


def test_long_documents_are_refused(client):
    body = b"request=" + b"x" * MOST_BYTES
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/verify", content=body, headers=headers).status_code == 413

    def drip():
        for _ in range(MOST_BYTES // 1_000 + 2):
            yield b"x" * 1_000

    assert client.post("/verify", content=drip(), headers=headers).status_code == 413


def test_few_proofs_are_verified_at_once(client, monkeypatch):
    async def busy(*_):
        raise Busy("too many proofs are verified now")

    monkeypatch.setattr(Judge, "verdict", busy)
    answer = client.post("/verify", json={"request": "{}", "presentation": "{}"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_a_judge_has_a_limit_and_a_deadline(monkeypatch):
    from zkcredit.page import verdicts

    async def several():
        judge = Judge()
        going, hold = asyncio.Event(), asyncio.Event()

        async def slow(*_):
            going.set()
            await hold.wait()

        monkeypatch.setattr(verdicts.asyncio, "to_thread", slow)
        first = [asyncio.create_task(judge.verdict("{}", "{}")) for _ in range(4)]
        await going.wait()
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="Too many"):
            await judge.verdict("{}", "{}")
        hold.set()
        await asyncio.gather(*first)
        hold.clear()
        monkeypatch.setattr(verdicts, "_SECONDS", 0.0)
        with pytest.raises(Busy, match="too long"):
            await judge.verdict("{}", "{}")
        assert judge._running == 1  # it counts until its thread ends
        hold.set()
        for _ in range(100):  # turns of the loop, not time
            await asyncio.sleep(0)
        assert judge._running == 0

    asyncio.run(several())


def test_a_key_of_ones_own(request_, presentation, now):
    from zkcredit.published import dev_verifying_key

    verdict = Judge(dev_verifying_key("eligibility")).judge(
        request_.to_json(), presentation.to_json()
    )
    assert verdict.valid
    assert not verdict.development_key
    other = Judge(dev_verifying_key("ledger_eligibility"))
    refused = other.judge(request_.to_json(), presentation.to_json())
    assert not refused.valid
