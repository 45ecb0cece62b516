//! KQL: parsing and rendering.
