"""Questions in the words of people who have not seen the planner's word lists: written before it was tried on them, so
that the share of the first run is honest (it stands in `first_run` of answers.json). Expected values as in `asks_break_in.py`."""

import asks_break_in as b
from asks_break_in import EVIL, WEB02, during, of
from raw import INCIDENTS, access, counts, percentile, ssh_logins, sums, syslog, windows, windows_logins

SPRAY = windows_logins(windows(INCIDENTS / "password-spray" / "windows-security.xml.gz"))
QUIET = syslog(INCIDENTS / "quiet-week" / "auth.log.gz", 2026)
QUIET_LOGINS = ssh_logins(QUIET)
QUIET_WEB = access(INCIDENTS / "quiet-week" / "access.log.gz")


def break_in(q):
    bad, good, web, conns = b.FAILED, b.GOOD, b.WEB, b.CONNS
    q("top", "Who is hammering us the hardest with bad passwords?", first=counts(bad, "ip")[0])
    q("top", "Give me the five accounts people tried most to break into", first=counts(bad, "user")[0], only=5)
    q("count", "how often did someone mistype the password of svc-archive", number=len(of(bad, user="svc-archive")))
    q("exists", f"did {EVIL} ever get in", yes=True, says=["svc-backup", "02:13:04"])
    q("ends", f"when did we first hear from {EVIL}?", says=["2026-03-09 21:02:11"])
    q("ends", "when was the last time helpdesk logged on?", says=[max(e["t"] for e in of(good, user="helpdesk"))[:19]])
    q("distinct", "how many different machines tried to guess passwords", number=len({e["ip"] for e in bad}))
    q("distinct", "number of distinct usernames that were attempted without success", number=len({e["user"] for e in bad}))
    ran = of(b.SUDO, user="svc-backup")
    q("list", "what did svc-backup run with root rights on web-02?", rows=[[e["command"]] for e in ran], only=len(ran))
    q("top", "which pages produce the most 404s?", first=counts(of(web, status=404), "path")[0])
    q("top", "Which visitors got the most errors from the website?",
      first=counts([e for e in web if e["status"] >= 400], "ip")[0])
    q("count", "How many times did the web server answer 502?", number=len(of(web, status=502)))
    q("pattern", "when did the 502s happen, hour by hour?", says=[counts([{**e, "h": e["t"][:13]} for e in of(web, status=502)], "h")[0][0]])
    q("volume", "How many bytes did the web server send out altogether?", number=sum(e["bytes"] for e in web))
    q("volume", f"how much data went from {WEB02} to 198.51.100.7?",
      number=sum(b.number(c["orig_bytes"]) for c in conns if c["src"] == WEB02 and c["dst"] == "198.51.100.7"))
    q("volume", "Which internal host talks the most, in bytes?", first=[sums(conns, "src", "orig_bytes", "resp_bytes")[0][0]])
    q("top", f"Which ports did {WEB02} try on other machines?", rows=[[int(p), n] for p, n in counts(of(conns, src=WEB02), "port")][:4])
    q("connections", "who talks to 198.51.100.7?", rows=[counts(of(conns, dst="198.51.100.7"), "src")[0]], only=1)
    q("list", "Which hosts did alice log in to?", rows=counts(of(good, user="alice"), "host"), only=len({e["host"] for e in of(good, user="alice")}))
    q("list", "from which IPs does svc-backup normally come in?", rows=counts(of(good, user="svc-backup"), "ip"))
    q("without", "Successful logins without a public key", number=len([e for e in good if e.get("method") != "publickey"]))
    q("count", "how many people came in with a password instead of a key?", number=len([e for e in of(good, via="ssh", method="password")]))
    q("sequence", "Did anyone guess wrong at least 10 times and then get in?", rows=[[EVIL]], says=["02:13:04"])
    q("around", "what else was going on at 02:13 on 10 March?", range=["2026-03-10 02:13:00", "2026-03-10 02:14:00"])
    q("profile", f"tell me everything about {EVIL}", says=[EVIL, "svc-backup"])
    q("profile", "what else did helpdesk do?", says=["helpdesk"])
    q("compare", "What changed between yesterday and today?", says=[""], range=["2026-03-09 00:00:00", "2026-03-10 00:00:00"])
    new = {e["user"] for e in during(bad, *b.TODAY)} - {e["user"] for e in bad if e["t"] < "2026-03-10"}
    q("compare", "which accounts had failed logins today but never before?", rows=[[u] for u in sorted(new)], only=len(new))
    q("average", "On average, how many failed logins are there per day?",
      number=round(len(bad) / len({e["t"][:10] for e in bad}), 1))
    sizes = [e["bytes"] for e in web]
    q("average", "What is the average size of a web response?", number=round(sum(sizes) / len(sizes), 1))
    q("average", "95th percentile of the response size", number=percentile(sizes, 95))
    durations = [float(c["duration"]) for c in conns if c["duration"] != "-"]
    q("average", "what was the longest connection and who made it?", says=[next(c["src"] for c in conns if c["duration"] != "-" and float(c["duration"]) == max(durations))])
    q("share", "What percentage of all login attempts failed?", says=[str(len(bad)), str(len(b.LOGINS)), f"{100 * len(bad) / len(b.LOGINS):.0f} %"])
    q("pattern", "Busiest hour of the day for the website", says=[counts([{"h": e["t"][11:13]} for e in web], "h")[0][0] + ":00"])
    q("count", "how many events came from the domain controller DC-01?", number=len([e for e in b.WINDOWS if e["host"].startswith("DC-01")]))
    q("rare", "rarest user agents", rows=counts(web, "agent")[-2:])
    q("list", "privileged logons on the domain controller", number=len([e for e in b.WINDOWS if e["id"] == "4672" and e["host"].startswith("DC-01")]))
    q("exists", "Is anyone logging in at weekends with the account helpdesk?", no=True)
    q("exists", "any connections to port 3389?", yes=True, number=len(of(conns, port="3389")))


