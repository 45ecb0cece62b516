//! Findings: statistics, thresholds, scores and their explanations
