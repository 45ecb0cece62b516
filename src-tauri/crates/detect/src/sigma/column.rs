//! The tests of all rules on one column, decided together: every text that a test must find stands in one automaton, so
//! that an entry of the column's dictionary is read once however many rules ask about it.

use super::bits::Bits;
use super::pattern::Test;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use rustc_hash::FxHashMap;
use timberline_model::BatchColumn;

/// A test's number within its column.
pub type TestId = u32;

/// The tests of one column.
#[derive(Default)]
pub struct ColumnTests {
    tests: Vec<Test>,
    by_text: FxHashMap<String, TestId>,
    /// Built once all tests are known.
    finder: Option<Finder>,
}

struct Finder {
    automaton: AhoCorasick,
    /// For each pattern of the automaton the tests that need it.
    needs: Vec<Vec<TestId>>,
    /// Tests that need no text in particular.
    free: Vec<TestId>,
}

impl ColumnTests {
    /// The number of a test, the same for the same test.
    pub fn add(&mut self, test: &Test) -> TestId {
        let key = format!("{test:?}");
        if let Some(id) = self.by_text.get(&key) {
            return *id;
        }
        let id = self.tests.len() as TestId;
        self.tests.push(test.clone());
        self.by_text.insert(key, id);
        id
    }

    /// Makes the automaton.
    ///
    /// # Errors
    /// When there are more texts than it can hold.
    pub fn ready(&mut self) -> Result<(), String> {
        let (mut texts, mut needs, mut free): (Vec<String>, Vec<Vec<TestId>>, Vec<TestId>) =
            Default::default();
        let mut place: FxHashMap<String, usize> = FxHashMap::default();
        for (id, test) in self.tests.iter().enumerate() {
            let literal = match test {
                Test::Wild(wild) => wild.literal(),
                _ => None,
            };
            match literal {
                Some(text) => {
                    let at = *place.entry(text.clone()).or_insert_with(|| {
                        texts.push(text);
                        needs.push(Vec::new());
                        needs.len() - 1
                    });
                    needs[at].push(id as TestId);
                }
                None => free.push(id as TestId),
            }
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&texts)
            .map_err(|why| why.to_string())?;
        self.finder = Some(Finder { automaton, needs, free });
        self.by_text = FxHashMap::default();
        Ok(())
    }

    /// For each test the entries of the dictionary that pass it; tests that none passes are left out. `free` tests are
    /// not decided here but when a rule asks ([`Decided::passing`]).
    fn entries(&self, dict: &[Box<str>]) -> FxHashMap<TestId, Vec<u32>> {
        let mut found: FxHashMap<TestId, Vec<u32>> = FxHashMap::default();
        let Some(finder) = &self.finder else { return found };
        if finder.needs.is_empty() {
            return found;
        }
        let mut seen = vec![u32::MAX; finder.needs.len()];
        for (entry, text) in dict.iter().enumerate() {
            for hit in finder.automaton.find_overlapping_iter(&**text) {
                let pattern = hit.pattern().as_usize();
                if std::mem::replace(&mut seen[pattern], entry as u32) == entry as u32 {
                    continue;
                }
                for id in &finder.needs[pattern] {
                    if self.tests[*id as usize].passes(text) {
                        found.entry(*id).or_default().push(entry as u32);
                    }
                }
            }
        }
        found
    }

    fn is_free(&self, id: TestId) -> bool {
        self.finder.as_ref().is_none_or(|f| f.free.binary_search(&id).is_ok())
    }
}

/// One column of one batch, with what its tests came to.
pub struct Decided<'b> {
    column: &'b BatchColumn,
    tests: &'b ColumnTests,
    entries: Option<FxHashMap<TestId, Vec<u32>>>,
    rows: usize,
}

impl<'b> Decided<'b> {
    /// Of a batch of so many rows.
    #[must_use]
    pub fn new(column: &'b BatchColumn, tests: &'b ColumnTests, rows: usize) -> Self {
        Self { column, tests, entries: None, rows }
    }

    /// Rows that have a value.
    #[must_use]
    pub fn present(&self) -> Bits {
        let mut bits = Bits::none(self.rows);
        match self.column {
            BatchColumn::Missing => {}
            BatchColumn::Text { codes, .. } => {
                codes
                    .iter()
                    .enumerate()
                    .filter(|(_, c)| **c != BatchColumn::NONE)
                    .for_each(|(r, _)| bits.set(r));
            }
            BatchColumn::Int(values) => {
                values.iter().enumerate().filter(|(_, v)| v.is_some()).for_each(|(r, _)| bits.set(r));
            }
            BatchColumn::Float(values) => {
                values.iter().enumerate().filter(|(_, v)| v.is_some()).for_each(|(r, _)| bits.set(r));
            }
        }
        bits
    }

    /// Rows whose value passes a test.
    pub fn passing(&mut self, id: TestId, out: &mut Bits) {
        let test = &self.tests.tests[id as usize];
        match self.column {
            BatchColumn::Missing => {}
            BatchColumn::Text { dict, codes } => {
                let fresh;
                let entries: &[u32] = if self.tests.is_free(id) {
                    let all = dict.iter().enumerate().filter(|(_, t)| test.passes(t)).map(|(e, _)| e as u32);
                    fresh = all.collect::<Vec<_>>();
                    &fresh
                } else {
                    let tests = self.tests;
                    let decided = self.entries.get_or_insert_with(|| tests.entries(dict));
                    decided.get(&id).map_or(&[], Vec::as_slice)
                };
                match entries {
                    [] => {}
                    [one] => {
                        codes.iter().enumerate().filter(|(_, c)| *c == one).for_each(|(r, _)| out.set(r))
                    }
                    many => {
                        let mut good = vec![false; dict.len()];
                        many.iter().for_each(|e| good[*e as usize] = true);
                        let passes = |c: &u32| good.get(*c as usize).copied().unwrap_or(false);
                        codes.iter().enumerate().filter(|(_, c)| passes(c)).for_each(|(r, _)| out.set(r));
                    }
                }
            }
            BatchColumn::Int(values) => numbers(values, |n| n.to_string(), test, out),
            BatchColumn::Float(values) => numbers(values, |n: f64| n.to_string(), test, out),
        }
    }
}

/// Numbers as texts; of the same number in a row after another the answer is kept.
fn numbers<N: Copy + PartialEq>(
    values: &[Option<N>],
    show: impl Fn(N) -> String,
    test: &Test,
    out: &mut Bits,
) {
    let mut last: Option<(N, bool)> = None;
    for (row, value) in values.iter().enumerate() {
        let Some(n) = *value else { continue };
        let passes = match last {
            Some((known, passes)) if known == n => passes,
            _ => test.passes(&show(n)),
        };
        last = Some((n, passes));
        if passes {
            out.set(row);
        }
    }
}
