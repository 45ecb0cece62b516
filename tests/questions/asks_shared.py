"""Questions about real logs of other people, where the folder of real logs is there (it is not part of this repository: its
licences differ). Only names of files and counted numbers stand here. All were written before the planner was tried on them."""

from raw import SHARED, access, counts, epoch, iso, ndjson, ssh_logins, syslog, text, zipped_ndjson
import json
import re

FILES = {
    "real-tasks": ["windows_json/otrf_lateral_movement_schtask_create.zip"],
    "real-zeek": ["zeek/apt29_day1_combined.ndjson"],
    "real-cloud": ["cloud/plaso_gcp_logging.jsonl", "cloud/stratus/aws.persistence.iam-create-admin-user.json",
                   "cloud/plaso_azure_activity_log.jsonl"],
    "real-ids": ["ids/suricata_wrccdc-2018_alerts.json"],
    "real-web": ["web_access/honeynet_rotated/" + n for n in ("access_log", "access_log.1", "access_log.2")],
    "real-hadoop": ["app_logs/loghub_Hadoop_2k.log"],
    "real-database": ["database/plaso_postgresql.log"],
    "real-ssh": ["auth/twente_ssh_host65.log.gz"],
}
CASES = {case: ["../shared/data/" + f for f in files] for case, files in FILES.items()}


def path(case, n=0):
    return SHARED / FILES[case][n]


def of(events, **want):
    return [e for e in events if all(e.get(k) == v for k, v in want.items())]


def tasks(q):
    events = zipped_ndjson(path("real-tasks"))
    sysmon = [e for e in events if "Sysmon" in (e.get("Channel") or "")]
    made = [e for e in sysmon if e["EventID"] == 1] + [e for e in events if e.get("Channel") == "Security" and e["EventID"] == 4688]
    q("top", "Which event ids occur most?", first=[counts(events, "EventID")[0][0]])
    q("count", "how many sysmon events are there", number=len(sysmon))
    q("list", "which processes were started?", says=["schtasks.exe"])
    child = [e for e in sysmon if e["EventID"] == 1 and e["ParentImage"].lower().endswith("\\cmd.exe")]
    q("list", "child processes of cmd.exe", says=[e["Image"].rsplit("\\", 1)[1] for e in child])
    tasked = [e for e in sysmon if e["EventID"] == 1 and "schtasks" in e["Image"].lower()]
    q("list", "show the command lines of schtasks", says=[e["CommandLine"].split()[0] for e in tasked] + ["/create"])
    q("count", "how many events per channel?", rows=counts(events, "Channel"), only=3)
    q("exists", "was psexec executed?", no=True)
    q("exists", "Were scheduled tasks created?", yes=True)


def zeek(q):
    events = [{**e, "t": epoch(e["ts"])} for e in ndjson(path("real-zeek"))]
    conn, dns, http = of(events, **{"@stream": "conn"}), of(events, **{"@stream": "dns"}), of(events, **{"@stream": "http"})
    mine = [e for e in dns if e["id_orig_h"] == "10.0.1.6" and e.get("query")]
    q("list", "What DNS requests have been made from 10.0.1.6?", rows=counts(mine, "query")[:3], says=[str(len(mine))])
    q("top", "most queried name", first=counts([e for e in dns if e.get("query")], "query")[0])
    peers = [[k, n] for k, n in counts([e for e in conn if e["id_orig_h"] == "10.0.1.6"], "id_resp_h")]
    q("connections", "Which machines did 10.0.1.6 contact?", rows=[[peers[0][0]]], says=[p[0] for p in peers])
    sent = sum(int(e.get("orig_bytes") or 0) for e in conn if e["id_orig_h"] == "10.0.1.6" and e["id_resp_h"] == "192.168.0.4")
    q("volume", "how many bytes were sent from 10.0.1.6 to 192.168.0.4", number=sent)
    q("distinct", "how many different user agents are in the http traffic", number=len({e["user_agent"] for e in http if e.get("user_agent")}))
    q("ends", "when was the first connection to 192.168.0.5?",
      says=[min(e["t"] for e in conn if e["id_resp_h"] == "192.168.0.5")[:19]])
    q("unanswerable", "who logged in as root?", unanswered=["root"])


