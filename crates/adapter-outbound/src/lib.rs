//! adapter-outbound
