"""Questions about fixtures/incidents/ssh-break-in: the list of analysts' questions that the planner is built for, with this case's
names in them. What is expected is counted from the raw lines by `raw.py`. Questions in other people's words: `asks_own.py`."""

from raw import INCIDENTS, access, counts, during, number, runs, ssh_logins, sudo, sums, syslog, windows, windows_logins, zeek

HOME = INCIDENTS / "ssh-break-in"
AUTH = syslog(HOME / "auth.log.gz", 2026)
WINDOWS = windows(HOME / "windows-security.xml.gz")
LOGINS = ssh_logins(AUTH) + windows_logins(WINDOWS)
FAILED = [e for e in LOGINS if not e["ok"]]
GOOD = [e for e in LOGINS if e["ok"]]
SUDO = sudo(AUTH)
WEB = access(HOME / "access.log.gz")
CONNS = [{**c, "src": c["id.orig_h"], "dst": c["id.resp_h"], "port": c["id.resp_p"]} for c in zeek(HOME / "conn.log.gz")]
LAST = max(e["t"] for part in (AUTH, WINDOWS, WEB, CONNS) for e in part)
WEEKEND = ("2026-03-07", "2026-03-09")
TODAY, YESTERDAY = ("2026-03-10", "2026-03-11"), ("2026-03-09", "2026-03-10")
WEEK = ("2026-03-03" + LAST[10:], LAST + "~")
DAY = ("2026-03-09" + LAST[10:], LAST + "~")
EVIL, WEB02 = "203.0.113.24", "10.20.0.15"


def of(events, **want):
    return [e for e in events if all(e[k] == v for k, v in want.items())]


def hours(logins):
    return [[h, sum(e["ok"] and int(e["t"][11:13]) == h for e in logins), sum(not e["ok"] and int(e["t"][11:13]) == h for e in logins)]
            for h in range(24)]


def traffic(ip):
    return sum(number(c["orig_bytes"]) + number(c["resp_bytes"]) for c in CONNS if ip in (c["src"], c["dst"]))


def tried_and_got_in(least):
    bad, good = dict(counts(FAILED, "ip")), dict(counts(GOOD, "ip"))
    return [[ip, n, good[ip]] for ip, n in sorted(bad.items(), key=lambda kn: -kn[1]) if n >= least and ip in good]


