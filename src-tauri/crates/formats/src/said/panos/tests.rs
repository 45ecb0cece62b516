use crate::testing::said;

#[test]
fn every_type_of_log_is_read() {
    let check = |text: &str, expect: &str| said(&super::PanOs, text, expect);
    check(
        "1,2026/03/10 02:13:05,0011,TRAFFIC,end,2049,2026/03/10 02:13:04,192.0.2.2,198.51.100.46,203.0.113.5,0.0.0.0,rule 1,ex\\ann,,web-browsing,vsys1,trust,untrust,ethernet1/2,ethernet1/1,fwd,2026/03/10 02:13:04,25149,1,59309,443,3000,0,0x400000,tcp,allow,9120,1200,7920,33,2026/03/10 02:12:04,60,business,0,5012,0x0,192.0.2.0-192.0.2.255,US,0,13,20,tcp-fin,0,0,0,0,,PA-220,from-policy",
        "@timestamp=2026-03-10T02:13:04Z event.dataset=panos event.category=network event.action=flow_terminated event.type=allowed event.outcome=success \
         source.ip=192.0.2.2 source.port=59309 source.nat.ip=203.0.113.5 source.nat.port=3000 destination.ip=198.51.100.46 destination.port=443 rule.name=rule\\ 1 \
         user.name=ann user.domain=ex network.application=web-browsing network.transport=tcp network.bytes=9120 source.bytes=1200 destination.bytes=7920 \
         event.duration=60000000000 event.reason=tcp-fin observer.name=PA-220 network.direction=outbound destination.nat.ip=-",
    );
    check(
        "1,2026/03/10 02:13:05,0011,TRAFFIC,drop,2049,2026/03/10 02:13:04,192.0.2.2,198.51.100.46,0.0.0.0,0.0.0.0,deny all,,,not-applicable,vsys1,trust,dmz,ethernet1/2,,fwd,2026/03/10 02:13:04,0,1,59309,23,0,0,0x0,tcp,deny",
        "event.action=flow_denied event.type=denied destination.port=23 source.nat.port=-",
    );
    check(
        "1,2026/03/10 02:13:05,0011,THREAT,url,2049,2026/03/10 02:13:04,192.0.2.2,198.51.100.46,0.0.0.0,0.0.0.0,r,,,web-browsing,vsys1,trust,untrust,e1,e2,fwd,2026/03/10 02:13:04,25149,1,59309,80,0,0,0x0,tcp,block-url,\"a.example/x,y?z=\"\"1\"\"\",(9999),malware,informational,client-to-server,7,0x0,US,US,0,text/html,0,,,1,Mozilla/5.0,,,http://r.example/",
        "event.category=web event.type=denied url.original=a.example/x,y?z=\"1\" url.domain=a.example url.path=/x,y panos.threat_id=9999 user_agent.original=Mozilla/5.0 http.request.referrer=http://r.example/",
    );
    check(
        "1,2026/03/10 02:13:05,0011,THREAT,vulnerability,2049,2026/03/10 02:13:04,198.51.100.2,192.0.2.46,0.0.0.0,0.0.0.0,r,,,web,vsys1,untrust,trust,e1,e2,fwd,2026/03/10 02:13:04,25149,1,59309,80,0,0,0x0,tcp,reset-both,x.php,Apache Traversal(91752),any,critical,client-to-server",
        "event.category=intrusion_detection event.type=denied panos.threat_name=Apache\\ Traversal panos.threat_id=91752 log.level=critical",
    );
    check(
        "1,2026/03/10 02:13:05,0011,SYSTEM,auth,0,2026/03/10 02:13:04,,auth-fail,,0,0,general,medium,\"failed authentication for user 'ann'. Reason: Invalid username/password. auth profile 'x', From: 198.51.100.66.\",5,0x0",
        "event.category=authentication event.outcome=failure user.name=ann source.ip=198.51.100.66 log.level=warning event.code=auth-fail event.reason=Invalid\\ username/password",
    );
    check(
        "1,2026/03/10 02:13:05,0011,SYSTEM,general,0,2026/03/10 02:13:04,,general,,0,0,general,informational,User admin logged in via Web from 192.0.2.30 using https,5,0x0",
        "event.category=authentication event.outcome=success user.name=admin source.ip=192.0.2.30",
    );
    check(
        "1,2026/03/10 02:13:05,0011,CONFIG,0,0,2026/03/10 02:13:04,192.0.2.30,,set,ann,Web,Succeeded, config users x,0,0x0",
        "event.category=configuration event.action=set user.name=ann source.ip=192.0.2.30 event.outcome=success panos.path=config\\ users\\ x",
    );
    check(
        "1,2026/03/10 02:13:05,0011,GLOBALPROTECT,0,2561,2026/03/10 02:13:04,vsys1,gateway-auth,login,Other,,ann,US,pc1,198.51.100.66,0.0.0.0,0.0.0.0,0.0.0.0,,,5.1,Windows,Windows 10,1,,Authentication failed,,failure,,0,,0,gw,9,0x0,2026-03-10T02:13:04.500+00:00",
        "@timestamp=2026-03-10T02:13:04.500Z event.category=authentication event.outcome=failure user.name=ann source.ip=198.51.100.66 event.action=gateway-auth",
    );
    check(
        "2026/03/10 02:13:05,0011,USERID,login,2049,2026/03/10 02:13:04,vsys1,192.0.2.7,ex\\bob,agent,0,1,2700,0,0,agent,,5,0x0",
        "event.category=authentication user.name=bob source.ip=192.0.2.7 event.action=login",
    );
    check("1,2026/03/10 02:13:05,0011,OTHER,login", "!");
    check("1,2,3", "!");
}
