//! Rows whose header is lost: the columns that products write when nobody changes them, known by their number and by what
//! stands in them.

use super::columns::Product;
use super::rows::Cells;
use crate::coded::web::request::is_address;
use crate::normalise::entities::whole;

/// Product and columns.
const LAYOUTS: &[(&str, &str)] = &[
    // IIS 7 and later.
    (
        "iis",
        "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken",
    ),
    // IIS 6 and 7.0.
    (
        "iis",
        "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken",
    ),
    (
        "iis",
        "date time s-sitename s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status",
    ),
    // With bytes; with every column; with every column and a forwarded address.
    (
        "iis",
        "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken",
    ),
    (
        "iis",
        "date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken",
    ),
    (
        "iis",
        "date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken x-forwarded-for",
    ),
    (
        "iis",
        "date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status time-taken",
    ),
    (
        "iis",
        "date time s-sitename cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken",
    ),
    // HTTP.sys, older and newer.
    (
        "httperr",
        "date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename",
    ),
    (
        "httperr",
        "date time c-ip c-port s-ip s-port cs-version cs-method cs-uri streamid sc-status s-siteid s-reason s-queuename",
    ),
    // CloudFront.
    (
        "cloudfront",
        "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end",
    ),
    (
        "cloudfront",
        "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields",
    ),
    // Exchange: POP and IMAP, SMTP.
    (
        "exchange",
        "dateTime,sessionId,seqNumber,sIp,cIp,user,duration,rqsize,rpsize,command,parameters,context,puid",
    ),
    (
        "exchange",
        "date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context",
    ),
    (
        "exchange",
        "dateTime,sessionId,seqNumber,sIp,cIp,user,duration,rqsize,rpsize,command,parameters,context",
    ),
];

/// The layout that a row fits.
pub fn fitting(cells: &Cells<'_>) -> Option<usize> {
    LAYOUTS.iter().position(|(_, names)| {
        let delimiter = if names.contains(',') { ',' } else { ' ' };
        names.split(delimiter).count() == cells.len()
            && names.split(delimiter).enumerate().all(|(n, name)| fits(name, cells.raw(n)))
    })
}

/// Names and product of a layout.
pub fn columns(at: usize) -> (&'static str, Product) {
    let (product, names) = LAYOUTS[at];
    (names, Product::named(product))
}

/// Whether a cell may stand in a column.
fn fits(name: &str, cell: &[u8]) -> bool {
    let dash = cell == b"-";
    let number = whole(cell).is_some();
    match name {
        "date" => cell.len() == 10 && cell[4] == b'-' && cell[7] == b'-',
        "time" => cell.len() >= 8 && cell[2] == b':' && cell[5] == b':',
        "dateTime" | "date-time" => cell.len() >= 19 && cell[4] == b'-' && cell[10] == b'T',
        "c-ip" | "s-ip" => dash || is_address(cell) || cell.contains(&b'%'),
        "sIp" | "cIp" | "local-endpoint" | "remote-endpoint" => is_address(cell) || cell.is_empty(),
        "s-port" | "c-port" | "sc-bytes" | "cs-bytes" | "seqNumber" | "sequence-number" | "rqsize"
        | "rpsize" => dash || number,
        "sc-status" => dash || cell.len() == 3 && number,
        "sc-substatus" | "sc-win32-status" => dash || number,
        "cs-method" => dash || cell.first().is_some_and(u8::is_ascii_alphabetic),
        "cs-version" | "cs-protocol-version" => dash || cell.starts_with(b"HTTP/"),
        "time-taken" => dash || cell.iter().all(|c| c.is_ascii_digit() || *c == b'.'),
        "event" => cell.len() == 1 && matches!(cell[0], b'+' | b'-' | b'<' | b'>' | b'*'),
        _ => true,
    }
}
