//! What other services of AWS write as JSON: GuardDuty and Security Hub findings, WAF, VPC flow logs, Route 53 Resolver
//! queries, Network Firewall, and CloudWatch's way of carrying lines. CloudTrail is [`super::cloudtrail`]'s.

use super::{JsonProduct, PLAIN};
use crate::coded::json_map::Say;

/// GuardDuty findings.
pub const GUARDDUTY: JsonProduct = JsonProduct {
    id: "aws_guardduty",
    title: "AWS GuardDuty findings",
    about: "Findings of GuardDuty as exported to S3, EventBridge or GetFindings: what was found, on which resource, by which address",
    dataset: "aws.guardduty",
    signs: &[
        "schemaVersion & service.serviceName = guardduty",
        "type & service.detectorId & severity",
        "Type & Service.ServiceName = guardduty",
    ],
    map: r#"
event.kind = alert
@timestamp < updatedAt service.eventLastSeen createdAt UpdatedAt CreatedAt
event.category = intrusion_detection
event.type = info
event.id < id Id
event.action < type Type
rule.name < type Type
rule.category < type Type | before :
message < title Title description
event.severity < severity Severity
event.start < service.eventFirstSeen
event.end < service.eventLastSeen
cloud.provider = aws
cloud.account.id < accountId AccountId
cloud.region < region Region
cloud.instance.id < resource.instanceDetails.instanceId
when service.action.networkConnectionAction.connectionDirection = OUTBOUND
    source < service.action.networkConnectionAction.localIpDetails.ipAddressV4
    source.port < service.action.networkConnectionAction.localPortDetails.port
    destination < service.action.networkConnectionAction.remoteIpDetails.ipAddressV4
    destination.port < service.action.networkConnectionAction.remotePortDetails.port
else
    source < service.action.networkConnectionAction.remoteIpDetails.ipAddressV4 service.action.awsApiCallAction.remoteIpDetails.ipAddressV4 service.action.portProbeAction.portProbeDetails.remoteIpDetails.ipAddressV4 service.action.kubernetesApiCallAction.remoteIpDetails.ipAddressV4 service.action.rdsLoginAttemptAction.remoteIpDetails.ipAddressV4
    source.port < service.action.networkConnectionAction.remotePortDetails.port
    destination < service.action.networkConnectionAction.localIpDetails.ipAddressV4 service.action.portProbeAction.portProbeDetails.localIpDetails.ipAddressV4 resource.instanceDetails.networkInterfaces.privateIpAddress
    destination.port < service.action.networkConnectionAction.localPortDetails.port service.action.portProbeAction.portProbeDetails.localPortDetails.port
network.direction < service.action.networkConnectionAction.connectionDirection | lower
network.transport < service.action.networkConnectionAction.protocol service.action.dnsRequestAction.protocol | lower
dns.question.name < service.action.dnsRequestAction.domain
event.provider < service.action.awsApiCallAction.serviceName
user.name < resource.accessKeyDetails.userName resource.kubernetesDetails.kubernetesUserDetails.username resource.rdsDbUserDetails.user
user.id < resource.accessKeyDetails.principalId
event.code < service.action.awsApiCallAction.api
event.reason < service.action.awsApiCallAction.errorCode
"#,
    guess: false,
    ..PLAIN
};

/// Security Hub findings.
pub const SECURITY_HUB: JsonProduct = JsonProduct {
    id: "aws_securityhub",
    title: "AWS Security Hub findings (ASFF)",
    about: "Findings in AWS's Security Finding Format, of whatever product",
    dataset: "aws.securityhub",
    signs: &["SchemaVersion & ProductArn & GeneratorId"],
    map: r#"
event.kind = alert
@timestamp < UpdatedAt LastObservedAt CreatedAt
event.category = intrusion_detection
event.type = info
event.id < Id
event.provider < ProductName ProductArn
rule.id < GeneratorId
rule.name message < Title
log.level < Severity.Label | lower | { informational=info low=notice medium=warning high=error critical=critical *=* }
event.severity < Severity.Normalized
event.outcome < Compliance.Status { PASSED=success FAILED=failure WARNING=unknown NOT_AVAILABLE=unknown }
cloud.provider = aws
cloud.account.id < AwsAccountId
cloud.region < Region Resources.Region | first
source < Network.SourceIpV4 Network.SourceIpV6
source.port < Network.SourcePort
destination < Network.DestinationIpV4 Network.DestinationIpV6
destination.port < Network.DestinationPort
process.name < Process.Name
process.pid < Process.Pid
file.path < Process.Path
"#,
    guess: false,
    ..PLAIN
};

/// WAF.
pub const WAF: JsonProduct = JsonProduct {
    id: "aws_waf",
    title: "AWS WAF",
    about: "Requests that AWS WAF looked at: from where, for what, and what it did by which rule",
    dataset: "aws.waf",
    signs: &["webaclId & httpRequest.clientIp"],
    map: r#"
event.kind = event
@timestamp < timestamp
event.category = web+network
event.type < action { ALLOW=access+allowed BLOCK=access+denied *=access }
event.action < action | lower
event.outcome < action { ALLOW=success BLOCK=failure CAPTCHA=unknown CHALLENGE=unknown COUNT=success }
source client < httpRequest.clientIp
http.request.method < httpRequest.httpMethod
http.request.id < httpRequest.requestId
http.version < httpRequest.httpVersion | last /
http.response.status_code < responseCodeSent
url.domain < httpRequest.headers.Host httpRequest.headers.host httpRequest.headers.HOST
user_agent.original < httpRequest.headers.User-Agent httpRequest.headers.user-agent
http.request.referrer < httpRequest.headers.Referer httpRequest.headers.referer
url < httpRequest.uri
url.query < httpRequest.args
rule.id < terminatingRuleId
rule.ruleset < webaclId
rule.category < terminatingRuleType
source.geo.country_iso_code < httpRequest.country
cloud.provider = aws
cloud.service.name = waf
"#,
    guess: false,
    ..PLAIN
};

