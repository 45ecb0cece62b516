#!/usr/bin/env python3
"""Import beside a peer, in the same run: MB/s of `timberline import` into a complete case for each kind of log, beside `lnav -n -q`, which only
indexes text, and `evtx_dump -o jsonl`, which prints EVTX. Prints figures and asserts nothing about time.

usage: peers.py TIMBERLINE FOLDER [KIND...] [--mb 300] [--runs 3]

FOLDER takes the inputs, which ../shared/bench/make_big.py makes where they are missing. A peer that is not installed is said and left out.
"""
import argparse, json, os, resource, shutil, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
MAKER = os.path.join(HERE, "../../../shared/bench/make_big.py")
KINDS = {  # kind: (file name, peer)
    "access": ("access.log", "lnav"),
    "auth": ("auth.log", "lnav"),
    "zeek": ("zeek.ndjson", "lnav"),
    "cloudtrail": ("cloudtrail.ndjson", None),
    "evtx": ("big.evtx", "evtx_dump"),
}


def run(command):
    """Seconds and peak memory in MB of a command that must succeed, and what it printed."""
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE if command[-1] == "--json" else subprocess.DEVNULL, stderr=subprocess.PIPE)
    out = child.stdout.read() if child.stdout else b""
    err = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - began
    if status != 0:
        sys.exit(f"{command[0]} failed: {err.decode(errors='replace')[-400:]}")
    return seconds, usage.ru_maxrss / 1e3, out


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("timberline")
    ask.add_argument("folder")
    ask.add_argument("kinds", nargs="*", default=[])
    ask.add_argument("--mb", type=int, default=300)
    ask.add_argument("--runs", type=int, default=3)
    ask = ask.parse_args()
    os.makedirs(ask.folder, exist_ok=True)
    print(f"{os.cpu_count()} processors; best of {ask.runs} runs, taken in turn")
    for kind in ask.kinds or KINDS:
        name, peer = KINDS[kind]
        path = os.path.join(ask.folder, name)
        if not os.path.exists(path):
            if not os.path.exists(MAKER):
                print(f"{kind}: skipped: ../shared is not here and {path} neither")
                continue
            subprocess.run([sys.executable, MAKER, kind, str(ask.mb), path], check=True, stdout=subprocess.DEVNULL)
        mb = os.path.getsize(path) / 1e6
        peers = {"lnav": ["lnav", "-n", "-q", path], "evtx_dump": ["evtx_dump", "-t", "2", "-o", "jsonl", path]}
        there = peer is not None and shutil.which(peer) is not None
        ours, theirs, memory, size, total = [], [], 0, 0, {}
        for _ in range(ask.runs):
            with tempfile.TemporaryDirectory(dir=ask.folder) as folder:
                case = os.path.join(folder, "a.timberline")
                # Reading alone: the detectors' time is their own benchmark's.
                seconds, peak, out = run([ask.timberline, "import", case, path, "--json"])
                rows = [json.loads(line) for line in out.splitlines()]
                reading = sum(r["seconds"] for r in rows if "seconds" in r and "source" in r)
                total = rows[-1]["total"]
                ours.append((seconds, reading))
                memory, size = max(memory, peak), os.path.getsize(case) / 1e6
            if there:
                theirs.append(run(peers[peer])[0])
        whole, reading = min(o[0] for o in ours), min(o[1] for o in ours)
        line = (f"{kind}: {mb:.0f} MB, {total.get('events', 0):,} events, {total.get('problems', 0):,} problems: import {reading:.2f} s "
                f"({mb / reading:.0f} MB/s), with cards {whole:.2f} s; case {size:.0f} MB, peak memory {memory:.0f} MB")
        if there:
            best = min(theirs)
            line += f"; {peer} {best:.2f} s ({mb / best:.0f} MB/s), import takes {reading / best:.2f} times that"
        elif peer:
            line += f"; {peer} is not installed"
        print(line, flush=True)


main()
