//! The fuzz target `json`; what must hold is in tests/regression/drive.rs.
#![no_main]

#[allow(dead_code)]
#[path = "../../tests/regression/drive.rs"]
mod drive;

libfuzzer_sys::fuzz_target!(|data: &[u8]| drive::formats(&drive::Family::Json, data));
