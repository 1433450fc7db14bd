//! `AdjustPoints`.

use crate::{
    domain::{money::Points, refusal::Refusal},
    service::adjustment::AdjustPoints,
    soap::{call::Call, handlers::wire, messages::office_1},
};

/// `AdjustPoints`.
pub fn adjust(message: office_1::AdjustPoints, call: &Call) -> Result<AdjustPoints, Refusal> {
    let adjustment = message.adjustment;
    Ok(AdjustPoints {
        context: wire::office_context(message.context, call),
        identifier: wire::identifier(&adjustment.identifier)?,
        points: Points(adjustment.points.0),
        reason: adjustment.reason,
        corrects: adjustment.corrected_entry.map(i64::from),
        expires_on: adjustment.expires_on.map(|day| day.0),
    })
}
