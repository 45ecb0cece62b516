//! Nothing leaves: the command line does everything it does in a network namespace that has no network, and a trace of its
//! system calls shows no socket to anywhere. Says so where the machine does not let it be tried.

use crate::logs::Desk;
use std::process::{Command, Output};

/// What a person does with a case that was never allowed to leave.
fn steps(desk: &Desk) -> Vec<Vec<String>> {
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/incidents/ssh-break-in");
    let case = desk.case().display().to_string();
    let steps: &[&[&str]] = &[
        &["import", &case, log],
        &["cards", &case],
        &["prompts", &case],
        &["ask", &case, "which users had the most failed logins?"],
        &["top", &case, "source.ip"],
        &["timeline", &case],
        &["audit", &case],
        &["audit", &case, "verify"],
        &["audit", &case, "preview", "http://127.0.0.1:8080", "what did root do"],
    ];
    steps.iter().map(|step| step.iter().map(|word| (*word).to_owned()).collect()).collect()
}

fn run(program: &str, before: &[&str], desk: &Desk, step: &[String]) -> Output {
    let mut command = Command::new(program);
    command.args(before).arg(env!("CARGO_BIN_EXE_timberline")).args(step);
    // A proxy in the environment must not matter.
    command.env("TIMBERLINE_DATA", desk.path("data")).env("HTTPS_PROXY", "http://192.0.2.1:3128");
    command.env("HTTP_PROXY", "http://192.0.2.1:3128").env("ALL_PROXY", "socks5://192.0.2.1:1080");
    command.output().unwrap()
}

fn is_there(program: &str, args: &[&str]) -> bool {
    Command::new(program).args(args).output().is_ok_and(|out| out.status.success())
}

#[test]
fn everything_works_without_a_network() {
    if !is_there("unshare", &["-rn", "true"]) {
        println!("skipped: this machine gives no network namespaces (unshare -rn)");
        return;
    }
    let desk = Desk::new();
    for step in steps(&desk) {
        let out = run("unshare", &["-rn"], &desk, &step);
        assert!(out.status.success(), "{step:?}: {}", String::from_utf8_lossy(&out.stderr));
    }
}

#[test]
fn nothing_tries_to_connect_anywhere() {
    if !is_there("strace", &["-f", "-e", "trace=network", "true"]) {
        println!("skipped: system calls cannot be traced here (strace)");
        return;
    }
    let desk = Desk::new();
    let trace = desk.path("trace").display().to_string();
    let traced = ["-f", "-qq", "-e", "trace=network", "-o", &trace];
    let attempts = |step: &[String]| -> Vec<String> {
        let out = run("strace", &traced, &desk, step);
        assert!(out.status.success(), "{step:?}: {}", String::from_utf8_lossy(&out.stderr));
        let text = std::fs::read_to_string(&trace).unwrap();
        text.lines().filter(|line| line.contains("AF_INET")).map(str::to_owned).collect()
    };
    for step in steps(&desk) {
        assert_eq!(attempts(&step), Vec::<String>::new(), "{step:?}");
    }
    // The eye is open: a connection to this very machine is seen.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let probe = format!("exec 3<>/dev/tcp/127.0.0.1/{port}");
    let seen = Command::new("strace").args(traced).args(["bash", "-c", &probe]).output().unwrap();
    assert!(seen.status.success());
    assert!(std::fs::read_to_string(&trace).unwrap().contains("AF_INET"), "strace sees no connection at all");
}
