//! The HTTP contract: JSON in and out.
