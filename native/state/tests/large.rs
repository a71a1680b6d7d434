//! Dumps that are larger than the memory they may take: in any order, interrupted anywhere.
#![expect(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufReader, Cursor, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use common::{Random, World, dump, head, header, identity, root};
use weakstate_codec::{Code, Error};
use weakstate_state::{Import, Options, Progress, Result, StateStore};
use weakstate_trees::state::Account;

/// Memory that does for nothing that is imported here.
const ROOM: usize = 1 << 20;

/// Slots of the largest account: several transactions, as its own sorting takes several runs.
const SLOTS: u64 = 20_000;

/// A state of `count` accounts, and its dump, a line an account.
fn large(count: u64) -> (World, Vec<String>) {
    let mut random = Random(1);
    let (mut world, mut lines) = (World::new(), Vec::new());
    for number in 0..count {
        let address = common::address(number);
        let balance = U256::from(random.below(1 << 50));
        let slots = if number == 77 { SLOTS } else { random.below(3) };
        let slots: BTreeMap<U256, U256> =
            (0..slots).map(|slot| (U256::from(slot), U256::from(slot + 1))).collect();
        let mut line = format!("{{\"balance\":\"{balance}\",\"nonce\":1,\"storage\":{{");
        for (index, (slot, value)) in slots.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(line, "{comma}\"{slot:#x}\":\"{value:#x}\"").unwrap();
        }
        // Where geth has it: only now is it known whose slots these are.
        writeln!(line, "}},\"address\":\"{address}\"}}").unwrap();
        let account = Account { nonce: 1, balance, code_hash: KECCAK256_EMPTY };
        world.insert(address, (account, slots));
        lines.push(line);
    }
    (world, lines)
}

fn import(
    store: &StateStore,
    root: B256,
    text: impl Read,
    room: usize,
    progress: &mut dyn FnMut(Progress) -> Result<()>,
) -> Result<()> {
    let (identity, header) = (identity(), header(0));
    let (identity, header) = (&identity, &header[..]);
    let import = Import { identity, head: head(0, root), header, ancestors: &[], room };
    store.import(&import, &mut BufReader::with_capacity(1 << 16, text), progress)
}

fn open(path: &Path) -> StateStore {
    StateStore::create_or_open(path, &Options::default()).unwrap()
}

fn expect_only_the_store(path: &Path) {
    let names = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["data.mdb", "lock.mdb", "writer.lock"]);
}

#[test]
fn the_order_of_lines_makes_no_difference() {
    let (world, mut lines) = large(20_000);
    let dir = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let mut random = Random(round);
        for index in (1..lines.len()).rev() {
            lines.swap(index, random.below(index as u64 + 1) as usize);
        }
        let path = dir.path().join(round.to_string());
        let text = Cursor::new(lines.concat());
        let store = open(&path);
        import(&store, root(&world), text, ROOM, &mut |_| Ok(())).unwrap();
        assert!(dump(&store.view().unwrap()) == world);
        store.check(&mut |_| Ok(())).unwrap();
        expect_only_the_store(&path);
    }
}

#[test]
fn what_is_said_of_an_account_in_several_lines_adds_up() {
    let address = common::address(1);
    let line = |rest: &str| format!("{{\"address\":\"{address}\"{rest}}}\n");
    let filler: String = (2..9_000)
        .map(|number| {
            format!("{{\"address\":\"{}\",\"balance\":\"1\"}}\n", common::address(number))
        })
        .collect();
    let text = [
        &line(",\"nonce\":1,\"balance\":\"5\",\"storage\":{\"0x1\":\"0x1\",\"0x2\":\"0x2\"}"),
        &filler,
        &line(",\"storage\":{\"0x2\":\"0x3\",\"0x3\":\"0x0\"}"),
        &line(",\"nonce\":7"),
    ];
    let account = |nonce, balance: u64| Account {
        nonce,
        balance: U256::from(balance),
        code_hash: KECCAK256_EMPTY,
    };
    let mut world: World = (2..9_000)
        .map(|number| (common::address(number), (account(0, 1), BTreeMap::new())))
        .collect();
    let slots = [(1, 1), (2, 3)].map(|(slot, value)| (U256::from(slot), U256::from(value)));
    world.insert(address, (account(7, 5), slots.into()));
    let dir = tempfile::tempdir().unwrap();
    for store in [StateStore::memory(), open(&dir.path().join("store"))] {
        let text = Cursor::new(text.map(String::as_str).concat());
        import(&store, root(&world), text, ROOM / 8, &mut |_| Ok(())).unwrap();
        assert!(dump(&store.view().unwrap()) == world);
    }
}

