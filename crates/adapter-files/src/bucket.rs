use kernel::{Fault, Secret};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{BackoffConfig, RetryConfig};

use crate::wire::Wire;

/// A bucket of S3, or of what speaks as S3 does, and where in it files are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// What it is called.
    pub name: String,
    /// What the names in it begin with, without a slash at either end; may be empty.
    pub prefix: String,
    /// Whom its owner lets in.
    pub access_key_id: String,
    /// What proves it.
    pub secret_access_key: Secret,
    /// Where it is.
    pub region: String,
    /// Who speaks as S3 does; absent for S3 itself.
    pub endpoint: Option<String>,
}

impl Bucket {
    /// Name and prefix of `s3://name/prefix`; `None` where it is anything else.
    #[must_use]
    pub fn parse(url: &str) -> Option<(String, String)> {
        let (name, prefix) = url.strip_prefix("s3://").map(|it| it.split_once('/').unwrap_or((it, "")))?;
        let is_edge = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        let bytes = name.as_bytes();
        let is_name = (3..=63).contains(&bytes.len())
            && bytes.iter().all(|c| is_edge(*c) || matches!(c, b'-' | b'.'))
            && [bytes.first(), bytes.last()].into_iter().flatten().all(|c| is_edge(*c));
        let prefix = prefix.trim_end_matches('/');
        let is_plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
        let is_word = |it: &str| !it.is_empty() && it != "." && it != ".." && it.bytes().all(is_plain);
        let is_prefix = prefix.is_empty() || (prefix.len() <= 500 && prefix.split('/').all(is_word));
        (is_name && is_prefix).then(|| (name.to_owned(), prefix.to_owned()))
    }

    /// Buckets are named in paths, as every server understands, and files are removed one by one, for not every one
    /// understands more.
    pub(crate) fn open(&self) -> Result<AmazonS3, Fault> {
        let builder = AmazonS3Builder::new()
            .with_http_connector(Wire::new()?)
            .with_bucket_name(&self.name)
            .with_region(&self.region)
            .with_access_key_id(&self.access_key_id)
            .with_secret_access_key(self.secret_access_key.expose())
            .with_retry(RetryConfig {
                backoff: BackoffConfig::default(),
                max_retries: 2,
                retry_timeout: Wire::PATIENCE,
            })
            .with_disable_bulk_delete(true);
        let builder = match &self.endpoint {
            Some(endpoint) => builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http:")),
            None => builder,
        };
        builder.build().map_err(|error| Fault::Failed(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_named_as_its_owners_name_it() {
        let parsed = |url: &str| Bucket::parse(url);
        let is = |name: &str, prefix: &str| Some((name.to_owned(), prefix.to_owned()));
        assert_eq!(parsed("s3://pictures"), is("pictures", ""));
        assert_eq!(parsed("s3://pictures/"), is("pictures", ""));
        assert_eq!(parsed("s3://my.pictures-1/of/Portcullis_1/"), is("my.pictures-1", "of/Portcullis_1"));
    }

    #[test]
    fn what_names_no_bucket_is_none() {
        for bad in [
            "",
            "files",
            "/var/files",
            "file:///var/files",
            "s3:/pictures",
            "s3://",
            "s3://ab",
            "s3://Pictures",
            "s3://-pictures",
            "s3://pictures.",
            "s3://pic tures",
            "s3://pictures/../other",
            "s3://pictures/a//b",
            "s3://pictures/a b",
            "s3://pictures?x=1",
            "s3://pictures#x",
            "s3://user:secret@pictures/x",
        ] {
            assert_eq!(Bucket::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn its_secret_is_not_shown() {
        let bucket = Bucket {
            name: "pictures".to_owned(),
            prefix: String::new(),
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: Secret::new("hunter2"),
            region: "eu-central-1".to_owned(),
            endpoint: None,
        };
        assert!(!format!("{bucket:?}").contains("hunter2"));
    }
}
