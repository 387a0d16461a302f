mod custom_permission;
mod grant;
mod pattern;
mod role;

pub use custom_permission::CustomPermission;
pub use grant::{Effect, Grant};
pub use pattern::Pattern;
pub use role::{CustomRole, Role};
