//! The gate: the only crate that may open a connection
