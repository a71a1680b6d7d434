//! The rounds of both functions, on vectors that hold a word of each lane.
//!
//! Macros, since a function could not be compiled for several sets of instructions. Where they are
//! used, `add`, `xor`, `xor3`, `rotate`, `shift`, `choose`, `majority` and `all` must be in scope.

/// The constants of SHA-256's rounds.
pub(super) const SHA256: [u32; 64] = [
    0x428a_2f98,
    0x7137_4491,
    0xb5c0_fbcf,
    0xe9b5_dba5,
    0x3956_c25b,
    0x59f1_11f1,
    0x923f_82a4,
    0xab1c_5ed5,
    0xd807_aa98,
    0x1283_5b01,
    0x2431_85be,
    0x550c_7dc3,
    0x72be_5d74,
    0x80de_b1fe,
    0x9bdc_06a7,
    0xc19b_f174,
    0xe49b_69c1,
    0xefbe_4786,
    0x0fc1_9dc6,
    0x240c_a1cc,
    0x2de9_2c6f,
    0x4a74_84aa,
    0x5cb0_a9dc,
    0x76f9_88da,
    0x983e_5152,
    0xa831_c66d,
    0xb003_27c8,
    0xbf59_7fc7,
    0xc6e0_0bf3,
    0xd5a7_9147,
    0x06ca_6351,
    0x1429_2967,
    0x27b7_0a85,
    0x2e1b_2138,
    0x4d2c_6dfc,
    0x5338_0d13,
    0x650a_7354,
    0x766a_0abb,
    0x81c2_c92e,
    0x9272_2c85,
    0xa2bf_e8a1,
    0xa81a_664b,
    0xc24b_8b70,
    0xc76c_51a3,
    0xd192_e819,
    0xd699_0624,
    0xf40e_3585,
    0x106a_a070,
    0x19a4_c116,
    0x1e37_6c08,
    0x2748_774c,
    0x34b0_bcb5,
    0x391c_0cb3,
    0x4ed8_aa4a,
    0x5b9c_ca4f,
    0x682e_6ff3,
    0x748f_82ee,
    0x78a5_636f,
    0x84c8_7814,
    0x8cc7_0208,
    0x90be_fffa,
    0xa450_6ceb,
    0xbef9_a3f7,
    0xc671_78f2,
];

/// A round of SHA-256, given the state, and the sum of message word and constant.
macro_rules! sha256_round {
    ($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident, $word:expr) => {
        let sum = xor3(rotate::<6, 26>($e), rotate::<11, 21>($e), rotate::<25, 7>($e));
        let first = add(add(add($h, $word), choose($e, $f, $g)), sum);
        let sum = xor3(rotate::<2, 30>($a), rotate::<13, 19>($a), rotate::<22, 10>($a));
        $d = add($d, first);
        $h = add(first, add(sum, majority($a, $b, $c)));
    };
}

/// All rounds of SHA-256, given the state and a macro that makes the word of a round.
macro_rules! sha256_rounds {
    ($state:expr, $word:ident) => {{
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = $state;
        for t in [0, 16, 32, 48] {
            sha256_round!(a b c d e f g h, $word!(t, 0));
            sha256_round!(h a b c d e f g, $word!(t, 1));
            sha256_round!(g h a b c d e f, $word!(t, 2));
            sha256_round!(f g h a b c d e, $word!(t, 3));
            sha256_round!(e f g h a b c d, $word!(t, 4));
            sha256_round!(d e f g h a b c, $word!(t, 5));
            sha256_round!(c d e f g h a b, $word!(t, 6));
            sha256_round!(b c d e f g h a, $word!(t, 7));
            sha256_round!(a b c d e f g h, $word!(t, 8));
            sha256_round!(h a b c d e f g, $word!(t, 9));
            sha256_round!(g h a b c d e f, $word!(t, 10));
            sha256_round!(f g h a b c d e, $word!(t, 11));
            sha256_round!(e f g h a b c d, $word!(t, 12));
            sha256_round!(d e f g h a b c, $word!(t, 13));
            sha256_round!(c d e f g h a b, $word!(t, 14));
            sha256_round!(b c d e f g h a, $word!(t, 15));
        }
        [a, b, c, d, e, f, g, h]
    }};
}

