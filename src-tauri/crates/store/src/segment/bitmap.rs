//! A set of rows of one segment.

/// A set of rows, one bit a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bitmap {
    words: Vec<u64>,
    len: usize,
}

impl Bitmap {
    /// No rows of `len`.
    pub(crate) fn none(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    /// All rows of `len`.
    pub(crate) fn all(len: usize) -> Self {
        let mut all = Self { words: vec![u64::MAX; len.div_ceil(64)], len };
        all.trim();
        all
    }

    /// The rows for which `holds`.
    pub(crate) fn of(len: usize, mut holds: impl FnMut(usize) -> bool) -> Self {
        let mut words = Vec::with_capacity(len.div_ceil(64));
        for from in (0..len).step_by(64) {
            let mut word = 0u64;
            for bit in 0..(len - from).min(64) {
                word |= u64::from(holds(from + bit)) << bit;
            }
            words.push(word);
        }
        Self { words, len }
    }

    /// From words as they were written; bits beyond `len` are dropped.
    pub(crate) fn from_words(words: Vec<u64>, len: usize) -> Self {
        let mut made = Self { words, len };
        made.words.resize(len.div_ceil(64), 0);
        made.trim();
        made
    }

    fn trim(&mut self) {
        let over = self.len % 64;
        if over != 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << over) - 1;
        }
    }

    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn has(&self, row: usize) -> bool {
        self.words.get(row / 64).is_some_and(|w| w >> (row % 64) & 1 == 1)
    }

    pub(crate) fn set(&mut self, row: usize) {
        if row < self.len {
            self.words[row / 64] |= 1 << (row % 64);
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.words.iter().map(|w| w.count_ones() as usize).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|w| *w == 0)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.count() == self.len
    }

    /// Keeps the rows that are in both.
    pub(crate) fn keep(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= b);
    }

    /// Adds the rows of the other.
    pub(crate) fn add(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a |= b);
    }

    /// Takes the rows of the other away.
    pub(crate) fn take(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= !b);
    }

    /// The rows, ascending.
    pub(crate) fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(n, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                if left == 0 {
                    return None;
                }
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                Some(n * 64 + bit)
            })
        })
    }

    /// Calls `see` for each row, ascending; faster than [`Bitmap::rows`] where most rows are in.
    pub(crate) fn each(&self, mut see: impl FnMut(usize)) {
        for (n, word) in self.words.iter().enumerate() {
            let from = n * 64;
            if *word == u64::MAX {
                (from..from + 64).for_each(&mut see);
                continue;
            }
            let mut left = *word;
            while left != 0 {
                see(from + left.trailing_zeros() as usize);
                left &= left - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_rows_behaves_like_one() {
        for len in [0, 1, 63, 64, 65, 200] {
            let odd = Bitmap::of(len, |r| r % 2 == 1);
            let third = Bitmap::of(len, |r| r % 3 == 0);
            let mut both = odd.clone();
            both.keep(&third);
            assert_eq!(
                both.rows().collect::<Vec<_>>(),
                (0..len).filter(|r| r % 2 == 1 && r % 3 == 0).collect::<Vec<_>>()
            );
            let mut rest = Bitmap::all(len);
            rest.take(&odd);
            assert_eq!(rest.count(), len.div_ceil(2));
            rest.add(&odd);
            assert!(rest.is_full() && rest == Bitmap::all(len));
            let mut seen = Vec::new();
            third.each(|r| seen.push(r));
            assert_eq!(seen, third.rows().collect::<Vec<_>>());
        }
    }
}
