//! Claims about the mask: what must not survive, and that everything comes back.

use super::*;

fn masker() -> Masker {
    let values = [
        (Kind::User, "jsmith"),
        (Kind::User, "Müller"),
        (Kind::User, "svc_backup"),
        (Kind::Host, "dc01-prod"),
        (Kind::Domain, "corp.acme.example"),
        (Kind::Address, "10.20.30.40"),
        (Kind::Address, "93.184.216.34"),
    ];
    Masker::new([7; 32], values.map(|(k, v)| (k, v.to_owned())), None).unwrap()
}

fn round(masker: &Masker, text: &str) -> String {
    let (masked, _) = masker.mask_text(text).unwrap();
    let mut back = masker.unmasker();
    assert_eq!(back.push(&masked) + &back.finish(), text, "masked: {masked}");
    // Letter by letter, as a stream may cut it.
    let mut back = masker.unmasker();
    let pieces: String = masked.chars().map(|c| back.push(&c.to_string())).collect();
    assert_eq!(pieces + &back.finish(), text, "in pieces: {masked}");
    masked
}

#[test]
fn every_pattern_compiles() {
    for rule in secrets::RULES.iter() {
        assert!(rule.compiled().is_some(), "{}", rule.pattern);
    }
    let shapes = [
        addresses::V4,
        addresses::V6,
        addresses::MAC,
        numbers::CARD,
        numbers::IBAN,
        numbers::SSN,
        numbers::NAMED,
        names::EMAIL,
        names::DOMAIN,
        names::HOME,
        names::FIELD,
    ];
    for shape in shapes {
        assert!(regex::Regex::new(shape).is_ok(), "{shape}");
    }
}

#[test]
fn values_of_the_case_do_not_survive_in_any_coding() {
    let masker = masker();
    for (text, gone) in [
        ("login of jsmith failed", "jsmith"),
        ("JSMITH and Jsmith and jSmith", "jSmith"),
        ("CORP\\\\jsmith@dc01-prod", "jsmith"),
        ("müller MÜLLER Müller", "MÜLLER"),
        ("from 10.20.30.40:22 to 93.184.216.34.", "10.20.30.40"),
        ("ip-10-20-30-40.ec2 and 10[.]20[.]30[.]40", "10-20-30-40"),
        ("40.30.20.10.in-addr.arpa", "40.30.20.10"),
        ("anNtaXRo", "anNtaXRo"),
        ("powershell -enc bgBlAHQAIAB1AHMAZQByACAAagBzAG0AaQB0AGgA", "agBzAG0AaQB0AGgA"),
        ("proctitle=6E65740075736572006A736D697468", "6A736D697468"),
        ("6a 73 6d 69 74 68", "6a 73 6d"),
        ("GET /x?u=%6a%73mith&x=1", "%6a%73"),
        ("GET /x?u=jsmith%40home&x=1", "jsmith"),
        ("{\\\"u\\\": \\\"\\u006asmith\\\"}", "006asmith"),
        ("&#106;smith", "106;smith"),
        ("j.s.m.i.t.h and j s m i t h", "j.s.m"),
        ("js\u{200b}mith", "js\u{200b}mith"),
        ("host vpn.corp.acme.example", "acme"),
        ("C:\\Users\\p.jones\\Desktop", "jones"),
        ("/home/kowalski/.ssh/id_rsa", "kowalski"),
        ("{\"user\":{\"name\":\"x\"},\"user.name\":\"zq\"}", "zq"),
        ("mail from anna.schmidt@kunde.de", "schmidt"),
        ("00:1B:44:11:3A:B7 and 001b.4411.3ab7", "11:3A"),
        ("2001:db8:1::17 and fe80::21b:44ff:fe11:3ab7", "3ab7"),
        ("b=YW5tZWxkdW5nIHZvbiBqc21pdGggdW0gMTI6MDA=", "YW5tZWx"),
    ] {
        let masked = round(&masker, text);
        assert!(!masked.contains(gone), "{text} -> {masked}");
    }
}

