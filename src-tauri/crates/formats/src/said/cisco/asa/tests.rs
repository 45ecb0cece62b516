use crate::testing::said;

#[test]
fn messages_of_the_firewall_are_read() {
    let check = |text: &str, expect: &str| said(&super::Asa, text, expect);
    check(
        "%ASA-6-302013: Built inbound TCP connection 111 for net:192.0.2.10/53500 (198.51.100.8/53501) to dmz:203.0.113.2/443 (203.0.113.9/443) (LOCAL\\ann)",
        "event.code=302013 event.category=network event.action=flow-creation network.direction=inbound network.transport=tcp source.ip=192.0.2.10 \
         source.port=53500 source.nat.ip=198.51.100.8 source.nat.port=53501 destination.ip=203.0.113.2 destination.port=443 destination.nat.ip=203.0.113.9 \
         observer.ingress.interface.name=net observer.egress.interface.name=dmz cisco.asa.connection_id=111 log.level=info event.severity=6 event.type=start",
    );
    check(
        "%ASA-6-302013: Built outbound TCP connection 112 for outside:198.51.100.1/80 (198.51.100.1/80) to inside:192.0.2.3/54839 (203.0.113.8/54839)",
        "network.direction=outbound source.ip=192.0.2.3 source.port=54839 source.nat.ip=203.0.113.8 destination.ip=198.51.100.1 destination.port=80",
    );
    check(
        "%ASA-6-302014: Teardown TCP connection 112 for outside:198.51.100.1/443 to inside:192.0.2.3/55225 duration 0:01:05 bytes 4096 TCP FINs",
        "event.action=flow-expiration source.ip=192.0.2.3 destination.port=443 network.bytes=4096 event.duration=65000000000 event.reason=TCP\\ FINs",
    );
    check(
        "%FTD-6-302020: Built inbound ICMP connection for faddr 192.0.2.10/0 gaddr 198.51.100.8/0 laddr 203.0.113.2/0 type 3 code 3",
        "event.dataset=cisco.ftd source.ip=192.0.2.10 destination.ip=203.0.113.2 destination.nat.ip=198.51.100.8 network.transport=icmp",
    );
    check(
        "%ASA-4-106023: Deny tcp src outside:192.0.2.10/64388 dst dmz:203.0.113.2/443(host.example) by access-group \"out_in\" [0x47e21ef4, 0x0]",
        "event.outcome=failure event.type=denied source.ip=192.0.2.10 destination.ip=203.0.113.2 destination.port=443 rule.name=out_in network.transport=tcp",
    );
    check(
        "%ASA-3-106014: Deny inbound icmp src a:192.0.2.10 dst b:203.0.113.2(type 8, code 0)",
        "event.outcome=failure network.direction=inbound source.ip=192.0.2.10 destination.ip=203.0.113.2",
    );
    check(
        "%ASA-4-106023: Deny protocol 47 src a:192.0.2.10 dst b:203.0.113.2 by access-group \"x\"",
        "network.transport=gre source.ip=192.0.2.10",
    );
    check(
        "%ASA-6-106100: access-list in permitted tcp net/192.0.2.2(62157)(LOCAL\\ann) -> dmz/203.0.113.10(3452) hit-cnt 1 first hit [0x0]",
        "event.outcome=success event.type=allowed source.ip=192.0.2.2 source.port=62157 destination.ip=203.0.113.10 destination.port=3452 rule.name=in user.name=ann",
    );
    check(
        "%ASA-2-106001: Inbound TCP connection denied from 192.0.2.2/43803 to 203.0.113.1/14322 flags SYN  on interface out",
        "event.outcome=failure network.direction=inbound source.port=43803 destination.port=14322 observer.ingress.interface.name=out log.level=critical",
    );
    check(
        "%ASA-4-313004: Denied ICMP type=0, from laddr 192.0.2.1 on interface x to 203.0.113.2: no matching session",
        "source.ip=192.0.2.1 destination.ip=203.0.113.2 event.outcome=failure",
    );
    check(
        "%ASA-6-605004: Login denied from 192.0.2.1/51923 to inside:203.0.113.1/ssh for user \"a\" from 9.9.9.9/1 to x\"",
        "event.category=authentication event.outcome=failure source.ip=192.0.2.1 user.name=a\"\\ from\\ 9.9.9.9/1\\ to\\ x network.protocol=ssh event.action=logon-failed",
    );
    check(
        "%ASA-6-113005: AAA user authentication Rejected : reason = AAA failure : server = 203.0.113.5 : user = ann : user IP = 192.0.2.1",
        "event.category=authentication event.outcome=failure user.name=ann source.ip=192.0.2.1 event.reason=AAA\\ failure",
    );
    check(
        "%ASA-4-113019: Group = vpn, Username = ann, IP = 192.0.2.1, Session disconnected. Session Type: SSL, Duration: 0h:32m:16s, Bytes xmt: 297103, Bytes rcv: 1216163, Reason: User Requested",
        "user.name=ann source.ip=192.0.2.1 group.name=vpn source.bytes=1216163 destination.bytes=297103 event.duration=1936000000000 event.reason=User\\ Requested",
    );
    check(
        "%ASA-6-716038: Group <vpn> User <a> IP <9.9.9.9> x> IP <192.0.2.1> Authentication: successful, Session Type: WebVPN.",
        "event.outcome=success source.ip=192.0.2.1 event.action=logged-in",
    );
    check(
        "%ASA-6-611102: User authentication failed: IP address: 192.0.2.7, Uname: admin",
        "event.outcome=failure user.name=admin source.ip=192.0.2.7 event.category=authentication",
    );
    check(
        "%ASA-5-111010: User 'enable_15', running 'CLI' from IP 192.0.2.7, executed 'clear'",
        "user.name=enable_15 source.ip=192.0.2.7 process.command_line=clear event.category=configuration",
    );
    check(
        "%ASA-5-304001: 192.0.2.4 Accessed URL ann@203.0.113.4:http://203.0.113.4/x[0]",
        "source.ip=192.0.2.4 destination.ip=203.0.113.4 url.original=http://203.0.113.4/x[0] url.path=/x[0] event.outcome=success event.category=web",
    );
    check(
        "%ASA-5-750002: Local:203.0.113.4:500 Remote:192.0.2.4:4500 Username:admin Received a IKE_INIT_SA request",
        "source.ip=203.0.113.4 source.port=500 destination.ip=192.0.2.4 user.name=admin",
    );
    check(
        "%ASA-4-400013: IPS:2003 ICMP redirect from 192.0.2.4 to 203.0.113.1 on interface dmz",
        "event.category=intrusion_detection rule.id=2003 rule.name=ICMP\\ redirect source.ip=192.0.2.4",
    );
    check(
        "%ASA-4-733100: [ 192.0.2.2] drop rate-1 exceeded.",
        "source.ip=192.0.2.2 event.category=intrusion_detection",
    );
    check(
        "%ASA-7-609002: Teardown local-host net:192.0.2.2 duration 0:00:00",
        "source.ip=192.0.2.2 event.duration=0",
    );
    check(
        "%ASA-7-710006: VRRP request discarded from 192.0.2.2 to x:224.0.0.18",
        "destination.ip=224.0.0.18 event.outcome=failure",
    );
    check("%SYS-5-CONFIG_I: Configured from console", "!");
    check("%ASA-", "!");
}

