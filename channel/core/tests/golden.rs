//! The golden frames, read here, in TypeScript and in Python from one file.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used)]

use remotemedia_channel::{FrameHeader, padded_len};
use serde_json::Value;

fn golden() -> Vec<Value> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../contract/fixtures/frames.json"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    all["frames"].as_array().unwrap().clone()
}

fn bytes(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap();
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

/// Numbers beyond 2^53 stand in the fixture as text.
fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

#[test]
fn every_golden_header_decodes_and_encodes_to_the_same_bytes() {
    let frames = golden();
    assert!(frames.len() >= 10, "the fixture is not empty");
    for frame in frames {
        let name = &frame["name"];
        let raw: [u8; 64] = bytes(&frame["header_hex"]).try_into().unwrap();
        let header = FrameHeader::from_bytes(&raw);
        assert_eq!(header.to_bytes(), raw, "{name}");
        let facts = &frame["header"];
        assert_eq!(u64::from(header.kind), number(&frame["kind"]), "{name}");
        assert_eq!(header.body_len, number(&frame["body_len"]), "{name}");
        assert_eq!(
            u64::from(header.meta_len),
            number(&frame["meta_len"]),
            "{name}"
        );
        assert_eq!(u64::from(header.flags), number(&facts["flags"]), "{name}");
        assert_eq!(header.edge_seq, number(&facts["edge_seq"]), "{name}");
        assert_eq!(header.sequence, number(&facts["sequence"]), "{name}");
        assert_eq!(
            header.timestamp_us,
            number(&facts["timestamp_us"]),
            "{name}"
        );
        assert_eq!(header.sent_ns, number(&facts["sent_ns"]), "{name}");
    }
}

#[test]
fn the_header_in_shared_memory_is_its_encoding() {
    for frame in golden() {
        let raw: [u8; 64] = bytes(&frame["header_hex"]).try_into().unwrap();
        let header = FrameHeader::from_bytes(&raw);
        // SAFETY: 64 bytes of plain integers without padding.
        let in_memory: [u8; 64] = unsafe { std::mem::transmute(header) };
        assert_eq!(in_memory, raw);
    }
}

#[test]
fn every_golden_payload_is_body_padding_and_meta() {
    for frame in golden() {
        let payload = bytes(&frame["payload_hex"]);
        let body_len = number(&frame["body_len"]) as usize;
        let meta_at = padded_len(body_len);
        assert_eq!(
            payload.len(),
            meta_at + number(&frame["meta_len"]) as usize,
            "{}",
            frame["name"]
        );
        assert!(payload[body_len..meta_at].iter().all(|byte| *byte == 0));
    }
}
