//! Integration tests: one binary, so that linking stays cheap; a module a part of the manager.

mod conformance;
mod pages;
mod support;
mod web;
