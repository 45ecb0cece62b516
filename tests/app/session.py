"""A desktop of a test's own: an X server, a session bus, an unlocked keyring and a window manager, all ended by process id.

As a script it runs a command on a session bus with an unlocked keyring: session.py COMMAND [ARGUMENT...]
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Room for the window, 1440 by 900, with its frame.
SIZE = (1600, 1000)


class Desktop:
    """Starts what is asked for on entering, ends it on leaving, in reverse order."""

    def __init__(self, screen=True):
        self.screen = screen
        self.children = []
        self.env = dict(os.environ)

    def __enter__(self):
        self.home = Path(tempfile.mkdtemp(prefix="timberline-home-"))
        runtime = self.home / "run"
        runtime.mkdir(mode=0o700)
        # English names and the C locale's zone, whatever the machine is set to: pictures and texts must not differ.
        self.env.update(HOME=str(self.home), XDG_RUNTIME_DIR=str(runtime), LANG="C.UTF-8", TZ="UTC",
                        NO_AT_BRIDGE="1", GTK_A11Y="none", GSETTINGS_BACKEND="memory")
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "WAYLAND_DISPLAY", "DISPLAY"):
            self.env.pop(name, None)
        try:
            if self.screen:
                self._screen()
            self._bus()
            self._keyring()
            if self.screen:
                self.start("openbox")
                time.sleep(0.5)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for child in reversed(self.children):
            end(child)
        shutil.rmtree(self.home, ignore_errors=True)

    def start(self, *command, **options):
        """Starts a child in a process group of its own; it is ended with the desktop at the latest."""
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        child = subprocess.Popen(list(map(str, command)), env=self.env, start_new_session=True, **options)
        self.children.append(child)
        return child

    def _screen(self):
        read, write = os.pipe()
        self.start("Xvfb", "-displayfd", write, "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp",
                   pass_fds=(write,))
        os.close(write)
        with os.fdopen(read) as answer:
            number = answer.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        self.env["DISPLAY"] = f":{number}"

    def _bus(self):
        bus = self.start("dbus-daemon", "--session", "--nofork", "--print-address=1", stdout=subprocess.PIPE, text=True)
        address = bus.stdout.readline().strip()
        if not address:
            raise RuntimeError("dbus-daemon did not start")
        self.env["DBUS_SESSION_BUS_ADDRESS"] = address

    def _keyring(self):
        keyring = self.start("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets",
                             stdin=subprocess.PIPE)
        keyring.stdin.write(b"a password of this test's own")
        keyring.stdin.close()
        # It answers a moment later; asking for its name on the bus says when.
        ask = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner",
               "string:org.freedesktop.secrets"]
        deadline = time.monotonic() + 20
        while b"boolean true" not in subprocess.run(ask, env=self.env, capture_output=True).stdout:
            if time.monotonic() > deadline:
                raise RuntimeError("gnome-keyring-daemon did not answer on the session bus")
            time.sleep(0.1)


def end(child):
    """Ends a child and what it started, and waits for it."""
    if child.poll() is None:
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(child.pid, how)
                child.wait(timeout=5)
                break
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream:
            stream.close()


if __name__ == "__main__":
    with Desktop(screen=False) as desktop:
        # The command keeps the caller's home: cargo and its caches are there. Only bus and keyring are the test's own.
        env = dict(os.environ, DBUS_SESSION_BUS_ADDRESS=desktop.env["DBUS_SESSION_BUS_ADDRESS"])
        code = subprocess.run(sys.argv[1:], env=env).returncode
    sys.exit(code)
