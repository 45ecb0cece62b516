//! What names and folders of programs say: where a program lies, whether it is a shell, who starts shells that should not.

/// Where a program lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Not said.
    Unknown,
    /// The system's own folders.
    System,
    /// Where programs are installed.
    Installed,
    /// A user's folders.
    User,
    /// Folders that anyone can write to: temporary ones, downloads, public ones, a web server's.
    Writable,
    /// Elsewhere.
    Elsewhere,
}

const WRITABLE: [&str; 15] = [
    "\\temp\\",
    "\\tmp\\",
    "\\users\\public\\",
    "\\downloads\\",
    "\\$recycle.bin\\",
    "\\perflogs\\",
    "\\windows\\tasks\\",
    "\\windows\\debug\\",
    "\\programdata\\",
    "/tmp/",
    "/var/tmp/",
    "/dev/shm/",
    "/run/user/",
    "/var/www/",
    "/downloads/",
];
const INSTALLED: [&str; 10] = [
    "\\program files",
    "\\appdata\\local\\microsoft\\",
    "\\appdata\\local\\programs\\",
    "\\programdata\\microsoft\\",
    "\\programdata\\package cache\\",
    "\\programdata\\chocolatey\\",
    "/opt/",
    "/usr/local/",
    "/snap/",
    "/applications/",
];
const SYSTEM: [&str; 9] = [
    "\\windows\\",
    "\\systemroot\\",
    "/usr/",
    "/bin/",
    "/sbin/",
    "/lib/",
    "/lib64/",
    "/system/",
    "/nix/store/",
];
const USER: [&str; 4] = ["\\users\\", "\\documents and settings\\", "/home/", "/root/"];

/// Where a path lies.
#[must_use]
pub fn place_of(path: &str) -> Place {
    let lower = path.to_ascii_lowercase();
    let rooted = lower.starts_with('/');
    let has = |list: &[&str]| {
        list.iter()
            .any(|p| if rooted && p.starts_with('/') { lower.starts_with(p) } else { lower.contains(p) })
    };
    match () {
        () if !lower.contains(['/', '\\']) => Place::Unknown,
        () if has(&INSTALLED) => Place::Installed,
        () if has(&WRITABLE) || rooted && lower.contains("/downloads/") => Place::Writable,
        () if has(&SYSTEM) => Place::System,
        () if has(&USER) => Place::User,
        () => Place::Elsewhere,
    }
}

/// The file's name in lower case, without its folder.
#[must_use]
pub fn base_of(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase()
}

/// What kind of program a parent is, where that makes its children telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parent {
    /// Nothing special.
    Other,
    /// A service.
    Service,
    /// A browser or a mail program.
    Browser,
    /// Office, a reader of documents.
    Office,
    /// A web or application server, a database.
    Server,
}

impl Parent {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Other => "another program",
            Self::Service => "a service",
            Self::Browser => "a browser or mail program",
            Self::Office => "a program for documents",
            Self::Server => "a server",
        }
    }
}

/// The kind of a parent, by its file's name.
#[must_use]
pub fn parent_of(name: &str) -> Parent {
    let lower = base_of(name);
    let stem = lower.strip_suffix(".exe").unwrap_or(&lower);
    match stem {
        "winword" | "excel" | "powerpnt" | "outlook" | "msaccess" | "mspub" | "visio" | "onenote"
        | "eqnedt32" | "acrord32" | "acrobat" | "foxitreader" | "soffice.bin" | "wordpad" => Parent::Office,
        "chrome" | "firefox" | "msedge" | "iexplore" | "opera" | "brave" | "thunderbird" | "safari" => {
            Parent::Browser
        }
        "w3wp" | "httpd" | "apache2" | "nginx" | "php-fpm" | "php-cgi" | "tomcat" | "tomcat7" | "tomcat8"
        | "tomcat9" | "sqlservr" | "mysqld" | "postgres" | "oracle" | "lighttpd" | "caddy"
        | "umworkerprocess" | "ws_tomcatservice" | "gunicorn" | "uwsgi" | "jboss" | "weblogic" => {
            Parent::Server
        }
        _ if stem.starts_with("php-fpm") || stem.starts_with("tomcat") => Parent::Server,
        "services" | "wmiprvse" | "wsmprovhost" | "mmc" | "spoolsv" | "psexesvc" => Parent::Service,
        _ => Parent::Other,
    }
}

