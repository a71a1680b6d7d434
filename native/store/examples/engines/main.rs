//! Measures LMDB, bare and as our store, against redb on the access pattern of a state store.
//!
//! `cargo run --release -p weakstate-store --example engines -- [ACCOUNTS]... [--dir DIR]`
//!
//! Each engine and size runs in its own process, so that memory is its own. The figures are in
//! `docs/decisions/0009-lmdb-under-the-store.md`.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a measurement, not a library")]

mod lmdb;
mod own;
mod redb;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Accounts and nodes: the two tables that a block reads and writes most.
#[derive(Clone, Copy)]
pub enum Table {
    /// 20-byte keys, values of 40 to 110 bytes.
    Accounts,
    /// Keys of 36 to 39 bytes, values of 100 to 532 bytes.
    Nodes,
}

/// What is measured of an engine.
pub trait Engine: Sized {
    /// Opens, or makes, a store to write.
    fn open(dir: &Path) -> Result<Self, String>;
    /// Opens beside a writer in another process.
    fn open_reader(dir: &Path) -> Result<Self, String>;
    /// One durable transaction.
    fn write(&self, entries: &[(Table, Vec<u8>, Vec<u8>)]) -> Result<(), String>;
    /// Reads all keys from one snapshot; the sum of the lengths found.
    fn read(&self, keys: &[(Table, Vec<u8>)]) -> Result<usize, String>;
}

/// SplitMix64: the same keys in every process without storing them.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(len + 8);
        while bytes.len() < len {
            bytes.extend_from_slice(&self.next().to_le_bytes());
        }
        bytes.truncate(len);
        bytes
    }
}

/// Key of entry `index`: an address, or an owner and a path of five to eight nibbles.
fn key(table: Table, index: u64) -> Vec<u8> {
    match table {
        Table::Accounts => Random(index ^ 0xacc0).bytes(20),
        Table::Nodes => Random(index ^ 0x40de_0000_0000).bytes(36 + index as usize % 4),
    }
}

fn value(table: Table, random: &mut Random) -> Vec<u8> {
    let len = match table {
        Table::Accounts => 40 + random.next() % 71,
        Table::Nodes => 100 + random.next() % 433,
    };
    random.bytes(len as usize)
}

fn entry(table: Table, index: u64, random: &mut Random) -> (Table, Vec<u8>, Vec<u8>) {
    (table, key(table, index), value(table, random))
}

fn picks(random: &mut Random, accounts: u64, count: usize) -> Vec<(Table, Vec<u8>)> {
    (0..count)
        .map(|n| {
            let table = if n % 2 == 0 { Table::Accounts } else { Table::Nodes };
            (table, key(table, random.next() % accounts))
        })
        .collect()
}

/// One block: 500 accounts and 1,000 nodes, a tenth of them new.
fn block(random: &mut Random, accounts: u64) -> Vec<(Table, Vec<u8>, Vec<u8>)> {
    (0..1_500)
        .map(|n| {
            let table = if n % 3 == 0 { Table::Accounts } else { Table::Nodes };
            let index = random.next() % accounts + if n % 10 == 0 { accounts } else { 0 };
            entry(table, index, random)
        })
        .collect()
}

const READS: usize = 2_000;
const BLOCKS: usize = 200;

fn measure<E: Engine>(engine: &str, dir: &Path, accounts: u64) {
    let store = E::open(dir).expect("open");
    let started = Instant::now();
    let mut random = Random(7);
    for first in (0..accounts).step_by(50_000) {
        let mut entries = Vec::new();
        for index in first..(first + 50_000).min(accounts) {
            entries.push(entry(Table::Accounts, index, &mut random));
            entries.push(entry(Table::Nodes, index, &mut random));
        }
        entries.sort_by(|a, b| a.1.cmp(&b.1));
        store.write(&entries).expect("import");
    }
    println!("import             {:>9.2} s", started.elapsed().as_secs_f64());
    println!("size               {:>9.1} MB", megabytes(dir));

    let (mut reads, mut writes) = (Vec::new(), Vec::new());
    let cpu = cpu();
    for _ in 0..BLOCKS {
        let keys = picks(&mut random, accounts, READS);
        let entries = block(&mut random, accounts);
        let started = Instant::now();
        assert!(store.read(&keys).expect("read") > READS * 40);
        reads.push(started.elapsed());
        let started = Instant::now();
        store.write(&entries).expect("commit");
        writes.push(started.elapsed());
    }
    let cpu = (self::cpu() - cpu) / BLOCKS as f64;
    println!("2,000 reads        {}", quantiles(reads));
    println!("1,500 puts, commit {}", quantiles(writes));
    println!("CPU a block        {:>9.2} ms (making keys and values included)", cpu * 1e3);
    println!("size after blocks  {:>9.1} MB", megabytes(dir));
    println!("memory             {}", memory());

    let reader = child(&["reader", engine, &accounts.to_string()], dir);
    let started = Instant::now();
    let mut commits = Vec::new();
    while started.elapsed() < Duration::from_secs(3) {
        let entries = block(&mut random, accounts);
        let started = Instant::now();
        store.write(&entries).expect("commit");
        commits.push(started.elapsed());
    }
    println!("commits beside it  {}", quantiles(commits));
    print!("{}", String::from_utf8_lossy(&reader.wait_with_output().expect("reader").stdout));
    drop(store);

    for _ in 0..3 {
        let mut writer = child(&["writer", engine, &accounts.to_string()], dir);
        std::thread::sleep(Duration::from_millis(1_500));
        writer.kill().expect("kill");
        writer.wait().expect("wait");
        let started = Instant::now();
        let store = E::open(dir).expect("open after SIGKILL");
        store.read(&picks(&mut random, accounts, 1)).expect("read after SIGKILL");
        println!("open after SIGKILL {:>9.2} ms", started.elapsed().as_secs_f64() * 1e3);
    }
    full::<E>(engine, dir, accounts);
}

