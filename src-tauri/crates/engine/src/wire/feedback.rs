//! What crosses the bridge about verdicts: giving one, what it does, the list of all, taking them back, and what was learned.

use super::CardRef;
use serde::{Deserialize, Serialize};
use timberline_model::Status;
use ts_rs::TS;

wire! {
    /// A verdict.
    pub struct FeedbackAsk {
        /// The card.
        card: String,
        /// `confirm`, `false_positive`, `mute` or `reset`.
        verdict: String,
        /// Why.
        #[serde(default)] reason: String,
        /// For which cards `false_positive` and `mute` hold: `value`, `value=X`, `subnet=CIDR`, `host=NAME`, `user=NAME`,
        /// `detector`, with commas between those that must all hold; only this card where absent. Within the card's detector
        /// unless only host, user or subnet is named.
        #[serde(default)] #[ts(optional)] scope: Option<String>,
        /// Until when: `12h`, `90d`, `6w`, the day `2026-12-31`, a time of RFC 3339; without end where absent.
        #[serde(default)] #[ts(optional)] expires: Option<String>,
        /// Say what would happen, and change nothing.
        #[serde(default)] preview: bool,
    }

    /// What a verdict does.
    pub struct FeedbackEffect {
        /// The card.
        card: String,
        /// The status it had.
        before: Status,
        /// The status it has (would have).
        after: Status,
        /// Cards that leave the list.
        hides_cards: u32,
        /// Events whose card leaves the list; they stay in the case and searchable.
        hides_events: u64,
        /// The cards that leave the list, at most 50.
        hides: Vec<CardRef>,
        /// The cards that come back into the list, at most 50.
        brings_back: Vec<CardRef>,
        /// The cards whose score it moves, because they are of a kind with this one, at most 50.
        moves: Vec<CardMove>,
        /// For which cards it holds, in words; empty for the card alone without expiry.
        scope: String,
        /// Until when it holds.
        expires_us: Option<i64>,
        /// In words.
        effect: String,
        /// Whether it was only a preview.
        preview: bool,
    }

    /// A card whose score is moved.
    pub struct CardMove {
        /// The card.
        card: CardRef,
        /// The score it had.
        from: f64,
        /// The score it has (would have).
        to: f64,
    }

    /// Looking deeper at a card, or taking back what that added.
    pub struct DeeperAsk {
        /// The card.
        card: String,
        /// Take away what was found.
        #[serde(default)] undo: bool,
    }

    /// Something that was found by looking deeper.
    pub struct DeeperRow {
        /// `seen` (first and last in the case), `elsewhere` (in other sources at that time), `before`, `after`, `others` (who else did
        /// the same), `targets` (who else was at the same targets), `lower` (the detector with lower thresholds).
        kind: String,
        /// In one sentence; values of logs in it are untrusted.
        said: String,
        /// Events.
        count: u64,
        /// KQL that gives them.
        query: String,
    }

    /// What was found by looking deeper.
    pub struct Deeper {
        /// The card.
        card: String,
        /// In one sentence.
        said: String,
        /// What was found, at most 40 rows.
        rows: Vec<DeeperRow>,
    }

    /// All verdicts of a case in one place.
    pub struct Feedbacks {
        /// Those that hold for more than one card, or for a time; earliest first.
        rules: Vec<FeedbackRuleRow>,
        /// Those on single cards.
        cards: Vec<FeedbackCardRow>,
        /// What was done, latest first, at most 200.
        acts: Vec<FeedbackActRow>,
    }

    /// A verdict that holds for similar cards or for a time.
    pub struct FeedbackRuleRow {
        /// Its number.
        id: u64,
        /// The verdict.
        status: Status,
        /// For which cards, in words.
        scope: String,
        /// Why.
        reason: String,
        /// The card on which it was given.
        card: String,
        /// When.
        at_us: i64,
        /// Until when.
        expires_us: Option<i64>,
        /// Whether it is over.
        expired: bool,
        /// Cards that it keeps out of the list now.
        hides_cards: u32,
        /// Their events.
        hides_events: u64,
    }

    /// A verdict on a single card.
    pub struct FeedbackCardRow {
        /// The card.
        card: String,
        /// Its title; empty where the detectors do not find it any more.
        title: String,
        /// The verdict.
        status: Status,
        /// Why.
        reason: String,
        /// When.
        at_us: i64,
    }

    /// Something that was done to a card.
    pub struct FeedbackActRow {
        /// Its number.
        id: u64,
        /// When.
        at_us: i64,
        /// The card.
        card: String,
        /// What was given.
        verdict: String,
        /// What it did.
        said: String,
        /// Whether it was taken back.
        undone: bool,
    }

    /// What to take back.
    pub struct FeedbackUndo {
        /// A rule, by its number; the last act where absent.
        #[serde(default)] #[ts(optional)] rule: Option<u64>,
    }

    /// What was taken back.
    pub struct FeedbackUndone {
        /// In words.
        said: String,
        /// Acts that can still be taken back.
        left: u32,
    }

    /// What was learned from verdicts, over all cases of this machine.
    pub struct Verdicts {
        /// The file.
        path: String,
        /// A row for each kind of card, the most often judged first.
        entries: Vec<VerdictEntry>,
        /// What is wrong with the file, if something is.
        problem: Option<String>,
    }

    /// What was learned of a kind of card.
    pub struct VerdictEntry {
        /// The kind, as the file has it.
        kind: String,
        /// The kind in words.
        title: String,
        /// How many were confirmed.
        confirmed: u32,
        /// How many were false positives.
        false_positive: u32,
        /// How many were muted.
        muted: u32,
        /// What such a card is moved by.
        weight: f64,
        /// The arithmetic.
        why: String,
    }
}
