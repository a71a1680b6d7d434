//! The C library's writing functions, in place of its own: they note and may fail.

use std::ffi::{c_int, c_long, c_void};
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::Mutex;

use libc::{iovec, off64_t, size_t, ssize_t};

/// What happened to the file of the directory that is watched.
pub enum Event {
    /// Bytes were written; `through` if they have arrived on the disk when the call returns.
    Write { at: usize, bytes: Vec<u8>, through: bool },
    /// All that was written has arrived.
    Sync,
    /// The file was given this length.
    Length(usize),
    /// The test noted this number.
    Note(u64),
}

/// How a write or sync fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No space is left.
    Full,
    /// There is space for a part only; then the disk says that none is left.
    Short,
    /// The disk reports an error.
    Broken,
    /// Writes go well, syncs do not.
    SyncFails,
}

/// The one directory that is watched at a time. Faults are of all its files, events of one.
struct Watched {
    dir: PathBuf,
    events: Option<Vec<Event>>,
    fault: Option<(Fault, usize)>,
    met: bool,
}

static WATCHED: Mutex<Option<Watched>> = Mutex::new(None);
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn watch<T>(dir: &Path, fault: Option<(Fault, usize)>, work: impl FnOnce() -> T) -> (T, Watched) {
    let _one = ONE_AT_A_TIME.lock().unwrap();
    let events = fault.is_none().then(Vec::new);
    let dir = dir.canonicalize().unwrap();
    *WATCHED.lock().unwrap() = Some(Watched { dir, events, fault, met: false });
    let result = work();
    let watched = WATCHED.lock().unwrap().take().unwrap();
    (result, watched)
}

/// Notes what `work` does to the tables' file in `dir`, and the numbers that it gives to its argument.
pub fn record(dir: &Path, work: impl FnOnce(&dyn Fn(u64))) -> Vec<Event> {
    let note = |number| {
        let mut watched = WATCHED.lock().unwrap();
        watched.as_mut().unwrap().events.as_mut().unwrap().push(Event::Note(number));
    };
    watch(dir, None, || work(&note)).1.events.unwrap()
}

/// Lets everything fail after `after` writes (or syncs) in `dir`; whether it came to that.
pub fn with_fault<T>(
    dir: &Path,
    fault: Fault,
    after: usize,
    work: impl FnOnce() -> T,
) -> (T, bool) {
    let (result, watched) = watch(dir, Some((fault, after)), work);
    (result, watched.met)
}

/// What a call on `fd` is to do; `None` if it is none of ours.
fn on<T>(fd: c_int, act: impl FnOnce(&mut Watched) -> T) -> Option<T> {
    // The lock is free: a test that holds it does not write.
    let mut watched = WATCHED.lock().unwrap();
    let watched = watched.as_mut()?;
    let path = std::fs::read_link(format!("/proc/self/fd/{fd}")).ok()?;
    (path.parent() == Some(&watched.dir)).then(|| act(watched))
}

/// Sets the error of a failing call.
fn fail(error: c_int) -> c_long {
    // SAFETY: the place of errno belongs to this thread.
    unsafe { *libc::__errno_location() = error };
    -1
}

/// The error to give to a write of `len` bytes, or how many bytes of it to write.
fn fault(watched: &mut Watched, len: usize) -> Result<usize, c_int> {
    let Some((fault, left)) = &mut watched.fault else { return Ok(len) };
    if *fault == Fault::SyncFails {
        return Ok(len);
    }
    if let Some(fewer) = left.checked_sub(1) {
        *left = fewer;
        return Ok(len);
    }
    watched.met = true;
    match fault {
        Fault::Broken => Err(libc::EIO),
        Fault::Short => {
            *fault = Fault::Full;
            if len > 1000 { Ok(1000) } else { Err(libc::ENOSPC) }
        }
        Fault::Full | Fault::SyncFails => Err(libc::ENOSPC),
    }
}

