//! Long work that Python reads for, writes for or watches.

use std::cell::RefCell;
use std::io::{self, Read, Write};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use weakstate_codec::{Code, Error};
use weakstate_state::Progress;

use crate::errors::raise;

/// What Python raised while native code was at work.
#[derive(Default)]
pub struct Raised(RefCell<Option<PyErr>>);

impl Raised {
    fn note(&self, raised: PyErr) -> io::Error {
        self.0.replace(Some(raised));
        io::Error::other("an exception in Python")
    }
}

/// A Python object with `read(size)`.
pub struct Reader<'r>(pub &'r Py<PyAny>, pub &'r Raised);

impl Read for Reader<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        Python::attach(|py| {
            let data = self.0.call_method1(py, "read", (room.len(),));
            let data = data.map_err(|raised| self.1.note(raised))?;
            let data =
                data.cast_bound::<PyBytes>(py).map_err(|raised| self.1.note(raised.into()))?;
            let data = data.as_bytes();
            let space = room.get_mut(..data.len());
            space
                .ok_or_else(|| io::Error::other("more bytes than asked for"))?
                .copy_from_slice(data);
            Ok(data.len())
        })
    }
}

/// A Python object with `write(data)`.
pub struct Writer<'r>(pub &'r Py<PyAny>, pub &'r Raised);

impl Write for Writer<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        Python::attach(|py| {
            let written = self.0.call_method1(py, "write", (PyBytes::new(py, data),));
            written.map(|_| data.len()).map_err(|raised| self.1.note(raised))
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hears how far the work has come; an error ends it.
pub type Heard<'r> = dyn FnMut(Progress) -> Result<(), Box<Error>> + 'r;

/// Runs `work` without the interpreter lock. `progress` is called with the name of what is
/// counted and how many there are.
pub fn long<T: Send>(
    py: Python<'_>,
    progress: Option<&Py<PyAny>>,
    work: impl Send + FnOnce(&mut Heard<'_>, &Raised) -> Result<T, Box<Error>>,
) -> PyResult<T> {
    let (result, raised) = py.detach(|| {
        let raised = Raised::default();
        let mut heard = |so_far: Progress| {
            let told = Python::attach(|py| {
                py.check_signals()?;
                progress.map_or(Ok(()), |progress| progress.call1(py, named(so_far)).map(drop))
            });
            told.map_err(|error| {
                raised.note(error);
                Box::new(Error::new(Code::TooSlow))
            })
        };
        let result = work(&mut heard, &raised);
        (result, raised.0.into_inner())
    });
    match (raised, result) {
        (Some(raised), Err(_)) => Err(raised),
        (_, Ok(done)) => Ok(done),
        (None, Err(error)) => Err(raise(py, *error)),
    }
}

fn named(so_far: Progress) -> (&'static str, u64) {
    match so_far {
        Progress::Lines(count) => ("lines", count),
        Progress::Entries(count) => ("entries", count),
        Progress::Tree(count) => ("tree", count),
        Progress::Accounts(count) => ("accounts", count),
    }
}
