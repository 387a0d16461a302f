mod pattern;
mod role;

pub use pattern::Pattern;
pub use role::Role;
