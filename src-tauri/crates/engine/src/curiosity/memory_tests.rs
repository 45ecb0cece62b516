//! Tests of the memory.

use super::*;

fn kind() -> Kind {
    Kind::new("ssh", "auth_bruteforce", "login_patterns")
}

fn of(counts: &[(Outcome, u32)]) -> Memory {
    let mut memory = Memory::default();
    for (outcome, n) in counts {
        for _ in 0..*n {
            memory.credit(&kind(), *outcome, false);
        }
    }
    memory
}

#[test]
fn what_paid_off_is_expected_more_and_what_was_dismissed_less_but_never_nothing() {
    use Outcome::{Confirmed, Dismissed, Shown, Taken};
    let new = Memory::default().expect(&kind());
    assert_eq!(new.mean, kind().prior());
    assert_eq!(new.bonus, BONUS);
    let paid = of(&[(Shown, 4), (Taken, 4), (Confirmed, 3)]).expect(&kind());
    // (4 * 0.4 + 3) / (4 + 3 + 0.5)
    assert!((paid.mean - 4.6 / 7.5).abs() < 1e-9, "{paid:?}");
    assert_eq!(paid.told, "similar prompts led to a confirmed card 3 of 4 times");
    let dull = of(&[(Shown, 200), (Dismissed, 200)]).expect(&kind());
    assert!(dull.mean > 0.0 && dull.mean < 0.02, "{dull:?}");
    assert!(dull.bonus < paid.bonus && paid.bonus < new.bonus);
    assert!(dull.told.contains("200 of 200"));
}

#[test]
fn a_question_that_paid_off_elsewhere_is_expected_a_little_more_here() {
    let memory = of(&[(Outcome::Taken, 50), (Outcome::Confirmed, 50)]);
    let here = Kind::new("windows", "auth_spray", "login_patterns");
    let other = Kind::new("windows", "auth_spray", "top");
    assert!(memory.expect(&here).mean > here.prior() + 0.1);
    assert!(memory.expect(&here).mean < memory.expect(&kind()).mean);
    assert_eq!(memory.expect(&other).mean, other.prior());
}

#[test]
fn counts_can_be_taken_back() {
    let mut memory = of(&[(Outcome::Taken, 1)]);
    memory.credit(&kind(), Outcome::Confirmed, false);
    memory.credit(&kind(), Outcome::Confirmed, true);
    memory.credit(&kind(), Outcome::Taken, true);
    memory.credit(&kind(), Outcome::Taken, true);
    assert!(memory.is_empty(), "nothing is left of it");
}

#[test]
fn it_comes_back_from_its_file_and_a_colleagues_is_weighed() {
    let dir = tempfile::tempdir().unwrap();
    let mut memory = of(&[(Outcome::Shown, 8), (Outcome::Taken, 4), (Outcome::Confirmed, 3)]);
    memory.save(dir.path()).unwrap();
    let text = std::fs::read_to_string(dir.path().join(FILE)).unwrap();
    assert!(
        text.contains("\"ssh/auth_bruteforce/login_patterns\"") && text.contains("\"confirmed\": 3"),
        "{text}"
    );
    let mut back = Memory::load(dir.path());
    assert_eq!(back.expect(&kind()), memory.expect(&kind()));
    assert_eq!(back.problem(), None);
    let (kinds, left_out) = back.import(&dir.path().join(FILE), 0.5).unwrap();
    assert_eq!((kinds, left_out), (1, 0));
    let entry = &back.entries()[0];
    assert_eq!((entry.counts.shown, entry.counts.taken, entry.counts.confirmed), (12, 6, 5));
    assert_eq!(back.import(&dir.path().join(FILE), 2.0).unwrap_err().code, "usage");
}

#[test]
fn a_file_that_is_broken_is_put_aside_and_said() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(FILE), "{ \"version\": 1, \"kinds\": { \"ssh").unwrap();
    let mut memory = Memory::load(dir.path());
    assert!(memory.is_empty() && memory.problem().unwrap().contains("put aside"), "{memory:?}");
    assert!(!dir.path().join(FILE).exists());
    assert!(dir.path().join("prompt-memory.json.unreadable").exists());
    memory.save(dir.path()).unwrap();
    assert_eq!(Memory::load(dir.path()).problem(), None);
}

#[test]
fn a_value_of_a_log_in_a_colleagues_file_does_not_come_in() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("theirs.json");
    let file = r#"{"version":1,"kinds":{"ssh/svc-backup/10.0.0.1":{"taken":3},"ssh/other/top":{"taken":4294967295}}}"#;
    std::fs::write(&path, file).unwrap();
    let mut memory = Memory::default();
    assert_eq!(memory.import(&path, 1.0).unwrap(), (1, 1));
    assert_eq!(memory.entries()[0].counts.taken, COUNT_MAX);
}
