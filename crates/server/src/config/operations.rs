use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use url::Url;

use super::environment::Environment;
use super::file::File;
use super::{BadConfig, Config, bad};

/// What only those who run the installation notice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operations {
    /// How log lines are written.
    pub log: LogFormat,
    /// Where metrics are served; absent, they are at `/metrics` beside everything else.
    pub metrics_listen: Option<SocketAddr>,
    /// How long everything is still answered after `/readyz` says no.
    pub drain: Duration,
    /// Exactly where traces are sent; absent, there are none.
    pub traces: Option<String>,
}

/// For people, or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// A line to be read.
    #[default]
    Pretty,
    /// An object a line.
    Json,
}

impl Config {
    /// What must be known before anything is logged, whatever else is wrong.
    pub fn operations() -> Result<Operations, BadConfig> {
        let file = File::read(Path::new("portcullis.toml"))?;
        let environment = Environment::of(std::env::vars_os())?;
        environment.operations.or(file.operations()).read()
    }
}

/// What is said of it, in the file or in the environment.
#[derive(Clone, Debug, Default)]
pub struct OperationsTable {
    pub log: Option<String>,
    pub metrics_listen: Option<String>,
    pub drain_seconds: Option<String>,
    /// A collector, which takes traces at a path of its own.
    pub collector: Option<String>,
    /// Exactly where traces are sent, whatever the collector.
    pub traces: Option<String>,
}

impl OperationsTable {
    /// What is set in `self` wins.
    pub fn or(self, other: Self) -> Self {
        Self {
            log: self.log.or(other.log),
            metrics_listen: self.metrics_listen.or(other.metrics_listen),
            drain_seconds: self.drain_seconds.or(other.drain_seconds),
            collector: self.collector.or(other.collector),
            traces: self.traces.or(other.traces),
        }
    }

    pub fn read(self) -> Result<Operations, BadConfig> {
        let log = match self.log.as_deref() {
            None | Some("pretty") => LogFormat::Pretty,
            Some("json") => LogFormat::Json,
            Some(_) => return Err(bad("PORTCULLIS_LOG", "must be pretty or json")),
        };
        let listen = |text: String| {
            let problem = "must be an address and a port: 127.0.0.1:9090";
            text.parse().map_err(|_| bad("PORTCULLIS_METRICS_LISTEN", problem))
        };
        let seconds = |text: String| {
            let seconds = text.parse().ok().filter(|it| *it <= 300);
            seconds.ok_or_else(|| bad("PORTCULLIS_DRAIN_SECONDS", "must be a number of seconds from 0 to 300"))
        };
        let address = |name, text: String| {
            let known =
                Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.query().is_none());
            let problem = "must be http:// or https:// and a host, without a query";
            known.then_some(text).ok_or_else(|| bad(name, problem))
        };
        let collector = self.collector.map(|text| address("OTEL_EXPORTER_OTLP_ENDPOINT", text)).transpose()?;
        let traces = self.traces.map(|text| address("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", text)).transpose()?;
        let usual = |collector: String| format!("{}/v1/traces", collector.trim_end_matches('/'));
        Ok(Operations {
            log,
            metrics_listen: self.metrics_listen.map(listen).transpose()?,
            drain: Duration::from_secs(self.drain_seconds.map_or(Ok(0), seconds)?),
            traces: traces.or_else(|| collector.map(usual)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_bad_is_named() {
        let table = |log: &str, listen: &str, drain: &str| OperationsTable {
            log: Some(log.to_owned()),
            metrics_listen: Some(listen.to_owned()),
            drain_seconds: Some(drain.to_owned()),
            ..OperationsTable::default()
        };
        let good = table("json", "[::1]:9090", "20").read().unwrap();
        assert_eq!((good.log, good.drain), (LogFormat::Json, Duration::from_secs(20)));
        for (table, name) in [
            (table("JSON", "[::1]:9090", "20"), "PORTCULLIS_LOG"),
            (table("json", "9090", "20"), "PORTCULLIS_METRICS_LISTEN"),
            (table("json", "[::1]:9090", "-1"), "PORTCULLIS_DRAIN_SECONDS"),
            (table("json", "[::1]:9090", "301"), "PORTCULLIS_DRAIN_SECONDS"),
        ] {
            assert!(table.read().unwrap_err().to_string().starts_with(name), "{name}");
        }
        for bad in ["collector:4318", "grpc://collector", "http://", "http://a?token=b"] {
            let table = OperationsTable { collector: Some(bad.to_owned()), ..OperationsTable::default() };
            assert!(table.read().unwrap_err().to_string().starts_with("OTEL_EXPORTER_OTLP_ENDPOINT"), "{bad}");
            let table = OperationsTable { traces: Some(bad.to_owned()), ..OperationsTable::default() };
            assert!(table.read().unwrap_err().to_string().starts_with("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), "{bad}");
        }
        assert_eq!(OperationsTable::default().read().unwrap(), Operations::default());
    }

    #[test]
    fn traces_go_to_an_address_of_their_own_as_it_is_else_to_the_collectors() {
        let read = |collector: Option<&str>, traces: Option<&str>| {
            let [collector, traces] = [collector, traces].map(|it| it.map(str::to_owned));
            OperationsTable { collector, traces, ..OperationsTable::default() }.read().unwrap().traces
        };
        let (general, own) = (Some("http://collector:4318/"), Some("https://traces.example/in/"));
        assert_eq!(read(general, None).as_deref(), Some("http://collector:4318/v1/traces"));
        assert_eq!(read(general, own).as_deref(), own);
        assert_eq!(read(None, own).as_deref(), own);
        assert_eq!(read(None, None), None);
    }
}
