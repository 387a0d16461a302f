use proptest::prelude::*;

use super::*;

/// RFC 6962, section 2.1, word for word.
fn naive_root(leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => Hash::of_nothing(),
        [one] => Hash::of_leaf(one),
        more => {
            let (left, right) = more.split_at(half(more.len()));
            Hash::of_node(naive_root(left), naive_root(right))
        }
    }
}

/// The greatest power of two below it.
fn half(len: usize) -> usize {
    len.next_power_of_two() / 2
}

/// Section 2.1.1: `PATH(m, D[n])`.
fn naive_path(index: usize, leaves: &[Vec<u8>]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(half(leaves.len()));
    let (mut path, beside) = match index.checked_sub(left.len()) {
        None => (naive_path(index, left), naive_root(right)),
        Some(index) => (naive_path(index, right), naive_root(left)),
    };
    path.push(beside);
    path
}

/// Section 2.1.2: `SUBPROOF(m, D[n], b)`.
fn naive_subproof(before: usize, leaves: &[Vec<u8>], known: bool) -> Vec<Hash> {
    if before == leaves.len() {
        return if known { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let (left, right) = leaves.split_at(half(leaves.len()));
    let (mut proof, beside) = match before.checked_sub(left.len()).filter(|it| *it > 0) {
        None => (naive_subproof(before, left, known), naive_root(right)),
        Some(before) => (naive_subproof(before, right, false), naive_root(left)),
    };
    proof.push(beside);
    proof
}

fn place(index: u64) -> usize {
    usize::try_from(index).unwrap()
}

/// What is stored with each leaf.
fn stored(leaves: &[Vec<u8>]) -> (Frontier, Vec<Vec<Hash>>) {
    let mut frontier = Frontier::default();
    let stored = leaves.iter().map(|it| frontier.push(Hash::of_leaf(it))).collect();
    (frontier, stored)
}

fn of(stored: &[Vec<Hash>], ranges: &[Range]) -> Vec<Hash> {
    let known = |it: Subtree| stored.get(place(it.last))?.get(it.height as usize).copied();
    ranges.iter().map(|it| it.hash(known).expect("it is stored")).collect()
}

fn sized(most: usize) -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 1..most)
}

