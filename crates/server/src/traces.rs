//! Traces for OpenTelemetry, where somebody takes them: one span for each request, under its caller's where there is one,
//! and under it one for each time the database is asked; one for each mail and each webhook that is sent.

use adapter_http::Spans;
use adapter_outbound::Collector;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Level, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::logs::may_be_written;
use crate::serve::Trouble;

/// Under which spans are made that are for traces alone: no line of the log has them, and where nobody takes traces, they
/// cost nothing.
const CLIENT: &str = "client";

/// What sends them.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// To exactly this address, as `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`, `OTEL_SERVICE_NAME` and their
    /// like say.
    pub fn to(endpoint: &str) -> Result<Self, Trouble> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint)
            .with_http_client(Collector::new()?)
            .build()
            .map_err(|error| format!("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: {error}"))?;
        let resource = Resource::builder();
        let is_named = std::env::var_os("OTEL_SERVICE_NAME").is_some();
        let resource = if is_named { resource } else { resource.with_service_name("portcullis") };
        let provider = SdkTracerProvider::builder().with_resource(resource.build()).with_batch_exporter(exporter);
        Ok(Self(provider.build()))
    }

    /// Takes the spans of requests and of what is asked of others, and what is logged of our own work on them.
    pub fn layer<S: Subscriber + for<'s> LookupSpan<'s>>(&self) -> impl Layer<S> + use<S> {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("portcullis"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(|of| of.target() == CLIENT || (may_be_written(of) && *of.level() <= Level::INFO)))
    }

    /// Sends what is left.
    pub async fn stop(self) {
        let stopped = tokio::task::spawn_blocking(move || self.0.shutdown()).await;
        if !matches!(stopped, Ok(Ok(()))) {
            tracing::warn!("the last traces were not sent");
        }
    }
}

/// The headers of W3C's Trace Context.
struct Headers<'a> {
    traceparent: &'a str,
    tracestate: &'a str,
}

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => Some(self.traceparent),
            "tracestate" => Some(self.tracestate),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent", "tracestate"]
    }
}

/// What becomes of the spans of requests.
pub const SPANS: Spans = Spans { adopt, name };

fn name(span: &Span, name: String) {
    span.context().span().update_name(name);
}

/// Puts a request under what called it.
fn adopt(span: &Span, traceparent: &str, tracestate: &str) {
    let context = TraceContextPropagator::new().extract(&Headers { traceparent, tracestate });
    // Where it is not to be traced there is nothing to adopt.
    span.set_parent(context).ok();
}
