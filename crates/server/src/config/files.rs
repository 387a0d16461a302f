use std::fmt;

use adapter_files::{Bucket, StoredFiles};
use kernel::Secret;
use serde::Deserialize;
use url::Url;

use super::{BadConfig, bad};

/// What is said of who speaks S3, in the file or in the environment.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AwsTable {
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<String>,
    pub region: Option<String>,
    pub endpoint_url: Option<String>,
}

impl fmt::Debug for AwsTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AwsTable(…)")
    }
}

impl AwsTable {
    /// What is set in `self` wins.
    pub fn or(self, other: Self) -> Self {
        Self {
            access_key_id: self.access_key_id.or(other.access_key_id),
            secret_access_key: self.secret_access_key.or(other.secret_access_key),
            region: self.region.or(other.region),
            endpoint_url: self.endpoint_url.or(other.endpoint_url),
        }
    }

    /// The bucket that `files` names; absent where nothing does, whatever is said of AWS for others.
    pub fn bucket(self, files: Option<&str>) -> Result<Option<Bucket>, BadConfig> {
        let Some(files) = files else { return Ok(None) };
        let (name, prefix) =
            Bucket::parse(files).ok_or_else(|| bad("PORTCULLIS_FILES", "must be s3://bucket or s3://bucket/prefix"))?;
        let required = |name, value: Option<String>| {
            value.ok_or_else(|| bad(name, "is required where PORTCULLIS_FILES names a bucket"))
        };
        let region = match &self.endpoint_url {
            None => required("AWS_REGION", self.region)?,
            // Who speaks as S3 does seldom has regions, and takes this one for none.
            Some(endpoint) => {
                check_endpoint(endpoint)?;
                self.region.unwrap_or_else(|| "us-east-1".to_owned())
            }
        };
        let is_region = !region.is_empty() && region.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
        if !is_region {
            return Err(bad("AWS_REGION", "must be the name of a region: eu-central-1"));
        }
        Ok(Some(Bucket {
            name,
            prefix,
            access_key_id: required("AWS_ACCESS_KEY_ID", self.access_key_id)?,
            secret_access_key: Secret::new(required("AWS_SECRET_ACCESS_KEY", self.secret_access_key)?),
            region,
            endpoint: self.endpoint_url.map(|it| it.trim_end_matches('/').to_owned()),
        }))
    }
}

fn check_endpoint(text: &str) -> Result<(), BadConfig> {
    let is_good = Url::parse(text).is_ok_and(|url| {
        let plain =
            url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
        matches!(url.scheme(), "http" | "https") && url.has_host() && plain
    });
    if is_good { Ok(()) } else { Err(bad("AWS_ENDPOINT_URL", "must be http:// or https:// and a host")) }
}

/// The bucket, tried on the part that uses it; it is not asked for anything yet.
pub fn check(bucket: Option<&Bucket>) -> Result<(), BadConfig> {
    let Some(bucket) = bucket else { return Ok(()) };
    StoredFiles::in_bucket(bucket).map(drop).map_err(|error| bad("PORTCULLIS_FILES", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> AwsTable {
        AwsTable {
            access_key_id: Some("AKIDEXAMPLE".to_owned()),
            secret_access_key: Some("hunter2".to_owned()),
            region: Some("eu-central-1".to_owned()),
            endpoint_url: None,
        }
    }

    fn refusal(files: &str, table: AwsTable) -> String {
        table.bucket(Some(files)).unwrap_err().to_string()
    }

    #[test]
    fn a_bucket_is_what_is_said_of_it() {
        assert_eq!(table().bucket(None).unwrap(), None);
        let bucket = table().bucket(Some("s3://pictures/of/us")).unwrap().unwrap();
        assert_eq!((&*bucket.name, &*bucket.prefix, &*bucket.region), ("pictures", "of/us", "eu-central-1"));
        let minio = AwsTable { region: None, endpoint_url: Some("http://127.0.0.1:9000/".to_owned()), ..table() };
        let bucket = minio.bucket(Some("s3://pictures")).unwrap().unwrap();
        assert_eq!((bucket.endpoint.as_deref(), &*bucket.region), (Some("http://127.0.0.1:9000"), "us-east-1"));
    }

    #[test]
    fn what_is_missing_or_bad_is_named_and_no_secret_with_it() {
        assert!(refusal("/var/files", table()).starts_with("PORTCULLIS_FILES"));
        for (name, table) in [
            ("AWS_ACCESS_KEY_ID", AwsTable { access_key_id: None, ..table() }),
            ("AWS_SECRET_ACCESS_KEY", AwsTable { secret_access_key: None, ..table() }),
            ("AWS_REGION", AwsTable { region: None, ..table() }),
            ("AWS_REGION", AwsTable { region: Some("eu central".to_owned()), ..table() }),
            ("AWS_ENDPOINT_URL", AwsTable { endpoint_url: Some("minio:9000".to_owned()), ..table() }),
            ("AWS_ENDPOINT_URL", AwsTable { endpoint_url: Some("http://u:hunter2@minio".to_owned()), ..table() }),
        ] {
            let said = refusal("s3://pictures", table);
            assert!(said.starts_with(name) && !said.contains("hunter2"), "{said}");
        }
    }
}
