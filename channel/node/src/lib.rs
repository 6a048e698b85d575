//! The Node.js binding of the channel: thin, no logic and no defaults of its own.
//!
//! `../main.mjs` gives these classes their public shape.

mod domain;
mod ends;
mod poll;
mod ports;

use napi::bindgen_prelude::*;
use napi_derive::napi;
use remotemedia_channel::ChannelError;

/// Puts the code in front of the message and the numbers of a shortage behind
/// it; the JavaScript side splits them off.
pub(crate) fn to_js(error: ChannelError) -> Error {
    let numbers = error
        .shortage
        .map(|shortage| format!("\u{0}{}\u{0}{}", shortage.asked, shortage.available))
        .unwrap_or_default();
    Error::from_reason(format!(
        "{}\u{0}{}{numbers}",
        error.code.as_str(),
        error.message
    ))
}

pub(crate) fn closed(what: &str) -> Error {
    Error::from_reason(format!("channel.closed\u{0}the {what} is closed"))
}

/// Fingerprint of the channel's sources: a Python binding with the same one fits.
#[napi]
pub const BUILD: &str = remotemedia_channel::BUILD;

/// Version of iceoryx2.
#[napi(js_name = "ICEORYX2_VERSION")]
pub const ICEORYX2_VERSION: &str = remotemedia_channel::ICEORYX2_VERSION;