/// A compression of SHA-256, given the state and a block's words.
macro_rules! sha256_compress {
    ($state:expr, $words:expr) => {{
        let mut w = $words;
        macro_rules! word {
            ($t:ident, $i:literal) => {{
                if $t > 0 {
                    let early = w[($i + 1) % 16];
                    let late = w[($i + 14) % 16];
                    let early =
                        xor3(rotate::<7, 25>(early), rotate::<18, 14>(early), shift::<3>(early));
                    let late =
                        xor3(rotate::<17, 15>(late), rotate::<19, 13>(late), shift::<10>(late));
                    w[$i] = add(add(w[$i], early), add(w[($i + 9) % 16], late));
                }
                add(w[$i], all(SHA256[$t + $i]))
            }};
        }
        sha256_rounds!($state, word)
    }};
}

/// Half a quarter of a round of BLAKE3.
macro_rules! blake3_half {
    ($a:ident $b:ident $c:ident $d:ident, $word:expr, $r:literal $s:literal) => {
        $a = add(add($a, $b), $word);
        $d = rotate::<$r, { 32 - $r }>(xor($d, $a));
        $c = add($c, $d);
        $b = rotate::<$s, { 32 - $s }>(xor($b, $c));
    };
}

/// All rounds of BLAKE3, given the sixteen words of the state and of the message.
macro_rules! blake3_rounds {
    ($state:expr, $m:expr) => {{
        let [
            mut a0, mut a1, mut a2, mut a3, mut b0, mut b1, mut b2, mut b3,
            mut c0, mut c1, mut c2, mut c3, mut d0, mut d1, mut d2, mut d3,
        ] = $state;
        let m = $m;
        macro_rules! round {
            ($i0:literal $i1:literal $i2:literal $i3:literal $i4:literal $i5:literal $i6:literal
             $i7:literal $i8:literal $i9:literal $ia:literal $ib:literal $ic:literal $id:literal
             $ie:literal $if:literal) => {
                blake3_half!(a0 b0 c0 d0, m[$i0], 16 12);
                blake3_half!(a1 b1 c1 d1, m[$i2], 16 12);
                blake3_half!(a2 b2 c2 d2, m[$i4], 16 12);
                blake3_half!(a3 b3 c3 d3, m[$i6], 16 12);
                blake3_half!(a0 b0 c0 d0, m[$i1], 8 7);
                blake3_half!(a1 b1 c1 d1, m[$i3], 8 7);
                blake3_half!(a2 b2 c2 d2, m[$i5], 8 7);
                blake3_half!(a3 b3 c3 d3, m[$i7], 8 7);
                blake3_half!(a0 b1 c2 d3, m[$i8], 16 12);
                blake3_half!(a1 b2 c3 d0, m[$ia], 16 12);
                blake3_half!(a2 b3 c0 d1, m[$ic], 16 12);
                blake3_half!(a3 b0 c1 d2, m[$ie], 16 12);
                blake3_half!(a0 b1 c2 d3, m[$i9], 8 7);
                blake3_half!(a1 b2 c3 d0, m[$ib], 8 7);
                blake3_half!(a2 b3 c0 d1, m[$id], 8 7);
                blake3_half!(a3 b0 c1 d2, m[$if], 8 7);
            };
        }
        round!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        round!(2 6 3 10 7 0 4 13 1 11 12 5 9 14 15 8);
        round!(3 4 10 12 13 2 7 14 6 5 9 0 11 15 8 1);
        round!(10 7 12 9 14 3 13 15 4 0 11 2 5 8 1 6);
        round!(12 13 9 11 15 10 14 8 7 2 5 3 0 1 6 4);
        round!(9 14 11 5 8 12 15 1 13 3 0 10 2 6 4 7);
        round!(11 15 5 0 1 9 8 6 14 10 2 12 3 4 7 13);
        [
            xor(a0, c0), xor(a1, c1), xor(a2, c2), xor(a3, c3),
            xor(b0, d0), xor(b1, d1), xor(b2, d2), xor(b3, d3),
        ]
    }};
}
