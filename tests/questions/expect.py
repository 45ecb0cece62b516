#!/usr/bin/env python3
"""Counts what the questions' answers must hold, from the raw logs, and writes `expected.json`. Run it after the fixtures or the
questions change; `tests/questions.rs` grades the engine against the file and fails where it is stale on its own fixtures."""

import json
from pathlib import Path

import asks_break_in
import asks_fresh
import asks_incidents
import asks_own
from raw import HERE, INCIDENTS, SHARED

CASES = {name: [str(p.relative_to(HERE.parent.parent)) for p in sorted((INCIDENTS / name).glob("*.*"))
                if p.name not in ("README.md", "truth.json")] for name in sorted(p.name for p in INCIDENTS.iterdir() if p.is_dir())}

# Files that the questions were not written for stay out.
CASES["quiet-week"] = [f for f in CASES["quiet-week"] if f.endswith(("access.log.gz", "auth.log.gz"))]
CASES["password-spray"] = [f for f in CASES["password-spray"] if f.endswith("windows-security.xml.gz")]
CASES["beacon-dns-tunnel"] = [f for f in CASES["beacon-dns-tunnel"] if f.endswith(("conn.log.gz", "dns.log.gz"))]


def main():
    out = []

    def add(own):
        def q(kind, ask=None, case="ssh-break-in", turns=None, **expect):
            out.append({"case": case, "kind": kind, "own": own, "turns": turns or [ask], "expect": expect})
        return q

    asks_break_in.questions(add(False))
    asks_own.questions(add(True))
    asks_fresh.questions(add(True))
    asks_incidents.questions(add(True))
    try:
        import asks_shared
        if SHARED.exists():
            CASES.update(asks_shared.CASES)
            asks_shared.questions(add)
    except ImportError:
        pass
    used = {q["case"] for q in out}
    body = {"cases": {k: v for k, v in CASES.items() if k in used}, "questions": out}
    lines = [json.dumps(q, ensure_ascii=False) for q in body["questions"]]
    text = '{\n"cases": ' + json.dumps(body["cases"]) + ',\n"questions": [\n' + ",\n".join(lines) + "\n]\n}\n"
    (Path(HERE) / "expected.json").write_text(text)
    print(len(out), "questions;", sum(q["own"] for q in out), "in others' words")


if __name__ == "__main__":
    main()
