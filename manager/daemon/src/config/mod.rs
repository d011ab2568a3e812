//! Config: see the files beside this one.
