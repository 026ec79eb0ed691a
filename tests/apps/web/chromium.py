"""Headless Chromium for tests, asked over a pipe by the DevTools protocol: no other program, no port.

One browser has several pages; each is a `Page`. The microphone plays a WAV file.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE_S = 30.0

FRUGAL = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })"
"""Tells pages to load no more than they need."""


def program() -> str | None:
    """Chrome or Chromium, as this machine has it."""
    return next((name for name in ("google-chrome", "chromium") if shutil.which(name)), None)


class Browser:
    """A browser process and the two ends of its pipe."""

    def __init__(self, folder: Path, microphone: Path) -> None:
        from_us, to_browser = os.pipe()
        from_browser, to_us = os.pipe()
        flags = (
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe"),
            *("--disable-background-networking", "--disable-component-update", "--disable-extensions"),
            *("--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}"),
            *(
                "--autoplay-policy=no-user-gesture-required",
                f"--user-data-dir={folder}/profile",
                "about:blank",
            ),
        )
        command = f'exec {program()} "$@" 3<&{from_us} 4>&{to_us}'
        self.process = subprocess.Popen(
            ["bash", "-c", command, "chromium", *flags],
            pass_fds=(from_us, to_us),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(from_us)
        os.close(to_us)
        self._out = os.fdopen(to_browser, "wb", buffering=0)
        self._in = os.fdopen(from_browser, "rb", buffering=0)
        self._rest = b""
        self._count = 0
        self.events: list[dict[str, Any]] = []

    def ask(self, method: str, session: str | None = None, **values: Any) -> dict[str, Any]:
        """What the browser answers to a command of the protocol; events that come before are kept."""
        self._count += 1
        question = {"id": self._count, "method": method, "params": values}
        question |= {} if session is None else {"sessionId": session}
        self._out.write(json.dumps(question).encode() + b"\0")
        while (message := self._next()).get("id") != self._count:
            self.events.append(message)
        assert "error" not in message, (method, message)
        return dict(message["result"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = self._in.read(1 << 20)
            assert piece, "the browser ended"
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(line))

    def close(self) -> None:
        """End the browser."""
        self.ask("Browser.close")
        self._out.close()
        self._in.close()
        self.process.wait(timeout=PATIENCE_S)

    @contextmanager
    def page(self, address: str, *, before: str = FRUGAL, permission: str = "granted") -> Iterator[Page]:
        """Open a page in a context of its own; `before` is JavaScript that runs ahead of the page's."""
        context = self.ask("Target.createBrowserContext")["browserContextId"]
        values = {"permission": {"name": "microphone"}, "setting": permission, "browserContextId": context}
        self.ask("Browser.setPermission", **values)
        target = self.ask("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, context)
        for domain in ("Page", "Runtime", "Log", "DOM", "Accessibility"):
            page.ask(f"{domain}.enable")
        page.ask("Page.addScriptToEvaluateOnNewDocument", source=before)
        page.ask("Page.navigate", url=address)
        yield page
        self.ask("Target.disposeBrowserContext", browserContextId=context)


class Page:
    """One page."""

    def __init__(self, browser: Browser, session: str, context: str) -> None:
        self.browser, self.session, self.context = browser, session, context

    def ask(self, method: str, **values: Any) -> dict[str, Any]:
        """A command of the protocol, for this page."""
        return self.browser.ask(method, self.session, **values)

    def run(self, script: str) -> Any:
        """The value of an expression of JavaScript, awaited."""
        answer = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, script: str) -> Any:
        """The first value of an expression that is true; while a page comes, parts of it may be missing."""
        return until(lambda: self.run(f"(() => {{ try {{ return {script} }} catch {{}} }})()"), script)

    def press(self, key: str, code: str, number: int) -> None:
        """A key, down and up."""
        values = {"key": key, "code": code, "windowsVirtualKeyCode": number}
        text = {"text": " "} if key == " " else {"text": key} if len(key) == 1 else {}
        self.ask("Input.dispatchKeyEvent", type="keyDown", **values, **text)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **values)

    def choose_file(self, element: str, path: Path) -> None:
        """Give a file to an input."""
        found = self.ask("Runtime.evaluate", expression=f"document.getElementById({element!r})")
        object_id = found["result"]["objectId"]
        self.ask("DOM.setFileInputFiles", files=[str(path)], objectId=object_id)

    def complaints(self) -> list[str]:
        """What the page, its workers and the policy complained of so far."""
        self.run("1")
        texts = []
        for event in self.browser.events:
            values = event.get("params", {})
            if event.get("sessionId") != self.session:
                continue
            if event["method"] == "Runtime.exceptionThrown":
                texts.append(str(values["exceptionDetails"]))
            if event["method"] == "Log.entryAdded" and values["entry"]["level"] in ("error", "warning"):
                texts.append(str(values["entry"]))
            if event["method"] == "Runtime.consoleAPICalled" and values["type"] in ("error", "warning"):
                texts.append(str(values["args"]))
        return texts


def until(what: Callable[[], Any], name: str) -> Any:
    """The first value that is true, asked for some times a second."""
    limit = time.monotonic() + PATIENCE_S
    while not (value := what()):
        assert time.monotonic() < limit, f"never true: {name}"
        time.sleep(0.05)
    return value
