//! Integration tests: one binary, so that linking stays cheap; a module a part of the manager.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conformance;
mod pages;
mod support;
mod web;
