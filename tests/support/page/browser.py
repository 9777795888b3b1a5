"""A page that is served to a browser, and Debian's chromium, which reads it."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import uvicorn
from playwright.sync_api import sync_playwright

from zkcredit.page.serving import _listen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI
    from playwright.sync_api import Browser, ConsoleMessage, Page, Response

ROOT = Path(__file__).parents[3]
NAMES = ("chromium", "chromium-browser", "google-chrome")
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE = 120_000  # milliseconds that a condition may take on a busy machine
MISSING = "chromium was not found (Debian and Ubuntu: apt-get install chromium)"


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve an application on this machine, and give its address."""
    listening = _listen("127.0.0.1", 0)
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser.

    Raises:
        FileNotFoundError: if it is not installed.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise FileNotFoundError(MISSING)
    arguments = ["--disable-dev-shm-usage", "--disable-gpu"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # the sandbox refuses root; only our own page is read
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=arguments, timeout=PATIENCE, chromium_sandbox=False
        )
        try:
            yield browser
        finally:
            browser.close()


class Reader:
    """One reader's window, and what went wrong in it.

    Attributes:
        faults: errors of the console and of the script, and files that did not come.
    """

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        options.setdefault("locale", "en-GB")
        self._context = browser.new_context(
            base_url=url,
            viewport=options.pop("viewport", {"width": 1280, "height": 900}),
            **options,
        )
        self._context.set_default_timeout(PATIENCE)
        self.page: Page = self._context.new_page()
        self.faults: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("response", self._answered)

    def _said(self, one: ConsoleMessage) -> None:
        if one.type in {"error", "warning"}:
            self.faults.append(one.text)

    def _answered(self, one: Response) -> None:
        if one.status >= 400:
            self.faults.append(f"{one.status} {one.url}")

    def close(self) -> None:
        """Close the window."""
        self._context.close()

    def sideways(self) -> int:
        """How many pixels the page is wider than the window."""
        found: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return found

    def barriers(self) -> list[str]:
        """What axe-core finds that keeps people out: rule, and the elements."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']}: {one['help']}: {node['html']} {node.get('failureSummary')}"
            for one in found["violations"]
            for node in one["nodes"]
        ]
