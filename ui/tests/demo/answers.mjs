/**
 * A made-up but consistent case that answers as the engine would, for looking at the window and for the
 * unit tests. Nothing here is in the shipped bundle.
 */

const MIN = 60_000_000;
const START = Date.UTC(2026, 2, 9, 12) * 1000;
const N = 129;
const STEP = 10 * MIN;
const LAST = START + N * STEP;

let seed = 7;
const random = () => ((seed = (seed * 1664525 + 1013904223) >>> 0) / 4294967296);
const wave = (scale, floor) =>
  Array.from({ length: N }, (_, i) => Math.round(floor + scale * (0.55 + 0.45 * Math.cos(((i - 6) / 129) * 2 * Math.PI)) * (0.86 + random() * 0.28)));
const bump = (counts, at, values) => counts.map((n, i) => n + (values[i - at] ?? 0));
const zeros = () => Array.from({ length: N }, () => 0);

const NAMES = ["auth.log", "access.log.gz", "conn.log", "Security.xml"];
const SERIES = [bump(wave(14, 3), 82, [1, 60, 87, 20]), wave(1100, 260), wave(130, 60), wave(5, 1)];
const EVIDENCE = [
  { severity: "critical", source: 1, counts: bump(zeros(), 83, [40, 88, 20]) },
  { severity: "high", source: 3, counts: zeros().map((_, i) => (i > 84 ? 8 : 0)) },
  { severity: "medium", source: 2, counts: bump(zeros(), 54, [268]) },
  { severity: "medium", source: 4, counts: bump(zeros(), 85, [6]) },
];

export const sources = NAMES.map((name, i) => {
  const events = SERIES[i].reduce((a, b) => a + b, 0);
  return {
    id: i + 1,
    path: `/evidence/web-02/${name}`,
    name,
    format: ["syslog", "access_log", "zeek_tsv", "windows_xml"][i],
    format_title: ["Syslog (RFC 3164)", "Access log, combined", "Zeek conn (TSV)", "Windows Event XML"][i],
    confidence: [0.97, 0.99, 1, 0.98][i],
    why: ["3,988 of 4,000 lines begin with a syslog time and a host", "all 4,000 lines have the shape of the combined format", "the file begins with #separator and #fields", "the root element is Events"][i],
    bytes: [1_900_000, 52_000_000, 22_000_000, 4_100_000][i],
    decoded_bytes: [1_900_000, 522_000_000, 22_000_000, 4_100_000][i],
    sha256: "9f2c41d7e0b85a63c1d2e3f405162738495a6b7c8d9eaf0b1c2d3e7716ab04c9",
    events,
    problems: [12, 19, 0, 0][i],
    undated: [3, 0, 0, 0][i],
    first_us: START + i * MIN,
    last_us: LAST - i * 3 * MIN,
    zone: ["UTC, assumed: the log names none", "+00:00, stated in each line", "UTC, stated: epoch seconds", "UTC, stated"][i],
    year_rule: i === 0 ? "2026, assumed from the file's date" : null,
    seconds: [0.3, 2.4, 0.9, 0.4][i],
    coverage: [0.9981, 0.99998, 1, 1][i],
    state: "complete",
  };
});
const EVENTS = sources.reduce((a, s) => a + s.events, 0);

