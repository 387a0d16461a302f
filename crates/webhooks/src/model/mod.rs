mod custom_headers;
mod delivery;
mod endpoint;
mod filters;
mod signing_secret;
mod url;

pub use custom_headers::CustomHeaders;
pub use delivery::{Delivery, DeliveryDetails, DeliveryStatus, Message, Try};
pub use endpoint::{Endpoint, EndpointStatus, RetiredSecret};
pub use filters::Filters;
pub use signing_secret::{Scheme, SigningSecret};
pub use url::EndpointUrl;
