use super::{Hash, Range};

/// What proves that a log of this size holds the leaf at this place: the hashes of these ranges (RFC 6962, section 2.1.1).
/// Empty where it has no such leaf.
#[must_use]
pub fn inclusion(index: u64, size: u64) -> Vec<Range> {
    let mut path = Vec::new();
    if index < size {
        let mut range = Range::whole(size);
        while range.len() > 1 {
            let (left, right) = range.split();
            let (beside, next) = if index < left.to { (right, left) } else { (left, right) };
            path.push(beside);
            range = next;
        }
        path.reverse();
    }
    path
}

/// What proves that a log of this size begins with one of that size (RFC 6962, section 2.1.2). Empty where that is not
/// smaller, or empty.
#[must_use]
pub fn consistency(before: u64, size: u64) -> Vec<Range> {
    let mut path = Vec::new();
    if before > 0 && before < size {
        let (mut range, mut known) = (Range::whole(size), true);
        while range.to > before {
            let (left, right) = range.split();
            if before <= left.to {
                path.push(right);
                range = left;
            } else {
                path.push(left);
                range = right;
                known = false;
            }
        }
        if !known {
            path.push(range);
        }
        path.reverse();
    }
    path
}

/// Whether the proof shows that the log with this root and size has this leaf there (RFC 9162, section 2.1.3.2).
#[must_use]
pub fn is_included(leaf: Hash, index: u64, size: u64, root: Hash, proof: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut place, mut last, mut hash) = (index, size - 1, leaf);
    for beside in proof {
        if last == 0 {
            return false;
        }
        if place % 2 == 1 || place == last {
            hash = Hash::of_node(*beside, hash);
            while place % 2 == 0 && place != 0 {
                (place, last) = (place / 2, last / 2);
            }
        } else {
            hash = Hash::of_node(hash, *beside);
        }
        (place, last) = (place / 2, last / 2);
    }
    last == 0 && hash == root
}

/// Whether the proof shows that the second log begins with the first (RFC 9162, section 2.1.4.2); sizes beside roots.
#[must_use]
pub fn is_consistent(before: (u64, Hash), after: (u64, Hash), proof: &[Hash]) -> bool {
    let ((size, root), (larger, newer)) = (before, after);
    if size == 0 || size >= larger {
        let same = size == larger && root == newer;
        return proof.is_empty() && (same || (size == 0 && root == Hash::of_nothing()));
    }
    let first = if size.is_power_of_two() { Some(root) } else { None };
    let mut path = first.into_iter().chain(proof.iter().copied());
    let Some(start) = path.next() else { return false };
    let (mut place, mut last) = (size - 1, larger - 1);
    while place % 2 == 1 {
        (place, last) = (place / 2, last / 2);
    }
    let (mut old, mut new) = (start, start);
    for beside in path {
        if last == 0 {
            return false;
        }
        if place % 2 == 1 || place == last {
            old = Hash::of_node(beside, old);
            new = Hash::of_node(beside, new);
            while place % 2 == 0 && place != 0 {
                (place, last) = (place / 2, last / 2);
            }
        } else {
            new = Hash::of_node(new, beside);
        }
        (place, last) = (place / 2, last / 2);
    }
    last == 0 && old == root && new == newer
}
