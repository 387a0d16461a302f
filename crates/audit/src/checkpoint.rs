//! Checkpoints (C2SP tlog-checkpoint): how much a log holds, and what it comes to, as signed.

use std::sync::Arc;

use kernel::Fault;

use crate::note::{self, Standing};
use crate::ports::{Signer, Verifier};
use crate::{Hash, Signatories};

/// What a log comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whose log.
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    /// Their root.
    pub root: Hash,
    /// What else is said, a line each.
    pub extensions: Vec<String>,
}

impl Head {
    /// What the name of a log ends with where not the log is meant, but an export of it.
    const EXPORT: &'static str = "/export";

    /// Of a log of this origin.
    #[must_use]
    pub fn new(origin: &str, size: u64, root: Hash) -> Self {
        Self { origin: origin.to_owned(), size, root, extensions: Vec::new() }
    }

    /// Of an export of this log; it tells of nothing but the export.
    #[must_use]
    pub fn of_export(origin: &str, size: u64, root: Hash, extensions: Vec<String>) -> Self {
        Self { extensions, ..Self::new(&Self::export_of(origin), size, root) }
    }

    /// What exports of this log are called.
    pub(crate) fn export_of(origin: &str) -> String {
        format!("{origin}{}", Self::EXPORT)
    }

    /// What is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, self.root);
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// The head that a checkpoint of a log tells; `None` for what is none, and for what is told of an export. Who stands behind
    /// it is another question.
    #[must_use]
    pub fn of_log(checkpoint: &str) -> Option<Self> {
        Self::parse(checkpoint).filter(|it| it.extensions.is_empty() && !it.origin.ends_with(Self::EXPORT))
    }

    /// The head a note tells; `None` for what is none. Who stands behind it is another question.
    #[must_use]
    pub fn parse(checkpoint: &str) -> Option<Self> {
        let mut lines = note::text_of(checkpoint)?.lines();
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        let number = size.parse::<u64>().ok().filter(|it| it.to_string() == size)?;
        let filled = !origin.is_empty() && extensions.iter().all(|it| !it.is_empty());
        filled.then_some(Self { origin: origin.to_owned(), size: number, root: Hash::parse(root)?, extensions })
    }
}

/// Signs what the log comes to, and knows what it has signed.
#[derive(Clone)]
pub struct Notary {
    /// Whose log, where there is none yet: a log keeps its name.
    pub origin: String,
    /// By which keys.
    pub signer: Arc<dyn Signer>,
}

impl Notary {
    /// A checkpoint of this head.
    #[must_use]
    pub fn sign(&self, head: &Head) -> String {
        note::sign(&head.text(), &head.origin, self.signer.as_ref())
    }

    /// Whose signatures count: ours.
    #[must_use]
    pub fn signatories(&self) -> Signatories {
        let verifier: Arc<dyn Verifier> = Arc::clone(&self.signer) as _;
        Signatories { key: self.signer.key(), former: self.signer.former_keys(), verifier }
    }

    /// What a checkpoint tells, which must be ours.
    pub fn open(&self, checkpoint: &str) -> Result<Head, Fault> {
        match self.signatories().read(checkpoint) {
            Some((head, Standing::Signed)) => Ok(head),
            _ => Err(Fault::defect(
                "the newest checkpoint of the audit log is not signed by this installation: where SECRET_KEY was replaced, name the \
                 earlier one in PORTCULLIS_PREVIOUS_SECRET_KEY; where that is lost, hold the log to a checkpoint that was kept \
                 elsewhere (portcullis audit verify --checkpoint) and run portcullis audit adopt",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SumSigner;

    fn head() -> Head {
        Head::new("example.com/audit", 20_852_163, Hash::of_leaf(b"x"))
    }

    #[test]
    fn a_checkpoint_reads_as_what_was_signed() {
        let notary = Notary { origin: "example.com/audit".to_owned(), signer: Arc::new(SumSigner(7)) };
        let checkpoint = notary.sign(&head());
        assert_eq!(notary.signatories().read(&checkpoint), Some((head(), Standing::Signed)));
        assert_eq!(notary.open(&checkpoint).unwrap(), head());
        let other = Notary { signer: Arc::new(SumSigner(8)), ..notary };
        assert_eq!(other.signatories().read(&checkpoint).unwrap().1, Standing::Unknown);
        assert!(other.open(&checkpoint).is_err());
    }

    #[test]
    fn what_is_signed_of_an_export_is_no_checkpoint() {
        let notary = Notary { origin: "example.com/audit".to_owned(), signer: Arc::new(SumSigner(7)) };
        let Head { origin, size, root, .. } = head();
        let manifest = Head::of_export(&origin, size, root, vec!["export x".to_owned(), "chosen all".to_owned()]);
        let bare = Head { extensions: Vec::new(), ..manifest.clone() };
        let named = Head { extensions: manifest.extensions.clone(), ..head() };
        for other in [manifest, bare, named] {
            let signed = notary.sign(&other);
            assert_eq!(Head::parse(&signed), Some(other), "it reads");
            assert_eq!(Head::of_log(&signed), None);
            assert!(notary.signatories().read(&signed).is_none() && notary.open(&signed).is_err());
        }
    }

    #[test]
    fn its_text_is_c2sps() {
        let root = Hash::parse("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=").unwrap();
        let example = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        assert_eq!(Head::new("example.com/behind-the-sofa", 20_852_163, root).text(), example);
    }

    #[test]
    fn anything_else_is_none() {
        let good = format!("{}\n— x y\n", head().text());
        assert_eq!(Head::parse(&good), Some(head()));
        for bad in [
            String::new(),
            head().text(),
            good.replace("20852163", "020852163"),
            good.replace("20852163", "+1"),
            good.replace("20852163", "99999999999999999999"),
            good.replace('=', ""),
            good.replace("example.com/audit", ""),
        ] {
            assert_eq!(Head::parse(&bad), None, "{bad:?}");
        }
    }
}
