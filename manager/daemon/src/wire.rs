//! Builds the real adapters and hands them to the engine: the only place that knows them all.