def cloud(q):
    gcp = ndjson(path("real-cloud"))
    who = "fakeemailxyz@gmail.com"
    made = [e["protoPayload"]["methodName"] for e in gcp
            if e.get("protoPayload", {}).get("authenticationInfo", {}).get("principalEmail") == who]
    q("list", f"Was any creation of GCP resources by user {who}?", yes=True, number=len(made), says=["instances.insert", "CreateServiceAccount"])
    aws = json.loads(text(path("real-cloud", 1)))
    q("list", "What did christophe do in AWS?", says=sorted({e["eventName"] for e in aws}))
    q("list", "which IAM users were created?", says=["malicious-iam-user"])
    q("list", "which Azure virtual machines were deleted?", says=["virtualMachines/delete"])
    q("exists", "was CloudTrail logging stopped?", no=True)


def ids(q):
    alerts = json.loads(text(path("real-ids")))
    flat = [{"sig": e["alert"]["signature"], "src": e["src_ip"], "dst": e["dest_ip"], "cat": e["alert"]["category"],
             "sev": e["alert"]["severity"], "t": iso(e["timestamp"])} for e in alerts]
    q("count", "how many alerts did suricata raise?", number=len(flat))
    q("top", "who triggered most alerts?", first=counts(flat, "src")[0])
    q("top", "top alert categories", first=counts(flat, "cat")[0])
    q("count", "alerts with severity 1", number=len(of(flat, sev=1)))
    q("list", "what signatures did 10.128.0.221 trigger?", rows=[[s] for s, _ in counts(of(flat, src="10.128.0.221"), "sig")][:5])
    q("ends", "what was the first alert?", says=[min(e["t"] for e in flat)[:19]])


def web(q):
    hits = [e for n in range(3) for e in access(path("real-web", n))]
    q("count", "how many requests got a 404?", number=len(of(hits, status=404)))
    q("top", "which client made the most requests?", first=counts(hits, "ip")[0])
    q("list", "which http methods were used?", rows=counts(hits, "method")[:2])
    q("count", "requests containing root.exe", number=sum("root.exe" in line for n in range(3) for line in text(path("real-web", n)).splitlines()))
    q("distinct", "how many unique visitors were there?", number=len({e["ip"] for e in hits}))
    q("pattern", "which day was the busiest?", says=[counts([{"d": e["t"][:10]} for e in hits], "d")[0][0]])
    q("volume", "total bytes sent", number=sum(e["bytes"] for e in hits))


def hadoop(q):
    lines = []
    for line in text(path("real-hadoop")).splitlines():
        m = re.match(r"(\S+ \d\d:\d\d:\d\d),(\d+) (\w+) \[", line)
        if m:
            lines.append({"t": m[1], "level": m[3].lower()})
    errors = of(lines, level="error")
    q("count", "how many errors were logged?", says=[str(len(errors))])
    q("top", "how many events per log level?", rows=[[{"warn": "warning", "fatal": "critical"}.get(k, k), n] for k, n in counts(lines, "level")])
    q("ends", "when did the first error occur?", says=[min(e["t"] for e in errors)])
    q("top", "what is the most frequent error?", says=["ERROR IN CONTACTING RM", "147"])
    q("count", "how many warnings are there", number=len(of(lines, level="warn")))


def database(q):
    q("count", "how often did authentication fail for the database user postgres?", number=2)
    q("count", "how many fatal messages?", number=2)
    q("list", "when was the database started?", says=["2022-04-12 00:16:05", "2022-04-12 00:24:02"])


def ssh(q):
    logins = ssh_logins(syslog(path("real-ssh"), 2025))
    bad = of(logins, ok=False)
    q("top", "Which IP address failed most often to log in?", first=counts(bad, "ip")[0])
    q("count", "how many failed logins are there?", number=len(bad))
    q("distinct", "how many addresses tried to log in without success?", number=len({e["ip"] for e in bad}))


def questions(add):
    for case, part in (("real-tasks", tasks), ("real-zeek", zeek), ("real-cloud", cloud), ("real-ids", ids), ("real-web", web),
                       ("real-hadoop", hadoop), ("real-database", database), ("real-ssh", ssh)):
        part(lambda kind, ask=None, case=case, **expect: add(True)(kind, ask, case=case, **expect))