#[test]
fn secrets_do_not_survive() {
    let masker = masker();
    for (text, gone) in [
        ("password=hunter2", "hunter2"),
        ("\"password\": \"correct horse battery\"", "horse"),
        ("{\\\"pwd\\\":\\\"s3cr3t!\\\"}", "s3cr3t"),
        ("Authorization: Basic dXNlcjpwYXNzd29yZDEyMw==", "dXNlcjp"),
        ("Authorization: Bearer abcDEF123456789", "abcDEF"),
        ("curl -u admin:Sommer2026 https://x", "Sommer2026"),
        ("net use Z: \\\\srv\\c$ /user:corp\\bob P@ssw0rd1", "P@ssw0rd1"),
        ("net use \\\\srv\\c$ Geheim99 /user:corp\\bob", "Geheim99"),
        ("net user backdoor Hunter22! /add", "Hunter22!"),
        ("ftp://bob:swordfish@files.corp", "swordfish"),
        ("Cookie: PHPSESSID=0123abcd0123abcd", "0123abcd"),
        ("Server=db;User Id=sa;Password=Tr0ub4dor&3;", "Tr0ub4dor"),
        ("mysql -uroot -pS3kret db", "S3kret"),
        ("sshpass -p 'open sesame' ssh x", "sesame"),
        ("psexec \\\\pc -u corp\\adm -p W1nter! cmd", "W1nter!"),
        ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN7"),
        ("ghp_0123456789abcdefghijklmnopqrstuvwxyz", "abcdefghij"),
        ("xoxb-123456789012-abcdefghijkl", "abcdefghijkl"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "eyJzdWIi"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nabc\n-----END RSA PRIVATE KEY-----", "MIIEpAIB"),
        ("DefaultEndpointsProtocol=https;AccountKey=abcdefghijklmnopqrstuvwxyz0123456789==;", "uvwxyz01"),
        ("snmp-server community S3cretRW rw", "S3cretRW"),
        ("root:$6$saltsalt$hashhashhashhash:19000", "hashhash"),
        ("--token=tok_live_abcdef", "abcdef"),
        ("PGPASSWORD=pgsecret psql", "pgsecret"),
        ("x=aZ3kP9qLmN2xW8vB4tY7cD1eF6gH5jK0", "aZ3kP9qL"),
        ("paid with 4111 1111 1111 1111 and 5555555555554444", "4111 1111"),
        ("IBAN DE89 3704 0044 0532 0130 00 ok", "0532"),
        ("ssn 078-05-1120", "078-05"),
        ("Steuer-ID: 86095742719", "86095742719"),
        ("bsn=111222333", "111222333"),
    ] {
        let masked = round(&masker, text);
        assert!(!masked.contains(gone), "{text} -> {masked}");
    }
}

#[test]
fn what_identifies_nobody_stays() {
    let masker = masker();
    for text in [
        "root logged in from 127.0.0.1 with mask 255.255.255.0 in 10.0.0.0/8",
        "Mozilla/5.0 Chrome/124.0.0.0 Safari/537.36",
        "{\"source.ip\": 4, \"event.outcome\": \"failure\", \"count\": 1532}",
        "2026-11-27T12:08:01.123456Z 1764245281123456 pid 4111",
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "count top_values(user.name) where http.response.status_code >= 500",
        "/var/log/auth.log index.php cmd.exe svchost.exe",
        "jsmithson is somebody else",
    ] {
        let (masked, _) = masker.mask_text(text).unwrap();
        assert_eq!(masked, text);
    }
}

#[test]
fn a_network_stays_together_and_inside_stays_inside() {
    let masker = masker();
    let mask = |text: &str| masker.mask_text(text).unwrap().0;
    let network = |text: &str| text.rsplit_once('.').unwrap().0.to_owned();
    for (a, b) in
        [("10.1.2.3", "10.1.2.200"), ("192.168.7.1", "192.168.7.9"), ("93.184.216.34", "93.184.216.35")]
    {
        let (x, y) = (mask(a), mask(b));
        assert_eq!(network(&x), network(&y), "{a} {b}");
        assert_ne!(x, y);
        assert_ne!(x, a);
        let inside = |t: &str| crate::is_inside(t.parse().unwrap());
        assert_eq!(inside(a), inside(&x), "{a} -> {x}");
    }
    // All 256 networks of 192.168/16, all hosts of one: none meets another.
    let networks: std::collections::HashSet<String> =
        (0..=255).map(|n| network(&mask(&format!("192.168.{n}.5")))).collect();
    assert_eq!(networks.len(), 256);
    let hosts: std::collections::HashSet<String> =
        (0..=255).map(|n| mask(&format!("172.16.9.{n}"))).collect();
    assert_eq!(hosts.len(), 256);
    let six = |t: &str| mask(t).parse::<std::net::Ipv6Addr>().unwrap().segments();
    assert_eq!(six("2001:41d0:1:2::10")[..4], six("2001:41d0:1:2::11")[..4]);
    assert_eq!(six("fd12:1::1")[0] >> 8, 0xfd);
}

#[test]
fn words_of_the_protocol_stay_and_everything_else_is_masked() {
    let masker = Masker::new(
        [1; 32],
        [(Kind::User, "assistant1".to_owned()), (Kind::User, "lookup".to_owned())],
        None,
    )
    .unwrap();
    let body = serde_json::json!({
        "model": "assistant1",
        "messages": [
            {"role": "system", "content": "use lookup"},
            {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function",
                "function": {"name": "lookup", "arguments": "{\"user.name\":\"lookup\"}"}}]},
            {"role": "tool", "tool_call_id": "lookup", "content": "{\"lookup\": 3, \"ip\": \"10.1.1.1\"}"},
            {"role": "user", "name": "lookup", "content": ["lookup", {"lookup": "x"}]},
        ],
        "tools": [{"type": "function", "function": {"name": "lookup", "description": "for lookup",
            "parameters": {"type": "object", "properties": {"lookup": {"type": "string", "enum": ["lookup"]}}, "required": ["lookup"]}}}],
        "role": "lookup at 10.1.1.1",
        "number": 4111111111111111_u64,
    });
    let (masked, _) = masker.mask_body(&body).unwrap();
    let text = masked.to_string();
    assert_eq!(masked["model"], "assistant1");
    assert_eq!(masked["messages"][1]["tool_calls"][0]["function"]["name"], "lookup");
    assert_eq!(masked["tools"][0]["function"]["parameters"]["required"][0], "lookup");
    assert!(masked["tools"][0]["function"]["parameters"]["properties"].get("lookup").is_some());
    for place in [
        "/messages/0/content",
        "/messages/1/tool_calls/0/function/arguments",
        "/messages/2/content",
        "/messages/3/content/0",
        "/role",
    ] {
        assert!(!masked.pointer(place).unwrap().as_str().unwrap().contains("lookup"), "{place}: {text}");
    }
    assert!(masked["messages"][3]["content"][1].get("lookup").is_none(), "{text}");
    assert!(!text.contains("10.1.1.1") && !text.contains("4111111111111111"), "{text}");
}

