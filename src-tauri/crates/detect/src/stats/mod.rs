//! Pure maths over numbers: no events, no thresholds, no words. Each function gives its formula's source.

pub mod beacon;
pub mod robust;
pub mod spacing;
pub mod text;
pub mod window;

pub use robust::{Baseline, mad, median, quantile, robust_z};
pub use spacing::{Spacing, spacing};
pub use text::entropy;
pub use window::{Peak, peak};
