//! Made from wsdl/marketing_1.wsdl by tests/it/derived.rs. Change the WSDL, and run that test with `KOPILKA_BLESS=1`.
//!
//! Messages of `Marketing_1`: a struct for each complexType and request wrapper, in the WSDL's order. The WSDL documents every
//! field, units included.

pub use crate::soap::messages::pos_1::{Ping, PingResult, Roles, WhoAmI, WhoAmIResult};
