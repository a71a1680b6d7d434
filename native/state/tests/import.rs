//! Dumps out and in again, interrupted anywhere.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::io::Cursor;

use common::{World, dump, expect_whole, head, header, identity, root, start, step, worlds};
use weakstate_codec::Code;
use weakstate_state::{Import, Result, StateStore, export};
use weakstate_trees::state::{Embedding, Layout, Scheme};

fn exported(store: &StateStore) -> Vec<u8> {
    let mut out = Vec::new();
    export(&store.view().unwrap(), &mut out, &mut |_| Ok(())).unwrap();
    out
}

fn after(blocks: u64) -> (StateStore, Vec<World>) {
    let worlds = worlds(blocks);
    let store = StateStore::memory();
    start(&store);
    for world in &worlds[..blocks as usize] {
        step(&store, world).unwrap();
    }
    (store, worlds)
}

fn import(store: &StateStore, number: u64, world: &World, text: &[u8]) -> Result<()> {
    let (identity, header) = (identity(), header(number));
    let import = Import {
        identity: &identity,
        head: head(number, root(world)),
        header: &header,
        ancestors: &[],
        room: Import::ROOM,
    };
    store.import(&import, &mut Cursor::new(text), &mut |_| Ok(()))
}

#[test]
fn what_was_exported_is_imported() {
    let (store, worlds) = after(50);
    let text = exported(&store);
    let other = StateStore::memory();
    import(&other, 50, &worlds[50], &text).unwrap();
    assert_eq!(expect_whole(&other, &worlds), 50);
    assert_eq!(exported(&other), text);
    let refusal = import(&other, 50, &worlds[50], &text).unwrap_err();
    assert_eq!(refusal.code, Code::StoreExists);
}

#[test]
fn a_tree_of_leaves_is_exported_and_imported() {
    for embedding in [Embedding::Packed, Embedding::FiveLeaf] {
        let layout = Layout { scheme: Scheme::Verkle, embedding, ..Layout::default() };
        let worlds = common::worlds_of(&layout, 60);
        let store = StateStore::memory();
        common::start_of(&layout, &store);
        for world in &worlds[..60] {
            step(&store, world).unwrap();
        }
        let text = exported(&store);
        let said = String::from_utf8(text.clone()).unwrap();
        assert!(said.contains(":\"0x0\""), "slots that are zero");
        assert!(said.contains("\"cleared\":\"0xef0100"), "delegations that were cleared");
        let (identity, header) = (common::identity_of(&layout), header(60));
        let head = store.view().unwrap().head();
        for room in [Import::ROOM, 1 << 16] {
            let import =
                Import { identity: &identity, head, header: &header, ancestors: &[], room };
            let other = StateStore::memory();
            other.import(&import, &mut Cursor::new(&text), &mut |_| Ok(())).unwrap();
            assert_eq!(expect_whole(&other, &worlds), 60);
            assert_eq!(exported(&other), text);
            step(&other, &worlds[60]).unwrap();
        }
        for without in [":\"0x0\"", "\"cleared\""] {
            let kept =
                said.lines().filter(|line| !line.contains(without)).map(|l| l.to_owned() + "\n");
            let (kept, other) = (kept.collect::<String>(), StateStore::memory());
            let import = Import {
                identity: &identity,
                head,
                header: &header,
                ancestors: &[],
                room: Import::ROOM,
            };
            let refusal = other.import(&import, &mut Cursor::new(kept), &mut |_| Ok(()));
            assert_eq!(refusal.unwrap_err().code, Code::WrongDump);
        }
    }
}

#[test]
fn dumps_of_others_are_read() {
    let world = worlds(30).pop().unwrap();
    let account = |(address, (account, slots)): (
        &_,
        &(weakstate_trees::state::Account, std::collections::BTreeMap<_, _>),
    )| {
        let alloy_primitives::Address(name) = address;
        let storage: Vec<_> = slots
            .iter()
            .map(|(slot, value): (&alloy_primitives::U256, &alloy_primitives::U256)| {
                format!("\"{:#066x}\":\"{value:x}\"", slot)
            })
            .collect();
        let code = (1..=30)
            .map(common::code)
            .find(|code| alloy_primitives::keccak256(code) == account.code_hash);
        let code = code.map_or(String::new(), |code| format!(",\"code\":\"{code}\""));
        let body = format!(
            "\"balance\":\"{}\",\"nonce\":{},\"root\":\"0x01\",\"codeHash\":\"{}\"{code},\"storage\":{{{}}}",
            account.balance,
            account.nonce,
            account.code_hash,
            storage.join(",")
        );
        (name.to_string(), body)
    };
    let accounts: Vec<(String, String)> = world.iter().map(account).collect();
    let root = root(&world);
    let lines: Vec<_> = accounts
        .iter()
        .map(|(name, body)| format!("{{{body},\"address\":\"{name}\",\"key\":\"0x00\"}}\n"))
        .collect();
    let lines = format!("{{\"root\":\"{root}\"}}\n\n{}", lines.concat());
    let entries: Vec<_> =
        accounts.iter().map(|(name, body)| format!("\"{}\":{{{body}}}", &name[2..])).collect();
    let whole = format!("{{\"root\":\"{root}\",\"accounts\":{{{}}}}}", entries.join(","));
    let genesis = format!("{{\"config\":{{}},\"alloc\":{{{}}}}}", entries.join(","));
    for text in [lines, whole, genesis] {
        let store = StateStore::memory();
        import(&store, 30, &world, text.as_bytes()).unwrap();
        assert_eq!(dump(&store.view().unwrap()), world);
        store.check(&mut |_| Ok(())).unwrap();
    }
}

#[test]
fn what_is_no_dump_or_another_is_refused() {
    let (store, worlds) = after(20);
    let text = String::from_utf8(exported(&store)).unwrap();
    let fewer: Vec<&str> = text.lines().collect();
    let fewer = fewer[..fewer.len() - 1].join("\n");
    let address = "\"address\":\"0x00000000000000000000000000000000000000aa\"";
    let cases = [
        (fewer, Code::WrongDump),
        (text.replacen("\"nonce\":1", "\"nonce\":77", 1), Code::WrongDump),
        ("{\"root\":\"0x01\"}".into(), Code::WrongDump),
        ("{\"balance\":\"1\"}".into(), Code::MalformedDump),
        ("{\"address\":\"0x12\"}".into(), Code::MalformedDump),
        (format!("{{{address},\"balance\":\"-1\"}}"), Code::MalformedDump),
        (format!("{{{address},\"balance\":\"ff\"}}"), Code::MalformedDump),
        (format!("{{{address},\"nonce\":\"0x10000000000000000\"}}"), Code::MalformedDump),
        (format!("{{{address},\"storage\":[]}}"), Code::MalformedDump),
        (format!("{{{address},\"code\":\"0xabc\"}}"), Code::MalformedDump),
        (format!("{{{address}"), Code::MalformedDump),
        ("[]".into(), Code::MalformedDump),
        (format!("{{{address},\"codeHash\":\"{}\"}}", root(&worlds[1])), Code::StoreMissingNode),
        (String::new(), Code::WrongDump),
    ];
    for (text, code) in cases {
        let store = StateStore::memory();
        let refusal = import(&store, 20, &worlds[20], text.as_bytes()).unwrap_err();
        assert_eq!(refusal.code, code, "{refusal}");
        assert_eq!(store.view().unwrap_err().code, Code::StoreMissing);
    }
}
