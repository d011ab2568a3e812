//! Adapter: see the files beside this one.
