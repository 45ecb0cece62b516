//! Documents of many shapes, and what is found to be their records.

use super::*;
use crate::coded::check::{Keep, parse, survive};
use timberline_model::time::rfc3339;

fn read(xml: &str) -> Keep {
    parse(&XmlRecords, xml.as_bytes())
}

fn check(xml: &str, record: &str, expect: &[&[(&str, &str)]]) {
    let shape = Shape::find(xml.as_bytes(), true).unwrap();
    assert_eq!(String::from_utf8_lossy(&shape.record), record, "{xml}");
    let keep = read(xml);
    assert!(keep.problems.is_empty(), "{:?} of {xml}", keep.problems);
    assert_eq!(keep.events.len(), expect.len(), "{:#?} of {xml}", keep.events);
    for (event, expect) in keep.events.iter().zip(expect) {
        for (field, value) in *expect {
            let have = if *field == "@timestamp" { event.time_ns.map(rfc3339) } else { event.get(field) };
            assert_eq!(have.as_deref(), Some(*value), "{field}: {event:#?}");
        }
    }
}

#[test]
fn records_are_found_by_structure() {
    check(
        "<?xml version='1.0'?><log host='pc7'><entry><time>2026-03-10T02:13:04Z</time><user>EX\\bob</user><ip>192.0.2.1</ip>\
         <Severity>Warning</Severity></entry><entry><time>2026-03-10T02:13:05Z</time><user>ann</user><ip>192.0.2.2</ip></entry></log>",
        "entry",
        &[
            &[
                ("@timestamp", "2026-03-10T02:13:04Z"),
                ("user.name", "bob"),
                ("user.domain", "EX"),
                ("source.ip", "192.0.2.1"),
                ("log.level", "warning"),
                ("host.name", "pc7"),
            ],
            &[("user.name", "ann")],
        ],
    );
    check(
        "<rows><row a='1' when='2026-03-10 02:13:04' n:src='192.0.2.1'/><row a='2' when='2026-03-10 02:13:05'/></rows>",
        "row",
        &[&[("@timestamp", "2026-03-10T02:13:04Z"), ("a", "1"), ("source.ip", "192.0.2.1")], &[("a", "2")]],
    );
    check(
        "<orders><order id='1'><date>2026-03-10</date><item n='1' p='2'/><item n='3' p='4'/></order>\
         <order id='2'><date>2026-03-11</date><item n='5' p='6'/></order></orders>",
        "order",
        &[&[("xml.id", "1"), ("item.n", "1, 3")], &[("item.n", "5")]],
    );
    check("<e t='1'><m>a</m></e>\n<e t='2'><m>b</m></e>", "e", &[&[("m", "a")], &[("m", "b")]]);
    check("<a><id>7</id><msg>one</msg></a>", "a", &[&[("message", "one"), ("xml.id", "7")]]);
}

#[test]
fn known_reports_are_known() {
    check(
        "<testsuites><testsuite name='s' timestamp='2026-03-10T02:13:04' hostname='ci'><testcase name='a' classname='C' time='0.1'/>\
         <testcase name='b' classname='C' time='0.2'><failure message='no'>trace</failure></testcase></testsuite></testsuites>",
        "testcase",
        &[
            &[
                ("@timestamp", "2026-03-10T02:13:04Z"),
                ("event.action", "a"),
                ("event.outcome", "success"),
                ("host.name", "ci"),
            ],
            &[("event.outcome", "failure"), ("message", "no")],
        ],
    );
    check(
        "<NessusClientData_v2><Report name='r'><ReportHost name='192.0.2.7'><HostProperties>\
         <tag name='HOST_END'>Tue Mar 10 02:13:04 2026</tag><tag name='host-fqdn'>pc7.example.com</tag></HostProperties>\
         <ReportItem port='445' svc_name='cifs' protocol='tcp' severity='4' pluginID='1' pluginName='MS17'><cve>CVE-2017-0144</cve>\
         <risk_factor>Critical</risk_factor></ReportItem><ReportItem port='0' protocol='tcp' severity='0' pluginID='2' pluginName='X'/>\
         </ReportHost><ReportHost name='192.0.2.8'><ReportItem port='22' protocol='tcp' severity='0' pluginID='2' pluginName='X'/>\
         </ReportHost></Report></NessusClientData_v2>",
        "ReportItem",
        &[
            &[
                ("@timestamp", "2026-03-10T02:13:04Z"),
                ("destination.ip", "192.0.2.7"),
                ("destination.port", "445"),
                ("host.name", "pc7.example.com"),
                ("vulnerability.id", "CVE-2017-0144"),
                ("rule.name", "MS17"),
                ("event.category", "vulnerability"),
            ],
            &[("destination.ip", "192.0.2.7")],
            &[("destination.ip", "192.0.2.8")],
        ],
    );
    let keep = read(
        "<a><h n='1' x='2'><p>t</p><r i='1' j='2'/><r i='3' j='4'/></h><h n='5' x='6'><r i='7' j='8'/></h></a>",
    );
    assert!(keep.events.len() > 1, "{:#?}", keep.events);
    check(
        "<plist version='1.0'><array><dict><key>Time</key><date>2026-03-10T02:13:04Z</date><key>On</key><true/></dict>\
         <dict><key>Time</key><date>2026-03-10T02:13:05Z</date><key>On</key><false/></dict></array></plist>",
        "dict",
        &[
            &[("@timestamp", "2026-03-10T02:13:04Z"), ("On", "true")],
            &[("@timestamp", "2026-03-10T02:13:05Z")],
        ],
    );
}

