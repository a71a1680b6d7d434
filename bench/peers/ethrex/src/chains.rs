//! The rules of the chains that blocks come from.

use ethrex_common::constants::MAINNET_DEPOSIT_CONTRACT_ADDRESS;
use ethrex_common::types::ChainConfig;
use ethrex_common::{Address, H160};

use crate::input::Input;

const SEPOLIA_DEPOSIT_CONTRACT: Address = H160([
    0x7f, 0x02, 0xc3, 0xe3, 0xc9, 0x8b, 0x13, 0x30, 0x55, 0xb8, 0xb3, 0x48, 0xb2, 0xac, 0x62, 0x56,
    0x69, 0xed, 0x29, 0x5d,
]);

/// Times of Shanghai, Cancun, Prague, Osaka, BPO1 and BPO2; a fork that is not
/// listed never comes.
type Times<'a> = &'a [u64];

/// ethrex knows no rules from before the merge, so times are all it needs.
fn chain(chain_id: u64, deposits: Address, times: Times) -> ChainConfig {
    let at = |fork: usize| times.get(fork).copied();
    ChainConfig {
        chain_id,
        terminal_total_difficulty: Some(0),
        terminal_total_difficulty_passed: true,
        shanghai_time: at(0),
        cancun_time: at(1),
        prague_time: at(2),
        osaka_time: at(3),
        bpo1_time: at(4),
        bpo2_time: at(5),
        deposit_contract_address: deposits,
        ..ChainConfig::default()
    }
}

/// The rules of a block's chain, or why there are none.
pub fn config(block: &Input) -> Result<ChainConfig, String> {
    let mainnet = MAINNET_DEPOSIT_CONTRACT_ADDRESS;
    if let Some(network) = &block.network {
        let forks = [
            "Paris", "Shanghai", "Cancun", "Prague", "Osaka", "BPO1", "BPO2",
        ];
        let position = forks
            .iter()
            .position(|fork| fork == network)
            .ok_or_else(|| format!("unsupported network {network}"))?;
        return Ok(chain(block.chain_id, mainnet, &[0; 6][..position]));
    }
    match block.chain_id {
        1 if block.number < 15_537_394 => Err("before the merge".into()),
        1 => Ok(chain(
            1,
            mainnet,
            &[
                1681338455, 1710338135, 1746612311, 1764798551, 1765290071, 1767747671,
            ],
        )),
        11155111 => Ok(chain(
            11155111,
            SEPOLIA_DEPOSIT_CONTRACT,
            &[
                1677557088, 1706655072, 1741159776, 1760427360, 1761017184, 1761607008,
            ],
        )),
        17000 => Ok(chain(
            17000,
            H160([0x42; 20]),
            &[
                1696000704, 1707305664, 1740434112, 1759308480, 1759800000, 1760389824,
            ],
        )),
        560048 => Ok(chain(
            560048,
            mainnet,
            &[0, 0, 1742999832, 1761677592, 1762365720, 1762955544],
        )),
        other => Err(format!("unsupported chain {other}")),
    }
}
