//! What crosses the bridge about cards: the steps of their stories.

use serde::{Deserialize, Serialize};
use timberline_model::{Entity, Severity};
use ts_rs::TS;

wire! {
    /// One step of a story: a card that is told inside another one.
    pub struct CardStep {
        /// The step of an intrusion that it is: `reconnaissance`, `attempt`, `access` and so on.
        stage: String,
        /// The card's id; it can still be asked for.
        card: String,
        /// Its detector.
        detector: String,
        /// The detector's title.
        detector_title: String,
        /// Its sentence.
        title: String,
        /// How bad it is alone.
        severity: Severity,
        /// First evidence.
        first_us: Option<i64>,
        /// Last evidence.
        last_us: Option<i64>,
        /// Whom it is about; untrusted.
        entities: Vec<Entity>,
        /// KQL that gives its evidence.
        query: String,
        /// How many events that are.
        evidence_count: u64,
        /// Numbers of the sources that hold it.
        sources: Vec<u32>,
        /// Why it belongs to what comes before; empty for the first.
        link: String,
    }
}