/// VPC flow logs as JSON.
pub const VPC_FLOW: JsonProduct = JsonProduct {
    id: "aws_vpcflow_json",
    title: "AWS VPC flow logs (JSON)",
    about: "Flow records with their fields named, as CloudWatch Insights, Athena and shippers export them",
    dataset: "aws.vpcflow",
    signs: &[
        "srcaddr & dstaddr & action",
        "srcAddr & dstAddr & interfaceId",
        "src_addr & dst_addr & interface_id",
        "srcaddr & dstaddr & interface_id",
        "srcaddr & dstaddr & log_status",
    ],
    map: r#"
event.kind = event
@timestamp < start @timestamp timestamp
event.start < start
event.end < end
event.category = network
event.type < action { ACCEPT=connection+allowed REJECT=connection+denied *=connection }
event.action < action | lower
event.outcome < action { ACCEPT=success REJECT=failure }
source < srcaddr srcAddr src_addr pkt_srcaddr
source.port < srcport srcPort src_port
destination < dstaddr dstAddr dst_addr pkt_dstaddr
destination.port < dstport dstPort dst_port
network.iana_number < protocol
network.transport < protocol { 1=icmp 2=igmp 6=tcp 17=udp 47=gre 50=esp 51=ah 58=ipv6-icmp 132=sctp tcp=tcp udp=udp icmp=icmp }
network.packets source.packets < packets
network.bytes source.bytes < bytes
network.direction < flow_direction flowDirection | lower
network.type
cloud.provider = aws
cloud.account.id < account_id accountId
cloud.region < region
cloud.instance.id < instance_id instanceId
observer.ingress.interface.name < interface_id interfaceId
"#,
    guess: false,
    ..PLAIN
};

/// Route 53 Resolver queries.
pub const RESOLVER: JsonProduct = JsonProduct {
    id: "aws_route53_resolver",
    title: "AWS Route 53 Resolver query logs",
    about: "DNS queries of a VPC: who asked for what, and the answer",
    dataset: "aws.route53_resolver",
    signs: &["query_name & query_type & srcaddr & rcode", "query_timestamp & query_name & rcode"],
    map: r#"
event.kind = event
@timestamp < query_timestamp
event.category = network
event.type = protocol
network.protocol = dns
network.transport < transport | lower
source < srcaddr
source.port < srcport
dns.question.name < query_name | trim .
dns.question.type < query_type
dns.question.class < query_class
dns.response_code < rcode
dns.answers.data < answers.Rdata
dns.answers.type < answers.Type
event.outcome < rcode { NOERROR=success *=failure }
event.action < firewall_rule_action | lower
rule.id < firewall_rule_group_id
cloud.provider = aws
cloud.account.id < account_id
cloud.region < region
cloud.instance.id < srcids.instance
"#,
    guess: false,
    ..PLAIN
};

/// CloudWatch, which carries lines of any program.
pub const CLOUDWATCH: JsonProduct = JsonProduct {
    id: "aws_cloudwatch",
    title: "AWS CloudWatch logs (JSON)",
    about: "Lines that CloudWatch carries, from subscriptions, get-log-events and filter-log-events, with their group and stream; \
            the line itself is read as what it is",
    dataset: "aws.cloudwatch",
    signs: &[
        "message & timestamp & ingestionTime",
        "logGroup & logStream & message",
        "@log & @message",
        "logStreamName & message & timestamp",
    ],
    map: r#"
@timestamp < timestamp @timestamp
message < message @message
cloud.provider = aws
cloud.account.id < owner
aws.cloudwatch.log_group < logGroup logGroupName @log
aws.cloudwatch.log_stream < logStream logStreamName @logStream
event.id < id eventId
"#,
    carrier: true,
    speaks: true,
    first: Some(flow_line),
    ..PLAIN
};

/// A flow record in version 2's own order, as CloudWatch carries most of them.
fn flow_line(say: &mut Say<'_>) {
    let message = say.text("message");
    let words: Vec<&str> = message.split(' ').collect();
    let [
        _,
        account,
        interface,
        from,
        to,
        from_port,
        to_port,
        protocol,
        packets,
        bytes,
        start,
        end,
        action,
        status,
    ] = words[..]
    else {
        return;
    };
    if !interface.starts_with("eni-") || !matches!(status, "OK" | "NODATA" | "SKIPDATA") {
        return;
    }
    say.set("cloud.account.id", account);
    say.set("observer.ingress.interface.name", interface);
    say.set("event.dataset", "aws.vpcflow");
    say.set("event.category", "network");
    if status != "OK" {
        return;
    }
    say.end("source", from, from_port);
    say.end("destination", to, to_port);
    let transport = match protocol {
        "1" => "icmp",
        "6" => "tcp",
        "17" => "udp",
        "58" => "ipv6-icmp",
        other => other,
    };
    say.set("network.transport", transport);
    say.number("source.packets", packets);
    say.number("source.bytes", bytes);
    say.set("event.start", start);
    say.set("event.end", end);
    say.set("event.action", &action.to_ascii_lowercase());
    say.set("event.outcome", if action == "ACCEPT" { "success" } else { "failure" });
}
