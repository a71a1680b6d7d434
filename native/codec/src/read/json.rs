//! JSON as a tree that borrows its strings, with a bound on the number of values.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{
    self, Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess,
    SeqAccess, Visitor,
};

use crate::{Budget, Code, Error};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree<'a> {
    Null,
    Bool(bool),
    Number(u64),
    /// A number that is negative, fractional or above 2^64.
    Other(f64),
    String(Cow<'a, str>),
    List(Vec<Tree<'a>>),
    Object(Vec<(Cow<'a, str>, Tree<'a>)>),
}

/// One value, or several one after the other.
pub(super) fn values<'a>(text: &'a [u8], budget: &Budget) -> Result<Vec<Tree<'a>>, Error> {
    // Nodes, codes, keys and hints of the keys: four values for each node there may be.
    let most = budget.nodes.saturating_mul(4).saturating_add(1 << 16);
    let left = Cell::new(most);
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = Seed(&left).deserialize(&mut deserializer);
    let value = value.map_err(|error| refuse(&error, &left))?;
    if deserializer.end().is_ok() {
        return Ok(vec![value]);
    }
    drop(value);
    left.set(most);
    several(text, &left)
}

/// Values one after the other. Where each ends is found first: to find it while reading, the
/// reader would have to fail at every next one, and each failure counts the lines anew.
fn several<'a>(text: &'a [u8], left: &Cell<usize>) -> Result<Vec<Tree<'a>>, Error> {
    let mut ends = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    let mut values = Vec::new();
    let mut start = 0;
    while let Some(skipped) = ends.next() {
        skipped.map_err(|error| refuse(&error, left))?;
        let end = ends.byte_offset();
        let value = text.get(start..end).unwrap_or_default();
        let value = Seed(left).deserialize(&mut serde_json::Deserializer::from_slice(value));
        values.push(value.map_err(|error| {
            let mut error = refuse(&error, left);
            error.at = format!("value {} {}", values.len(), error.at).trim_end().to_owned();
            error
        })?);
        start = end;
    }
    Ok(values)
}

fn refuse(error: &serde_json::Error, left: &Cell<usize>) -> Error {
    if left.get() == 0 {
        return Error::new(Code::TooManyNodes).expected("fewer values in the JSON text");
    }
    let place = format!("line {} column {}", error.line(), error.column());
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default().to_owned();
    Error::new(Code::MalformedJson).actual(message).at(place)
}

impl<'a> Tree<'a> {
    /// The entry of an object under `key`, if there is one that is not null.
    pub(super) fn get(&self, key: &str, at: &str) -> Result<Option<&Tree<'a>>, Error> {
        let Self::Object(entries) = self else {
            return Ok(None);
        };
        let mut found = entries.iter().filter(|(name, _)| name == key);
        let first = found.next();
        if found.next().is_some() {
            return Err(twice(&place(at, key)));
        }
        Ok(first.map(|(_, value)| value).filter(|value| **value != Self::Null))
    }

    /// What kind of value this is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) | Self::Other(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// The text, if this is a string.
    pub(super) fn string(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Reads a single object, such as a header, by its field names.
    pub(super) fn parse<T: DeserializeOwned>(&self, at: &str) -> Result<T, Error> {
        serde_json::from_value(self.to_value(at)?).map_err(|error| {
            let message = error.to_string();
            let code = match message.starts_with("missing field") {
                true => Code::MissingField,
                false => Code::MalformedField,
            };
            Error::new(code).actual(message).at(at)
        })
    }

    /// A copy in the form that the readers of single objects take. They would take the last of
    /// two fields of one name; this refuses them.
    fn to_value(&self, at: &str) -> Result<serde_json::Value, Error> {
        use serde_json::Value;
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(value) => Value::from(*value),
            Self::Other(value) => Value::from(*value),
            Self::String(value) => Value::String(value.clone().into_owned()),
            Self::List(values) => {
                let values = values.iter().map(|value| value.to_value(at));
                Value::Array(values.collect::<Result<_, _>>()?)
            }
            Self::Object(entries) => {
                let mut object = serde_json::Map::new();
                for (key, value) in entries {
                    let value = value.to_value(at)?;
                    if object.insert(key.clone().into_owned(), value).is_some() {
                        return Err(twice(&place(at, key)));
                    }
                }
                Value::Object(object)
            }
        })
    }
}

/// The refusal of a field that is given twice.
fn twice(at: &str) -> Error {
    Error::new(Code::MalformedField).expected("one value").actual("several").at(at)
}

/// The place of `key` in the object at `at`.
pub(super) fn place(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }
}

/// Reads one value; counts down how many may still come.
#[derive(Clone, Copy)]
struct Seed<'b>(&'b Cell<usize>);

impl<'a> DeserializeSeed<'a> for Seed<'_> {
    type Value = Tree<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Tree<'a>, D::Error> {
        let left = self.0.get().checked_sub(1);
        self.0.set(left.unwrap_or_default());
        if left.is_none() {
            return Err(de::Error::custom("too many values"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Seed<'_> {
    type Value = Tree<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Tree<'a>, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree<'a>, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree<'a>, E> {
        Ok(Tree::Number(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree<'a>, E> {
        Ok(Tree::Other(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree<'a>, E> {
        Ok(Tree::Other(value))
    }

    fn visit_borrowed_str<E>(self, value: &'a str) -> Result<Tree<'a>, E> {
        Ok(Tree::String(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree<'a>, E> {
        Ok(Tree::String(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<Tree<'a>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            values.push(value);
        }
        // Of many small lists and objects most of the memory would be room to grow.
        values.shrink_to_fit();
        Ok(Tree::List(values))
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Tree<'a>, A::Error> {
        let mut entries = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            entries.push((key, map.next_value_seed(self)?));
        }
        entries.shrink_to_fit();
        Ok(Tree::Object(entries))
    }
}

/// An object's key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}
