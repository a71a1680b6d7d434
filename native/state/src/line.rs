//! A dump of accounts, a line each: geth's dumps and our own.
//!
//! A line is a JSON object. One with an `address` is an account, or more slots of one. One with
//! `accounts` or `alloc` holds accounts by address, as a whole dump or a genesis file does. One
//! with a `code` and no address is a code that accounts name by its hash. One with a `root` and no
//! address says what the accounts must hash to. Other fields are passed over.
//!
//! Accounts and slots are handed on while the line is read: it may be longer than memory.

use std::fmt;

use alloy_primitives::{Address, U256};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::Result;
use crate::value::{Data, Name, Quantity, Word};

/// What a line says, save accounts within accounts and slots, which [`Sink`] is told.
#[derive(Default)]
pub(crate) struct Line {
    pub root: Option<Word>,
    pub address: Option<Name>,
    /// Whether there are accounts in it.
    pub accounts: bool,
    pub balance: Option<Quantity>,
    pub nonce: Option<Quantity>,
    pub code: Option<Data>,
    pub code_hash: Option<Word>,
    /// The code of a delegation that was cleared.
    pub cleared: Option<Data>,
}

/// Who hears what a line says.
pub(crate) trait Sink {
    /// Hears of an account that stands in `accounts` or `alloc`.
    fn account(&mut self, address: &Address, line: &Line) -> Result<()>;

    /// Hears of a slot of an account; of that of the line if it has no address yet.
    fn slot(&mut self, address: Option<&Address>, slot: &U256, value: &U256) -> Result<()>;
}

/// Reads a line. The outer error is the sink's, the inner that of the line.
pub(crate) fn read<'de, R: serde_json::de::Read<'de>>(
    from: R,
    sink: &mut dyn Sink,
) -> Result<serde_json::Result<Line>> {
    let mut told = Told { sink, failed: None };
    let mut from = serde_json::Deserializer::new(from);
    let read = Object { address: None, told: &mut told }.deserialize(&mut from);
    let read = read.and_then(|line| from.end().map(|()| line));
    told.failed.map_or(Ok(read), Err)
}

/// The sink, and why it ended the work.
struct Told<'a> {
    sink: &'a mut dyn Sink,
    failed: Option<Box<weakstate_codec::Error>>,
}

impl Told<'_> {
    fn hear<E: Error>(
        &mut self,
        say: impl FnOnce(&mut dyn Sink) -> Result<()>,
    ) -> std::result::Result<(), E> {
        say(self.sink).map_err(|error| {
            self.failed = Some(error);
            E::custom("not wanted")
        })
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Field {
    Root,
    Address,
    Accounts,
    Alloc,
    Balance,
    Nonce,
    Code,
    CodeHash,
    Cleared,
    Storage,
    #[serde(other)]
    Other,
}

/// An object of JSON; of the account with this address, if it stands in another.
struct Object<'a, 't> {
    address: Option<Address>,
    told: &'a mut Told<'t>,
}

impl<'de> DeserializeSeed<'de> for Object<'_, '_> {
    type Value = Line;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> std::result::Result<Line, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_, '_> {
    type Value = Line;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Line, A::Error> {
        let (mut line, mut seen) = (Line::default(), 0_u16);
        while let Some(field) = map.next_key::<Field>()? {
            let bit = 1 << field as u8;
            if seen & bit != 0 && !matches!(field, Field::Other) {
                return Err(A::Error::custom("a field that stands there twice"));
            }
            seen |= bit;
            match field {
                Field::Root => line.root = map.next_value()?,
                Field::Address => line.address = map.next_value()?,
                Field::Balance => line.balance = map.next_value()?,
                Field::Nonce => line.nonce = map.next_value()?,
                Field::Code => line.code = map.next_value()?,
                Field::CodeHash => line.code_hash = map.next_value()?,
                Field::Cleared => line.cleared = map.next_value()?,
                Field::Storage => {
                    let address = self.address.or(line.address.map(|Name(address)| address));
                    map.next_value_seed(Optional(Slots { address, told: self.told }))?;
                }
                Field::Accounts | Field::Alloc if self.address.is_none() => {
                    line.accounts |= map.next_value_seed(Optional(Accounts(self.told)))?;
                }
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(line)
    }
}

/// What a map says, entry by entry.
trait Entries<'de> {
    /// What it is a map of, for messages.
    const OF: &'static str;

    fn read<A: MapAccess<'de>>(self, map: A) -> std::result::Result<(), A::Error>;
}

/// A map, or nothing in its place; whether it is there.
struct Optional<M>(M);

impl<'de, M: Entries<'de>> DeserializeSeed<'de> for Optional<M> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> std::result::Result<bool, D::Error> {
        from.deserialize_option(self)
    }
}

impl<'de, M: Entries<'de>> Visitor<'de> for Optional<M> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object of {}", M::OF)
    }

    fn visit_none<E: Error>(self) -> std::result::Result<bool, E> {
        Ok(false)
    }

    fn visit_unit<E: Error>(self) -> std::result::Result<bool, E> {
        Ok(false)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> std::result::Result<bool, D::Error> {
        from.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<bool, A::Error> {
        self.0.read(map).map(|()| true)
    }
}

/// Accounts by address.
struct Accounts<'a, 't>(&'a mut Told<'t>);

impl<'de> Entries<'de> for Accounts<'_, '_> {
    const OF: &'static str = "accounts";

    fn read<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        while let Some(Name(address)) = map.next_key()? {
            let line = map.next_value_seed(Object { address: Some(address), told: self.0 })?;
            self.0.hear(|sink| sink.account(&address, &line))?;
        }
        Ok(())
    }
}

/// Slots of an account.
struct Slots<'a, 't> {
    address: Option<Address>,
    told: &'a mut Told<'t>,
}

impl<'de> Entries<'de> for Slots<'_, '_> {
    const OF: &'static str = "slots";

    fn read<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        while let Some((Word(slot), Word(value))) = map.next_entry()? {
            self.told.hear(|sink| sink.slot(self.address.as_ref(), &slot, &value))?;
        }
        Ok(())
    }
}
