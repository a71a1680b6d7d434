//! Forks of Ethereum in the order of their rules.

use revm::primitives::hardfork::SpecId;

/// A set of rules; each holds all that the ones before it brought, unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "names of the forks")]
pub enum Fork {
    Frontier,
    Homestead,
    Dao,
    TangerineWhistle,
    SpuriousDragon,
    Byzantium,
    Constantinople,
    Petersburg,
    Istanbul,
    MuirGlacier,
    Berlin,
    London,
    ArrowGlacier,
    GrayGlacier,
    Paris,
    Shanghai,
    Cancun,
    Prague,
    Osaka,
    Bpo1,
    Bpo2,
    Bpo3,
    Bpo4,
    Bpo5,
    Amsterdam,
}

/// One row a fork: its name, its key in a genesis file, and what the interpreter calls it.
const FORKS: &[(Fork, &str, &str, Option<SpecId>)] = &[
    (Fork::Frontier, "Frontier", "", Some(SpecId::FRONTIER)),
    (Fork::Homestead, "Homestead", "homesteadBlock", Some(SpecId::HOMESTEAD)),
    (Fork::Dao, "DAO", "daoForkBlock", Some(SpecId::HOMESTEAD)),
    (Fork::TangerineWhistle, "Tangerine Whistle", "eip150Block", Some(SpecId::TANGERINE)),
    (Fork::SpuriousDragon, "Spurious Dragon", "eip158Block", Some(SpecId::SPURIOUS_DRAGON)),
    (Fork::Byzantium, "Byzantium", "byzantiumBlock", Some(SpecId::BYZANTIUM)),
    // Its storage gas (EIP-1283) never held on a public chain; the interpreter lacks it.
    (Fork::Constantinople, "Constantinople", "constantinopleBlock", None),
    (Fork::Petersburg, "Petersburg", "petersburgBlock", Some(SpecId::PETERSBURG)),
    (Fork::Istanbul, "Istanbul", "istanbulBlock", Some(SpecId::ISTANBUL)),
    (Fork::MuirGlacier, "Muir Glacier", "muirGlacierBlock", Some(SpecId::ISTANBUL)),
    (Fork::Berlin, "Berlin", "berlinBlock", Some(SpecId::BERLIN)),
    (Fork::London, "London", "londonBlock", Some(SpecId::LONDON)),
    (Fork::ArrowGlacier, "Arrow Glacier", "arrowGlacierBlock", Some(SpecId::LONDON)),
    (Fork::GrayGlacier, "Gray Glacier", "grayGlacierBlock", Some(SpecId::LONDON)),
    (Fork::Paris, "Paris", "mergeNetsplitBlock", Some(SpecId::MERGE)),
    (Fork::Shanghai, "Shanghai", "shanghaiTime", Some(SpecId::SHANGHAI)),
    (Fork::Cancun, "Cancun", "cancunTime", Some(SpecId::CANCUN)),
    (Fork::Prague, "Prague", "pragueTime", Some(SpecId::PRAGUE)),
    (Fork::Osaka, "Osaka", "osakaTime", Some(SpecId::OSAKA)),
    (Fork::Bpo1, "BPO1", "bpo1Time", Some(SpecId::OSAKA)),
    (Fork::Bpo2, "BPO2", "bpo2Time", Some(SpecId::OSAKA)),
    (Fork::Bpo3, "BPO3", "bpo3Time", Some(SpecId::OSAKA)),
    (Fork::Bpo4, "BPO4", "bpo4Time", Some(SpecId::OSAKA)),
    (Fork::Bpo5, "BPO5", "bpo5Time", Some(SpecId::OSAKA)),
    (Fork::Amsterdam, "Amsterdam", "amsterdamTime", None),
];

impl Fork {
    /// All forks in order.
    pub fn all() -> impl Iterator<Item = Self> {
        FORKS.iter().map(|row| row.0)
    }

    /// The fork's name.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Key in the `config` of a geth-style genesis file.
    pub fn genesis_key(self) -> &'static str {
        self.row().2
    }

    /// What the interpreter calls the rules of this fork; `None` if it does not have them.
    pub fn spec(self) -> Option<SpecId> {
        self.row().3
    }

    /// The blob parameters that Ethereum's own forks have, where a chain names none.
    pub fn default_blobs(self) -> Option<BlobSchedule> {
        match self {
            Self::Cancun => Some(BlobSchedule { target: 3, max: 6, update_fraction: 3_338_477 }),
            Self::Prague | Self::Osaka => {
                Some(BlobSchedule { target: 6, max: 9, update_fraction: 5_007_716 })
            }
            Self::Bpo1 => Some(BlobSchedule { target: 10, max: 15, update_fraction: 8_346_193 }),
            Self::Bpo2 => Some(BlobSchedule { target: 14, max: 21, update_fraction: 11_684_671 }),
            _ => None,
        }
    }

    #[expect(clippy::indexing_slicing, reason = "one row a fork, in order; tested below")]
    fn row(self) -> &'static (Self, &'static str, &'static str, Option<SpecId>) {
        &FORKS[self as usize]
    }
}

/// How many blobs a block may carry, and how their fee moves (EIP-7840).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobSchedule {
    /// Number of blobs at which the fee stays.
    pub target: u64,
    /// Highest number of blobs in a block.
    pub max: u64,
    /// Divisor in the fee's exponent.
    pub update_fraction: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_forks() {
        for (index, row) in FORKS.iter().enumerate() {
            assert_eq!(row.0 as usize, index);
        }
        assert_eq!(FORKS.len(), Fork::Amsterdam as usize + 1);
    }
}
