mod endpoint;
mod signing_secret;
mod url;

pub use endpoint::{Endpoint, EndpointStatus};
pub use signing_secret::SigningSecret;
pub use url::EndpointUrl;
