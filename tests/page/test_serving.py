"""``zkcredit page serve`` as a process: it starts, follows a chain, and ends when it is told to."""

from __future__ import annotations

import gc
import json
import signal
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest
from support.chain.loan_town import UNIT, LoanTown
from support.cli.cli_desk import run
from support.page.pages import Seen
from support.portfolio.town_file import save_deployment

from zkcredit.chain import AnvilNode
from zkcredit.errors import InvalidInput
from zkcredit.page.serving import _SWITCH, ServedPage, _listen

PATIENCE = 120


@pytest.mark.node
@pytest.mark.slow
def test_a_page_follows_a_chain(tmp_path):
    with AnvilNode() as node:
        town = LoanTown(node)
        address = town.publish(town.product())
        where = save_deployment(town, tmp_path / "market.json")
        command = [
            sys.executable, "-m", "zkcredit.cli", "page", "serve", "--deployment", str(where),
            "--node", node.url, "--port", "0", "--every", "0.2",
            "--database", str(tmp_path / "index.sqlite"),
        ]  # fmt: skip
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr is not None
                url = process.stderr.readline().rpartition(" ")[2].strip()
                assert url.startswith("http://127.0.0.1:")
                follow(town, address, url)
                with urlopen(f"{url}/events", timeout=PATIENCE) as news:
                    assert news.readline()
                    process.send_signal(signal.SIGINT)
                    while news.readline():  # a live stream ends with the page
                        pass
                said = process.stderr.read()
                process.wait(PATIENCE)
            finally:
                process.kill()
            assert process.returncode in (0, 130)
            assert "Traceback" not in said
            assert "ASGI" not in said


def follow(town, address, url):
    """Read the stream of news while a loan is funded; then the page shows it."""
    with urlopen(f"{url}/events", timeout=PATIENCE) as news:
        loan = town.request(address, 100_000)
        town.fund(town.lender, loan, address, 60_000)
        block = town.node.block_number()
        seen = -1
        while seen < block:
            text = news.readline().decode()
            if text.startswith("data: "):
                seen = int(text.removeprefix("data: "))
    with urlopen(f"{url}/api/status", timeout=PATIENCE) as answer:
        status = json.load(answer)
    (token,) = status["tokens"]
    assert (token["held"], token["agrees"]) == (str(60_000 * UNIT), True)
    with urlopen(f"{url}/loans/{loan}", timeout=PATIENCE) as answer:
        assert "requested" in Seen(answer.read().decode()).text


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--port", "70000"), "--port"),
        (("--every", "0"), "--every"),
        (("--vk", "missing.json"), "missing.json"),
        (("--deployment", "missing.json"), "missing.json"),
        (("--node", "ftp://somewhere"), "must start with http"),
    ],
)
def test_wrong_options_are_one_clear_message(tmp_path, options, says):
    given = {"--deployment": str(tmp_path / "none.json"), "--node": "http://127.0.0.1:1"}
    (tmp_path / "none.json").write_text("{}")
    given |= dict([options])
    words = [word for pair in given.items() for word in pair]
    shown = run("page", "serve", *words)
    assert shown.code != 0
    assert says in shown.stderr or "must say" in shown.stderr
    assert "Traceback" not in shown.stderr


@pytest.mark.parametrize("host", ["256.0.0.1", "not a host", "192.0.2.1", "x" * 300])
def test_an_address_that_cannot_be_listened_on_is_named(host):
    with pytest.raises(InvalidInput, match="cannot listen on"):
        _listen(host, 0)


def test_a_port_that_is_taken_is_named():
    taken = _listen("127.0.0.1", 0)
    try:
        with pytest.raises(InvalidInput, match="name another --host or --port"):
            _listen("127.0.0.1", taken.getsockname()[1])
    finally:
        taken.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_no_answer_is_held_back(host):
    """asyncio turns Nagle's algorithm off for sockets whose protocol is named, and only for them.

    Otherwise the second part of each answer waits for 40 milliseconds on a connection that is kept.
    """
    with _listen(host, 0) as listening, socket.socket(listening.family) as reader:
        reader.connect(listening.getsockname())
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP


class Quiet:
    """What a page needs of its parts, where nothing happens."""

    should_exit = False

    def __init__(self):
        self.intervals = []

    def run(self, **_):
        self.intervals.append(sys.getswitchinterval())

    def prepare(self):
        pass

    def close(self):
        pass


@pytest.mark.parametrize("frozen", [False, True])
def test_what_a_page_sets_for_the_process_it_undoes(frozen):
    quiet = Quiet()
    before = sys.getswitchinterval(), gc.get_freeze_count()
    assert not before[1]
    if frozen:  # by the process that serves the page
        gc.freeze()
    mine = gc.get_freeze_count()
    page = ServedPage(quiet, quiet, quiet, quiet, "http://nowhere")
    page.prepare()
    assert gc.get_freeze_count() if not frozen else gc.get_freeze_count() == mine
    page.answer()
    page.close()
    page.close()
    assert quiet.intervals == [_SWITCH]
    assert gc.get_freeze_count() == (mine if frozen else 0)
    gc.unfreeze()
    assert (sys.getswitchinterval(), gc.get_freeze_count()) == before
