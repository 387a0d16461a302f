/// Where a list goes on; opaque, made and read by the port that answers the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub String);

/// Which part of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// How many at most, 1 to 100.
    pub limit: u8,
    /// After which; absent at the beginning.
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// The default number in a page.
    pub const DEFAULT: u8 = 50;
    /// The largest number in a page.
    pub const MAX: u8 = 100;
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The things.
    pub data: Vec<T>,
    /// Where it goes on; absent at the end.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// From one row more than was wanted: its presence says that there is more, and `cursor` names the last one kept.
    pub fn from_one_more(mut data: Vec<T>, limit: u8, cursor: impl FnOnce(&T) -> Cursor) -> Self {
        let more = data.len() > usize::from(limit);
        data.truncate(usize::from(limit));
        let next = if more { data.last().map(cursor) } else { None };
        Self { data, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_more_than_wanted_says_that_it_goes_on() {
        let page = |rows: &[u8], limit| Page::from_one_more(rows.to_vec(), limit, |it| Cursor(it.to_string()));
        assert_eq!(page(&[1, 2, 3], 2), Page { data: vec![1, 2], next: Some(Cursor("2".into())) });
        assert_eq!(page(&[1, 2], 2), Page { data: vec![1, 2], next: None });
        assert_eq!(page(&[], 2), Page { data: vec![], next: None });
    }
}
