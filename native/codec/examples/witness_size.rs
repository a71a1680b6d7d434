//! Prints what witnesses take as a list and in weakstate's own bytes: `witness_size PATH...`.
//!
//! Only nodes count: the list's one after the other, without a length between them, against our
//! bytes without codes and headers, each as it is and after `zstd -3` (which must be installed).

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use weakstate_codec::{Blobs, Budget, Witness, read};

type Failure = Box<dyn std::error::Error>;

/// Bytes of nodes: as a list, as a list after zstd, in our form, in our form after zstd.
type Sizes = [usize; 4];

fn main() -> Result<(), Failure> {
    let mut files = Vec::new();
    for path in std::env::args_os().skip(1) {
        collect(Path::new(&path), &mut files)?;
    }
    if files.is_empty() {
        return Err("usage: witness_size PATH...".into());
    }
    files.sort();
    println!(
        "{:>9} {:>9} {:>6}  {:>9} {:>9} {:>6}  ms  file",
        "list", "ours", "", "zstd", "zstd", ""
    );
    let (mut sum, mut least) = ([0; 4], [f64::MAX; 2]);
    for file in files {
        let items = match read(&std::fs::read(&file)?, &Budget::default()) {
            Ok(items) => items,
            Err(error) => {
                eprintln!("skipped {}: {error}", file.display());
                continue;
            }
        };
        for item in items {
            let Some(witness) = item.witness else { continue };
            let root = witness.parent_state_root().or(item.claims.pre_state_root);
            let name = file.display();
            let (sizes, ms) = measure(&witness, root.as_ref())?;
            for (sum, size) in sum.iter_mut().zip(sizes) {
                *sum += size;
            }
            for (least, saved) in least.iter_mut().zip(print(sizes, &format!("{ms:>3.0}  {name}")))
            {
                *least = least.min(saved);
            }
        }
    }
    print(sum, "     all");
    println!("least saved: {:.1} %, after zstd {:.1} %", least[0], least[1]);
    Ok(())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}

/// Sizes of a witness's nodes, and the milliseconds that reading our bytes takes.
fn measure(
    witness: &Witness,
    root: Option<&alloy_primitives::B256>,
) -> Result<(Sizes, f64), Failure> {
    let unique: std::collections::BTreeSet<&[u8]> = witness.nodes.iter().collect();
    let plain: Vec<u8> = unique.iter().copied().collect::<Vec<_>>().concat();
    let nodes = Witness { nodes: witness.nodes.clone(), ..Witness::default() };
    let ours = nodes.to_bytes(root);
    let back = Witness::from_bytes(&ours, &Budget::default())?;
    if sorted(&back.nodes) != unique.into_iter().collect::<Vec<_>>() {
        return Err("what was written is not what is read".into());
    }
    // Magic, version and the numbers of surplus nodes, codes, keys and headers frame an empty one.
    let ours = ours.get(5..ours.len() - 4).unwrap_or_default();
    let whole = witness.to_bytes(root);
    let start = std::time::Instant::now();
    drop(Witness::from_bytes(&whole, &Budget::default())?);
    let ms = start.elapsed().as_secs_f64() * 1e3;
    Ok(([plain.len(), ours.len(), zstd(&plain)?, zstd(ours)?], ms))
}

fn sorted(blobs: &Blobs) -> Vec<&[u8]> {
    let mut strings: Vec<&[u8]> = blobs.iter().collect();
    strings.sort_unstable();
    strings
}

fn zstd(bytes: &[u8]) -> Result<usize, Failure> {
    let mut process = Command::new("zstd");
    let mut child =
        process.args(["-3", "-q", "-c"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut input = child.stdin.take().ok_or("no input")?;
    let output = std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(bytes));
        child.wait_with_output()
    })?;
    Ok(output.stdout.len())
}

/// Prints a line, and gives what is saved before and after zstd, in percent.
fn print([list, ours, list_zstd, ours_zstd]: Sizes, name: &str) -> [f64; 2] {
    let saved = |ours: usize, list: usize| 100.0 - 100.0 * ours as f64 / list as f64;
    let saved = [saved(ours, list), saved(ours_zstd, list_zstd)];
    let [plain, packed] = saved;
    println!(
        "{list:>9} {ours:>9} {plain:>5.1}%  {list_zstd:>9} {ours_zstd:>9} {packed:>5.1}%  {name}"
    );
    saved
}
