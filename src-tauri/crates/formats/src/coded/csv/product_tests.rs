//! Exports of well-known programs: each row ends in the fields that its program means.

use super::*;
use crate::testing::row;
use serde_json::Value;

fn check(text: &str, dataset: &str, expect: &[(&str, &str)]) {
    let sure = Csv.sniff(&Head { bytes: text.as_bytes(), whole: true, name: "x" });
    assert!(sure.score >= 0.97, "{dataset}: {sure:?}");
    let got = row(&Csv, text);
    assert_eq!(got["event.dataset"], dataset, "{got:#}");
    for (field, value) in expect {
        let have = match got.get(*field).unwrap_or(&Value::Null) {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        assert_eq!(&have, value, "{field} of {got:#}");
    }
}

#[test]
fn windows_tools() {
    check(
        "RecordNumber,EventRecordId,TimeCreated,EventId,Level,Provider,Channel,ProcessId,ThreadId,Computer,ChunkNumber,UserId,\
         MapDescription,UserName,RemoteHost,PayloadData1,ExecutableInfo,HiddenRecord,SourceFile,Keywords,ExtraDataOffset,Payload\n\
         1,77,2026-03-10 02:13:04.1234567,4625,LogAlways,Microsoft-Windows-Security-Auditing,Security,4,8,dc1.example.com,0,,\
         Failed logon,EXAMPLE\\bob,pc7 (192.0.2.7),LogonType 3,,False,C:\\x.evtx,Audit failure,0,\"{\"\"EventData\"\":{\"\"A\"\":\"\"b\"\"}}\"\n",
        "evtxecmd",
        &[
            ("@timestamp", "2026-03-10T02:13:04.123456700Z"),
            ("event.code", "4625"),
            ("event.outcome", "failure"),
            ("event.category", "authentication"),
            ("host.name", "dc1.example.com"),
            ("winlog.record_id", "77"),
            ("winlog.channel", "Security"),
            ("Payload.EventData.A", "b"),
        ],
    );
    let payload = "{\"\"EventData\"\":{\"\"Data\"\":[{\"\"@Name\"\":\"\"TargetUserName\"\",\"\"#text\"\":\"\"bob\"\"},\
                   {\"\"@Name\"\":\"\"IpAddress\"\",\"\"#text\"\":\"\"203.0.113.9\"\"}]}}";
    check(
        &format!(
            "RecordNumber,EventRecordId,TimeCreated,EventId,Level,Provider,Channel,Computer,MapDescription,Payload\n\
             1,77,2026-03-10 02:13:04,4625,LogAlways,Microsoft-Windows-Security-Auditing,Security,dc1,Failed logon,\"{payload}\"\n"
        ),
        "evtxecmd",
        &[
            ("user.name", "bob"),
            ("source.ip", "203.0.113.9"),
            ("event.outcome", "failure"),
            ("event.category", "authentication"),
            ("winlog.event_data.TargetUserName", "bob"),
        ],
    );
    check(
        "EntryNumber,SequenceNumber,InUse,ParentEntryNumber,ParentSequenceNumber,ParentPath,FileName,Extension,FileSize,\
         Created0x10,Created0x30,LastModified0x10\n\
         42,3,True,5,5,.\\Users\\bob,evil.exe,.exe,1024,2026-03-10 02:13:04.1234567,,2026-03-10 02:14:00.0000000\n",
        "mftecmd",
        &[
            ("@timestamp", "2026-03-10T02:13:04.123456700Z"),
            ("file.name", "evil.exe"),
            ("event.category", "file"),
        ],
    );
    check(
        "Note,SourceFilename,SourceCreated,SourceModified,SourceAccessed,ExecutableName,Hash,Size,Version,RunCount,LastRun\n\
         ,C:\\P\\CMD.EXE-1.pf,2026-01-01 00:00:00,2026-01-02 00:00:00,2026-01-02 00:00:00,CMD.EXE,1,2,Windows 10,7,2026-03-10 02:13:04\n",
        "pecmd",
        &[("@timestamp", "2026-03-10T02:13:04Z"), ("process.name", "CMD.EXE"), ("event.category", "process")],
    );
    check(
        "ApplicationName,ProgramId,FileKeyLastWriteTimestamp,SHA1,IsOsComponent,FullPath,Name,FileExtension\n\
         Unassociated,0006,2026-03-10 02:13:04,da39a3ee5e6b4b0d3255bfef95601890afd80709,False,c:\\x\\evil.exe,evil.exe,.exe\n",
        "amcacheparser",
        &[("file.path", "c:\\x\\evil.exe"), ("file.hash.sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709")],
    );
    check(
        "\"Time of Day\",\"Process Name\",\"PID\",\"Operation\",\"Path\",\"Result\",\"Detail\"\n\
         \"2:13:04.1234567 PM\",\"cmd.exe\",\"77\",\"RegSetValue\",\"HKLM\\Run\\x\",\"ACCESS DENIED\",\"Type: REG_SZ\"\n",
        "procmon",
        &[
            ("@timestamp", "null"),
            ("process.name", "cmd.exe"),
            ("event.outcome", "failure"),
            ("event.category", "registry"),
        ],
    );
    check(
        "Time,Entry Location,Entry,Enabled,Category,Profile,Description,Signer,Company,Image Path,Version,Launch String\n\
         20260310-021304,HKLM\\Run,x,enabled,Logon,System-wide,Thing,(Verified) Y,Y,c:\\x.exe,1,c:\\x.exe /q\n",
        "autoruns",
        &[
            ("@timestamp", "2026-03-10T02:13:04Z"),
            ("file.path", "c:\\x.exe"),
            ("process.command_line", "c:\\x.exe /q"),
        ],
    );
}

#[test]
fn windows_events_as_text() {
    let message = "An account failed to log on.\r\n\r\nSubject:\r\n\tAccount Name:\t\t-\r\n\r\nLogon Type:\t\t\t3\r\n\r\n\
                   Account For Which Logon Failed:\r\n\tAccount Name:\t\tbob\r\n\r\nNetwork Information:\r\n\
                   \tSource Network Address:\t203.0.113.9\r\n\tSource Port:\t\t50123";
    check(
        &format!(
            "#TYPE System.Diagnostics.Eventing.Reader.EventLogRecord\r\n\"Message\",\"Id\",\"Version\",\"Level\",\"Task\",\"Keywords\",\
             \"RecordId\",\"ProviderName\",\"LogName\",\"ProcessId\",\"MachineName\",\"TimeCreated\",\"KeywordsDisplayNames\"\r\n\
             \"{message}\",\"4625\",\"0\",\"0\",\"12544\",\"-9218868437227405312\",\"77\",\"Microsoft-Windows-Security-Auditing\",\
             \"Security\",\"712\",\"pc7.example.com\",\"3/13/2026 2:13:04 AM\",\"System.Collections\"\r\n"
        ),
        "get_winevent",
        &[
            ("@timestamp", "2026-03-13T02:13:04Z"),
            ("event.code", "4625"),
            ("user.name", "bob"),
            ("source.ip", "203.0.113.9"),
            ("source.port", "50123"),
            ("winlog.logon.type", "3"),
            ("event.category", "authentication"),
        ],
    );
    check(
        &format!(
            "Keywords,Date and Time,Source,Event ID,Task Category\r\nAudit Failure,3/13/2026 2:13:04 AM,\
             Microsoft-Windows-Security-Auditing,4625,Logon,\"{message}\"\r\n"
        ),
        "event_viewer",
        &[
            ("event.outcome", "failure"),
            ("user.name", "bob"),
            ("event.provider", "Microsoft-Windows-Security-Auditing"),
        ],
    );
}

#[test]
fn timelines() {
    check(
        "Timestamp,RuleTitle,Level,Computer,Channel,EventID,RecordID,Details,ExtraFieldInfo\n\
         2026-03-10 02:13:04.123 +09:00,Logon Failure,low,dc1,Sec,4625,77,TgtUser: EXAMPLE\\bob ¦ SrcIP: 203.0.113.9 ¦ Type: 3 - NETWORK,-\n",
        "hayabusa",
        &[
            ("@timestamp", "2026-03-09T17:13:04.123Z"),
            ("rule.name", "Logon Failure"),
            ("user.name", "bob"),
            ("source.ip", "203.0.113.9"),
            ("winlog.logon.type", "3"),
            ("event.kind", "alert"),
        ],
    );
    check(
        "timestamp,detections,path,Event ID,Record ID,Computer,Event Data\n\
         2026-03-10T02:13:04+00:00,Suspicious thing,x.evtx,1,77,pc7,\"Image: C:\\x.exe\"\n",
        "chainsaw",
        &[("rule.name", "Suspicious thing"), ("event.code", "1"), ("host.name", "pc7")],
    );
    check(
        "message,timestamp,datetime,timestamp_desc,source\n\
         Opened,1773108784000000,2026-03-10T02:13:04.500000+00:00,Access Time,LOG\n",
        "timesketch",
        &[("@timestamp", "2026-03-10T02:13:04.500Z"), ("csv.source", "LOG"), ("event.action", "Access Time")],
    );
    check(
        "date,time,timezone,MACB,source,sourcetype,type,user,host,short,desc,version,filename,inode,notes,format,extra\n\
         03/10/2026,02:13:04,UTC,M...,FILE,OS:mtime,mtime,-,pc7,x,/etc/passwd changed,2,OS:/etc/passwd,17,-,filestat,-\n",
        "plaso",
        &[("@timestamp", "2026-03-10T02:13:04Z"), ("message", "/etc/passwd changed"), ("host.name", "pc7")],
    );
}

#[test]
fn clouds() {
    check(
        "RecordId,CreationDate,RecordType,Operation,UserId,AuditData,AssociatedAdminUnits,AssociatedAdminUnitsNames\n\
         aa,2026-03-10T02:13:04.0000000Z,15,UserLoginFailed,bob@example.com,\
         \"{\"\"ClientIP\"\":\"\"203.0.113.9\"\",\"\"ResultStatus\"\":\"\"Failed\"\"}\",,\n",
        "o365.audit",
        &[
            ("event.action", "UserLoginFailed"),
            ("user.name", "bob@example.com"),
            ("o365.audit.ClientIP", "203.0.113.9"),
        ],
    );
    check(
        "Date (UTC),Request ID,User agent,User ID,User,Username,Application,IP address,Status,Sign-in error code,Failure reason\n\
         2026-03-10T02:13:04Z,r1,Mozilla/5.0,u1,Bob B,bob@example.com,Portal,203.0.113.9,Failure,50126,Invalid username or password\n",
        "azure.signinlogs",
        &[
            ("user.name", "bob@example.com"),
            ("source.ip", "203.0.113.9"),
            ("event.outcome", "failure"),
            ("event.category", "authentication"),
            ("event.code", "50126"),
        ],
    );
    check(
        "eventversion,useridentity,eventtime,eventsource,eventname,awsregion,sourceipaddress,useragent,errorcode\n\
         1.08,\"{type=IAMUser, principalid=A, arn=arn:aws:iam::111122223333:user/bob, accountid=111122223333, username=bob}\",\
         2026-03-10T02:13:04Z,signin.amazonaws.com,ConsoleLogin,us-east-1,203.0.113.9,curl,AccessDenied\n",
        "aws.cloudtrail",
        &[
            ("user.name", "bob"),
            ("cloud.account.id", "111122223333"),
            ("event.outcome", "failure"),
            ("event.action", "ConsoleLogin"),
            ("source.ip", "203.0.113.9"),
        ],
    );
}

#[test]
fn mail() {
    check(
        "\u{feff}#Software: Microsoft Exchange Server\r\n#Fields: date-time,client-ip,server-ip,server-hostname,source,event-id,\
         message-id,recipient-address,message-subject,sender-address\r\n\
         2026-03-10T02:13:04.052Z,203.0.113.9,192.0.2.7,mx,SMTP,RECEIVE,<a@example.com>,ann@example.com,Hello,bob@example.net\r\n\
         #Fields: again\r\n",
        "microsoft_exchange.message_tracking",
        &[
            ("@timestamp", "2026-03-10T02:13:04.052Z"),
            ("event.action", "RECEIVE"),
            ("source.ip", "203.0.113.9"),
            ("email.from.address", "bob@example.net"),
            ("event.category", "email"),
        ],
    );
}

#[test]
fn flows() {
    check(
        "ts,te,td,sa,da,sp,dp,pr,flg,ipkt,ibyt,opkt,obyt\n\
         2026-03-10 02:13:04,2026-03-10 02:13:05,1.0,192.0.2.1,198.51.100.7,50123,443,TCP,...AP...,10,1000,20,2000\n",
        "nfdump",
        &[
            ("@timestamp", "2026-03-10T02:13:04Z"),
            ("source.ip", "192.0.2.1"),
            ("destination.port", "443"),
            ("network.transport", "tcp"),
            ("source.bytes", "1000"),
            ("event.category", "network"),
        ],
    );
    check(
        "            sIP|            dIP|sPort|dPort|pro|   packets|     bytes|   flags|                  sTime|\n\
         \u{20}     192.0.2.1|   198.51.100.7|50123|  443|  6|        10|      1000|    S   |2026/03/10T02:13:04.123|\n",
        "silk",
        &[
            ("@timestamp", "2026-03-10T02:13:04.123Z"),
            ("source.ip", "192.0.2.1"),
            ("network.transport", "tcp"),
        ],
    );
    check(
        "Flow ID, Source IP, Source Port, Destination IP, Destination Port, Protocol, Timestamp, Flow Duration, Label\n\
         x,192.0.2.1,50123,198.51.100.7,443,6,13/03/2026 02:13:04,77,BENIGN\n",
        "cicflowmeter",
        &[("@timestamp", "2026-03-13T02:13:04Z"), ("network.transport", "tcp"), ("source.port", "50123")],
    );
    check(
        "\"No.\",\"Time\",\"Source\",\"Destination\",\"Protocol\",\"Length\",\"Info\"\n\
         \"1\",\"0.000000\",\"192.0.2.1\",\"198.51.100.7\",\"DNS\",\"74\",\"Standard query\"\n",
        "wireshark",
        &[
            ("@timestamp", "null"),
            ("source.ip", "192.0.2.1"),
            ("network.protocol", "dns"),
            ("message", "Standard query"),
        ],
    );
    check(
        "SourceIP,SourcePort,DestinationIP,DestinationPort,Filename,Path,FileSize,FileStreamType,MD5,Timestamp\n\
         192.0.2.1,TCP 80,198.51.100.7,TCP 48304,a.html,D:\\a.html,98 500 B,HttpGetNormal,abdb151dfd5775c05b47c0f4ea1cd3d7,\
         2026-03-10T02:13:04.3990520+00:00\n",
        "networkminer.files",
        &[("source.port", "80"), ("network.transport", "tcp"), ("file.name", "a.html")],
    );
}
