//! Timberline without a window: sessions, jobs, commands, planner
