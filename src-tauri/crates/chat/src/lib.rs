//! The agent loop and its tools' trait; knows nothing about logs