const TITLES = [
  ["critical", 0.97, "147 failed logins for svc-backup from 203.0.113.24, then a success at 02:13", [["user.name", "svc-backup"], ["source.ip", "203.0.113.24"], ["host.name", "web-02"]], "T1110.001", "auth_bruteforce_success", 148],
  ["high", 0.91, "10.20.0.15 contacted 431 systems in 1 h; its busiest earlier hour had 12", [["host.name", "web-02"], ["source.ip", "10.20.0.15"]], "T1046", "net_fanout", 431],
  ["high", 0.81, "svc-backup logs in from 203.0.113.24; its 72 earlier logins came from backup-01", [["user.name", "svc-backup"], ["source.ip", "203.0.113.24"]], "T1078", "auth_new_source", 1],
  ["medium", 0.64, "38 accounts failed from 198.51.100.7 within 20 min, each at most twice", [["source.ip", "198.51.100.7"]], "T1110.003", "auth_spray", 61],
  ["medium", 0.58, "268 failed logins between 02:00 and 03:00; this hour usually has 0 to 3", [["host.name", "web-02"]], "T1110", "auth_failure_burst", 268],
  ["low", 0.34, "root failed 6 times from 10.0.4.31", [["user.name", "root"], ["source.ip", "10.0.4.31"]], "T1110.001", "auth_bruteforce", 6],
  ["info", 0.12, "deploy failed 4 times from 10.0.4.12, then logged in", [["user.name", "deploy"]], "T1110.001", "auth_bruteforce", 5],
];
const AT = [83.6, 85.5, 84.1, 54.3, 83, 120, 110];
export const cards = TITLES.map(([severity, score, title, entities, attack, detector, evidence_count], i) => ({
  id: `00000000000000${i}a`,
  detector,
  detector_title: "brute force that succeeded",
  title,
  severity,
  score,
  first_us: Math.round(START + AT[i] * STEP),
  last_us: Math.round(START + (AT[i] + 1.5) * STEP),
  entities: entities.map(([field, value]) => ({ field, value })),
  attack: [{ id: attack, name: "Password Guessing" }],
  parts: [
    { name: "Failures before the success, 1 h", observed: 147, expected: "0 to 3", threshold: 20, weight: 0.41, unit: "events", baseline: "9 days, fair", query: "event.outcome : failure" },
    { name: "Successes after the failures", observed: 1, expected: 0, threshold: 1, weight: 0.22, unit: "events", baseline: "none needed", query: "event.outcome : success" },
    { name: "New address for svc-backup", observed: "yes", expected: "backup-01", threshold: "new", weight: 0.16, unit: "", baseline: "72 logins, strong", query: null },
    { name: "Hour of the success", observed: "02:13", expected: "22:00 to 23:00", threshold: "outside", weight: 0.12, unit: "", baseline: "72 logins, strong", query: null },
    { name: "Length of the session", observed: 28.55, expected: "1 to 4", threshold: 5, weight: 0.06, unit: "min", baseline: "3 days, weak", query: null },
  ],
  innocent: "A backup job that kept an old password. It would fail at even steps, from inside the network, and its session would be short.",
  evidence_count,
  evidence: [],
  query: 'user.name : "svc-backup" and source.ip : "203.0.113.24"',
  spark: { from_us: START + 76 * STEP, step_us: STEP, unit: "failed logins", counts: [1, 0, 2, 1, 0, 3, 0, 19, 119, 147, 28, 0, 0, 1, 0, 2, 0, 0, 1, 0, 0, 0, 0, 0], baseline: 3, threshold: 20 },
  questions: ["What did svc-backup do after 02:13?", "Which other hosts did 203.0.113.24 reach?"],
  rule: null,
  status: i === 2 ? "confirmed" : "open",
  reason: "",
}));