/// Whether a program is a shell, an interpreter, or one of the system's own tools that run others' code.
#[must_use]
pub fn is_shell(name: &str) -> bool {
    let lower = base_of(name);
    let stem = lower.strip_suffix(".exe").unwrap_or(&lower);
    matches!(
        stem,
        "cmd"
            | "powershell"
            | "pwsh"
            | "wscript"
            | "cscript"
            | "mshta"
            | "rundll32"
            | "regsvr32"
            | "certutil"
            | "bitsadmin"
            | "sh"
            | "bash"
            | "dash"
            | "zsh"
            | "ksh"
            | "ash"
            | "nc"
            | "ncat"
            | "netcat"
            | "curl"
            | "wget"
            | "whoami"
            | "python"
            | "python2"
            | "python3"
            | "perl"
            | "ruby"
            | "socat"
    )
}

/// Whether a program puts others in place, or is put in place by one: what it starts is new by its nature.
#[must_use]
pub fn is_installer(name: &str) -> bool {
    let lower = base_of(name);
    [
        "setup",
        "install",
        "update",
        "upgrade",
        "msiexec",
        "dpkg",
        "tiworker",
        "trustedinstaller",
        "mpsigstub",
        "dismhost",
        "wusa",
        "vcredist",
    ]
    .iter()
    .any(|w| lower.contains(w))
        || matches!(
            lower.as_str(),
            "apt" | "apt-get" | "yum" | "dnf" | "rpm" | "snapd" | "choco.exe" | "winget.exe" | "brew"
        )
}

/// Programs of Windows that lie in its own folder and nowhere else. Source: SANS, "Hunt evil" (the usual system processes).
#[must_use]
pub fn is_core(name: &str) -> bool {
    matches!(
        base_of(name).as_str(),
        "svchost.exe"
            | "lsass.exe"
            | "csrss.exe"
            | "winlogon.exe"
            | "services.exe"
            | "smss.exe"
            | "wininit.exe"
            | "explorer.exe"
            | "spoolsv.exe"
            | "taskhostw.exe"
            | "lsaiso.exe"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_known() {
        for (path, expect) in [
            (r"C:\Windows\System32\cmd.exe", Place::System),
            (r"C:\Windows\Temp\a.exe", Place::Writable),
            (r"C:\Users\anna\AppData\Local\Temp\x.exe", Place::Writable),
            (r"C:\Users\anna\AppData\Local\Microsoft\Teams\Teams.exe", Place::Installed),
            (r"C:\Users\anna\Desktop\Rubeus.exe", Place::User),
            (r"C:\ProgramData\Microsoft\Windows Defender\MsMpEng.exe", Place::Installed),
            ("/usr/bin/sh", Place::System),
            ("/tmp/.x/miner", Place::Writable),
            ("/var/www/html/shell", Place::Writable),
            ("/home/anna/bin/tool", Place::User),
            ("sh", Place::Unknown),
            (r"D:\tools\a.exe", Place::Elsewhere),
        ] {
            assert_eq!(place_of(path), expect, "{path}");
        }
        assert_eq!(parent_of(r"C:\Program Files\Microsoft Office\WINWORD.EXE"), Parent::Office);
        assert_eq!(parent_of("php-fpm8.2"), Parent::Server);
        assert!(is_shell("PowerShell.exe") && is_shell("/bin/dash") && !is_shell("notepad.exe"));
        assert!(is_installer("GoogleUpdateSetup.exe") && !is_installer("cmd.exe"));
    }
}
