"""Questions about the other incidents of fixtures/incidents, in other people's words and written before the planner was tried on
them. Expected values as in `asks_break_in.py`."""

import json
import re

from raw import INCIDENTS, access, counts, during, iso, sums, syslog, text, windows, zeek


def of(events, **want):
    return [e for e in events if all(e.get(k) == v for k, v in want.items())]


def conns(case):
    return [{**c, "src": c["id.orig_h"], "dst": c["id.resp_h"], "port": c["id.resp_p"]} for c in zeek(INCIDENTS / case / "conn.log.gz")]


def names(case):
    return [{**d, "src": d["id.orig_h"]} for d in zeek(INCIDENTS / case / "dns.log.gz")]


def trail(case):
    body = text(INCIDENTS / case / "cloudtrail.json.gz").strip()
    events = json.loads(body)["Records"] if body.startswith('{"Records"') else [json.loads(x) for x in body.splitlines()]
    return [{**e, "t": iso(e["eventTime"]), "user": e.get("userIdentity", {}).get("userName")} for e in events]


def beacon(q):
    c, d = conns("beacon-dns-tunnel"), names("beacon-dns-tunnel")
    q("unusual", "Is anything beaconing?", says=["10.50.1.27"])
    q("count", "How many connections went to 198.51.100.44?", number=len(of(c, dst="198.51.100.44")))
    q("list", "which machines talked to 198.51.100.44", rows=[counts(of(c, dst="198.51.100.44"), "src")[0]], only=1)
    q("ends", "since when does 10.50.1.27 talk to 198.51.100.44?", says=[min(e["t"] for e in of(c, src="10.50.1.27", dst="198.51.100.44"))[:19]])
    q("top", "Which machine makes the most DNS lookups?", first=counts(d, "src")[0])
    q("count", "how many dns queries contain cdn-metrics", number=len([e for e in d if "cdn-metrics" in e["query"]]))
    q("distinct", "how many different names did 10.50.1.27 look up?", number=len({e["query"] for e in of(d, src="10.50.1.27") if e["query"] != "-"}))


def failing(q):
    web = access(INCIDENTS / "failing-application" / "access.log.gz")
    bad = [e for e in web if e["status"] >= 500]
    log = text(INCIDENTS / "failing-application" / "app.log.gz").splitlines()
    errors = [x for x in log if re.match(r"\S+Z +ERROR ", x)]
    q("count", "How many requests failed with a 5xx?", number=len(bad))
    q("ends", "When did the first server error occur on 9 March?", says=[min(e["t"] for e in bad if e["t"] >= "2026-03-09")])
    q("top", "Which page failed most with status 503?", first=counts([e for e in web if e["status"] == 503], "path")[0])
    q("compare", "Were there more server errors today than yesterday?", yes=True,
      says=[str(len([e for e in bad if e["t"] >= "2026-03-09"])), str(len(during(bad, "2026-03-08", "2026-03-09")))])
    q("top", "What are the most frequent errors?", says=[re.sub(r"^\S+Z +ERROR .*? : ", "", errors[len(errors) // 2])[:12]])
    q("pattern", "In which hour were the most 500s?", says=["2026-03-09"])


def insider(q):
    shares = windows(INCIDENTS / "insider-exfiltration" / "fileserver-security.xml.gz")
    cloud = trail("insider-exfiltration")
    q("list", "What did pavel do in the cloud?", rows=counts(of(cloud, user="pavel"), "eventName")[:2])
    q("top", "Who downloaded the most objects from S3?", first=counts(of(cloud, eventName="GetObject"), "user")[0])
    who = [e for e in shares if e["id"] in ("5140", "5145")]
    q("top", "who accessed the most files on shares?", first=counts(who, "SubjectUserName")[0])
    q("exists", "Did somebody create an access key?", yes=True, says=["pavel"])
    q("unusual", "Look for data exfiltration", says=["pavel"])
    q("count", "How many requests went to drop.file-locker.example?", number=46)


def shell(q):
    case = "web-attack-to-shell"
    web, c = access(INCIDENTS / case / "access.log.gz"), conns("web-attack-to-shell")
    q("top", "Which client caused the most 404s?", first=counts([e for e in web if e["status"] == 404], "ip")[0])
    q("ends", "when did 203.0.113.66 first show up?", says=[min(e["t"] for e in of(web, ip="203.0.113.66"))])
    q("top", "favourite user agents of 203.0.113.66", first=counts(of(web, ip="203.0.113.66"), "agent")[0])
    q("exists", "did the web server connect to 198.51.100.90?", yes=True, number=len(of(c, dst="198.51.100.90")))
    q("volume", "how many bytes went to 198.51.100.90", number=sum(int(e["orig_bytes"]) for e in of(c, dst="198.51.100.90") if e["orig_bytes"] != "-"))
    q("count", "POST requests from 203.0.113.66", number=len(of(web, ip="203.0.113.66", method="POST")))
    q("unusual", "any sign of SQL injection or a web shell?", says=["203.0.113.66"])


def office(q):
    case = "branch-office"
    fw = [x for x in syslog(INCIDENTS / case / "firewall.log.gz", 2026) if "UFW BLOCK" in x["msg"]]
    src = [{"src": re.search(r"SRC=(\S+)", x["msg"])[1], "port": (re.search(r"DPT=(\d+)", x["msg"]) or [0, "-"])[1]} for x in fw]
    q("list", "Which accounts were created?", says=["helpdesk2"])
    q("exists", "Was anyone added to the administrators?", yes=True)
    q("exists", "Was an account locked out?", yes=True, says=["t.lindqvist"])
    q("count", "how many packets did the firewall block?", number=len(fw))
    q("top", "who was blocked by the firewall most often?", first=counts(src, "src")[0])
    q("list", "who logged in over the VPN as m.ortiz?", says=["203.0.113.71"])
    q("top", "which DNS names are looked up most?", first=counts(names(case), "query")[0])
    q("profile", "tell me about helpdesk2", says=["helpdesk2"])
    q("report", "Write me a report of this incident", says=["203.0.113.71", "m.ortiz"])
    big = sums(conns(case), "dst", "orig_bytes")[0]
    q("volume", "which destination received the most data?", first=[big[0]])


def questions(q):
    for case, part in (("beacon-dns-tunnel", beacon), ("failing-application", failing), ("insider-exfiltration", insider),
                       ("web-attack-to-shell", shell), ("branch-office", office)):
        part(lambda kind, ask=None, case=case, **expect: q(kind, ask, case=case, **expect))