const MESSAGES = [
  "Failed password for svc-backup from 203.0.113.24 port 51064 ssh2",
  "203.0.113.24 - - \"GET /wp-login.php HTTP/1.1\" 404 162 \"-\" \"<script>alert(1)</script>\"",
  "10.20.0.15:40112 > 198.51.100.7:443 tcp 512 B out, 208 B in",
  "pam_unix(sshd:session): session opened for user svc-backup(uid=998)",
];
const row = (n, from) => ({
  id: n,
  time_us: from + n * 5_914_221,
  time: new Date((from + n * 5_914_221) / 1000).toISOString(),
  source: (n % 3) + 1,
  summary: MESSAGES[n % MESSAGES.length],
  severity: n % 7 === 0 ? "critical" : n % 11 === 0 ? "medium" : null,
  fields: {},
});
const turn = {
  id: 1,
  question: "Which source had the most failed logins?",
  understood: "Failed logins by source.ip, over all of the case (1 Mar 00:04 to 10 Mar 09:30 UTC)",
  answer: "203.0.113.24 had the most failed logins: 147 of 268, all between 01:58 and 02:12 on 10 March.\nThe next is 198.51.100.7 with 61.",
  columns: ["source.ip", "failed logins", "share"],
  rows: [["203.0.113.24", 147, 0.549], ["198.51.100.7", 61, 0.228], ["10.0.4.31", 12, 0.045], ["10.0.4.12", 5, 0.019]],
  citations: [5],
  chips: [{ label: "147 rows", query: 'source.ip : "203.0.113.24"', from_us: null, to_us: null, events: [5] }, { label: "61 rows", query: "", from_us: null, to_us: null, events: [9] }],
  steps: [
    { tool: "top", text: "Counted failed logins by source", arguments: {}, query: "event.outcome : failure", from_us: null, to_us: null, rows: 24 },
    { tool: "events", text: "Read the first and the last of them", arguments: {}, query: "event.outcome : failure", from_us: null, to_us: null, rows: 2 },
  ],
  unanswered: null,
  suggestions: ["What did svc-backup run with sudo?", "Show the first 10 calls to 198.51.100.7"],
};
const lost = {
  ...turn,
  id: 2,
  question: "Is the moon full?",
  understood: "",
  answer: "That is not a question about these logs that I understand.",
  columns: [],
  rows: [],
  citations: [],
  chips: [],
  steps: [],
  unanswered: "No part of it names a field, a value or a time",
  suggestions: ["Which source had the most failed logins?", "What happened around 2 AM?", "Show me login patterns for root over the past month"],
};
const progress = {
  job: 1, stage: "reading", path: "/evidence/web-02/access.log.gz", files_done: 1, files: 4, bytes_done: 32_400_000, bytes: 52_200_000,
  events: 64_659, problems: 3, seconds: 3.1, message: "", sources: sources.slice(0, 2).map((s, i) => (i ? { ...s, state: "incomplete" } : s)),
};
export const events = { reading: progress, done: { ...progress, stage: "done", files_done: 4, bytes_done: 52_200_000, events: EVENTS, problems: 31, sources } };

