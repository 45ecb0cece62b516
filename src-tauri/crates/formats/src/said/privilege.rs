//! Who becomes whom: sudo, su, doas, pkexec and polkit.

use super::shape::{Line, Lines, Told};
use super::{Payload, Said};
use crate::About;
use crate::normalise::text;
use memchr::memchr;
use timberline_model::known;

/// sudo.
pub struct Sudo;

impl Payload for Sudo {
    fn about(&self) -> About {
        About { id: "sudo", title: "sudo", about: "Commands run as another user." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["sudo", "sudo-rs", "sudoedit"]
    }

    fn claims(&self, message: &[u8]) -> bool {
        let head = &message[..message.len().min(256)];
        text::place(head, b" : ").is_some()
            && text::place(head, b" ; PWD=").is_some()
            && text::place(head, b"TTY=").is_some()
    }

    fn read(&self, _: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
        sudo(text, said)
    }
}

/// su.
pub struct Su;

impl Payload for Su {
    fn about(&self) -> About {
        About { id: "su", title: "su", about: "Changes of user." }
    }

    fn programs(&self) -> &'static [&'static str] {
        &["su", "su-l", "runuser"]
    }

    fn read(&self, _: &[u8], text: &[u8], said: &mut Said<'_>) -> bool {
        su(text, said)
    }
}

/// `bob : [complaint ; ]TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/ls -l`
fn sudo(text: &[u8], said: &mut Said<'_>) -> bool {
    let text = text.trim_ascii_start();
    let Some(at) = text::place(text, b" : ") else { return false };
    let (name, rest) = (&text[..at], &text[at + 3..]);
    if rest.starts_with(b"(command continued) ") {
        // The rest of a command too long for one line; what it came to stands in the first.
        said.is("sudo", "process", "sudo_continued");
        said.user(name.trim_ascii());
        return true;
    }
    // The command comes last and may hold anything, the separator too.
    let command = text::place(rest, b"COMMAND=");
    let (head, command) = command.map_or((rest, None), |at| (&rest[..at], Some(&rest[at + 8..])));
    if command.is_none() && text::place(head, b"TTY=").is_none() {
        return false;
    }
    said.is("sudo", "authentication", "sudo");
    said.user(name.trim_ascii());
    let mut complaint = b"".as_slice();
    for part in split(head) {
        if let Some(v) = part.strip_prefix(b"TTY=") {
            said.maybe(said.names.tty, v);
        } else if let Some(v) = part.strip_prefix(b"PWD=") {
            said.fields.bytes(known::PROCESS_WORKING_DIRECTORY, v);
        } else if let Some(v) = part.strip_prefix(b"USER=") {
            said.fields.bytes(known::USER_EFFECTIVE_NAME, v);
        } else if let Some(v) = part.strip_prefix(b"GROUP=") {
            said.fields.bytes(known::GROUP_NAME, v);
        } else if let Some(v) = part.strip_prefix(b"TSID=") {
            said.set("sudo.session", v);
        } else if let Some(v) = part.strip_prefix(b"ENV=") {
            said.set("sudo.env", v);
        } else if let Some(v) = part.strip_prefix(b"HOST=") {
            said.set("sudo.host", v);
        } else if complaint.is_empty() && !part.is_empty() && memchr(b'=', part).is_none() {
            complaint = part;
        }
    }
    said.outcome(complaint.is_empty());
    if !complaint.is_empty() {
        said.fields.bytes(known::EVENT_REASON, complaint);
    }
    if let Some(command) = command {
        said.fields.bytes(known::PROCESS_COMMAND_LINE, command);
        let end = memchr(b' ', command).unwrap_or(command.len());
        said.fields.bytes(known::PROCESS_EXECUTABLE, &command[..end]);
    }
    true
}

fn split(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match text::place(text, b" ; ") {
            Some(at) => {
                rest = Some(&text[at + 3..]);
                Some(text[..at].trim_ascii())
            }
            None => {
                rest = None;
                Some(text.trim_ascii())
            }
        }
    })
}

/// shadow, util-linux, BSD, AIX and Solaris each say it in their own way.
static SU_LINES: Lines = Lines::new(&[
    Line::login("su", "(to {as}) {user} on {process.tty?}"),
    Line::failed("su", "FAILED SU (to {as}) {user} on {process.tty?}"),
    Line::failed("su", "FAILED su for {as} by {user}"),
    Line::login("su", "Successful su for {as} by {user}"),
    Line::login("su", "+ {process.tty?} {user}:{as}"),
    Line::failed("su", "- {process.tty?} {user}:{as}"),
    Line::failed("su", "BAD SU from {user} to {as} at {process.tty?}"),
    Line::login("su", "from {user} to {as} at {process.tty?}"),
    Line::failed("su", "BAD SU {user} to {as} on {process.tty?}"),
    Line::failed("su", "BAD SU {user} to {as}{*}"),
    Line::failed("su", "'su {as}' failed for {user} on {process.tty?}"),
    Line::login("su", "'su {as}' succeeded for {user} on {process.tty?}"),
    Line::login("su", "{user} to {as} on {process.tty?}"),
]);

fn su(text: &[u8], said: &mut Said<'_>) -> bool {
    SU_LINES.read("su", text, said)
}

/// OpenBSD's doas and its ports.
pub const DOAS: Told = Told {
    about: About { id: "doas", title: "doas", about: "Commands run as another user." },
    programs: &["doas", "opendoas"],
    lines: &DOAS_LINES,
    claims: super::shape::by_name_only,
};

static DOAS_LINES: Lines = Lines::new(&[
    Line::login("doas", "{user} ran command {process.command_line} as {as} from {process.working_directory}"),
    Line::login("doas", "{user} ran command {process.command_line} as {as}"),
    Line::login("doas", "{user} ran command as {as}: {process.command_line}"),
    Line::failed("doas", "failed auth for {user}"),
    Line::failed("doas", "failed command for {user}: {process.command_line}")
        .because("command not permitted"),
    Line::failed("doas", "command not permitted for {user}: {process.command_line}")
        .because("command not permitted"),
    Line::failed("doas", "{user} tried to run {process.command_line}"),
]);

/// polkit's agents and pkexec.
pub const POLKIT: Told = Told {
    about: About { id: "polkit", title: "polkit", about: "Privileges asked for, given and refused; pkexec." },
    programs: &["pkexec", "polkitd", "polkit-agent-helper-1", "polkit"],
    lines: &POLKIT_LINES,
    claims: super::shape::by_name_only,
};

static POLKIT_LINES: Lines = Lines::new(&[
    Line::login(
        "pkexec",
        "{user}: Executing command [USER={as}] [TTY={process.tty}] [CWD={process.working_directory}] [COMMAND={process.command_line}]",
    ),
    Line::failed(
        "pkexec",
        "{user}: {reason} [USER={as}] [TTY={process.tty}] [CWD={process.working_directory}] [COMMAND={process.command_line}]",
    ),
    Line::login(
        "polkit_authorized",
        "Operator of {*} successfully authenticated as unix-user:{as} to gain {*} authorization for action {polkit.action?} for {*} (owned by unix-user:{user})",
    ),
    Line::failed(
        "polkit_refused",
        "Operator of {*} FAILED to authenticate to gain authorization for action {polkit.action?} for {*} (owned by unix-user:{user})",
    ),
    Line::new("session", "polkit_agent", "Registered Authentication Agent for {*}"),
    Line::new("session", "polkit_agent", "Unregistered Authentication Agent for {*}"),
]);