mod everything_comes_back {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]

        /// Whatever is masked comes back byte for byte, in one piece or in many, and no value of the case is left.
        #[test]
        fn unmasked_is_what_was_masked(
            pieces in proptest::collection::vec(
                prop_oneof![
                    Just("jsmith".to_owned()), Just("JSMITH".to_owned()), Just("jSmith".to_owned()), Just("dc01-prod".to_owned()),
                    Just("svc_backup".to_owned()), Just("10.20.30.40".to_owned()), Just("password=hunter2".to_owned()),
                    Just("anNtaXRo".to_owned()), Just("4111111111111111".to_owned()), Just("x@corp.acme.example".to_owned()),
                    "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}", "[a-f0-9:]{2,20}", "[ -~]{0,12}", "\\PC{0,6}",
                ],
                0..12,
            ),
            between in prop_oneof![Just(" "), Just(", "), Just("\""), Just("/"), Just("=")],
        ) {
            let masker = masker();
            let text = pieces.join(between);
            let masked = round(&masker, &text);
            let words = |t: &str| t.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|w| w == "jsmith");
            prop_assert!(!words(&masked), "{} -> {}", text, masked);
            prop_assert!(!masked.contains("10.20.30.40") || text.contains(".10.20.30.40") || text.contains("10.20.30.40."), "{} -> {}", text, masked);
        }

        /// Two addresses of one network stay in one, of two networks in two.
        #[test]
        fn networks_are_kept(a in any::<[u8; 3]>(), b in any::<[u8; 3]>(), x in 1_u8..255, y in 1_u8..255) {
            let masker = masker();
            let mask = |n: [u8; 3], h: u8| masker.mask_text(&format!("{}.{}.{}.{h}", n[0], n[1], n[2])).unwrap().0;
            let network = |t: String| t.rsplit_once('.').map(|(n, _)| n.to_owned());
            let stays = |n: [u8; 3]| n[0] == 0 || n[0] == 127 || n[0] >= 224;
            if !stays(a) && !stays(b) {
                prop_assert_eq!(network(mask(a, x)), network(mask(a, y)));
                prop_assert_eq!(network(mask(a, x)) == network(mask(b, y)), a == b);
            }
        }
    }
}