/// A limit on the size of files stands for the full disk: writes fail without a signal.
fn full<E: Engine>(engine: &str, dir: &Path, accounts: u64) {
    let limit = (megabytes(dir) as u64 + 4) * 1024;
    let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &script, "sh"])
        .arg(std::env::current_exe().expect("own path"))
        .args(["fill", engine, &accounts.to_string(), "--dir"])
        .arg(dir)
        .stderr(Stdio::piped())
        .output()
        .expect("child");
    print!("{}", String::from_utf8_lossy(&output.stdout));
    let store = E::open(dir).map(|store| store.read(&picks(&mut Random(1), accounts, READS)));
    println!("open after full    {}", if matches!(store, Ok(Ok(_))) { "works" } else { "FAILS" });
}

/// Writes blocks until killed, or until the first error.
fn write_on<E: Engine>(dir: &Path, accounts: u64, report: bool) {
    let store = E::open(dir).expect("open");
    let mut random = Random(std::process::id().into());
    for blocks in 0.. {
        let mut entries = block(&mut random, accounts);
        for _ in 0..if report { 1_500 } else { 0 } {
            entries.push(entry(Table::Nodes, random.next(), &mut random));
        }
        if let Err(error) = store.write(&entries) {
            let again = store.read(&picks(&mut random, accounts, READS));
            let again = again.map_or_else(|error| error, |_| "works".to_owned());
            println!("full disk          after {blocks} blocks: {error}; reading then: {again}");
            return;
        }
    }
}

fn read_on<E: Engine>(dir: &Path, accounts: u64) {
    let store = match E::open_reader(dir) {
        Ok(store) => store,
        Err(error) => return println!("second process     {error}"),
    };
    let mut random = Random(99);
    let (started, mut rounds) = (Instant::now(), Vec::new());
    while started.elapsed() < Duration::from_millis(2_500) {
        let keys = picks(&mut random, accounts, READS);
        let started = Instant::now();
        if let Err(error) = store.read(&keys) {
            return println!("second process     {error}");
        }
        rounds.push(started.elapsed());
    }
    println!("second process     {} for 2,000 reads", quantiles(rounds));
}

fn child(args: &[&str], dir: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().expect("own path"))
        .args(args)
        .arg("--dir")
        .arg(dir)
        .stdout(Stdio::piped())
        .spawn()
        .expect("child")
}

fn quantiles(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |q: usize| times[(times.len() - 1) * q / 100].as_secs_f64() * 1e3;
    format!("{:>9.2} ms p50 {:>8.2} ms p99 ({} runs)", at(50), at(99), times.len())
}

/// Bytes that the directory's files occupy.
fn megabytes(dir: &Path) -> f64 {
    use std::os::unix::fs::MetadataExt;
    let files = std::fs::read_dir(dir).expect("directory");
    let blocks: u64 =
        files.map(|file| file.expect("file").metadata().expect("size").blocks()).sum();
    blocks as f64 * 512.0 / 1e6
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").expect("status");
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        let kilobytes = line.split_whitespace().nth(1).unwrap_or_default();
        kilobytes.parse::<f64>().unwrap_or_default() / 1e3
    };
    format!("{:>9.1} MB anonymous, {:.1} MB mapped", of("RssAnon"), of("RssFile"))
}

/// Seconds of processor time that this process has used.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("stat");
    let fields: Vec<_> = stat.split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().expect("ticks");
    (ticks(13) + ticks(14)) / 100.0
}

fn run<E: Engine>(mode: &str, engine: &str, dir: &Path, accounts: u64) {
    match mode {
        "measure" => measure::<E>(engine, dir, accounts),
        "reader" => read_on::<E>(dir, accounts),
        "writer" => write_on::<E>(dir, accounts, false),
        _ => write_on::<E>(dir, accounts, true),
    }
}

fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let dir = args.iter().position(|arg| arg == "--dir").map(|at| {
        let dir = args.remove(at + 1);
        args.remove(at);
        PathBuf::from(dir)
    });
    let dir = dir.unwrap_or_else(std::env::temp_dir);
    if let [mode, engine, accounts] = args.as_slice() {
        let accounts = accounts.parse().expect("number of accounts");
        return match engine.as_str() {
            "lmdb" => run::<lmdb::Lmdb>(mode, engine, &dir, accounts),
            "store" => run::<own::Own>(mode, engine, &dir, accounts),
            "redb" => run::<redb::Redb<false>>(mode, engine, &dir, accounts),
            _ => run::<redb::Redb<true>>(mode, engine, &dir, accounts),
        };
    }
    if args.is_empty() {
        args = vec!["100000".to_owned(), "1000000".to_owned()];
    }
    for accounts in args {
        for engine in ["lmdb", "store", "redb", "redb-bounded"] {
            println!("\n{engine}, {accounts} accounts and nodes");
            let own = dir.join(format!("engines-{engine}-{}", std::process::id()));
            std::fs::create_dir_all(&own).expect("directory");
            let child = child(&["measure", engine, &accounts], &own);
            let output = child.wait_with_output().expect("child");
            print!("{}", String::from_utf8_lossy(&output.stdout));
            std::fs::remove_dir_all(&own).expect("clean up");
        }
    }
}
