//! HTTP requests in, JSON and pages out.