#[test]
fn an_interrupted_import_goes_on() {
    let (world, lines) = large(20_000);
    let (text, root) = (lines.concat(), root(&world));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let other = text.replacen("\"nonce\":1", "\"nonce\":2", 1);
    // Where it ended: before anything was written, between entries, between accounts.
    let mut ends = [0; 3];
    let mut furthest = (0, 0);
    loop {
        let store = open(&path);
        let (mut steps, mut last) = (0, Progress::Lines(0));
        let done = import(&store, root, Cursor::new(&text), ROOM, &mut |progress| {
            last = progress;
            match progress {
                Progress::Lines(_) if ends[0] == 0 => Err(Box::new(Error::new(Code::TooSlow))),
                Progress::Lines(_) => Ok(()),
                // More than the pieces of the largest account.
                _ if steps == 3 * (1 + ends[1]) && ends[2] == 0 || steps == 60 => {
                    Err(Box::new(Error::new(Code::TooSlow)))
                }
                Progress::Entries(_) | Progress::Tree(_) | Progress::Accounts(_) => {
                    steps += 1;
                    Ok(())
                }
            }
        });
        if done.is_ok() {
            break;
        }
        assert_eq!(done.unwrap_err().code, Code::TooSlow);
        assert_eq!(store.view().unwrap_err().code, Code::StoreMissing);
        expect_only_the_store(&path);
        match last {
            Progress::Lines(_) => ends[0] += 1,
            Progress::Entries(_) => {
                ends[1] += 1;
                let refusal = import(&store, root, Cursor::new(&other), ROOM, &mut |_| Ok(()));
                assert_eq!(refusal.unwrap_err().code, Code::StoreExists);
            }
            Progress::Tree(accounts) => {
                ends[2] += 1;
                assert!(accounts > furthest.1, "{accounts} after {furthest:?}");
                furthest.1 = accounts;
            }
            Progress::Accounts(_) => {}
        }
    }
    assert!(ends[0] == 1 && ends[1] >= 2 && ends[2] >= 2, "{ends:?}");
    let store = open(&path);
    assert!(dump(&store.view().unwrap()) == world);
    store.check(&mut |_| Ok(())).unwrap();
}

/// Imports until it is killed.
#[test]
fn importing_process() {
    let Some(dir) = std::env::var_os("IMPORT_DIR") else { return };
    let dir = Path::new(&dir);
    let root = B256::try_from(&fs::read(dir.join("root")).unwrap()[..]).unwrap();
    let text = fs::File::open(dir.join("dump")).unwrap();
    let done = import(&open(&dir.join("store")), root, text, ROOM, &mut |_| Ok(()));
    if let Err(refusal) = done {
        assert_eq!(refusal.code, Code::StoreExists);
    }
}

#[test]
fn a_killed_import_goes_on() {
    let (world, lines) = large(10_000);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    fs::write(dir.path().join("root"), root(&world)).unwrap();
    fs::write(dir.path().join("dump"), lines.concat()).unwrap();
    let mut random = Random(u64::from(std::process::id()));
    let spawn = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["importing_process", "--exact"])
            .env("IMPORT_DIR", dir.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let kills = std::env::var("KILLS").map_or(12, |kills| kills.parse().unwrap());
    for _ in 0..kills {
        let mut process = spawn();
        std::thread::sleep(Duration::from_millis(random.below(250)));
        process.kill().unwrap();
        process.wait().unwrap();
        if let Ok(store) = StateStore::open(&path, &Options::default())
            && let Ok(view) = store.view()
        {
            assert!(dump(&view) == world);
            drop((view, store));
            fs::remove_dir_all(&path).unwrap();
        }
    }
    assert!(spawn().wait().unwrap().success());
    let store = StateStore::open(&path, &Options::default()).unwrap();
    assert!(dump(&store.view().unwrap()) == world);
    store.check(&mut |_| Ok(())).unwrap();
    expect_only_the_store(&path);
}

