//! An endpoint to start from, and mocks that know it.

use std::sync::Arc;

use kernel::Secret;
use kernel::testing::{NOON, nth};
use serde_json::json;

use crate::Checks;
use crate::model::{
    CustomHeaders, Delivery, DeliveryDetails, DeliveryStatus, Endpoint, EndpointStatus, EndpointUrl, Filters, Message,
    SigningSecret,
};
use crate::ports::{Endpoints, MockEndpoints, MockSender};

pub(crate) fn secret(n: u64) -> SigningSecret {
    SigningSecret::parse(Secret::new(format!("whsec_{n:032}"))).unwrap()
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint {
        id: nth(80),
        organization: nth(60),
        url: EndpointUrl::stored("https://hooks.example.com/in").unwrap(),
        event_types: vec!["user.created".into()],
        description: Some("Ours".into()),
        filters: Filters::default(),
        headers: CustomHeaders::default(),
        secret: secret(1),
        retired: Vec::new(),
        status: EndpointStatus::Enabled,
        created_at: NOON,
        version: 3,
    }
}

/// Where this one is, and no other.
pub(crate) fn endpoints(endpoint: Endpoint) -> Arc<dyn Endpoints> {
    let mut endpoints = MockEndpoints::new();
    endpoints
        .expect_by_id()
        .returning(move |whose, id| Ok(Some(endpoint.clone()).filter(|it| (it.organization, it.id) == (whose, id))));
    Arc::new(endpoints)
}

/// Where `sneaky` names lead somewhere private, and one private address is allowed.
pub(crate) fn checks() -> Checks {
    let mut sender = MockSender::new();
    sender.expect_admits().returning(|url| !url.as_str().contains("sneaky"));
    Checks {
        sender: Arc::new(sender),
        event_types: vec!["user.created", "user.updated", "member.added"],
        allowed_hosts: vec!["127.0.0.1:9000".to_owned()],
    }
}

pub(crate) fn message() -> Message {
    Message {
        event: nth(2),
        kind: "user.created".into(),
        organization: nth(60),
        happened_at: NOON,
        data: json!({"user": {"id": "u"}}),
    }
}

pub(crate) fn details() -> DeliveryDetails {
    let delivery = Delivery {
        id: nth(90),
        event: message().event,
        kind: message().kind,
        status: DeliveryStatus::Failed,
        tries: 10,
        last_status: Some(500),
        last_error: Some("answered 500".into()),
        created_at: NOON,
        next_try_at: None,
    };
    DeliveryDetails { delivery, message: message(), tries: Vec::new() }
}
