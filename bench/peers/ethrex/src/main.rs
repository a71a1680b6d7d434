//! Times ethrex's stateless block verification on recorded blocks with
//! execution witnesses.

mod chains;
mod clock;
mod input;
mod verify;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use ethrex_crypto::NativeCrypto;
use serde::Serialize;

use clock::{Instants, Summary};
use input::Input;

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const PEER: &str = "ethrex";
/// The version of the ethrex crates that Cargo.toml pins.
const VERSION: &str = "31.0.0";

const USAGE: &str = "\
usage: ethrex-stateless [--repeat N] [--cold] [--json] [--bare] [--threads N] FILE...

FILE is a block with its witness in the data-folder JSON form, plain or gzipped.

  --repeat N   verifications per block (default 10)
  --cold       verify once (the same as --repeat 1)
  --json       print one JSON object per line
  --bare       leave out the transactions and withdrawals roots and the checks
               of the header against its parent
  --threads N  threads of the rayon pool (default 1)";

struct Options {
    repeat: usize,
    json: bool,
    bare: bool,
    threads: usize,
    files: Vec<String>,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Options {
            repeat: 10,
            json: false,
            bare: false,
            threads: 1,
            files: Vec::new(),
        };
        let mut cold = false;
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--repeat" => options.repeat = number(&arg, args.next())?,
                "--threads" => options.threads = number(&arg, args.next())?,
                "--cold" => cold = true,
                "--json" => options.json = true,
                "--bare" => options.bare = true,
                flag if flag.starts_with('-') => return Err(format!("unknown flag {flag}")),
                _ => options.files.push(arg),
            }
        }
        if cold {
            options.repeat = 1;
        }
        if options.files.is_empty() {
            return Err("no file".into());
        }
        Ok(options)
    }
}

fn number(flag: &str, value: Option<String>) -> Result<usize, String> {
    value
        .and_then(|text| text.parse().ok())
        .filter(|&n| n > 0)
        .ok_or_else(|| format!("{flag} wants a positive number"))
}

/// The line printed for one block.
#[derive(Serialize)]
struct Report<'a> {
    peer: &'static str,
    version: &'static str,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    number: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_ms: Option<Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wall_ms: Option<Summary>,
    ok: bool,
    gas: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Report<'_> {
    fn is_bad(&self) -> bool {
        !self.ok && self.skipped.is_none()
    }

    fn print(&self, json: bool) -> serde_json::Result<()> {
        if json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        let name = self.name.as_deref().unwrap_or_default();
        let label = format!("{} {name}", self.number);
        let label = label.trim_end();
        match (&self.skipped, &self.error, &self.cpu_ms, &self.wall_ms) {
            (Some(reason), ..) => println!("{label}: skipped: {reason}"),
            (_, Some(error), ..) => println!("{label}: FAILED: {error}"),
            (_, _, Some(cpu), Some(wall)) => println!(
                "{label}: ok, {:.2} Mgas, CPU best {:.2} ms, median {:.2} ms, wall best {:.2} ms",
                self.gas as f64 / 1e6,
                cpu.best,
                cpu.median,
                wall.best
            ),
            _ => println!("{label}: nothing measured"),
        }
        Ok(())
    }
}

/// Verifies one block the wanted number of times.
fn measure<'a>(block: Input, file: &'a str, options: &Options) -> Report<'a> {
    let mut report = Report {
        peer: PEER,
        version: VERSION,
        file,
        number: block.number,
        repeat: None,
        cpu_ms: None,
        wall_ms: None,
        ok: false,
        gas: 0,
        skipped: None,
        error: None,
        name: None,
    };
    let prepared = block.skip_reason().map_or(Ok(()), Err);
    match prepared.and_then(|()| chains::config(&block)) {
        Ok(config) => {
            let mut cpu = Vec::with_capacity(options.repeat);
            let mut wall = Vec::with_capacity(options.repeat);
            for _ in 0..options.repeat {
                verify::forget_senders();
                let start = Instants::now();
                let verdict =
                    verify::verify(&block, &config, !options.bare, Arc::new(NativeCrypto));
                let (cpu_ms, wall_ms) = start.elapsed();
                match verdict {
                    Ok(gas) => report.gas = gas,
                    Err(error) => {
                        report.error = Some(error.to_string());
                        break;
                    }
                }
                cpu.push(cpu_ms);
                wall.push(wall_ms);
            }
            report.repeat = Some(options.repeat);
            report.ok = report.error.is_none();
            if report.ok {
                report.cpu_ms = Summary::of(cpu);
                report.wall_ms = Summary::of(wall);
            }
        }
        Err(reason) => report.skipped = Some(reason),
    }
    report.name = block.name;
    report
}

fn run(options: &Options) -> Result<bool, Box<dyn std::error::Error>> {
    // The calling thread is one of the pool's, so one thread means one.
    rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .use_current_thread()
        .build_global()?;
    let mut good = true;
    for file in &options.files {
        let block = Input::read(Path::new(file)).map_err(|error| format!("{file}: {error}"))?;
        let report = measure(block, file, options);
        good &= !report.is_bad();
        report.print(options.json)?;
    }
    Ok(good)
}

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
