"""Reads the raw text of logs for the question set: no engine, nothing of Timberline. Each reader gives plain dicts whose
`t` is UTC text (`2026-03-10 02:13:04`, with a fraction where the log has one), so that texts sort as times do.
Not here: what is asked (`asks_*.py`), and grading (`tests/questions.rs`)."""

import csv
import datetime as dt
import gzip
import io
import json
import re
import zipfile
from collections import Counter, defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
INCIDENTS = HERE.parent.parent / "fixtures" / "incidents"
SHARED = HERE.parent.parent.parent / "shared" / "data"
MONTHS = {m: i + 1 for i, m in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())}
UTC = dt.timezone.utc


def text(path):
    data = Path(path).read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8", "replace")


def show(when):
    when = when.astimezone(UTC)
    out = when.strftime("%Y-%m-%d %H:%M:%S")
    return out + (f".{when.microsecond:06d}".rstrip("0") if when.microsecond else "")


def epoch(seconds):
    return show(dt.datetime.fromtimestamp(0, UTC) + dt.timedelta(microseconds=round(float(seconds) * 1e6)))


def iso(stamp):
    """An RFC 3339 time as UTC text; digits beyond the microsecond are cut."""
    stamp = re.sub(r"(\.\d{6})\d+", r"\1", stamp.strip().replace("Z", "+00:00"))
    stamp = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", stamp)
    when = dt.datetime.fromisoformat(stamp)
    return show(when if when.tzinfo else when.replace(tzinfo=UTC))


def syslog(path, year):
    """RFC 3164 lines: t, host, prog, msg."""
    out = []
    for line in text(path).splitlines():
        m = re.match(r"(\w{3}) +(\d+) (\d\d:\d\d:\d\d) (\S+) ([^\s:\[]+)(?:\[(\d+)\])?: (.*)", line)
        if m:
            t = f"{year}-{MONTHS[m[1]]:02d}-{int(m[2]):02d} {m[3]}"
            out.append({"t": t, "host": m[4], "prog": m[5], "msg": m[7]})
    return out


def ssh_logins(lines):
    """Logins that sshd accepted or refused; a "message repeated" line is one event."""
    out = []
    for e in lines:
        msg = re.sub(r"^message repeated \d+ times: \[ ?(.*)\]$", r"\1", e["msg"])
        m = re.match(r"(Failed|Accepted) (\S+) for (invalid user )?(\S*) from (\S+) port", msg)
        # "Failed none" is a client that asks which methods there are.
        if e["prog"] == "sshd" and m and m[2] != "none":
            out.append({**e, "ok": m[1] == "Accepted", "method": m[2], "user": m[4], "ip": m[5], "via": "ssh"})
    return out


def sudo(lines):
    out = []
    for e in lines:
        m = re.match(r" *(\S+) : .*COMMAND=(.*)", e["msg"])
        if e["prog"] == "sudo" and m:
            out.append({**e, "user": m[1], "command": m[2]})
    return out


def windows(path):
    """Windows Event XML: t, id, host, and the named data."""
    out = []
    for event in re.findall(r"<Event .*?</Event>", text(path), re.S):
        data = dict(re.findall(r"<Data Name='([^']*)'>([^<]*)", event))
        t = re.search(r"SystemTime='([^']*)'", event)[1]
        out.append({"t": iso(t), "id": re.search(r"<EventID[^>]*>(\d+)", event)[1],
                    "host": re.search(r"<Computer>([^<]*)", event)[1], **data})
    return out


def windows_logins(events):
    return [{**e, "ok": e["id"] == "4624", "user": e["TargetUserName"], "ip": e.get("IpAddress", "-"), "via": "windows"}
            for e in events if e["id"] in ("4624", "4625")]


def access(path):
    """Common and combined access logs: t, ip, method, path, status, bytes, agent, user."""
    out = []
    for line in text(path).splitlines():
        m = re.match(r'(\S+) \S+ (\S+) \[(\d+)/(\w+)/(\d+):(\d\d:\d\d:\d\d) ([+-]\d{4})\] "(.*?)" (\d+) (\S+)(?: "(.*?)" "(.*?)")?', line)
        if not m:
            continue
        t = iso(f"{m[5]}-{MONTHS[m[4]]:02d}-{int(m[3]):02d}T{m[6]}{m[7]}")
        parts = m[8].split(" ")
        out.append({"t": t, "ip": m[1], "user": m[2], "method": parts[0], "path": (parts + [""])[1].split("?")[0],
                    "status": int(m[9]), "bytes": int(m[10]) if m[10].isdigit() else 0, "agent": m[12] or "-"})
    return out


def zeek(path):
    """A Zeek TSV file: dicts by its own column names, plus t."""
    names, out = [], []
    for line in text(path).splitlines():
        if line.startswith("#fields"):
            names = line.split("\t")[1:]
        elif line and not line.startswith("#"):
            row = dict(zip(names, line.split("\t")))
            out.append({**row, "t": epoch(row["ts"])})
    return out


def number(cell):
    return int(float(cell)) if cell not in ("-", "", None) else 0


def ndjson(path):
    return [json.loads(line) for line in text(path).splitlines() if line.strip()]


def zipped_ndjson(path):
    with zipfile.ZipFile(path) as archive:
        return [json.loads(line) for name in archive.namelist() if not name.endswith("/")
                for line in archive.read(name).splitlines() if line.strip()]


def table(path):
    return list(csv.DictReader(io.StringIO(text(path))))


def counts(events, *keys):
    """Rows of values and their number, most first, ties by value."""
    c = Counter(tuple(e[k] for k in keys) for e in events)
    return [[*k, n] for k, n in sorted(c.items(), key=lambda kn: (-kn[1], kn[0]))]


def sums(events, key, *fields):
    total = defaultdict(int)
    for e in events:
        total[e[key]] += sum(number(e[f]) for f in fields)
    return [[k, v] for k, v in sorted(total.items(), key=lambda kv: (-kv[1], kv[0]))]


def during(events, start, end):
    return [e for e in events if start <= e["t"] < end]


def runs(logins, key, least):
    """Failures in a row by one `key`, ended by a success: [key, failures, time of the success]."""
    out, failed = [], defaultdict(int)
    for e in sorted(logins, key=lambda e: e["t"]):
        if not e["ok"]:
            failed[e[key]] += 1
            continue
        if failed[e[key]] >= least:
            out.append([e[key], failed[e[key]], e["t"]])
        failed[e[key]] = 0
    return out


def percentile(values, p):
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * p // 100) - 1)]
