//! Passwords, tokens and keys in a text: shapes that vendors give to theirs, and places where logs carry them. The
//! vendors' shapes follow what they document; the places are what command lines, URLs, headers and connection strings
//! look like.
//!
//! A rule costs nothing in a text without one of its words. In a rule the group `v` is what is masked, else all of it.

use super::Kind;
use super::find::Span;
use regex::Regex;
use std::sync::{LazyLock, OnceLock};

/// A rule: its words in lower case (one must occur), and its pattern.
pub(super) struct Rule {
    pub words: &'static [&'static str],
    pub pattern: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

const fn rule(words: &'static [&'static str], pattern: &'static str) -> Rule {
    Rule { words, pattern, compiled: OnceLock::new() }
}

pub(super) static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    vec![
        // ---- shapes of vendors ----
        rule(
            &["akia", "asia", "abia", "acca", "aroa", "aida"],
            r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z0-9]{16}\b",
        ),
        rule(
            &["aws", "secret"],
            r#"(?i)aws.{0,20}?(?:secret|key).{0,12}?[=:]\s*["']?(?P<v>[A-Za-z0-9/+=]{40})\b"#,
        ),
        rule(&["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], r"\bgh[pousr]_[A-Za-z0-9]{30,255}\b"),
        rule(&["github_pat_"], r"\bgithub_pat_[A-Za-z0-9_]{22,255}\b"),
        rule(
            &["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-"],
            r"\bgl(?:pat|dt|rt|cbt|ptt)-[A-Za-z0-9_-]{20,255}",
        ),
        rule(&["xox", "xapp-"], r"\b(?:xox[abeoprs]-|xapp-)[A-Za-z0-9-]{10,255}"),
        rule(&["hooks.slack.com"], r"hooks\.slack\.com/(?:services|workflows)/(?P<v>[A-Za-z0-9/+]{20,100})"),
        rule(&["discord"], r"discord(?:app)?\.com/api/webhooks/(?P<v>\d{10,25}/[A-Za-z0-9_-]{30,100})"),
        rule(&["webhook.office.com"], r"webhook\.office\.com/webhookb2/(?P<v>[A-Za-z0-9@/-]{40,250})"),
        rule(&["eyj"], r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,3}"),
        rule(
            &["-----begin"],
            r"-----BEGIN[ A-Z0-9]{0,40}(?:PRIVATE KEY|PGP PRIVATE KEY BLOCK)[ A-Z-]{0,20}-----(?P<v>[\s\S]{1,20000}?)(?:-----END|$)",
        ),
        rule(&["aiza"], r"\bAIza[A-Za-z0-9_-]{35}"),
        rule(&["ya29."], r"\bya29\.[A-Za-z0-9_-]{20,500}"),
        rule(&["gocspx-"], r"\bGOCSPX-[A-Za-z0-9_-]{20,60}"),
        rule(
            &["accountkey=", "sharedaccesskey="],
            r"(?i)\b(?:AccountKey|SharedAccessKey)=(?P<v>[A-Za-z0-9+/=]{20,100})",
        ),
        rule(&["sig="], r"(?i)[?&;]sig=(?P<v>[A-Za-z0-9%+/=_-]{20,200})"),
        rule(&["8q~", "7q~"], r"\b[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}"),
        rule(&["sk-", "pk-"], r"\b(?:sk|pk)-(?:ant-|proj-|svcacct-|lf-)?[A-Za-z0-9_-]{20,255}"),
        rule(
            &["sk_live", "sk_test", "rk_live", "rk_test", "whsec_"],
            r"\b(?:(?:sk|rk)_(?:live|test)_|whsec_)[A-Za-z0-9]{10,255}",
        ),
        rule(&["npm_"], r"\bnpm_[A-Za-z0-9]{36}\b"),
        rule(&["pypi-"], r"\bpypi-[A-Za-z0-9_-]{40,500}"),
        rule(&["hf_"], r"\bhf_[A-Za-z0-9]{30,50}\b"),
        rule(&["dop_v1_", "doo_v1_"], r"\bdo[op]_v1_[a-f0-9]{64}\b"),
        rule(&["sg."], r"\bSG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}"),
        rule(&["hvs.", "hvb.", "s."], r"\b(?:hv[sb]\.[A-Za-z0-9_-]{20,300}|s\.[A-Za-z0-9]{24}\b)"),
        rule(&["eyJrIjoi", "glsa_"], r"\bglsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}\b"),
        rule(&["dapi"], r"\bdapi[a-f0-9]{32}(?:-\d)?\b"),
        rule(&["tskey-"], r"\btskey-[A-Za-z0-9-]{20,100}"),
        rule(&["age-secret-key-"], r"(?i)\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b"),
        rule(&["shpat_", "shpss_", "shpca_"], r"\bshp(?:at|ss|ca|pa)_[A-Fa-f0-9]{32}\b"),
        rule(&["pmak-"], r"\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}\b"),
        // Password hashes: of Unix, of Windows, of Kerberos tickets.
        rule(
            &["$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$", "$7$", "$argon2"],
            r"\$(?:1|2[aby]|5|6|7|y|argon2i?d?)\$[^\s:'\x22]{8,200}",
        ),
        rule(&["$krb5"], r"\$krb5(?:tgs|asrep|pa)\$[^\s'\x22]{16,8000}"),
        rule(&[":::"], r"\b(?:[a-fA-F0-9]{32}:[a-fA-F0-9]{32}):::"),
        rule(
            &["sekurlsa", "ntlm", "/ntlm:", "/rc4:", "/aes256:"],
            r"(?i)(?:ntlm|rc4|aes(?:128|256)|lm|hash)\s*[:=]\s*(?P<v>[a-f0-9]{32,64})\b",
        ),
        // ---- places in logs ----
        rule(
            &[
                "authorization",
                "x-api-key",
                "api-key",
                "apikey",
                "x-auth-token",
                "x-amz-security-token",
                "private-token",
                "x-vault-token",
            ],
            r#"(?i)(?:(?:proxy-)?authorization|x-api-key|api-?key|x-auth-token|x-amz-security-token|private-token|x-vault-token|x-csrf-token)["']?\s*[:=]\s*\\*["']?(?:(?:basic|bearer|digest|token|negotiate|ntlm|aws4-hmac-sha256|apikey)\s+)?(?P<v>[^\s"'\\,;&]{4,4000})"#,
        ),
        rule(
            &["basic ", "bearer ", "negotiate "],
            r"(?i)\b(?:basic|bearer|negotiate)\s+(?P<v>[A-Za-z0-9+/=_.~-]{12,8000})",
        ),
        rule(&["cookie"], r#"(?i)\b(?:set-)?cookie2?["']?\s*[:=]\s*\\*["']?(?P<v>[^"'\r\n\\]{4,4000})"#),
        rule(
            &["sessid", "session", "jsessionid", "sid="],
            r#"(?i)\b(?:php|asp\.net_|j)?sess(?:ion)?[_-]?(?:id|key|token)?["']?\s*=\s*\\*["']?(?P<v>[A-Za-z0-9%._~+/=-]{12,400})"#,
        ),
        rule(
            &[
                "password",
                "passwd",
                "pwd",
                "passphrase",
                "passwort",
                "contrase",
                "mot_de_passe",
                "mdp=",
                "senha",
            ],
            r#"(?i)(?:password|passwd|passphrase|passwort|contrase[nñ]a|mot_de_passe|senha|\bpwd|\bmdp|\bpass)(?:_?(?:hash|word|old|new|1|2))?\\*["']?\s*(?:=>|:=|[:=])\s*\\*(?:"(?P<v>[^"\\]{1,200})|'(?P<w>[^'\\]{1,200})|(?P<x>[^\s"'\\,;&<>|)\]}]{1,200}))"#,
        ),
        rule(
            &[
                "secret",
                "token",
                "api_key",
                "apikey",
                "access_key",
                "private_key",
                "client_secret",
                "credential",
                "auth_key",
                "signature",
            ],
            r#"(?i)(?:[a-z0-9_.-]{0,40})(?:secret|token|api_?key|access_?key|private_?key|auth_?key|credentials?|signature)(?:_?(?:id|key|value))?\\*["']?\s*(?:=>|:=|[:=])\s*\\*["']?(?P<v>[A-Za-z0-9+/=_.~!@#$%^*-]{8,4000})"#,
        ),
        rule(
            &["pass", "pwd", "--token", "--secret", "--api-key", "--auth"],
            r#"(?i)(?:--?|/)(?:p(?:ass(?:word|wd|phrase)?|wd)|token|secret|api-?key|auth(?:-?token)?|access-?key|client-?secret|credential)(?:[ =:]+)["']?(?P<v>[^\s"'|&;<>]{1,400})"#,
        ),
        rule(
            &["curl", "wget", "http"],
            r#"(?i)\b(?:curl|http|https|xh|wget)\b[^\r\n|;&]{0,400}?\s(?:-u|--user|--proxy-user|-U|-a|--auth)[ =]?["']?(?P<v>[^\s"':]{1,100}:[^\s"'|&;]{1,200})"#,
        ),
        rule(
            &["net use", "net  use", "net.exe", "net1"],
            r#"(?i)\bnet1?(?:\.exe)?["']?\s+use\s[^\r\n|&]{0,300}?/user:["']?(?:[^\s"']+)["']?\s+["']?(?P<v>[^\s"'/|&]{1,128})"#,
        ),
        rule(
            &["net use", "net.exe", "net1"],
            r#"(?i)\bnet1?(?:\.exe)?["']?\s+use\s+(?:[a-z]:|\*)?\s*\\{2,4}[^\s"']+["']?\s+["']?(?P<v>[^\s"'/|&][^\s"'|&]{0,127})["']?\s+/user:"#,
        ),
        rule(
            &["net user", "net.exe", "net1"],
            r#"(?i)\bnet1?(?:\.exe)?["']?\s+user\s+["']?[^\s"'/]+["']?\s+["']?(?P<v>[^\s"'/|&*]{1,128})["']?(?:\s+/|\s*$|["'\r\n])"#,
        ),
        rule(
            &["/user:", "/u:", "/u ", "/p ", "/rp ", "/p:"],
            r#"(?i)\s/(?:p|rp|pass|pw)[ :]["']?(?P<v>[^\s"'/|&]{1,128})"#,
        ),
        rule(
            &[
                "psexec",
                "paexec",
                "wmic",
                "winexe",
                "smbclient",
                "rpcclient",
                "crackmapexec",
                "cme ",
                "netexec",
                "nxc ",
                "evil-winrm",
                "xfreerdp",
                "rdesktop",
            ],
            r#"(?i)\b(?:psexec|psexec64|paexec|wmic|winexe|smbclient|rpcclient|crackmapexec|cme|netexec|nxc|evil-winrm|xfreerdp|rdesktop)\b[^\r\n|]{0,400}?\s(?:-p|/p:|-H|/password:)[ ]?["']?(?P<v>[^\s"'|&]{1,200})"#,
        ),
        rule(&["-u ", "-u"], r#"(?i)\s-u\s+["']?[^\s"'%]{1,80}%(?P<v>[^\s"'|&]{1,128})"#),
        rule(
            &["sshpass", "plink", "pscp", "putty"],
            r#"(?i)\b(?:sshpass\s+-p|(?:plink|pscp|putty)(?:\.exe)?\b[^\r\n|]{0,200}?\s-pw)\s*["']?(?P<v>[^\s"'|&;]{1,128})"#,
        ),
        rule(
            &["mysql", "mariadb"],
            r#"(?i)\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\r\n|;]{0,200}?\s-p(?P<v>[^\s"'|&;]{1,128})"#,
        ),
        rule(
            &["pgpassword", "mysql_pwd", "sshpass", "redis", "restic_"],
            r#"(?i)\b(?:PGPASSWORD|MYSQL_PWD|SSHPASS|REDISCLI_AUTH|RESTIC_PASSWORD|BORG_PASSPHRASE|VAULT_TOKEN)=["']?(?P<v>[^\s"'|&;]{1,200})"#,
        ),
        rule(&["redis-cli"], r#"(?i)\bredis-cli\b[^\r\n|;]{0,200}?\s-a\s+["']?(?P<v>[^\s"'|&;]{1,128})"#),
        rule(&["openssl"], r#"(?i)\b-(?:pass(?:in|out)?|k)\s+(?:pass:)?["']?(?P<v>[^\s"'|&;]{1,128})"#),
        rule(&["asplaintext"], r#"(?i)ConvertTo-SecureString\s+(?:-String\s+)?["'](?P<v>[^"']{1,200})["']"#),
        rule(
            &["networkcredential", "pscredential"],
            r#"(?i)NetworkCredential\s*\(\s*["'][^"']{0,100}["']\s*,\s*["'](?P<v>[^"']{1,200})["']"#,
        ),
        rule(&["cmdkey"], r#"(?i)\bcmdkey(?:\.exe)?\b[^\r\n|]{0,200}?/pass:["']?(?P<v>[^\s"'|&]{1,128})"#),
        rule(
            &["identified by"],
            r#"(?i)\bIDENTIFIED\s+(?:WITH\s+\S+\s+)?BY\s+(?:PASSWORD\s+)?["'](?P<v>[^"']{1,200})["']"#,
        ),
        rule(&["password '", "password \""], r#"(?i)\bPASSWORD\s+["'](?P<v>[^"']{1,200})["']"#),
        rule(&["requirepass", "auth "], r#"(?i)\b(?:requirepass|masterauth)\s+["']?(?P<v>[^\s"']{1,200})"#),
        rule(&["://"], r#"(?i)\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@"'\\]{0,100}:(?P<v>[^\s/@"'\\]{1,200})@"#),
        rule(
            &["chpasswd", "echo"],
            r#"(?i)\becho\s+["']?[a-z_][a-z0-9_.-]{0,31}:(?P<v>[^\s"'|]{1,128})["']?\s*\|\s*(?:sudo\s+)?chpasswd"#,
        ),
        rule(&["sudo -s", "sudo  -s"], r#"(?i)\becho\s+["']?(?P<v>[^\s"'|]{1,128})["']?\s*\|\s*sudo\s+-S"#),
        rule(
            &["snmp", "community"],
            r#"(?i)\b(?:snmp-server\s+community|community(?:[ _-]?string)?\s*[=:]?)\s+["']?(?P<v>[^\s"',;]{3,64})"#,
        ),
        rule(
            &["secret 5", "password 7", "secret 9", "secret 8", "key 7"],
            r"(?i)\b(?:secret|password|key)\s+[05789]\s+(?P<v>\S{4,200})",
        ),
        rule(
            &["pre-shared-key", "psk"],
            r#"(?i)\b(?:pre-shared-key|wpa_?psk|psk)\s*[=:]?\s*["']?(?P<v>[^\s"',;]{6,128})"#,
        ),
        rule(
            &["otp", "pin", "cvv", "cvc", "2fa", "mfa"],
            r#"(?i)\b(?:otp|pin|cvv2?|cvc2?|(?:2fa|mfa)[_ -]?code|verification[_ -]code)["']?\s*[=:]\s*["']?(?P<v>\d{3,8})\b"#,
        ),
    ]
});

pub(super) fn find(text: &str, spans: &mut Vec<Span>) {
    let lower = text.to_ascii_lowercase();
    for rule in RULES.iter() {
        if !rule.words.iter().any(|word| lower.contains(&word.to_ascii_lowercase())) {
            continue;
        }
        let Some(pattern) = rule.compiled() else { continue };
        for hit in pattern.captures_iter(text) {
            let place = ["v", "w", "x"].iter().find_map(|g| hit.name(g)).or_else(|| {
                let grouped = pattern.capture_names().flatten().next().is_some();
                if grouped { None } else { hit.get(0) }
            });
            if let Some(place) = place
                && !is_nothing(place.as_str())
            {
                spans.push(Span::new(
                    place.start(),
                    quoted_end(text, place.start(), place.end()),
                    Kind::Secret,
                ));
            }
        }
    }
    high_entropy(text, spans);
}

/// What begins in quotes ends with them, spaces or not.
fn quoted_end(text: &str, start: usize, end: usize) -> usize {
    let Some(quote) = text[..start].chars().next_back().filter(|c| matches!(c, '"' | '\'')) else {
        return end;
    };
    let rest = &text[end..];
    match rest.find([quote, '\n']) {
        Some(at) if at <= 200 && rest[at..].starts_with(quote) => {
            end + at - usize::from(rest[..at].ends_with('\\'))
        }
        _ => end,
    }
}

impl Rule {
    pub(super) fn compiled(&self) -> Option<&Regex> {
        self.compiled
            .get_or_init(|| regex::RegexBuilder::new(self.pattern).size_limit(64 << 20).build().ok())
            .as_ref()
    }
}

/// What stands where a secret would and is none: words for "none", stars, types of a schema.
fn is_nothing(value: &str) -> bool {
    let value = value.trim_matches(|c: char| !c.is_alphanumeric());
    let word = value.to_ascii_lowercase();
    value.is_empty()
        || matches!(
            word.as_str(),
            "null"
                | "none"
                | "true"
                | "false"
                | "string"
                | "required"
                | "redacted"
                | "hidden"
                | "yes"
                | "no"
                | "for"
                | "bearer"
                | "basic"
        )
}

/// Long runs that look drawn by lot, without a word beside them that tells: letters of both cases and digits, 32 and
/// more, with an entropy of 4.3 bits a character. Hex digits alone are mostly hashes of files, which are evidence.
fn high_entropy(text: &str, spans: &mut Vec<Span>) {
    let bytes = text.as_bytes();
    let part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'_' | b'-');
    let mut at = 0;
    while at < bytes.len() {
        if !part(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && part(bytes[at]) {
            at += 1;
        }
        let run = &bytes[start..at];
        let has = |test: fn(&u8) -> bool| run.iter().any(test);
        if (32..=512).contains(&run.len())
            && has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_lowercase)
            && run.iter().filter(|b| b.is_ascii_digit()).count() >= 3
            && run.iter().filter(|b| **b == b'/' || **b == b'-' || **b == b'_').count() <= run.len() / 12
            && entropy(run) >= 4.3
        {
            spans.push(Span::new(start, at, Kind::Secret));
        }
    }
}

/// Shannon's, in bits a byte.
fn entropy(run: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in run {
        counts[usize::from(*byte)] += 1;
    }
    #[allow(clippy::cast_precision_loss, reason = "a run has at most 512 bytes")]
    let total = run.len() as f64;
    counts.iter().filter(|n| **n > 0).map(|n| f64::from(*n) / total).map(|p| -p * p.log2()).sum()
}