/// # Safety
/// As for the system call.
unsafe fn written(fd: c_int, data: *const c_void, len: usize, at: off64_t) -> ssize_t {
    let len = match on(fd, |watched| fault(watched, len)) {
        Some(Err(error)) => return fail(error) as ssize_t,
        Some(Ok(len)) => len,
        None => len,
    };
    // SAFETY: the caller's promise.
    let done = unsafe { libc::syscall(libc::SYS_pwrite64, fd, data, len, at) };
    on(fd, |watched| {
        if let (Some(events), Ok(done)) = (&mut watched.events, usize::try_from(done)) {
            // SAFETY: the kernel has just read these bytes.
            let bytes = unsafe { slice::from_raw_parts(data.cast::<u8>(), done) }.to_vec();
            // SAFETY: asks for flags only.
            let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
            let through = flags & libc::O_DSYNC != 0;
            events.push(Event::Write { at: at as usize, bytes, through });
        }
    });
    done as ssize_t
}

fn synced(fd: c_int, call: c_long) -> c_int {
    let fails = on(fd, |watched| match &mut watched.fault {
        Some((Fault::SyncFails, 0)) => {
            watched.met = true;
            true
        }
        Some((Fault::SyncFails, left)) => {
            *left -= 1;
            false
        }
        _ => false,
    });
    if fails == Some(true) {
        return fail(libc::EIO) as c_int;
    }
    // SAFETY: no memory is involved.
    let done = unsafe { libc::syscall(call, fd) };
    on(fd, |watched| watched.events.as_mut().map(|events| events.push(Event::Sync)));
    done as c_int
}

macro_rules! in_place_of_libc {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $result:ty = $body:expr;)*) => {$(
        /// # Safety
        /// As for the function of the C library.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($argument: $kind),*) -> $result {
            // SAFETY: the caller's promise.
            #[allow(unused_unsafe, clippy::allow_attributes, reason = "some need none")]
            unsafe { $body }
        }
    )*};
}

in_place_of_libc! {
    pwrite(fd: c_int, data: *const c_void, len: size_t, at: off64_t) -> ssize_t =
        written(fd, data, len, at);
    pwrite64(fd: c_int, data: *const c_void, len: size_t, at: off64_t) -> ssize_t =
        written(fd, data, len, at);
    writev(fd: c_int, parts: *const iovec, count: c_int) -> ssize_t = {
        if on(fd, |_| ()).is_none() {
            return libc::syscall(libc::SYS_writev, fd, parts, count) as ssize_t;
        }
        let start = libc::lseek(fd, 0, libc::SEEK_CUR);
        let mut bytes = Vec::new();
        for part in slice::from_raw_parts(parts, count as usize) {
            bytes.extend_from_slice(slice::from_raw_parts(part.iov_base.cast::<u8>(), part.iov_len));
        }
        let done = written(fd, bytes.as_ptr().cast(), bytes.len(), start);
        if done > 0 {
            libc::lseek(fd, start + done as off64_t, libc::SEEK_SET);
        }
        done
    };
    write(fd: c_int, data: *const c_void, len: size_t) -> ssize_t = {
        match on(fd, |watched| fault(watched, len)) {
            Some(Err(error)) => fail(error) as ssize_t,
            Some(Ok(len)) => libc::syscall(libc::SYS_write, fd, data, len) as ssize_t,
            None => libc::syscall(libc::SYS_write, fd, data, len) as ssize_t,
        }
    };
    fdatasync(fd: c_int) -> c_int = synced(fd, libc::SYS_fdatasync);
    fsync(fd: c_int) -> c_int = synced(fd, libc::SYS_fsync);
    ftruncate(fd: c_int, len: off64_t) -> c_int = ftruncate64(fd, len);
    ftruncate64(fd: c_int, len: off64_t) -> c_int = {
        let done = libc::syscall(libc::SYS_ftruncate, fd, len);
        on(fd, |watched| {
            watched.events.as_mut().map(|events| events.push(Event::Length(len as usize)))
        });
        done as c_int
    };
}