/** A bridge with a state of its own: `{ cmd: payload => answer }`; it throws an ApiError-shaped object. */
export function demo({ open = true, theme = "system", turns = [turn, lost] } = {}) {
  const noCase = () => {
    throw { code: "no_case", message: "No case is open", detail: "" };
  };
  const state = () => (open ? {
    path: "/cases/web-02 break-in.timberline", name: "web-02 break-in", schema: 1, events: EVENTS, undated: 3, problems: 31, first_us: START, last_us: LAST,
    headline: "One account on web-02 was guessed at 02:13 on 10 March, and the host has called out every minute since", sources, zone: "UTC",
  } : noCase());
  const answers = {
    case_state: state,
    case_recent: () => ({ rows: open ? [] : [{ path: "/cases/2026-02 office.timberline", name: "2026-02 office" }] }),
    case_sample: () => ((open = true), state()),
    settings_get: () => ({ zone: "UTC", theme, keyring: "No keyring answers on this machine" }),
    settings_set: (p) => ((theme = p.theme ?? theme), { zone: "UTC", theme, keyring: "" }),
    egress_state: () => ({ policy: "Local only", bytes_sent: 0, calls: 0 }),
    formats_list: () => ({ rows: sources.map((s) => ({ id: s.format, title: s.format_title, about: "Written by sshd, sudo, PAM and others", attack: [] })) }),
    detectors_list: () => ({ rows: TITLES.slice(0, 6).map((t) => ({ id: t[5], title: t[5].replaceAll("_", " "), about: "Many failed logins for one account from one source, more than the hour usually has", attack: [t[4]] })) }),
    cards_list: () => ({ rows: cards }),
    card_feedback: (p) => ({ card: p.card, before: "open", after: "false_positive", hides_cards: 1, hides_events: 148, effect: "Leaves every event in place and searchable", preview: p.preview }),
    prompts_list: () => ({ rows: [
      { question: "Would you like to look at the 147 failed logins from 203.0.113.24 around 02:10?", why: "They ended with a success, and the address was never seen before", card: cards[0].id, score: 0.97 },
      { question: "What other systems did 10.20.0.15 connect to recently?", why: "431 systems in one hour; its busiest earlier hour had 12", card: cards[1].id, score: 0.9 },
      { question: "Show me login patterns for svc-backup over the past month", why: "72 earlier logins fall between 22:00 and 23:00", card: cards[2].id, score: 0.8 },
    ] }),
    timeline_bins: (p) => {
      const all = SERIES[0].map((_, i) => SERIES.reduce((a, s) => a + s[i], 0));
      return {
        start_us: START, step_us: STEP,
        series: p.by === "source" ? SERIES.map((counts, i) => ({ value: String(i + 1), counts })) : [{ value: null, counts: all }],
        evidence: p.by === "source" ? EVIDENCE : EVIDENCE.map((e) => ({ ...e, source: null })),
        markers: cards.map((c) => ({ card: { id: c.id, title: c.title, severity: c.severity }, time_us: c.first_us })),
        total: EVENTS, undated: 3,
      };
    },
    events_count: () => ({ count: EVENTS }),
    events_page: (p) => ({ rows: Array.from({ length: Math.min(p.limit, EVENTS - (p.offset ?? 0)) }, (_, i) => row((p.offset ?? 0) + i, START)), more: true }),
    event_get: (p) => ({
      row: { ...row(p.id, START), fields: { "event.action": "ssh_login", "event.outcome": "failure", "event.category": "authentication", "user.name": "svc-backup", "source.ip": "203.0.113.24", "source.port": 51122, "host.name": "web-02", "process.name": "sshd", "process.pid": 48117, "ssh.method": "password", "related.ip": ["203.0.113.24", "10.0.4.12"] } },
      raw: "Mar 10 02:13:04 web-02 sshd[48117]: Failed password for svc-backup from 203.0.113.24 port 51122 ssh2 <img src=x onerror=alert(1)>",
      path: "/evidence/web-02/auth.log", sha256: sources[0].sha256, line: 17902, offset: 1873402, raw_bytes: 102, assumed: "Year 2026, assumed from the file's date",
      cards: [{ id: cards[0].id, title: cards[0].title, severity: "critical" }],
      neighbours: [-2, -1, 1, 2].filter((d) => p.id + d >= 0).map((d) => row(p.id + d, START)),
    }),
    fields_list: () => ({ rows: ["host.name", "event.category", "event.outcome", "user.name", "source.ip", "destination.port"].map((name) => ({ name, kind: "text", events: 1000, distinct: 5 })) }),
    top_values: (p) => ({ rows: p.fields.map((field) => ({ field, values: field === "source" ? [1, 2, 3].map((i) => ({ value: String(i), count: 9000 / i })) : [["web-02", 24100], ["backup-01", 14700], ["203.0.113.24", 861], ["a-rather-long-value-that-is-cut.example.org", 80]].map(([value, count]) => ({ value, count })) })) }),
    problems_list: (p) => ({ total: 31, rows: Array.from({ length: Math.min(31, p.limit) }, (_, i) => ({ source: (i % 2) + 1, line: 812 + i * 13, offset: 98_211 + i * 1222, kind: i % 3 ? "malformed" : "bad_time", message: "The line has no status code where the format has one", excerpt: "\u0016\u0003\u0001 <b>x</b> GET / HTTP/1.1 - - " })) }),
    chat_list: () => ({ rows: turns }),
    chat_ask: (p) => ({ ...turn, id: turns.length + 10, question: p.question }),
    kql_help: (p) => {
      const wrong = /\($|: *$/.test(p.text);
      return { error: wrong ? "Expected a value after ':'" : null, error_at: wrong ? p.text.length : null,
        offers: p.text.endsWith("svc-") ? ["svc-backup", "svc-deploy", "svc-metrics"].map((v, i) => ({ kind: "value", label: v, count: 1018 * (i + 1), from: p.text.length - 4, to: p.text.length, insert: `${v}"` })) : [] };
    },
  };
  return async (cmd, payload) => {
    try {
      const answer = answers[cmd];
      if (!answer) throw { code: "failed", message: `The demo does not answer ${cmd}`, detail: "" };
      return { ok: answer(payload) };
    } catch (error) {
      return { error: error.code ? error : { code: "failed", message: String(error), detail: "" } };
    }
  };
}
