"""Takes the README's pictures from the real window: pictures.py FOLDER. Each is small: 256 colours, no metadata."""
import shutil
import subprocess
import sys
import time
from pathlib import Path

from window import SAMPLE, Window, theme_button, truth


# The pictures show where the logs lie; that should be the same place on every machine.
LOGS = Path("/var/tmp/incident")


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(LOGS, ignore_errors=True)
    shutil.copytree(SAMPLE, LOGS)
    try:
        take_all(folder)
    finally:
        shutil.rmtree(LOGS)


def take_all(folder):
    with Window(sample=LOGS) as window:
        def take(name):
            time.sleep(0.8)  # what fades in has faded in
            raw = window.desktop.home / "raw.png"
            window.picture(raw)
            target = folder / f"{name}.png"
            subprocess.run(["convert", str(raw), "-strip", "-dither", "None", "-colors", "256", "-define", "png:compression-level=9",
                            f"PNG8:{target}"], check=True)
            print(target, target.stat().st_size, "bytes")

        def themed(name):
            window.click("nav-settings")
            window.click(theme_button(window, name))
            window.click("nav-overview")
            window.one("card-item")

        window.one("open-sample")
        take("first-screen")
        window.open_sample()
        window.one("import-done", 120)
        if window.all("import-dismiss"):
            window.click("import-dismiss")
        themed("Dark")
        window.type("chat-input", truth()["answers"][0]["question"])
        window.click("chat-send")
        window.one("chat-answer")
        take("overview-dark")
        window.click("card-item")
        window.one("card-why")
        take("card-dark")
        themed("Light")
        take("overview-light")
        window.click("card-item")
        window.click("evidence-open")
        window.click("event-row")
        window.one("raw-record")
        take("explore-light")
        window.click("nav-sources")
        window.one("source-row")
        take("sources-light")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
