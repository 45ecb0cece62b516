"""The real window: the first screen, the sample incident, an answer, both themes, and what a page may not do."""
import re
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from window import Window, theme_button, truth


class TheSampleIncident(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.window = Window().__enter__()
        cls.addClassCleanup(cls.window.__exit__)
        cls.truth = truth()

    def test_1_the_first_screen_offers_it(self):
        window = self.window
        window.one("drop-zone")
        self.assertIn("Open the sample incident", window.page_text())
        self.assertIn("Timberline", window.native_titles())
        size = window.script("return [innerWidth, innerHeight]")
        self.assertGreaterEqual(size[0], 1024)
        self.assertGreaterEqual(size[1], 640)

    def test_2_one_click_shows_its_cards_and_all_its_events(self):
        window = self.window
        window.open_sample()
        events = sum(source["events"] for source in self.truth["sources"])
        window.wait("all events are counted", lambda: window.attribute("status-events", "data-events") == str(events), 120)
        cards = window.rpc("cards_list", {"all": False})["ok"]["rows"]
        self.assertEqual(window.texts('[data-testid="card-item"] [data-testid="card-title"]'), [c["title"] for c in cards])
        self.assertGreaterEqual(len(cards), len(self.truth["must_flag"]))

    def test_3_the_title_bar_names_the_case(self):
        window = self.window
        window.wait("the title names the case", lambda: "Sample incident - Timberline" in window.native_titles())

    def test_4_a_question_is_answered(self):
        window = self.window
        answer = self.truth["answers"][0]
        window.type("chat-input", answer["question"])
        window.click("chat-send")
        window.one("chat-answer")
        turn = window.rpc("chat_list")["ok"]["rows"][-1]
        self.assertIsNone(turn["unanswered"])
        whole = re.sub(r"(?<=\d),(?=\d{3})", "", window.page_text()) + str(turn["rows"])
        for part in answer["contains"]:
            self.assertIn(part, whole)
        window.one("chat-understood")
        window.one("chat-step")

    def test_5_settings_show_that_the_keyring_answers(self):
        window = self.window
        window.click("nav-settings")
        window.one("theme-select")
        window.wait("the keyring answers", lambda: "A keyring answers" in window.page_text())

    def test_6_both_themes_are_drawn(self):
        window = self.window
        light = {}
        for theme in ("Light", "Dark"):
            window.click(theme_button(window, theme))
            time.sleep(0.5)
            light[theme] = mean_lightness(window)
        self.assertGreater(light["Light"], 0.7, light)
        self.assertLess(light["Dark"], 0.4, light)

    def test_7_nothing_was_refused_by_the_policy_and_nothing_went_wrong(self):
        self.assertEqual(self.window.script("return window.__refused"), [])
        self.assertNotRegex(self.window.app_log(), r"panicked|broke off|did not reach")

    def test_8_the_page_cannot_be_led_away_nor_open_windows(self):
        window = self.window
        here = window.script("return location.href")
        self.assertTrue(here.startswith("tauri://localhost"), here)
        window.script("const a = document.createElement('a'); a.href = 'https://example.org/'; document.body.append(a); a.click(); a.remove()")
        time.sleep(0.7)
        self.assertEqual(window.script("return location.href"), here)
        self.assertIsNone(window.script("return window.open('https://example.org/')"))
        self.assertEqual(len([t for t in window.native_titles() if "Timberline" in t]), 1)

    def test_9_a_script_in_the_page_cannot_reach_files_that_nobody_chose(self):
        window = self.window
        self.assertTrue(Path("/etc/passwd").is_file())
        for command, payload in [
            ("import_start", {"paths": ["/etc/passwd"]}),
            ("case_new", {"path": str(window.desktop.home / "planted.timberline")}),
            ("case_open", {"path": "/etc/passwd"}),
        ]:
            answer = window.rpc(command, payload)
            self.assertIn("was not chosen", answer.get("error", {}).get("message", ""), (command, answer))
        self.assertFalse((window.desktop.home / "planted.timberline").exists())
        for plugin in ("plugin:fs|read_file", "plugin:shell|execute", "plugin:dialog|open", "plugin:window|close", "plugin:event|emit"):
            refused = window.script_async(
                "const [cmd, done] = arguments; window.__TAURI_INTERNALS__.invoke(cmd, {}).then(() => done('ran'), (e) => done(String(e)))",
                plugin)
            self.assertNotEqual(refused, "ran", plugin)
        injected = "const s = document.createElement('script'); s.textContent = 'window.__ran = 1'; document.body.append(s); return window.__ran ?? null"
        self.assertIsNone(window.script(injected))


class WhatIsNamedOnTheCommandLine(unittest.TestCase):
    def test_a_log_is_read_into_a_new_case(self):
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "auth.log"
            log.write_text("".join(
                f"Mar  1 10:00:{n:02} web-01 sshd[812]: Failed password for root from 203.0.113.9 port 40022 ssh2\n" for n in range(40)))
            with Window(arguments=[log]) as window:
                window.wait("its events are shown", lambda: window.attribute("status-events", "data-events") == "40", 60)
                window.click("nav-sources")
                self.assertIn("auth.log", window.text("source-row"))


def mean_lightness(window):
    """0 (black) to 1 (white), of the picture of the page."""
    shot = window.desktop.home / "shot.png"
    window.picture(shot)
    told = subprocess.run(["convert", str(shot), "-colorspace", "gray", "-format", "%[fx:mean]", "info:"], check=True,
                          capture_output=True, text=True)
    return float(re.search(r"[\d.]+", told.stdout).group())


if __name__ == "__main__":
    unittest.main(verbosity=2)
