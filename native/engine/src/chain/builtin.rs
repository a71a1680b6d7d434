//! Chains that everybody knows.
//!
//! Source: the networks' published genesis files and fork schedules.

use alloy_primitives::address;

use super::{Activation, Chain, DEPOSIT_CONTRACT, Embedding, Fork, Gas, Hooks, Scheme, When};

/// Names of the built-in chains.
pub const NAMES: &[&str] = &["mainnet", "sepolia", "holesky", "hoodi"];

pub(super) fn chain(name: &str) -> Option<Chain> {
    let (id, schedule) = match name {
        "mainnet" => (1, MAINNET),
        "sepolia" => (11_155_111, SEPOLIA),
        "holesky" => (17_000, HOLESKY),
        "hoodi" => (560_048, HOODI),
        _ => return None,
    };
    let deposit_contract = match name {
        "sepolia" => address!("7f02C3E3c98b133055B8B348B2Ac625669Ed295D"),
        "holesky" => address!("4242424242424242424242424242424242424242"),
        _ => DEPOSIT_CONTRACT,
    };
    let schedule: Vec<_> = schedule
        .iter()
        .map(|&(fork, when)| Activation { fork, when, blobs: fork.default_blobs() })
        .collect();
    let dao_block = (name == "mainnet").then_some(1_920_000);
    let name = name.to_owned();
    let source = name.clone();
    Some(Chain {
        name,
        source,
        id,
        schedule,
        dao_block,
        deposit_contract,
        hooks: Hooks::default(),
        scheme: Scheme::default(),
        embedding: Embedding::default(),
        gas: Gas::default(),
    })
}

const MAINNET: &[(Fork, When)] = &[
    (Fork::Frontier, When::Block(0)),
    (Fork::Homestead, When::Block(1_150_000)),
    (Fork::Dao, When::Block(1_920_000)),
    (Fork::TangerineWhistle, When::Block(2_463_000)),
    (Fork::SpuriousDragon, When::Block(2_675_000)),
    (Fork::Byzantium, When::Block(4_370_000)),
    (Fork::Petersburg, When::Block(7_280_000)),
    (Fork::Istanbul, When::Block(9_069_000)),
    (Fork::MuirGlacier, When::Block(9_200_000)),
    (Fork::Berlin, When::Block(12_244_000)),
    (Fork::London, When::Block(12_965_000)),
    (Fork::ArrowGlacier, When::Block(13_773_000)),
    (Fork::GrayGlacier, When::Block(15_050_000)),
    (Fork::Paris, When::Block(15_537_394)),
    (Fork::Shanghai, When::Time(1_681_338_455)),
    (Fork::Cancun, When::Time(1_710_338_135)),
    (Fork::Prague, When::Time(1_746_612_311)),
    (Fork::Osaka, When::Time(1_764_798_551)),
    (Fork::Bpo1, When::Time(1_765_290_071)),
    (Fork::Bpo2, When::Time(1_767_747_671)),
];

const SEPOLIA: &[(Fork, When)] = &[
    (Fork::London, When::Block(0)),
    (Fork::Paris, When::Block(1_450_409)),
    (Fork::Shanghai, When::Time(1_677_557_088)),
    (Fork::Cancun, When::Time(1_706_655_072)),
    (Fork::Prague, When::Time(1_741_159_776)),
    (Fork::Osaka, When::Time(1_760_427_360)),
    (Fork::Bpo1, When::Time(1_761_017_184)),
    (Fork::Bpo2, When::Time(1_761_607_008)),
    (Fork::Amsterdam, When::Time(1_791_294_816)),
];

const HOLESKY: &[(Fork, When)] = &[
    (Fork::Paris, When::Block(0)),
    (Fork::Shanghai, When::Time(1_696_000_704)),
    (Fork::Cancun, When::Time(1_707_305_664)),
    (Fork::Prague, When::Time(1_740_434_112)),
    (Fork::Osaka, When::Time(1_759_308_480)),
    (Fork::Bpo1, When::Time(1_759_800_000)),
    (Fork::Bpo2, When::Time(1_760_389_824)),
];

const HOODI: &[(Fork, When)] = &[
    (Fork::Paris, When::Block(0)),
    (Fork::Shanghai, When::Time(0)),
    (Fork::Cancun, When::Time(0)),
    (Fork::Prague, When::Time(1_742_999_832)),
    (Fork::Osaka, When::Time(1_761_677_592)),
    (Fork::Bpo1, When::Time(1_762_365_720)),
    (Fork::Bpo2, When::Time(1_762_955_544)),
];
