use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use futures::future::join_all;
use tokio::time::timeout;

use super::traffic::{BOUNDS, Traffic};
use super::{Operations, Sample, SampleKind, Source};
use crate::error::chain;

/// The text format of Prometheus.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A source that takes longer is left out.
const PATIENCE: Duration = Duration::from_secs(2);

/// All there is to tell, in the text format. Who does not answer is named, and the others told of.
pub(crate) async fn render(operations: &Operations) -> String {
    let mut text = String::new();
    of_traffic(&mut text, &operations.traffic);
    let version = Sample::gauge("build_info", "Which version runs.", 1.0).of("version", env!("CARGO_PKG_VERSION"));
    let mut samples = vec![version];
    for (source, answer) in join_all(operations.sources.iter().map(|it| ask(it.as_ref()))).await {
        let help = "Whether a source of metrics answers.";
        let is_up = if answer.is_some() { 1.0 } else { 0.0 };
        samples.push(Sample::gauge("source_up", help, is_up).of("source", source));
        samples.extend(answer.unwrap_or_default());
    }
    // Each name once, all of it together.
    let names: BTreeSet<&str> = samples.iter().map(|it| it.name).collect();
    for name in names {
        of_name(&mut text, samples.iter().filter(|it| it.name == name));
    }
    text
}

async fn ask(source: &dyn Source) -> (&'static str, Option<Vec<Sample>>) {
    let answer = match timeout(PATIENCE, source.samples()).await {
        Ok(Ok(samples)) => Some(samples),
        Ok(Err(fault)) => {
            tracing::warn!(source = source.name(), fault = %chain(&fault), "no metrics");
            None
        }
        Err(_) => None,
    };
    (source.name(), answer)
}

fn of_name<'a>(text: &mut String, samples: impl Iterator<Item = &'a Sample>) {
    for (i, sample) in samples.enumerate() {
        if i == 0 {
            let kind = if sample.kind == SampleKind::Counter { "counter" } else { "gauge" };
            head(text, sample.name, sample.help, kind);
        }
        let labels: Vec<String> = sample.labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        writeln!(text, "portcullis_{}{labels} {}", sample.name, sample.value).ok();
    }
}

fn head(text: &mut String, name: &str, help: &str, kind: &str) {
    writeln!(text, "# HELP portcullis_{name} {help}\n# TYPE portcullis_{name} {kind}").ok();
}

fn of_traffic(text: &mut String, traffic: &Traffic) {
    let all = traffic.series();
    head(text, "http_requests_total", "Answers, by method, route and status.", "counter");
    for ((route, method), series) in &all {
        for (status, count) in &series.by_status {
            let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
            writeln!(text, "portcullis_http_requests_total{{{labels}}} {count}").ok();
        }
    }
    head(text, "http_request_duration_seconds", "How long answers took.", "histogram");
    for ((route, method), series) in &all {
        let name = "portcullis_http_request_duration_seconds";
        let labels = format!("method=\"{method}\",route=\"{route}\"");
        let mut so_far = 0;
        for (count, bound) in series.buckets.iter().zip(BOUNDS.iter().map(ToString::to_string).chain(["+Inf".into()])) {
            so_far += count;
            writeln!(text, "{name}_bucket{{{labels},le=\"{bound}\"}} {so_far}").ok();
        }
        writeln!(text, "{name}_sum{{{labels}}} {}\n{name}_count{{{labels}}} {so_far}", series.seconds).ok();
    }
    head(text, "http_requests_under_way", "Requests that are not answered yet.", "gauge");
    writeln!(text, "portcullis_http_requests_under_way {}", traffic.under_way()).ok();
    head(text, "http_requests_abandoned_total", "Requests whose client went away first.", "counter");
    writeln!(text, "portcullis_http_requests_abandoned_total {}", traffic.abandoned()).ok();
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;
    use kernel::Fault;

    use super::*;

    struct Pair;
    struct Silent;

    #[async_trait]
    impl Source for Pair {
        fn name(&self) -> &'static str {
            "pair"
        }

        async fn samples(&self) -> Result<Vec<Sample>, Fault> {
            let sample = |of, value| Sample::counter("looked_total", "Looks.", value).of("outcome", of);
            Ok(vec![sample("hit", 2.0), Sample::gauge("size", "Size.", 0.5), sample("miss", 1.0)])
        }
    }

    #[async_trait]
    impl Source for Silent {
        fn name(&self) -> &'static str {
            "silent"
        }

        async fn samples(&self) -> Result<Vec<Sample>, Fault> {
            Err(Fault::defect("it has nothing to say"))
        }
    }

    #[tokio::test]
    async fn each_name_stands_together_and_who_is_silent_is_named() {
        let operations = Operations { sources: vec![Arc::new(Pair), Arc::new(Silent)], ..Operations::default() };
        operations.traffic.begin().answered("GET", Some("/livez".to_owned()), 200, Duration::from_millis(3));
        operations.traffic.begin().answered("GET", Some("/livez".to_owned()), 503, Duration::from_secs(9));
        operations.traffic.begin().answered("other", None, 404, Duration::ZERO);
        drop(operations.traffic.begin());
        let _open = operations.traffic.begin();
        let text = render(&operations).await;
        for line in [
            "portcullis_looked_total{outcome=\"hit\"} 2\nportcullis_looked_total{outcome=\"miss\"} 1\n",
            "# TYPE portcullis_looked_total counter\n",
            "portcullis_size 0.5\n",
            "portcullis_source_up{source=\"pair\"} 1\nportcullis_source_up{source=\"silent\"} 0\n",
            "portcullis_http_requests_total{method=\"GET\",route=\"/livez\",status=\"503\"} 1\n",
            "portcullis_http_requests_total{method=\"other\",route=\"unknown\",status=\"404\"} 1\n",
            "_bucket{method=\"GET\",route=\"/livez\",le=\"0.002\"} 0\n",
            "_bucket{method=\"GET\",route=\"/livez\",le=\"0.005\"} 1\n",
            "_bucket{method=\"GET\",route=\"/livez\",le=\"5\"} 1\n",
            "_bucket{method=\"GET\",route=\"/livez\",le=\"+Inf\"} 2\n",
            "_sum{method=\"GET\",route=\"/livez\"} 9.003\n",
            "_count{method=\"GET\",route=\"/livez\"} 2\n",
            "portcullis_http_requests_under_way 1\n",
            "portcullis_http_requests_abandoned_total 1\n",
        ] {
            assert!(text.contains(line), "{line} is missing in {text}");
        }
        assert_eq!(text.matches("# HELP portcullis_looked_total").count(), 1);
    }
}
