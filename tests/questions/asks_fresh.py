"""A second set in other people's words, written after the planner was made to answer the first one and before it was tried on
this one: what it says of questions that nobody prepared it for."""

import asks_break_in as b
from asks_break_in import EVIL, WEB02, during, of
from asks_own import QUIET_LOGINS, QUIET_WEB, SPRAY
from raw import counts, percentile, sums


def break_in(q):
    bad, good, web, conns = b.FAILED, b.GOOD, b.WEB, b.CONNS
    q("top", "Name the ten noisiest source addresses in the SSH log by rejected passwords", first=counts(of(bad, via="ssh"), "ip")[0], only=10)
    q("count", "total failed windows logons", number=len(of(bad, via="windows")))
    q("list", "Which accounts were probed from 203.0.113.24?", rows=counts(of(bad, ip=EVIL), "user")[:5])
    q("exists", "Has 203.0.113.24 been successful at all?", yes=True, says=["02:13:04"])
    q("around", "what happened between 02:10 and 02:20 on 10 March?", range=["2026-03-10 02:10:00", "2026-03-10 02:20:00"], says=["svc-backup"])
    q("ends", "at what time did svc-backup first use sudo?", says=[min(e["t"] for e in of(b.SUDO, user="svc-backup"))])
    q("top", "who ran the most sudo commands", first=counts(b.SUDO, "user")[0])
    q("top", "most popular command under sudo", first=[counts(b.SUDO, "command")[0][1]])
    q("distinct", "how many users have ever used sudo?", number=len({e["user"] for e in b.SUDO}))
    q("list", f"list the destination ports contacted by {WEB02}", rows=[[p, n] for p, n in counts(of(conns, src=WEB02), "port")][:5])
    q("count", "how many connections were rejected?", number=len([c for c in conns if c["conn_state"] in ("REJ", "S0", "RSTOS0", "RSTRH", "SH", "SHR")]))
    q("volume", "How much did 198.51.100.7 receive in total?", number=sum(b.number(c["orig_bytes"]) for c in conns if c["dst"] == "198.51.100.7"))
    q("volume", "top 3 talkers by outgoing volume", first=[sums(conns, "src", "orig_bytes")[0][0]], only=3)
    q("pattern", "traffic per day to 198.51.100.7", says=["2026-03-10"], rows=[["2026-03-10 00:00:00", len(of(conns, dst="198.51.100.7"))]])
    q("count", "number of POST requests", number=len(of(web, method="POST")))
    q("top", "which IP got the most 403?", first=counts(of(web, status=403), "ip")[0])
    q("share", "what share of web requests ended in an error?", says=[str(len([e for e in web if e["status"] >= 400])), str(len(web))])
    q("list", "Which hosts have failed logins?", rows=counts(bad, "host"), only=len({e["host"] for e in bad}))
    q("compare", "Did we have fewer failed logins on Monday than on Sunday?", no=True,
      says=[str(len(during(bad, "2026-03-09", "2026-03-10"))), str(len(during(bad, "2026-03-08", "2026-03-09")))])
    q("average", "median size of responses for /login", number=percentile([e["bytes"] for e in web if e["path"] == "/login"], 50)) if any(
        e["path"] == "/login" for e in web) else None
    q("average", "How long was the longest connection?", says=[f"{max(float(c['duration']) for c in conns if c['duration'] != '-'):.0f}"[:4]])
    q("average", "average number of web requests per hour", says=["a hour"])
    q("baseline", "Is it normal for alice to log in from 203.0.113.24?", no=True)
    q("list", "logins of root that worked", number=len(of(good, user="root")))
    q("rare", "which user agent is the least common", first=counts(web, "agent")[-1])
    q("exists", "Did anybody log in as Administrator?", yes=True, number=len(of(good, user="Administrator")))
    q("sequence", "is there an address which guessed more than 100 passwords and got in afterwards?", rows=[[EVIL]])
    q("unanswerable", "What is the weather like in the data centre?", unanswered=[""])
    q("unanswerable", "Which USB sticks were plugged in?", unanswered=[""])
    q("unanswerable", "what did heidi print last week?", unanswered=[""])
    q("follow-up", turns=["Which hosts did alice log in to?", "and bob?"], rows=counts(of(good, user="bob"), "host")[:1])
    q("follow-up", turns=[f"What happened around 2 AM?", "who was involved?"], says=["svc-backup"])
    q("follow-up", turns=["how many web requests were there on 9 March?", "how many of them were 404s?"],
      number=len(of(during(web, "2026-03-09", "2026-03-10"), status=404)))
    q("follow-up", turns=["Show failed logins on web-02 today", "by user"], first=counts([e for e in during(bad, *b.TODAY) if e["host"] == "web-02"], "user")[0])
    q("follow-up", turns=[f"Which ports did {WEB02} connect to?", "when was that?"], says=[min(e["t"] for e in of(conns, src=WEB02))[:16]])
    q("time", "failed logins yesterday afternoon", number=len(during(bad, "2026-03-09 12:00", "2026-03-09 18:00")))
    q("time", "web errors on 9 March after 21:00", number=len([e for e in during(web, "2026-03-09 21:00", "2026-03-10") if e["status"] >= 400]))
    q("time", "logins of helpdesk in the early hours of 10 March", says=["03:22:10"])
    q("time", "how many failed logins in the first week of March?", number=len(during(bad, "2026-03-01", "2026-03-08")))
    q("time", "connections in the last 30 minutes", number=len([c for c in conns if c["t"] >= b.LAST[:11] + "08:59:57"]))


def others(q):
    case = "password-spray"
    bad = of(SPRAY, ok=False)
    q("distinct", "how many accounts did 10.60.4.77 try?", case=case, number=len({e["user"] for e in of(SPRAY, ip="10.60.4.77")}))
    q("pattern", "failed logons per hour on 11 March", case=case, rows=[["2026-03-11 19:00:00"]])
    q("list", "successful logons from 10.60.4.77", case=case, number=len(of(SPRAY, ip="10.60.4.77", ok=True)))
    q("lookup", "which domain controller was attacked?", case=case, says=["DC-02"])
    q("lookup", "what is the logon type of the failed logons?", case=case, rows=[["Network", len(bad)]])
    case = "quiet-week"
    q("top", "which address caused most not-found errors?", case=case, first=counts(of(QUIET_WEB, status=404), "ip")[0])
    q("exists", "did anyone log in with a password?", case=case, no=not [e for e in QUIET_LOGINS if e["ok"] and e["method"] == "password"])
    q("list", "which users logged in successfully, and how often?", case=case, rows=counts(of(QUIET_LOGINS, ok=True), "user"), only=5)
    q("count", "emil's failed logins", case=case, number=len(of(QUIET_LOGINS, ok=False, user="emil")))


def questions(q):
    break_in(q)
    others(q)
