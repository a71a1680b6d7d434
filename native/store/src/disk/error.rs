//! Failures of the engine and the system as refusals.

use std::io::{self, ErrorKind};
use std::path::Path;

use heed::MdbError;
use weakstate_codec::{Code, Error};

/// A refusal that says what was found, and where.
pub(super) fn store_error(code: Code, at: &Path, found: impl std::fmt::Display) -> Box<Error> {
    Box::new(Error::new(code).actual(found).at(at.display()))
}

pub(crate) fn of_io(error: &io::Error, at: &Path) -> Box<Error> {
    let code = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            Code::StoreFull
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Code::StoreReadOnly,
        ErrorKind::NotFound => Code::StoreMissing,
        _ => Code::StoreFailed,
    };
    store_error(code, at, error)
}

pub(super) fn of_heed(error: heed::Error, at: &Path) -> Box<Error> {
    let code = match &error {
        heed::Error::Io(error) => return of_io(error, at),
        heed::Error::EnvAlreadyOpened => {
            let found = "a store that this process has open: share it";
            return store_error(Code::StoreLocked, at, found);
        }
        heed::Error::Mdb(error) => match error {
            MdbError::MapFull | MdbError::MapResized | MdbError::TxnFull => Code::StoreFull,
            MdbError::ReadersFull => Code::StoreLocked,
            MdbError::PageNotFound
            | MdbError::Corrupted
            | MdbError::Invalid
            | MdbError::VersionMismatch
            | MdbError::Incompatible
            | MdbError::CursorFull
            | MdbError::PageFull => Code::StoreDamaged,
            MdbError::Panic => {
                let found = "a commit failed halfway: close the store and open it again";
                return store_error(Code::StoreFailed, at, found);
            }
            _ => Code::StoreFailed,
        },
        heed::Error::Encoding(_) | heed::Error::Decoding(_) => Code::StoreFailed,
    };
    store_error(code, at, error)
}
