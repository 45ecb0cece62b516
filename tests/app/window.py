"""The real window, driven through tauri-driver and WebKitWebDriver as a person would: find, click, type, look."""
import base64
import http.client
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from session import Desktop, end

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLE = REPOSITORY / "fixtures/incidents/ssh-break-in"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def truth():
    """What a good analyst finds in the sample incident, counted while its logs were made."""
    return json.loads((SAMPLE / "truth.json").read_text())


def theme_button(window, name):
    """CSS of the button of a theme, whatever its place among the choices."""
    labels = window.texts('[data-testid="theme-select"] button')
    return f'[data-testid="theme-select"] button:nth-of-type({labels.index(name) + 1})'


class Refused(Exception):
    """WebDriver's own error, with its word."""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


class Window:
    """The app in a window of a desktop of its own. `data` keeps its settings and cases."""

    def __init__(self, sample=SAMPLE, arguments=()):
        self.application = os.environ["TIMBERLINE_APP"]
        self.sample = sample
        self.arguments = list(map(str, arguments))
        self.session = None

    def __enter__(self):
        self.desktop = Desktop().__enter__()
        try:
            self.data = self.desktop.home / "data"
            self.desktop.env.update(TIMBERLINE_DATA=str(self.data), TIMBERLINE_SAMPLE=str(self.sample))
            self.log = open(self.desktop.home / "app.log", "w+b")
            self.port, native = free_ports(2)
            self.driver = self.desktop.start("tauri-driver", "--port", self.port, "--native-port", native,
                                             stdout=self.log, stderr=subprocess.STDOUT)
            self._wait_for_driver()
            options = {"application": self.application, "args": self.arguments}
            wanted = {"capabilities": {"alwaysMatch": {"tauri:options": options}}}
            self.session = self.call("POST", "/session", wanted)["sessionId"]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.session:
            try:
                self.call("DELETE", f"/session/{self.session}")
            except (Refused, OSError):
                pass
        self.desktop.__exit__()
        self.log.close()

    def _wait_for_driver(self):
        deadline = time.monotonic() + 30
        while True:
            try:
                return self.call("GET", "/status")
            except (Refused, OSError):
                if time.monotonic() > deadline:
                    raise RuntimeError("tauri-driver does not answer") from None
                time.sleep(0.2)

    def app_log(self):
        """What the app and the driver said on their standard streams."""
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    # -- WebDriver ------------------------------------------------------------------------------------------------

    def call(self, method, path, body=None):
        try:
            return self._call(method, path, body)
        except http.client.RemoteDisconnected:
            # tauri-driver hangs up when the connection that it had kept to WebKitWebDriver was just closed; what was asked was
            # not done then. If the app is gone instead, asking again says so.
            return self._call(method, path, body)

    def _call(self, method, path, body):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, {"Content-Type": "application/json"},
                                         method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=120) as answer:
                return json.load(answer).get("value")
        except urllib.error.HTTPError as why:
            try:
                told = json.load(why).get("value") or {}
            except ValueError:
                told = {}
            raise Refused(f"{told.get('error', why.code)}: {told.get('message', '')}") from None

    def at(self, method, path, body=None):
        return self.call(method, f"/session/{self.session}{path}", body)

    def script(self, text, *arguments):
        return self.at("POST", "/execute/sync", {"script": text, "args": list(arguments)})

    def script_async(self, text, *arguments):
        """The last argument of the script is the function to answer with."""
        return self.at("POST", "/execute/async", {"script": text, "args": list(arguments)})

    def rpc(self, command, payload=None):
        """Calls the host as the page does, past the page: {"ok": ...} or {"error": ...}."""
        return self.script_async(
            "const [cmd, payload, done] = arguments;"
            "window.__TAURI_INTERNALS__.invoke('rpc', { cmd, payload }).then((ok) => done({ ok }), (error) => done({ error }))",
            command, payload or {})

    # -- looking and acting ---------------------------------------------------------------------------------------

    @staticmethod
    def css(which):
        """A data-testid, or CSS where it is not a plain word."""
        return f'[data-testid="{which}"]' if which.replace("-", "").isalnum() else which

    def all(self, which):
        found = self.at("POST", "/elements", {"using": "css selector", "value": self.css(which)})
        return [one[ELEMENT] for one in found]

    def wait(self, what, of, seconds=30):
        """Asks until the answer is truthy, and gives it."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = of()
            except Refused:
                answer = None
            if answer:
                return answer
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: not within {seconds} s. The page says:\n{self.page_text()[:1500]}\n"
                                     f"The app said:\n{self.app_log()[-1500:]}")
            time.sleep(0.2)

    def one(self, which, seconds=30):
        return self.wait(f"{which} is there", lambda: self.all(which), seconds)[0]

    def gone(self, which, seconds=30):
        self.wait(f"{which} is gone", lambda: not self.all(which), seconds)

    def click(self, which, seconds=30):
        self.at("POST", f"/element/{self.one(which, seconds)}/click", {})

    def type(self, which, text):
        self.at("POST", f"/element/{self.one(which)}/value", {"text": text})

    # Not WebDriver's own reading of text: WebKit's leaves out what is cut with an ellipsis.
    def text(self, which, seconds=30):
        return self.script("return arguments[0].innerText", {ELEMENT: self.one(which, seconds)})

    def texts(self, which):
        return self.script("return [...document.querySelectorAll(arguments[0])].map((one) => one.innerText)", self.css(which))

    def attribute(self, which, name):
        return self.at("GET", f"/element/{self.one(which)}/attribute/{name}")

    def page_text(self):
        return self.script("return document.body ? document.body.innerText : ''") or ""

    def picture(self, path):
        Path(path).write_bytes(base64.b64decode(self.at("GET", "/screenshot")))

    def screen(self, path):
        """The whole screen, with what lies over the page."""
        subprocess.run(["import", "-window", "root", str(path)], env=self.desktop.env, check=True)

    def native_titles(self):
        """Titles of the windows that the window manager shows."""
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "."], env=self.desktop.env,
                               capture_output=True, text=True).stdout.split()
        names = (subprocess.run(["xdotool", "getwindowname", one], env=self.desktop.env, capture_output=True, text=True)
                 for one in found)
        return [name.stdout.strip() for name in names]

    def open_sample(self, seconds=180):
        """From the first screen to the cards of the sample incident."""
        self.click("open-sample")
        self.one("card-item", seconds)

    # -- drag and drop --------------------------------------------------------------------------------------------

    def _x(self, *command):
        done = subprocess.run(["xdotool", *map(str, command)], env=self.desktop.env, check=True, capture_output=True, text=True)
        return done.stdout

    def drop(self, *paths, during=None):
        """Drags files from another program's window onto this one with the real pointer; `during` looks on midway."""
        here = Path(__file__).resolve().parent
        source = self.desktop.start("/usr/bin/python3", here / "drag_source.py", *paths)
        try:
            deadline = time.monotonic() + 20
            while True:
                found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "^drag-source$"], env=self.desktop.env,
                                       capture_output=True, text=True).stdout.split()
                if found:
                    break
                if time.monotonic() > deadline:
                    raise RuntimeError("the drag source did not open its window")
                time.sleep(0.2)
            time.sleep(0.5)
            place = dict(line.split("=") for line in self._x("getwindowgeometry", "--shell", found[-1]).split())
            x, y = int(place["X"]) + 60, int(place["Y"]) + 40
            self._x("mousemove", x, y)
            time.sleep(0.3)
            self._x("mousedown", 1)
            time.sleep(0.3)
            for step in range(1, 11):
                self._x("mousemove", x - step * 60, y - step * 35)
                time.sleep(0.1)
            time.sleep(0.4)
            if during:
                during()
            self._x("mouseup", 1)
            time.sleep(0.3)
        finally:
            end(source)
