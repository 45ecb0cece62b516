//! Figures about texts.

/// Shannon entropy of the bytes of a text, in bits a byte (0 to 8); 0 of an empty text.
/// Source: Shannon, "A Mathematical Theory of Communication", 1948.
#[must_use]
pub fn entropy(text: &str) -> f64 {
    let mut counts = [0u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let total = text.len() as f64;
    counts.iter().filter(|n| **n > 0).map(|n| f64::from(*n) / total).map(|p| -p * p.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_of_texts() {
        for (text, expect) in [("", 0.0), ("aaaa", 0.0), ("abab", 1.0), ("abcd", 2.0)] {
            assert!((entropy(text) - expect).abs() < 1e-9, "{text}");
        }
    }
}