def others(q):
    bad, good = of(SPRAY, ok=False), of(SPRAY, ok=True)
    case = "password-spray"
    q("count", "Are there any failed sign-in attempts? If so, what are the details?", case=case, yes=True, number=len(bad))
    u30 = of(bad, user="user30")
    q("count", "How many times login failed for user30 in the last 30 days and tell me the reasons", case=case, number=len(u30), says=["password"])
    q("top", "Who tried the largest number of different accounts?", case=case,
      first=max(([ip, len({e["user"] for e in of(SPRAY, ip=ip)})] for ip in {e["ip"] for e in SPRAY}), key=lambda r: r[1]))
    victim = of(good, ip="10.60.4.77")[0]
    q("list", "Which account was compromised by 10.60.4.77?", case=case, says=[victim["user"], victim["t"][11:16]])
    q("baseline", f"Does {victim['user']} usually come from 10.60.4.77?", case=case, no=True)
    q("count", "failed logons at the terminal server 10.60.0.12", case=case, number=len(of(bad, ip="10.60.0.12")))
    q("top", "hosts with most logon failures", case=case, first=counts(bad, "host")[0])
    q("ends", "When did the password spraying start and when did it end?", case=case,
      says=[min(e["t"] for e in of(SPRAY, ip="10.60.4.77"))[11:19], max(e["t"] for e in of(bad, ip="10.60.4.77"))[11:19]])
    q("exists", "Was the security log wiped?", case=case, no=True)
    q("follow-up", turns=["Which addresses failed to log on?", "which of them succeeded afterwards?"], case=case, says=["10.60.4.77"])
    case = "quiet-week"
    quiet_bad = of(QUIET_LOGINS, ok=False)
    q("unusual", "Should I be worried about anything this week?", case=case, no_card=True)
    q("count", "how many wrong passwords did emil enter", case=case, number=len(of(quiet_bad, user="emil")))
    q("pattern", "On which day were most failed logins?", case=case, says=[counts([{"d": e["t"][:10]} for e in quiet_bad], "d")[0][0]])
    q("top", "most visited pages", case=case, first=counts(QUIET_WEB, "path")[0])
    q("list", "who logged in on Thursday?", case=case, rows=counts(during(of(QUIET_LOGINS, ok=True), "2026-03-05", "2026-03-06"), "user"))
    q("count", "how many different visitors did the site have on 4 March", case=case, number=len({e["ip"] for e in during(QUIET_WEB, "2026-03-04", "2026-03-05")}))
    q("exists", "Has root ever been logged in over ssh?", case=case, no=True)
    q("unanswerable", "Which processes were started by emil's telephone?", case=case, unanswered=["process"])
    q("unanswerable", "How much CPU did the web server use?", case=case, unanswered=["CPU"])


def questions(q):
    break_in(q)
    others(q)
