//! The chat's hands: what a model may call. So far the names under which the planner's own steps are known to them.

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
