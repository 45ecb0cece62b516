use crate::testing::said;

#[test]
fn cef_of_many_makers_is_read() {
    let check = |text: &str, expect: &str| said(&super::Cef, text, expect);
    check(
        "CEF:0|Example|Gate|1.0|18|Web request|low|eventId=3457 requestMethod=POST proto=TCP requestContext=https://a.example src=192.0.2.9 spt=33876 dst=198.51.100.1 dpt=443 request=https://www.example.com/cart?a=b&c=d rt=1773108784000",
        "@timestamp=2026-03-10T02:13:04Z event.dataset=cef event.code=18 log.level=info event.id=3457 http.request.method=POST \
         network.transport=tcp source.ip=192.0.2.9 source.port=33876 destination.ip=198.51.100.1 destination.port=443 \
         url.domain=www.example.com url.path=/cart url.query=a=b&c=d event.category=web event.action=web-request",
    );
    check(
        r"CEF: 0|Bar\|s|Ga\\te|1.0|x|Login failed|8|duser=EX\\ann src=192.0.2.9 msg=one\=two three cs1Label=Rule Name cs1=block all cn1Label=Hits cn1=7 act=",
        r"observer.vendor=Bar|s observer.product=Ga\te event.category=authentication event.outcome=failure user.name=ann user.domain=EX cef.msg=one=two\ three rule.name=block\ all cef.hits=7 log.level=error event.severity=8",
    );
    check(
        "0|Ubiquiti|UniFi Network|9.3.45|201|Threat Detected and Blocked|7|proto=TCP src=192.0.2.1 spt=5 dst=192.0.2.2 dpt=80 UNIFIsubCategory=Intrusion Prevention UNIFIipsSignature=ET DROP Dshield UNIFIipsSignatureId=24 msg=An attempt",
        "event.category=intrusion_detection rule.name=ET\\ DROP\\ Dshield rule.id=24 source.ip=192.0.2.1 destination.port=80",
    );
    check(
        "CEF:0|Ubiquiti|UniFi Network|9.4.19|544|Admin Accessed UniFi Network|1|UNIFIsubCategory=Admin UNIFIadmin=Secure Admin src=192.0.2.222 UNIFIutcTime=2025-09-04T08:32:58.445Z msg=x",
        "@timestamp=2025-09-04T08:32:58.445Z event.category=authentication event.outcome=success user.name=Secure\\ Admin source.ip=192.0.2.222",
    );
    check(
        "[2026-03-10 02:13:04] CEF:0|Example|AV|1|9|Virus found|Very-High|shost=pc1 suser=ann duser=bob fname=a.exe fileHash=BC8BBE52F041FD17318F08A0F73762CE act=blocked",
        "@timestamp=2026-03-10T02:13:04Z event.category=malware event.outcome=failure event.type=denied source.domain=pc1 user.name=ann user.target.name=bob \
         file.hash.md5=bc8bbe52f041fd17318f08a0f73762ce log.level=critical",
    );
    check("CEF:0|Example|Gate|1.0|18|Name|5", "event.code=18 log.level=warning");
    check("CEF:0|Example", "!");
    check("no CEF: here", "!");
}
