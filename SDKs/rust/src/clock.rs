//! The time, as the host said it when the step began: the same all through a step, and in `pulp test` a test's own.

use std::cell::Cell;

use crate::Timestamp;

thread_local! {
    static WALL_TIME: Cell<u64> = const { Cell::new(0) };
}

pub(crate) fn set(wall_time: u64) {
    WALL_TIME.with(|cell| cell.set(wall_time));
}

/// When the step began; 1970 before the first, in `configure`.
pub fn now() -> Timestamp {
    Timestamp::from_nanoseconds(WALL_TIME.with(Cell::get))
}