def questions(q):
    peers = counts([c for c in during(CONNS, *WEEK) if c["src"] == WEB02 and c["dst"] != WEB02], "dst")
    q("connections", f"What other systems did {WEB02} connect to recently?", number=len(peers), rows=peers[:40])
    q("pattern", "Show me login patterns for root over the past month", rows=hours(of(LOGINS, user="root")))
    root = of(LOGINS, user="root", via="ssh")
    q("exists", "Are there SSH root logins?", yes=True, says=[str(len(of(root, ok=True)))])
    db = [c for c in CONNS if c["dst"] == "10.20.0.20" and c["port"] == "5432"]
    q("exists", "Was traffic to IP 10.20.0.20 and port 5432 allowed?", yes=True, number=len(db))
    q("exists", "Was traffic to IP 1.1.1.2 and port 90 allowed?", no=True)
    q("exists", "Was any attempt to reset a password?", no=True)
    q("list", "Have files been made executable in temp folders?", yes=True, says=["/tmp/.cache/agent"])
    q("unanswerable", "Did the process logrotated trigger antivirus detections?", unanswered=["antivirus"])
    q("unanswerable", "Was any creation of GCP resources by user joe?", unanswered=["GCP"])
    q("exists", "Were any system event logs cleared?", no=True)
    q("list", "What local accounts have been created?", no_rows=True)
    q("exists", "Were any security or monitoring agents tampered with or disabled?", no=True)
    q("volume", "How much network traffic was there to/from 10.20.0.25?", number=traffic("10.20.0.25"))
    q("unanswerable", "What DNS requests have been made from 10.20.0.21?", unanswered=["DNS"])
    q("exists", "Have there been any executions of PsExec?", no=True)
    heidi = of(LOGINS, user="heidi")
    q("pattern", "What is heidi's sign-in history?", says=[str(len(of(heidi, ok=True))), str(len(of(heidi, ok=False)))])
    weekend = during(FAILED, *WEEKEND)
    q("count", "Have there been any failed sign-ins during the last weekend?", yes=True, number=len(weekend))
    q("profile", "Can you tell me if there are any other suspicious activities involving the user svc-backup?", says=["svc-backup", EVIL])
    weekend_sudo = during(of(SUDO, user="ops"), *WEEKEND)
    q("list", "Tell me about the actions taken by administrative accounts over the weekend", says=["ops", str(len(weekend_sudo))],
      range=["2026-03-07 00:00:00", "2026-03-09 00:00:00"])
    q("story", "List the sequence of events that led to the security anomaly", says=[EVIL, "svc-backup", "02:13:04"])
    q("baseline", f"Is user svc-backup typically logging in from {EVIL}?", no=True, says=["1", str(len(of(GOOD, user="svc-backup")))])
    usual = counts(of(GOOD, user="judy", via="ssh"), "ip")[0]
    q("baseline", f"Is user judy typically logging in from {usual[0]}?", yes=True, number=len(of(GOOD, user="judy", ip=usual[0])))
    branch = counts([e for e in GOOD if e["ip"] == "198.51.100.200"], "user")
    q("list", "Find other users logging in from 198.51.100.200", rows=branch, only=len(branch))
    four = [r for r in runs(LOGINS, "ip", 4) if r[0] in (EVIL, WEB02)]
    q("sequence", "Find four failed logins followed by a successful login", rows=[[r[0], r[2][:19]] for r in four])
    q("unusual", "Any unusual logins or access patterns in the last 24 hours?", says=[EVIL])
    q("story", "Hunt for lateral movement from web-02 in the last 7 days", says=[WEB02, "117"])
    beats = [c for c in CONNS if c["src"] == WEB02 and c["dst"] == "198.51.100.7"]
    q("unusual", "Look for C2 beaconing from hosts in the DMZ", says=["198.51.100.7", WEB02, str(len(beats))])
    agents = counts(WEB, "agent")
    q("rare", "Do these user agents look normal?", rows=agents[-3:])
    q("report", "Generate a detailed report about this incident including timeline, impact analysis, and response actions",
      says=[EVIL, "svc-backup", "198.51.100.7", "helpdesk", "02:13:04"])
    both = tried_and_got_in(6)
    q("sequence", "Which IPs have >5 rejected and at least 1 successful authentication?", rows=both, only=len(both))
    ran = of(SUDO, user="svc-backup")
    q("list", "What commands were executed by svc-backup?", rows=[[e["command"]] for e in ran], only=len(ran))
    a, b = len(during(FAILED, *TODAY)), len(during(FAILED, *YESTERDAY))
    q("compare", "Compare failed logins today against yesterday", says=[str(a), str(b)])
    q("compare", "Were there more web requests this week than last week?", no=True,
      says=[str(len([e for e in WEB if e["t"] >= "2026-03-09"])), str(len(during(WEB, "2026-03-02", "2026-03-09")))])

    # What a question leaves out is taken from the one before it.
    users = counts(of(FAILED, ip=EVIL), "user")
    q("follow-up", turns=[f"How many failed logins were there from {EVIL}?", "and for which users?"], rows=users[:3])
    sunday = during(FAILED, "2026-03-08", "2026-03-09")
    q("follow-up", turns=["Which source had the most failed logins?", "only on Sunday"], first=counts(sunday, "ip")[0])
    q("follow-up", turns=["How many failed logins were there for root?", "and for svc-archive?"], number=len(of(FAILED, user="svc-archive")))
    q("follow-up", turns=["How many failed logins were there today?", "what about yesterday"], number=b)
    ssh_web = [e for e in FAILED if e["host"] == "web-01"], [e for e in FAILED if e["host"] == "web-02"]
    q("follow-up", turns=["Top source addresses of failed logins on web-01", "the same for web-02"], first=counts(ssh_web[1], "ip")[0])
    q("follow-up", turns=[f"Did {EVIL} ever log in successfully?", "show them"], rows=[["2026-03-10 02:13:04"]], only=1)
    q("follow-up", turns=["Is there anything unusual?", "why?"], says=[EVIL])
    q("follow-up", turns=[f"What did {EVIL} do?", f"and how many 404 responses did it get?"],
      number=len([e for e in WEB if e["ip"] == EVIL and e["status"] == 404]))
    q("follow-up", turns=["Who used sudo?", "which commands did they run?", "only svc-backup"], rows=[[e["command"]] for e in ran])

    # Times that need a day, a zone or an end to count from.
    q("time", "What happened around 2 AM?", range=["2026-03-10 01:30:00", "2026-03-10 02:30:00"], says=["svc-backup"])
    q("time", "How many failed logins were there last weekend?", range=["2026-03-07 00:00:00", "2026-03-09 00:00:00"], number=len(weekend))
    day = during(FAILED, *DAY)
    q("time", "How many failed logins in the last 24 hours?", number=len(day), range=["2026-03-09" + LAST[10:19], None])
    night = [e for e in FAILED if e["t"][11:13] in ("22", "23", "00", "01", "02", "03", "04", "05")]
    q("time", "How many failed logins at night?", number=len(night))
    q("time", "How many failed logins were there on 5 March between 10:00 and 14:00?",
      number=len(during(FAILED, "2026-03-05 10:00", "2026-03-05 14:00")))
    q("time", "failed logins last Tuesday", range=["2026-03-03 00:00:00", "2026-03-04 00:00:00"], number=len(during(FAILED, "2026-03-03", "2026-03-04")))
    q("unanswerable", "How many failed logins were there in February?", unanswered=["outside"])
    q("unanswerable", "Who logged in on 1 April 2026?", unanswered=["outside"])
    q("unanswerable", "Which countries do the failed logins come from?", unanswered=["countr"])
    q("unanswerable", "Which emails were sent by heidi?", unanswered=["mail"])
    q("unanswerable", "What files did alice download from SharePoint?", unanswered=[""])
