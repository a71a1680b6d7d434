//! One round of `Keccak-f[1600]`, written once for every width of word.
//!
//! Source: FIPS 202, section 3.2; the state word (x, y) stands at `5 * y + x`.

/// Round constants of the step iota.
pub(super) const ROUND_CONSTANTS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

/// Expands to the state after one round, of the state `$a` (an array of 25 words) and the
/// round constant `$constant` (a word).
///
/// The place of use has in scope `xor`, `xor5`, `rotate::<BITS, REST>` (left, `BITS + REST == 64`)
/// and `chi(a, b, c) = a ^ (!b & c)` of its words. A macro rather than a trait, because a trait's
/// methods cannot carry the `target_feature` that lets them be inlined into a vector kernel.
///
/// Each output plane needs one word of every input plane, so it is finished before the next is
/// begun: no more than five rotated words are alive at a time.
macro_rules! keccak_round {
    ($a:ident, $constant:expr) => {{
        let c0 = xor5($a[0], $a[5], $a[10], $a[15], $a[20]);
        let c1 = xor5($a[1], $a[6], $a[11], $a[16], $a[21]);
        let c2 = xor5($a[2], $a[7], $a[12], $a[17], $a[22]);
        let c3 = xor5($a[3], $a[8], $a[13], $a[18], $a[23]);
        let c4 = xor5($a[4], $a[9], $a[14], $a[19], $a[24]);
        let d0 = xor(c4, rotate::<1, 63>(c1));
        let d1 = xor(c0, rotate::<1, 63>(c2));
        let d2 = xor(c1, rotate::<1, 63>(c3));
        let d3 = xor(c2, rotate::<1, 63>(c4));
        let d4 = xor(c3, rotate::<1, 63>(c0));

        let b0 = xor($a[0], d0);
        let b1 = rotate::<44, 20>(xor($a[6], d1));
        let b2 = rotate::<43, 21>(xor($a[12], d2));
        let b3 = rotate::<21, 43>(xor($a[18], d3));
        let b4 = rotate::<14, 50>(xor($a[24], d4));
        let e0 = xor(chi(b0, b1, b2), $constant);
        let (e1, e2, e3, e4) = (chi(b1, b2, b3), chi(b2, b3, b4), chi(b3, b4, b0), chi(b4, b0, b1));

        let b0 = rotate::<28, 36>(xor($a[3], d3));
        let b1 = rotate::<20, 44>(xor($a[9], d4));
        let b2 = rotate::<3, 61>(xor($a[10], d0));
        let b3 = rotate::<45, 19>(xor($a[16], d1));
        let b4 = rotate::<61, 3>(xor($a[22], d2));
        let e5 = chi(b0, b1, b2);
        let (e6, e7, e8, e9) = (chi(b1, b2, b3), chi(b2, b3, b4), chi(b3, b4, b0), chi(b4, b0, b1));

        let b0 = rotate::<1, 63>(xor($a[1], d1));
        let b1 = rotate::<6, 58>(xor($a[7], d2));
        let b2 = rotate::<25, 39>(xor($a[13], d3));
        let b3 = rotate::<8, 56>(xor($a[19], d4));
        let b4 = rotate::<18, 46>(xor($a[20], d0));
        let e10 = chi(b0, b1, b2);
        let (e11, e12, e13, e14) =
            (chi(b1, b2, b3), chi(b2, b3, b4), chi(b3, b4, b0), chi(b4, b0, b1));

        let b0 = rotate::<27, 37>(xor($a[4], d4));
        let b1 = rotate::<36, 28>(xor($a[5], d0));
        let b2 = rotate::<10, 54>(xor($a[11], d1));
        let b3 = rotate::<15, 49>(xor($a[17], d2));
        let b4 = rotate::<56, 8>(xor($a[23], d3));
        let e15 = chi(b0, b1, b2);
        let (e16, e17, e18, e19) =
            (chi(b1, b2, b3), chi(b2, b3, b4), chi(b3, b4, b0), chi(b4, b0, b1));

        let b0 = rotate::<62, 2>(xor($a[2], d2));
        let b1 = rotate::<55, 9>(xor($a[8], d3));
        let b2 = rotate::<39, 25>(xor($a[14], d4));
        let b3 = rotate::<41, 23>(xor($a[15], d0));
        let b4 = rotate::<2, 62>(xor($a[21], d1));
        let e20 = chi(b0, b1, b2);
        let (e21, e22, e23, e24) =
            (chi(b1, b2, b3), chi(b2, b3, b4), chi(b3, b4, b0), chi(b4, b0, b1));

        [
            e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11, e12, e13, e14, e15, e16, e17, e18,
            e19, e20, e21, e22, e23, e24,
        ]
    }};
}
