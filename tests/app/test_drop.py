"""Real drag and drop: files and a folder, dragged with the pointer from another program's window onto ours."""
import gzip
import shutil
import tempfile
import unittest
from pathlib import Path

from window import Window


def access_line(n):
    return f'192.0.2.{n % 250} - - [01/Mar/2026:10:{n // 60 % 60:02}:{n % 60:02} +0000] "GET /page/{n} HTTP/1.1" 200 512 "-" "curl/8.0"\n'


def auth_line(n):
    return f"Mar  1 10:{n // 60 % 60:02}:{n % 60:02} web-01 sshd[812]: Failed password for root from 203.0.113.9 port 40022 ssh2\n"


class WhatIsDroppedOnTheWindow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="timberline-drop-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.window = Window().__enter__()
        cls.addClassCleanup(cls.window.__exit__)

    def events(self, count):
        window = self.window
        window.wait(f"{count} events", lambda: window.attribute("status-events", "data-events") == str(count), 60)
        window.wait("the import has ended", lambda: not window.all("import-progress"), 60)

    def sources(self):
        self.window.click("nav-sources")
        self.window.one("source-row")
        return {Path(s["path"]).name: s["events"] for s in self.window.rpc("case_state")["ok"]["sources"]}

    def test_1_a_file_on_the_empty_window_makes_a_case(self):
        window = self.window
        window.one("drop-zone")
        path = self.folder / "access log.1"  # a name with a space, as such files have
        path.write_text("".join(access_line(n) for n in range(120)))
        # While it hovers, the window says that it can be dropped.
        window.drop(path, during=lambda: window.one('[data-testid="drop-zone"].over', 10))
        self.events(120)
        self.assertEqual(self.sources(), {"access log.1": 120})
        self.assertIn("access log.1", window.text("source-row"))

    def test_2_a_folder_is_read_with_all_that_is_in_it(self):
        folder = self.folder / "logs"
        (folder / "old").mkdir(parents=True)
        (folder / "auth.log").write_text("".join(auth_line(n) for n in range(80)))
        with gzip.open(folder / "old" / "access.log.gz", "wt") as out:
            out.writelines(access_line(n) for n in range(50))
        self.window.drop(folder, during=lambda: self.window.one("drop-overlay", 10))
        self.window.gone("drop-overlay")
        self.events(120 + 80 + 50)
        self.assertEqual(self.sources(), {"access log.1": 120, "auth.log": 80, "access.log.gz": 50})

    def test_3_several_files_at_once(self):
        paths = [self.folder / name for name in ("a.log", "b.log")]
        for start, path in enumerate(paths):
            path.write_text("".join(auth_line(n) for n in range(start, start + 30)))
        self.window.drop(*paths)
        self.events(250 + 60)

    def test_4_nothing_went_wrong(self):
        self.assertEqual(self.window.script("return window.__refused"), [])
        self.assertNotRegex(self.window.app_log(), r"panicked|broke off|did not reach")


if __name__ == "__main__":
    unittest.main(verbosity=2)
