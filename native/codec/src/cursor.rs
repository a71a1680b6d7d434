//! Steps of weakstate's own bytes: what deltas and witnesses are written with and read by.
//!
//! Numbers are little-endian groups of seven bits (LEB128), integers of up to 256 bits their
//! length and their big-endian bytes without leading zeros. Both have one encoding a value.

use alloy_primitives::U256;

use crate::{Code, Error};

/// Appends a number, seven bits a byte, the lowest first.
pub(crate) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a byte string after its length.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Appends an integer's length, 0 for zero, and its bytes.
pub(crate) fn put_integer(out: &mut Vec<u8>, integer: &U256) {
    let bytes = integer.to_be_bytes::<32>();
    let digits = bytes.get(integer.leading_zeros() / 8..).unwrap_or_default();
    out.push(digits.len() as u8);
    out.extend_from_slice(digits);
}

/// Reads from the front of foreign bytes; every refusal carries `code` and the offset.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
    offset: usize,
    code: Code,
}

impl<'a> Cursor<'a> {
    /// A cursor at the start of `bytes`.
    pub(crate) const fn new(bytes: &'a [u8], code: Code) -> Self {
        Self { rest: bytes, offset: 0, code }
    }

    /// The refusal of what stands `back` bytes before the cursor.
    pub(crate) fn refuse(&self, back: usize, expected: &str) -> Error {
        let at = self.offset.saturating_sub(back);
        Error::new(self.code).expected(expected).at(format_args!("byte {at}"))
    }

    /// Bytes that are left.
    pub(crate) const fn left(&self) -> usize {
        self.rest.len()
    }

    /// The next `len` bytes.
    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let Some((taken, rest)) = self.rest.split_at_checked(len) else {
            let error = self.refuse(0, &format!("{len} more bytes"));
            return Err(error.actual(self.rest.len()));
        };
        self.rest = rest;
        self.offset += len;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let taken = self.take(N)?;
        // `take` gives as many as were asked for.
        <[u8; N]>::try_from(taken).map_err(|_| self.refuse(N, "more bytes"))
    }

    /// The next byte.
    pub(crate) fn byte(&mut self) -> Result<u8, Error> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// A number below 2^64 in its shortest form.
    pub(crate) fn number(&mut self) -> Result<u64, Error> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let group = u64::from(byte & 0x7f);
            if shift == 63 && byte > 1 {
                return Err(self.refuse(1, "a number below 2^64"));
            }
            number |= group << shift;
            if byte < 0x80 {
                if byte == 0 && shift > 0 {
                    return Err(self.refuse(1, "a number in its shortest form"));
                }
                return Ok(number);
            }
        }
        Err(self.refuse(1, "a number below 2^64"))
    }

    /// A byte string after its length.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Error> {
        let len = self.number()?;
        // What does not fit the machine's words is longer than any input.
        self.take(usize::try_from(len).unwrap_or(usize::MAX))
    }

    /// An integer of at most `width` bytes after its length.
    pub(crate) fn integer(&mut self, width: u8) -> Result<U256, Error> {
        let len = self.byte()?;
        if len > width {
            let error = self.refuse(1, &format!("an integer of at most {width} bytes"));
            return Err(error.actual(format_args!("length {len}")));
        }
        self.digits(len)
    }

    /// An integer of `len` bytes, the first of them not zero.
    pub(crate) fn digits(&mut self, len: u8) -> Result<U256, Error> {
        let digits = self.take(usize::from(len))?;
        if digits.first() == Some(&0) {
            return Err(self.refuse(digits.len(), "an integer without leading zeros"));
        }
        U256::try_from_be_slice(digits)
            .ok_or_else(|| self.refuse(digits.len(), "an integer below 2^256"))
    }

    /// Holds the next bytes against a format's magic and version.
    pub(crate) fn header(&mut self, magic: [u8; 4], version: u8, what: &str) -> Result<(), Error> {
        if self.array()? != magic {
            return Err(self.refuse(4, &format!("the first bytes of {what}")));
        }
        let found = self.byte()?;
        if found != version {
            let error = self.refuse(1, &format!("version {version} of {what}"));
            return Err(error.actual(format_args!("version {found}")));
        }
        Ok(())
    }

    /// Refuses what is left.
    pub(crate) fn end(self) -> Result<(), Error> {
        if self.rest.is_empty() {
            return Ok(());
        }
        let error = self.refuse(0, "the end");
        Err(error.actual(format_args!("{} more bytes", self.rest.len())))
    }
}
