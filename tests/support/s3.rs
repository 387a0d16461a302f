use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use actix_web::http::Method;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use adapter_files::Bucket;
use kernel::Secret;

type Objects = Arc<Mutex<BTreeMap<String, web::Bytes>>>;

/// What speaks as S3 does, as much of it as files are kept with, on a port of its own.
pub struct FakeS3 {
    port: u16,
    objects: Objects,
    handle: actix_web::dev::ServerHandle,
}

impl FakeS3 {
    const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";

    pub fn start() -> Self {
        let objects = Objects::default();
        let kept = Arc::clone(&objects);
        let server = HttpServer::new(move || {
            let kept = Arc::clone(&kept);
            App::new().app_data(web::PayloadConfig::new(20 * 1024 * 1024)).default_service(web::to(
                move |request: HttpRequest, body: web::Bytes| {
                    let answer = answer(&kept, &request, body);
                    async move { answer }
                },
            ))
        })
        .workers(2)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .expect("a port is free");
        let port = server.addrs()[0].port();
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { port, objects, handle }
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A place in it.
    pub fn bucket(&self) -> Bucket {
        Bucket {
            name: "pictures".to_owned(),
            prefix: "of/tests".to_owned(),
            access_key_id: Self::ACCESS_KEY_ID.to_owned(),
            secret_access_key: Secret::new("hunter2"),
            region: "us-east-1".to_owned(),
            endpoint: Some(self.endpoint()),
        }
    }

    /// The names of all that is kept.
    pub fn names(&self) -> Vec<String> {
        self.objects.lock().expect("no test panics while it holds this").keys().cloned().collect()
    }

    pub async fn stop(&self) {
        self.handle.stop(false).await;
    }
}

fn answer(objects: &Objects, request: &HttpRequest, body: web::Bytes) -> HttpResponse {
    let signed = request.headers().get("authorization").and_then(|it| it.to_str().ok()).unwrap_or_default();
    if !signed.starts_with(&format!("AWS4-HMAC-SHA256 Credential={}/", FakeS3::ACCESS_KEY_ID)) {
        return HttpResponse::Forbidden().body("<Error><Code>AccessDenied</Code></Error>");
    }
    let mut objects = objects.lock().expect("no test panics while it holds this");
    let name = request.path().to_owned();
    match *request.method() {
        // Without a length S3 takes nothing.
        Method::PUT if !request.headers().contains_key("content-length") => HttpResponse::LengthRequired().finish(),
        Method::PUT => {
            objects.insert(name, body);
            HttpResponse::Ok().insert_header(("ETag", "\"it\"")).finish()
        }
        Method::GET => match objects.get(&name) {
            Some(bytes) => HttpResponse::Ok()
                .insert_header(("ETag", "\"it\""))
                .insert_header(("Last-Modified", "Thu, 01 Jan 2026 12:00:00 GMT"))
                .body(bytes.clone()),
            None => HttpResponse::NotFound().body("<Error><Code>NoSuchKey</Code></Error>"),
        },
        Method::DELETE => {
            objects.remove(&name);
            HttpResponse::NoContent().finish()
        }
        _ => HttpResponse::NotImplemented().finish(),
    }
}
