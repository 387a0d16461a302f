//! What is written to standard error: who may say what, in which form, and what a panic tells.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, IsTerminal};
use std::panic::PanicHookInfo;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt, ParseError, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::config::{BadConfig, LogFormat};
use crate::traces::Traces;

/// One line for each request, what went wrong, and what the audit log comes to.
const USUAL: &str = "info";

/// What we log under, beside `adapter_…`: our crates, and names that are no crate's.
const OURS: &[&str] = &[
    "server",
    "kernel",
    "identity",
    "tenancy",
    "rbac",
    "entitlements",
    "audit",
    "webhooks",
    "accounts",
    "request",
    "panic",
    "audit_checkpoint",
];

/// Anybody may send what these refuse, and each refusal would be an error.
const MUTE: &[&str] = &["actix_http", "webauthn_rs_core"];

/// Writes what `RUST_LOG` chooses to standard error, and hands spans to `traces`.
pub fn start(format: LogFormat, traces: Option<&Traces>) -> Result<(), BadConfig> {
    let wanted = std::env::var("RUST_LOG").unwrap_or_default();
    let bad = |error: ParseError| BadConfig::Bad { name: "RUST_LOG".into(), problem: error.to_string() };
    let lines = lines(format, &wanted, io::stderr().is_terminal(), io::stderr).map_err(bad)?;
    tracing_subscriber::registry().with(lines).with(traces.map(Traces::layer)).init();
    std::panic::set_hook(Box::new(tell));
    Ok(())
}

fn lines<W>(
    format: LogFormat,
    wanted: &str,
    colours: bool,
    writer: W,
) -> Result<Box<dyn Layer<Registry> + Send + Sync>, ParseError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let wanted = EnvFilter::try_new(if wanted.is_empty() { USUAL } else { wanted })?;
    let filter = wanted.and(filter_fn(may_be_written));
    let lines = tracing_subscriber::fmt::layer().with_ansi(colours).with_writer(writer);
    Ok(match format {
        LogFormat::Pretty => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).with_filter(filter).boxed(),
    })
}

/// Whatever is asked for: other people's code tells of headers, statements, mails and what is in them, all but its warnings.
pub(crate) fn may_be_written(of: &Metadata<'_>) -> bool {
    let root = of.target().split("::").next().unwrap_or_default();
    let is_ours = root.starts_with("adapter_") || OURS.contains(&root);
    is_ours || (*of.level() <= Level::WARN && !MUTE.contains(&root))
}

/// Where it was, and what it says if that is written in the code: words put together may hold what was sent.
fn tell(panic: &PanicHookInfo<'_>) {
    let words =
        panic.payload().downcast_ref::<&str>().copied().unwrap_or("a panic, whose words may hold what was sent");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        tracing::error!(target: "panic", place, %trace, "{words}");
    } else {
        tracing::error!(target: "panic", place, "{words}");
    }
}

#[cfg(test)]
mod tests;
