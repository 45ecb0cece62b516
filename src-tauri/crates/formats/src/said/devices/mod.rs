//! Network and security devices that write in forms of their own, a file a maker.

pub mod aruba;
pub mod barracuda;
pub mod citrix;
pub mod f5;
pub mod generic;
pub mod huawei;
pub mod ise;
pub mod mikrotik;
pub mod nas;
pub mod nsx;
pub mod pulse;
pub mod radius;
pub mod sonicwall;
pub mod switches;
pub mod symantec;
pub mod watchguard;
pub mod zscaler;