#[test]
fn pairs_of_the_threat_defence_are_read() {
    let check = |text: &str, expect: &str| said(&super::Asa, text, expect);
    check(
        "%FTD-1-430003: AccessControlRuleAction: Block, SrcIP: 192.0.2.1, DstIP: 203.0.113.2, SrcPort: 41522, DstPort: 8000, Protocol: tcp, \
         IngressZone: in, EgressInterface: eth1, ACPolicy: p, AccessControlRuleName: r, User: No Authentication Required, UserAgent: cURL, a, \
         InitiatorBytes: 140, ResponderBytes: 90, NAPPolicy: Balanced, URL: http://a.example/x?y=1, DNSQuery: b.example, ConnectionDuration: 2",
        "event.code=430003 event.category=network event.action=connection-finished event.outcome=failure source.ip=192.0.2.1 destination.port=8000 rule.name=r \
         source.bytes=140 destination.bytes=90 url.path=/x dns.question.name=b.example observer.ingress.zone=in event.duration=2000000000 user_agent.original=cURL,\\ a",
    );
    check(
        "%FTD-1-430001: Priority: 1, GID: 1, SID: 17279, Revision: 4, Message: MALWARE-CNC x, Classification: A Network Trojan, SrcIP: 192.0.2.1, DstIP: 203.0.113.2, InlineResult: Blocked",
        "event.category=intrusion_detection rule.id=17279 rule.name=MALWARE-CNC\\ x event.outcome=failure",
    );
    check(
        "%FTD-1-430005: SrcIP: 192.0.2.1, DstIP: 203.0.113.2, Protocol: tcp, FileAction: Malware Block, FileSHA256: 2546dcffc5ad854d4ddc64fbf056871cd5a00f2471cb7a5bfd4ac23b6e9eedad, \
         ThreatName: Win.Eicar::95.sbx, FileName: eicar.zip, FileSize: 184, URI: http://203.0.113.2:8000/eicar.zip",
        "event.category=malware event.action=malware-detected file.name=eicar.zip file.size=184 threat.indicator.name=Win.Eicar::95.sbx url.domain=203.0.113.2",
    );
}
