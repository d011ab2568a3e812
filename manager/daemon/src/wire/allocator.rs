//! Keeps what the C library's allocator holds close to what is in use.
//!
//! Left alone, glibc raises its own thresholds with every large block that is freed: after one login, whose password
//! hash takes 19 MiB, that much stays resident for good; and it gives each thread an arena of its own. The figures
//! before and after are in docs/performance.md. Source: mallopt(3), malloc_trim(3).

use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Blocks from this size on are mapped by themselves, and so given back when they are freed; glibc's own beginning.
const MAPPED_FROM_BYTES: i32 = 128 << 10;
/// Arenas: two threads rarely allocate at the same moment here.
const ARENAS: i32 = 2;
/// Time until what the start has left behind is given back, and between two such times afterwards.
const PACE: Duration = Duration::from_secs(60);

/// Sets the limits. To be called before there are threads.
#[expect(
    unsafe_code,
    reason = "mallopt has no safe face; it takes plain numbers, and nothing runs beside it yet"
)]
pub(super) fn limit() {
    // What it answers is whether it knows the parameter: all are glibc's since 2.10.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, ARENAS);
        libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_FROM_BYTES);
        libc::mallopt(libc::M_TRIM_THRESHOLD, MAPPED_FROM_BYTES);
    }
}

/// Gives back what is free within the heap, again and again until `stop`.
pub(super) async fn trim(stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PACE) => give_back(),
        }
    }
}

#[expect(unsafe_code, reason = "malloc_trim has no safe face; it takes its own locks")]
fn give_back() {
    unsafe {
        libc::malloc_trim(0);
    }
}
