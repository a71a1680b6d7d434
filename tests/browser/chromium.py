"""A headless Chromium, driven by the DevTools protocol over a pair of pipes.

The protocol: objects of JSON, each followed by a zero byte; what the browser tells of its own
accord has no `id`.
"""

import base64
import json
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from select import select

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
FLAGS = (
    "--headless",
    "--no-sandbox",  # containers have no right to make one; the pages are ours
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    # What the browser asks for by itself is no request of the page.
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)
SECONDS = 60
PHONE, DESK = 390, 1280


@contextmanager
def chromium(folder):
    """Start a browser whose profile is in ``folder``, and end it."""
    ours, theirs = os.pipe(), os.pipe()
    # It reads from descriptor 3 and writes to 4, which a shell can arrange.
    command = ["sh", "-c", f'exec "$@" 3</dev/fd/{ours[0]} 4>/dev/fd/{theirs[1]}', "sh", PROGRAM]
    process = subprocess.Popen(
        [*command, *FLAGS, f"--user-data-dir={folder}", "about:blank"],
        pass_fds=(ours[0], theirs[1]),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"HOME": str(folder)},
    )
    os.close(ours[0])
    os.close(theirs[1])
    try:
        yield Browser(theirs[0], ours[1])
    finally:
        process.kill()
        process.wait()
        os.close(theirs[0])
        os.close(ours[1])


class Browser:
    """One tab; ``events`` is all that it said unasked since it was opened."""

    def __init__(self, source, sink):
        self.source, self.sink = source, sink
        self.last, self.rest, self.events, self.session = 0, b"", [], None
        targets = self.call("Target.getTargets")["targetInfos"]
        [page] = [target["targetId"] for target in targets if target["type"] == "page"]
        attached = self.call("Target.attachToTarget", targetId=page, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def open(self, path, width=DESK, height=800, scheme="light"):
        """Load a file at this width, and wait until it stands."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width <= PHONE,
        )
        self.media("screen", scheme)
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        self.wait("Page.loadEventFired")

    def media(self, kind, scheme):
        """Show the page as on ``screen`` or in ``print``, to one who likes light or dark."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=kind, features=features)

    def value(self, script):
        """What an expression comes to in the page; a promise is waited for."""
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def pdf(self):
        """The page as it is printed on A4."""
        self.media("print", "light")
        paper = {"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": True}
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True, **paper)["data"])

    def said(self, *methods):
        """Parameters of the events of these names."""
        return [event["params"] for event in self.events if event["method"] in methods]

    def wait(self, method):
        """Read on until an event of this name has come."""
        deadline = time.monotonic() + SECONDS
        while not self.said(method):
            self._read(deadline)

    def call(self, method, **params):
        """Send a command; its result. Raises: AssertionError if the browser refuses it."""
        self.last += 1
        message = {"id": self.last, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.sink, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + SECONDS
        while (answer := self._read(deadline)).get("id") != self.last:
            pass
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def _read(self, deadline):
        """The next message; one without an id is kept as an event."""
        while b"\0" not in self.rest:
            ready, _, _ = select([self.source], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"the browser says nothing in {SECONDS} s"
            data = os.read(self.source, 1 << 20)
            assert data, "the browser has ended"
            self.rest += data
        text, self.rest = self.rest.split(b"\0", 1)
        message = json.loads(text)
        if "id" not in message:
            self.events.append(message)
        return message
