//! An ONNX file in memory, once for all that is made from it.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

/// The bytes of an ONNX file without detector metadata. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct OnnxFile(Arc<Held>);

#[derive(Debug)]
struct Held {
    bytes: Vec<u8>,
    sha256: OnceLock<String>,
}

impl OnnxFile {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Held { bytes, sha256: OnceLock::new() }))
    }

    /// SHA-256 of the bytes, computed once.
    pub fn sha256(&self) -> &str {
        self.0.sha256.get_or_init(|| hash(&self.0.bytes))
    }

    /// Sets the SHA-256, if it is not yet computed.
    pub fn set_sha256(&self, sha256: &str) {
        self.0.sha256.get_or_init(|| sha256.to_string());
    }
}

impl Deref for OnnxFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.bytes
    }
}

impl PartialEq for OnnxFile {
    fn eq(&self, other: &Self) -> bool {
        self.0.bytes == other.0.bytes
    }
}

/// SHA-256, as lower-case hexadecimal digits.
///
/// In pieces, as browsers begin with slow machine code and change to fast code only between calls:
/// in one call a large model would be hashed by the slow code to its end.
pub(crate) fn hash(bytes: &[u8]) -> String {
    let hashed = bytes
        .chunks(1 << 14)
        .fold(Sha256::new(), |hash, piece| hash.chain_update(piece))
        .finalize();
    hexadecimal(&hashed)
}

/// Lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