fn hex(text: &str) -> Vec<u8> {
    let digit = |i| u8::from_str_radix(&text[i..i + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}

/// Those of the Certificate Transparency project's own tests of its Merkle tree.
#[test]
fn the_vectors_of_certificate_transparency() {
    let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    assert_eq!(Hash::of_nothing().0.to_vec(), hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    let mut frontier = Frontier::default();
    for (leaf, root) in leaves.into_iter().zip(roots) {
        frontier.push(Hash::of_leaf(&hex(leaf)));
        assert_eq!(frontier.root().0.to_vec(), hex(root));
    }
}

/// RFC 6962, section 2.1.3: the proofs it writes out for a tree of seven leaves.
#[test]
fn the_examples_of_the_rfc() {
    let range = |from, to| Range { from, to };
    assert_eq!(inclusion(0, 7), [range(1, 2), range(2, 4), range(4, 7)]);
    assert_eq!(inclusion(3, 7), [range(2, 3), range(0, 2), range(4, 7)]);
    assert_eq!(inclusion(4, 7), [range(5, 6), range(6, 7), range(0, 4)]);
    assert_eq!(inclusion(6, 7), [range(4, 6), range(0, 4)]);
    assert_eq!(consistency(3, 7), [range(2, 3), range(3, 4), range(0, 2), range(4, 7)]);
    assert_eq!(consistency(4, 7), [range(4, 7)]);
    assert_eq!(consistency(6, 7), [range(4, 6), range(6, 7), range(0, 4)]);
}

#[test]
fn there_are_no_proofs_of_what_is_not() {
    assert!(inclusion(7, 7).is_empty() && inclusion(0, 0).is_empty());
    assert!(consistency(0, 7).is_empty() && consistency(7, 7).is_empty() && consistency(8, 7).is_empty());
    let (root, other) = (Hash::of_leaf(b"a"), Hash::of_leaf(b"b"));
    assert!(!is_included(root, 1, 1, root, &[]) && !is_included(root, 0, 0, root, &[]));
    assert!(is_included(root, 0, 1, root, &[]) && !is_included(root, 0, 1, root, &[other]));
    assert!(is_consistent((1, root), (1, root), &[]) && !is_consistent((1, root), (1, other), &[]));
    assert!(!is_consistent((2, root), (1, root), &[]) && !is_consistent((1, root), (2, other), &[]));
    assert!(is_consistent((0, Hash::of_nothing()), (1, root), &[]) && !is_consistent((0, root), (1, root), &[]));
}

#[test]
fn a_hash_reads_as_it_is_told() {
    let hash = Hash::of_leaf(b"x");
    assert_eq!(Hash::parse(&hash.to_string()), Some(hash));
    assert_eq!((Hash::parse("AAAA"), Hash::parse("?"), Hash::from_bytes(&[0; 31])), (None, None, None));
}

proptest! {
    #[test]
    fn a_frontier_comes_to_the_root_of_the_whole(leaves in sized(70)) {
        let (frontier, stored) = stored(&leaves);
        prop_assert_eq!(frontier.root(), naive_root(&leaves));
        let size = leaves.len() as u64;
        let known = |it: Subtree| Some(stored[place(it.last)][it.height as usize]);
        prop_assert_eq!(Frontier::of(size, known), Some(frontier));
        prop_assert_eq!(Range::whole(size).hash(known), Some(naive_root(&leaves)));
    }

    #[test]
    fn every_leaf_is_proved_and_nothing_else_is(leaves in sized(40), flip in any::<prop::sample::Index>()) {
        let (_, stored) = stored(&leaves);
        let (root, size) = (naive_root(&leaves), leaves.len() as u64);
        for (index, leaf) in (0..).zip(&leaves) {
            let proof = of(&stored, &inclusion(index, size));
            prop_assert_eq!(&proof, &naive_path(place(index), &leaves));
            let leaf = Hash::of_leaf(leaf);
            prop_assert!(is_included(leaf, index, size, root, &proof));
            prop_assert!(!is_included(Hash::of_leaf(b"another"), index, size, root, &proof));
            prop_assert!(!is_included(leaf, index, size, Hash::of_nothing(), &proof));
            prop_assert!(!is_included(leaf, index, size, root, &[proof.as_slice(), &[root]].concat()));
            if !proof.is_empty() {
                prop_assert!(!is_included(leaf, index, size, root, &proof[1..]));
                let mut bent = proof.clone();
                flip.get_mut(&mut bent).0[0] ^= 1;
                prop_assert!(!is_included(leaf, index, size, root, &bent));
            }
        }
    }

    #[test]
    fn every_beginning_is_proved_and_nothing_else_is(leaves in sized(40), flip in any::<prop::sample::Index>()) {
        let (_, stored) = stored(&leaves);
        let (root, size) = (naive_root(&leaves), leaves.len() as u64);
        for before in 1..size {
            let old = naive_root(&leaves[..place(before)]);
            let proof = of(&stored, &consistency(before, size));
            prop_assert_eq!(&proof, &naive_subproof(place(before), &leaves, true));
            prop_assert!(is_consistent((before, old), (size, root), &proof));
            prop_assert!(!is_consistent((before, Hash::of_nothing()), (size, root), &proof));
            prop_assert!(!is_consistent((before, old), (size, Hash::of_nothing()), &proof));
            prop_assert!(!is_consistent((before, old), (size, root), &proof[1..]));
            let mut bent = proof.clone();
            flip.get_mut(&mut bent).0[0] ^= 1;
            prop_assert!(!is_consistent((before, old), (size, root), &bent));
        }
    }
}
