//! The shapes that answers share: lists, and jobs that were begun.

use crate::{
    engine::audit::{Page, Slice},
    web::problem::Problem,
};
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use hearth_model::job::Job;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many items a page has unless told otherwise.
const DEFAULT_LIMIT: u32 = 100;

/// Work that goes on: `{"job": …}` with status 202 and the job's address in `Location`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Begun {
    /// The job.
    pub job: Job,
}

impl From<Job> for Begun {
    fn from(job: Job) -> Self {
        Self { job }
    }
}

impl IntoResponse for Begun {
    fn into_response(self) -> Response {
        let location = [(header::LOCATION, format!("/api/v1/jobs/{}", self.job.id))];
        (StatusCode::ACCEPTED, location, Json(self)).into_response()
    }
}

/// Which part of a list is asked for.
///
/// # Errors
/// `Invalid` for a limit that is not 1 to 1,000.
pub fn slice(limit: Option<u32>, after: Option<String>) -> Result<Slice, Problem> {
    let slice = Slice {
        limit: limit.unwrap_or(DEFAULT_LIMIT),
        after,
    };
    slice.check()?;
    Ok(slice)
}

/// The part of a whole list that is asked for, ordered by `key`, which is unique and is the cursor.
pub fn part<T>(mut items: Vec<T>, slice: &Slice, key: impl Fn(&T) -> String) -> Page<T> {
    items.sort_by_cached_key(&key);
    if let Some(after) = &slice.after {
        items.retain(|item| key(item) > *after);
    }
    let more = items.len() > slice.limit as usize;
    items.truncate(slice.limit as usize);
    let next = items.last().filter(|_| more).map(key);
    Page { items, next }
}

/// A list that is answered whole.
#[must_use]
pub const fn whole<T>(items: Vec<T>) -> Page<T> {
    Page { items, next: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_put_together_are_the_list() {
        let all: Vec<u32> = (0..25).rev().collect();
        let key = |n: &u32| format!("{n:02}");
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = part(all.clone(), &slice(Some(10), after).unwrap(), key);
            seen.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, (0..25).collect::<Vec<u32>>());
    }

    #[test]
    fn a_limit_is_one_to_a_thousand() {
        for bad in [0, 1_001, u32::MAX] {
            assert_eq!(slice(Some(bad), None).unwrap_err().status, 422);
        }
        assert_eq!(slice(None, None).unwrap().limit, 100);
    }
}