#[test]
fn what_is_broken_is_a_problem_and_the_rest_is_read() {
    let xml = "<?xml version='1.0'?><c><b id='1'><t>a</t><u>x</u></b><b id='2' abc='><t>b</t></b><b id='3'><t>c</t><u>y</u></b>\
               <b id='4'><t>d</b><b id='5'><t>e</t><u>z</u></b></c>";
    let keep = read(xml);
    let ids: Vec<String> = keep.events.iter().filter_map(|e| e.get("xml.id")).collect();
    assert_eq!(ids, ["1", "3", "5"], "{:#?}", keep.problems);
    assert_eq!(keep.problems.len(), 2);
    let two = "<?xml version='1.0'?><l><e a='1' b='2'/><e a='3' b='4'/></l>\n<?xml version='1.0'?><l><e a='5' b='6'/></l>";
    assert_eq!(read(two).events.len(), 3);
}

#[test]
fn entities_are_never_expanded() {
    let laugh = "<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY lol 'lol'><!ENTITY lol2 '&lol;&lol;&lol;'>]>\
                 <lolz><x a='1'><y>&lol2;</y></x><x a='2'><y>&amp;</y></x></lolz>";
    let keep = read(laugh);
    assert_eq!(keep.events[0].get("y").as_deref(), Some("&lol2;"));
    assert_eq!(keep.events[1].get("y").as_deref(), Some("&"));
    assert_eq!(keep.problems.iter().map(|p| p.kind).collect::<Vec<_>>(), [ProblemKind::Refused; 2]);
    let outside = "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a><b c='1'><d>&x;</d></b><b c='2'><d>y</d></b></a>";
    assert_eq!(read(outside).events[0].get("d").as_deref(), Some("&x;"));
}

#[test]
fn too_much_is_cut_and_said() {
    let deep =
        format!("<r>{}{}<x a='1' b='2'/><x a='1' b='2'/></r>", "<d>".repeat(100_000), "</d>".repeat(100_000));
    let keep = read(&deep);
    assert!(keep.problems.iter().any(|p| p.kind == ProblemKind::Limit), "{:?}", keep.problems.first());
    let wide: String = (0..20_000).map(|n| format!(" a{n}='1'")).collect();
    let keep = read(&format!("<r><x b='1' c='2'/><x b='1' c='2'/><x{wide}/></r>"));
    assert_eq!(keep.events.len(), 3);
    assert!(keep.problems.iter().any(|p| p.kind == ProblemKind::Limit));
}

#[test]
fn what_is_no_xml_is_not_claimed() {
    for text in [
        "",
        "<34>1 2026-03-10T02:13:04Z h a - - - x",
        "<html><body>x</body></html>",
        "a <b> c",
        "{\"a\":\"<b>\"}",
        "< 3",
    ] {
        assert_eq!(Shape::find(text.as_bytes(), true), None, "{text}");
    }
}

#[test]
fn broken_documents_are_read_to_their_end() {
    let seed = "<?xml version='1.0'?><!DOCTYPE a><l h='x'><m>t</m><e t='2026-03-10T02:13:04Z' b='2'><f>x &amp; y</f></e>\
                <e t='2026-03-10T02:13:05Z' b='3'><f><![CDATA[<z>]]></f></e></l>";
    let marks: [&[u8]; 10] = [b"<", b">", b"</", b"/>", b"\"", b"'", b"<!--", b"<![CDATA[", b"<e>", b"</e>"];
    survive(&XmlRecords, seed.as_bytes(), 500, &marks);
}
