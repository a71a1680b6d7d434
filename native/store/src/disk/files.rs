//! The directory of a store: what is in it, and who may write.
//!
//! It holds `data.mdb` (the tables), `lock.mdb` (LMDB's list of readers) and `writer.lock`,
//! which whoever writes keeps locked. A new store is made in `new` and its tables then moved
//! into place, so that `data.mdb` is a whole store whenever it is there.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use weakstate_codec::{Code, Error};

use super::error::{of_io, store_error};
use crate::Result;

/// The file of the tables; LMDB's name.
pub(super) const DATA: &str = "data.mdb";
const READERS: &str = "lock.mdb";
const WRITER: &str = "writer.lock";
const NEW: &str = "new";
const PROBE: &str = "probe";
const SCRATCH: &str = "scratch";

enum Found {
    Store,
    Nothing,
    Foreign(String),
}

fn look(dir: &Path) -> Result<Found> {
    let told = |error: io::Error| of_io(&error, dir);
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            return Ok(Found::Foreign("a file".to_owned()));
        }
        entries => entries.map_err(told)?,
    };
    let mut foreign = None;
    for entry in entries {
        let name = entry.map_err(told)?.file_name();
        if name == DATA {
            return Ok(Found::Store);
        }
        if ![READERS, WRITER, NEW, PROBE, SCRATCH].contains(&&*name.to_string_lossy()) {
            foreign = foreign.max(Some(name));
        }
    }
    Ok(foreign.map_or(Found::Nothing, |name| Found::Foreign(name.display().to_string())))
}

/// Refuses a directory that holds no store.
pub(super) fn expect_store(dir: &Path) -> Result<()> {
    match look(dir)? {
        // LMDB would make an empty store of an empty file.
        Found::Store => match fs::metadata(dir.join(DATA)) {
            Ok(data) if data.len() == 0 => {
                Err(store_error(Code::StoreDamaged, &dir.join(DATA), "an empty file"))
            }
            Ok(_) => Ok(()),
            Err(error) => Err(of_io(&error, &dir.join(DATA))),
        },
        Found::Nothing => Err(Box::new(Error::new(Code::StoreMissing).at(dir.display()))),
        Found::Foreign(name) => Err(store_error(Code::StoreForeign, dir, name)),
    }
}

/// Makes the directory, unless it holds a store or something foreign, and locks it to write.
pub(super) fn make(dir: &Path) -> Result<Lock> {
    let expect_none = || match look(dir)? {
        Found::Store => Err(Box::new(Error::new(Code::StoreExists).at(dir.display()))),
        Found::Nothing => Ok(()),
        Found::Foreign(name) => {
            let error = Error::new(Code::StoreForeign).expected("an empty directory");
            Err(Box::new(error.actual(name).at(dir.display())))
        }
    };
    expect_none()?;
    fs::create_dir_all(dir).map_err(|error| of_io(&error, dir))?;
    let lock = Lock::exclusive(dir)?;
    // Another process may have made a store before the lock was ours.
    expect_none()?;
    Ok(lock)
}

/// An empty directory in which to prepare the tables of a new store.
pub(super) fn fresh(dir: &Path) -> Result<PathBuf> {
    let new = dir.join(NEW);
    let removed = match fs::remove_dir_all(&new) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    };
    removed.and_then(|()| fs::create_dir(&new)).map_err(|error| of_io(&error, &new))?;
    Ok(new)
}

/// Moves the prepared tables into place, durably.
pub(super) fn publish(dir: &Path) -> Result<()> {
    let new = dir.join(NEW);
    let publish = || {
        File::open(new.join(DATA))?.sync_all()?;
        fs::rename(new.join(DATA), dir.join(DATA))?;
        File::open(dir)?.sync_all()?;
        // The names above must last too. A parent that cannot be opened was there before.
        if let Some(parent) = dir.canonicalize()?.parent().and_then(|dir| File::open(dir).ok()) {
            parent.sync_all()?;
        }
        fs::remove_dir_all(&new)
    };
    publish().map_err(|error| of_io(&error, dir))
}

/// Whether there is no room for another file of a mebibyte.
///
/// LMDB reports a write that was cut short as an error of the disk. The usual cause is a full one.
pub(super) fn is_full(dir: &Path) -> bool {
    let path = dir.join(PROBE);
    let probe = || {
        let mut file = File::create(&path)?;
        file.write_all(&vec![0xff; 1 << 20])?;
        file.sync_all()
    };
    let full = probe().is_err_and(|error| of_io(&error, &path).code == Code::StoreFull);
    fs::remove_file(&path).ok();
    full
}

/// An empty file to write and read. It loses its name at once, so that nothing stays of it
/// however the process ends; what a kill in between leaves has no bytes, and goes the next time.
pub(super) fn scratch(dir: &Path) -> Result<File> {
    let path = dir.join(SCRATCH);
    let made = File::options().read(true).write(true).create(true).truncate(true).open(&path);
    let unnamed = made.and_then(|file| fs::remove_file(&path).map(|()| file));
    unnamed.map_err(|error| of_io(&error, &path))
}

/// The tables' file, beside LMDB's own handle of it.
pub(super) fn to_write(dir: &Path) -> Result<File> {
    let data = dir.join(DATA);
    File::options().read(true).write(true).open(&data).map_err(|error| of_io(&error, &data))
}

/// Whether this process may enter itself in LMDB's list of readers.
pub(super) fn may_list_readers(dir: &Path) -> bool {
    File::options().write(true).create(true).truncate(false).open(dir.join(READERS)).is_ok()
}

/// The right to write, or to keep others from writing; gone with the process at the latest.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Drop for Lock {
    /// Closing the file would not do: a process forked off meanwhile has it open as well.
    fn drop(&mut self) {
        self.file.unlock().ok();
    }
}

impl Lock {
    /// The right to write, held by one at a time.
    pub(super) fn exclusive(dir: &Path) -> Result<Self> {
        let path = dir.join(WRITER);
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|error| of_io(&error, &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(store_error(Code::StoreLocked, dir, "a writer")),
            Err(TryLockError::Error(error)) => Err(of_io(&error, &path)),
        }
    }

    /// Keeps writers out; `None` where no writer has ever been.
    pub(super) fn shared(dir: &Path) -> Result<Option<Self>> {
        let path = dir.join(WRITER);
        let file = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file.map_err(|error| of_io(&error, &path))?,
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => {
                let found = "a writer, which cannot see readers that may not write to lock.mdb";
                Err(store_error(Code::StoreLocked, dir, found))
            }
            Err(TryLockError::Error(error)) => Err(of_io(&error, &path)),
        }
    }
}
