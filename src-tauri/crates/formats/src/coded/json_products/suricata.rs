//! Suricata's EVE log: every type of event, with the flow, alert, protocol and file that it tells of.

use super::{JsonProduct, PLAIN};

/// `eve.json`.
pub const EVE: JsonProduct = JsonProduct {
    id: "suricata_eve",
    title: "Suricata EVE (JSON)",
    about: "Suricata's eve.json: alerts, flows, DNS, HTTP, TLS, SSH, SMB, files and all other types of events",
    dataset: "suricata.eve",
    signs: &[
        "event_type & timestamp & flow_id",
        "event_type = stats & stats.uptime",
        "event_type & timestamp & src_ip & dest_ip & proto",
        "event_type = engine & engine.message",
    ],
    map: r#"
event.kind < event_type { alert=alert stats=metric *=event }
@timestamp < timestamp
source < src_ip
source.port < src_port
destination < dest_ip
destination.port < dest_port
source.mac < ether.src_mac
destination.mac < ether.dest_mac
network.transport < proto | lower | { ipv6-icmp=ipv6-icmp *=* }
network.protocol < app_proto | unless failed unknown
network.type
network.community_id < community_id
network.vlan.id < vlan | first
network.direction < direction { to_server=inbound to_client=outbound }
observer.ingress.interface.name < in_iface
host.name < host
event.id < flow_id
source.bytes < flow.bytes_toserver
source.packets < flow.pkts_toserver
destination.bytes < flow.bytes_toclient
destination.packets < flow.pkts_toclient
network.bytes < flow.bytes_toserver flow.bytes_toclient | sum
network.packets < flow.pkts_toserver flow.pkts_toclient | sum
event.start < flow.start netflow.start
event.end < flow.end netflow.end
event.duration < flow.age netflow.age | s

rule.id < alert.signature_id
rule.name < alert.signature
rule.category < alert.category
rule.version < alert.rev
rule.ruleset < alert.gid
event.severity < alert.severity
event.action < alert.action
when event_type = alert
    event.category = network+intrusion_detection
    message < alert.category alert.signature
    event.type < alert.action { allowed=allowed blocked=denied }
    event.outcome < alert.action { allowed=success blocked=failure }
    log.level < alert.severity { 1=alert 2=warning 3=notice 4=info }
when event_type = drop
    event.category = network+intrusion_detection
    event.type = denied
    event.action = dropped
when event_type = anomaly
    event.category = network
    event.type = info
    event.action < anomaly.event anomaly.type
    event.reason < anomaly.event

http.request.method < http.http_method
http.response.status_code < http.status
http.response.body.bytes < http.length
http.request.referrer < http.http_refer
http.version < http.protocol | last /
http.response.mime_type < http.http_content_type
url < http.url
url.domain destination.domain < http.hostname
user_agent.original < http.http_user_agent
when event_type = http
    event.category = network+web
    event.type = access+protocol
    when http.status > 399
        event.outcome = failure
    else
        when http.status
            event.outcome = success

dns.type < dns.type { query request=query answer response=answer }
dns.id < dns.id
dns.response_code < dns.rcode
dns.question.name < dns.rrname dns.queries.rrname
dns.question.type < dns.rrtype dns.queries.rrtype
dns.answers.data < dns.rdata dns.answers.rdata dns.grouped.A dns.grouped.AAAA dns.grouped.CNAME
dns.answers.name < dns.answers.rrname
dns.answers.type < dns.answers.rrtype
dns.answers.ttl= < dns.ttl dns.answers.ttl
dns.header_flags < dns.flags

destination.domain < tls.sni | trim .
tls.client.server_name < tls.sni
tls.server.subject < tls.subject
tls.server.issuer < tls.issuerdn
tls.server.not_before < tls.notbefore
tls.server.not_after < tls.notafter
tls.server.hash.sha1 < tls.fingerprint
tls.server.x509.serial_number < tls.serial
tls.client.ja3 < tls.ja3.hash
tls.server.ja3s < tls.ja3s.hash
tls.resumed < tls.session_resumed

user.name < krb5.cname smb.ntlmssp.user ftp.user nfs.uid rdp.cookie mqtt.connect.username
user.domain < krb5.realm smb.ntlmssp.domain
host.hostname < smb.ntlmssp.host dhcp.hostname
service.name < krb5.sname
file.path < fileinfo.filename smb.filename nfs.filename tftp.file
file.size < fileinfo.size
file.hash.md5 < fileinfo.md5
file.hash.sha1 < fileinfo.sha1
file.hash.sha256 < fileinfo.sha256
file.mime_type < fileinfo.magic
email.from.address < smtp.mail_from | trim <>
email.to.address < smtp.rcpt_to | trim <>
email.subject < email.subject
email.attachments.file.name < email.attachment
when event_type = krb5
    event.category = authentication+network
    event.action < krb5.msg_type | prefix krb5_
    when krb5.error_code
        event.outcome = failure
        event.reason < krb5.error_code
    else
        event.outcome = success
when event_type = smb
    event.action < smb.command | slug _
    when smb.status = STATUS_LOGON_FAILURE STATUS_ACCESS_DENIED STATUS_WRONG_PASSWORD STATUS_ACCOUNT_LOCKED_OUT
        event.outcome = failure
        event.reason < smb.status
    when smb.ntlmssp.user
        event.category = authentication+network
        event.outcome < smb.status { STATUS_SUCCESS=success STATUS_MORE_PROCESSING_REQUIRED=unknown *=failure }
when event_type = ftp
    event.action < ftp.command | lower
    when ftp.completion_code = 530
        event.category = authentication+network
        event.outcome = failure
    when ftp.completion_code = 230
        event.category = authentication+network
        event.outcome = success
when event_type = fileinfo
    event.category = network+file
when event_type = flow netflow
    event.category = network
    event.type < flow.state { new=connection+start established=connection+info closed=connection+end *=connection }
    event.type = connection
when event_type = stats
    event.category = network
when event_type = dhcp
    source.mac < dhcp.client_mac
    event.action < dhcp.dhcp_type dhcp.type
when event_type = smtp
    event.category = network+email
    event.type = info+protocol
when event_type = engine
    message < engine.message
event.category = network
when event_type != alert drop anomaly flow netflow stats http engine fileinfo
    event.type = protocol
    network.protocol < event_type
when event_type = http fileinfo
    network.protocol < event_type { http=http }
"#,
    guess: false,
    ..PLAIN
};
