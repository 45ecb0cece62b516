//! The chat's hands: what a model may call, one file each. All of them read the open case, two move the view; none
//! writes, deletes or reaches out, and none takes a case as an argument. A tool's result is a [`Made`]: a sentence that
//! Timberline computed, rows, and the query that opens them.
//!
//! Arguments are checked against the case before anything runs (`arguments`); what is wrong goes back to the model.

mod arguments;
mod card_detail;
mod cards;
mod case_description;
mod compare_periods;
mod count_events;
mod desk;
mod entity_profile;
mod event_context;
mod login_patterns;
mod pairs;
mod search_events;
mod show_query;
mod show_range;
mod timeline;
mod top_values;

pub(crate) use card_detail::detail_of;
pub(crate) use cards::chosen;
pub(crate) use case_description::describe;
pub use desk::{Desk, HOLD, Made, hold, shown};

use timberline_chat::Tool;

/// Every tool, in the order in which a model is told of them.
pub const TOOLS: &[&dyn for<'d> Tool<Desk<'d>>] = &[
    &count_events::CountEvents,
    &top_values::TopValues,
    &search_events::SearchEvents,
    &timeline::Timeline,
    &pairs::Pairs,
    &login_patterns::LoginPatterns,
    &entity_profile::EntityProfile,
    &compare_periods::ComparePeriods,
    &cards::Cards,
    &card_detail::CardDetail,
    &event_context::EventContext,
    &case_description::CaseDescription,
    &show_query::ShowQuery,
    &show_range::ShowRange,
];

/// Steps of the planner, and the tools that do the same.
pub const CALLED: &[(&str, &str)] = &[
    ("count", "count_events"),
    ("span", "count_events"),
    ("top", "top_values"),
    ("rare", "top_values"),
    ("timeline", "timeline"),
    ("events", "search_events"),
    ("pairs", "pairs"),
    ("login_patterns", "login_patterns"),
    ("cards", "cards"),
];

#[cfg(test)]
pub(crate) mod tests;