/// Slots of one account, on one line.
const MANY: u64 = 500_000;

/// The line of one account with many slots, made as it is read.
struct Endless {
    next: u64,
    end: u64,
    made: Cursor<Vec<u8>>,
}

impl Read for Endless {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        while self.made.position() == self.made.get_ref().len() as u64 && self.next <= self.end {
            let mut text = String::new();
            if self.next == 0 {
                text.push_str("{\"balance\":\"1\",\"storage\":{\"0x0\":\"1\"");
            }
            for slot in self.next.max(1)..self.end.min(self.next + 1_000) {
                write!(text, ",\"{:#066x}\":\"{slot:x}\"", mixed(slot)).unwrap();
            }
            self.next += 1_000;
            if self.next > self.end {
                writeln!(text, "}},\"address\":\"{}\"}}", Address::ZERO).unwrap();
            }
            self.made = Cursor::new(text.into_bytes());
        }
        self.made.read(room)
    }
}

/// A slot's number, far from that of the slot before.
fn mixed(slot: u64) -> U256 {
    U256::from(slot.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 130
}

/// Imports one account, and says how much memory that took at most.
#[cfg(target_os = "linux")]
#[test]
fn measured_process() {
    let Some(root) = std::env::var_os("IMPORT_ROOT") else { return };
    let root: B256 = root.to_str().unwrap().parse().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir.path().join("store"));
    let text = Endless { next: 0, end: MANY, made: Cursor::new(vec![]) };
    let before = anonymous_bytes();
    let (watched, end) = mpsc::channel::<()>();
    let watcher = std::thread::spawn(move || {
        let mut highest = 0;
        while end.recv_timeout(Duration::from_millis(2)) == Err(mpsc::RecvTimeoutError::Timeout) {
            highest = highest.max(anonymous_bytes());
        }
        highest
    });
    import(&store, root, text, 8 * ROOM, &mut |_| Ok(())).unwrap();
    drop(watched);
    assert_eq!(store.view().unwrap().slot_count().unwrap(), MANY);
    println!("taken: {}", watcher.join().unwrap() - before);
}

#[cfg(target_os = "linux")]
#[test]
fn an_account_that_is_larger_than_memory_takes_little_of_it() {
    let slots = (0..MANY).map(|slot| (mixed(slot), U256::from(slot.max(1)))).collect();
    let account = Account { nonce: 0, balance: U256::ONE, code_hash: KECCAK256_EMPTY };
    let root = root(&World::from([(Address::ZERO, (account, slots))]));
    let process = Command::new(std::env::current_exe().unwrap())
        .args(["measured_process", "--exact", "--nocapture"])
        .env("IMPORT_ROOT", root.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8(process.stdout).unwrap();
    let taken = said.lines().find_map(|line| line.split_once("taken: "));
    let taken: usize = taken.expect(&said).1.parse().unwrap();
    // The line has 40 MB, its slots 32 MB in memory.
    assert!((4 * ROOM..24 * ROOM).contains(&taken), "{taken} bytes");
}

#[test]
fn a_line_without_end_is_no_dump() {
    for (start, byte) in [("{\"code\":\"0x", b'0'), ("", b' '), ("{\"nonce\":", b'1')] {
        let text = Cursor::new(start).chain(std::io::repeat(byte));
        let store = StateStore::memory();
        let refusal = import(&store, B256::ZERO, text, ROOM, &mut |_| Ok(())).unwrap_err();
        assert_eq!(refusal.code, Code::MalformedDump, "{start}");
    }
}

/// Memory that no file stands behind.
#[cfg(target_os = "linux")]
fn anonymous_bytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let size = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    size.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}
