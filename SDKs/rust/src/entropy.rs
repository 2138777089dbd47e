//! Random bytes of the host's secure generator.

use crate::msgpack::{Record, Writer};
use crate::{sys, Error, Result};

/// What the host gives in one call.
const MOST: usize = 65_536;

/// Fills `bytes`, in as many calls as that takes.
pub fn fill(bytes: &mut [u8]) -> Result<()> {
    for part in bytes.chunks_mut(MOST) {
        let mut writer = Writer::map_of(1);
        writer.text("n");
        writer.uint(part.len() as u64);
        let answer = sys::entropy_read(&writer.into_bytes())?;
        let random = Record::new(&answer)?.bytes("bytes")?;
        if random.len() != part.len() {
            return Err(Error::new(500, "entropy_read: the host gave fewer bytes than it was asked for"));
        }
        part.copy_from_slice(random);
    }
    Ok(())
}

/// So many random bytes.
pub fn bytes(count: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    fill(&mut bytes)?;
    Ok(bytes)
}

/// A random number of 64 bits.
pub fn number() -> Result<u64> {
    let mut bytes = [0; 8];
    fill(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

/// Random text, twice as many hexadecimal digits as bytes: for tokens and names.
pub fn token(bytes: usize) -> Result<String> {
    Ok(self::bytes(bytes)?.iter().map(|byte| format!("{:02x}", byte)).collect())
}
