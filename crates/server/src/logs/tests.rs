use std::io::Write;
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::subscriber::with_default;
use tracing::{debug, error, error_span, info, info_span, trace, warn};

use super::*;

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn written(format: LogFormat, wanted: &str, work: impl FnOnce()) -> String {
    let written = Written::default();
    let to = written.clone();
    let lines = lines(format, wanted, false, move || to.clone()).unwrap();
    with_default(tracing_subscriber::registry().with(lines), work);
    String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
}

#[test]
fn other_peoples_code_is_not_heard_below_its_warnings_whatever_is_asked_for() {
    let text = written(LogFormat::Pretty, "trace,lettre=trace,actix_http=trace", || {
        info!(target: "tokio_postgres::query", "told");
        trace!(target: "lettre::transport", "told");
        debug!(target: "auditor", "told");
        error!(target: "actix_http::h1", "told");
        warn!(target: "rustls", "heard 1");
        trace!(target: "adapter_postgres::pool", "heard 2");
        debug!(target: "audit", "heard 3");
    });
    assert!(!text.contains("told"), "{text}");
    assert_eq!(text.matches("heard").count(), 3, "{text}");
}

#[test]
fn a_line_of_json_names_the_request_it_is_for() {
    let text = written(LogFormat::Json, "warn", || {
        let _inside = error_span!(target: "request", "request", request_id = "17").entered();
        warn!(target: "server", part = "database", "not ready");
        info!(target: "server", "not asked for");
    });
    let line: Value = serde_json::from_str(text.trim()).unwrap();
    assert_eq!(line["span"]["request_id"], "17", "{line}");
    assert_eq!((&line["message"], &line["part"]), (&"not ready".into(), &"database".into()));
}

#[test]
fn a_panic_tells_its_place_and_no_words_that_were_put_together() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(tell));
    let text = written(LogFormat::Pretty, "", || {
        let sent = "CANARY-é".to_owned();
        let _inside = error_span!(target: "request", "request", request_id = "18").entered();
        catch_unwind(|| panic!("cannot be")).unwrap_err();
        catch_unwind(|| panic!("cannot be: {sent}")).unwrap_err();
        catch_unwind(|| drop(sent[..8].to_owned())).unwrap_err();
    });
    std::panic::set_hook(before);
    assert!(text.contains("cannot be") && !text.contains("CANARY"), "{text}");
    assert_eq!(text.matches("place=").count(), 3, "{text}");
    assert_eq!(text.matches("request_id=\"18\"").count(), 3, "{text}");
}

#[test]
fn spans_that_are_for_traces_alone_are_not_made_without() {
    let text = written(LogFormat::Pretty, "trace", || {
        assert!(info_span!(target: "client", "db").is_disabled());
        assert!(!info_span!(target: "request", "request").is_disabled());
    });
    assert_eq!(text, "");
}
