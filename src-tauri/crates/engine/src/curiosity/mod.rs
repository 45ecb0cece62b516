//! Which question is worth asking next: kinds of prompts, the threat model, the memory of what paid off before, and
//! the arithmetic that ranks. How candidates are made from a case is `planner::prompts`'.

pub mod kind;
pub mod memory;
pub mod rank;
pub mod threat_table;
pub mod threats;
