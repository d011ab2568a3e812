//! The pages: HTML rendered on the server.
