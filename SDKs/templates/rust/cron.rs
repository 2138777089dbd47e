//! Works every second.

use pulp::{App, Plugin, Result};

struct Worker {
    runs: u64,
}

impl Plugin for Worker {
    fn configure(app: &mut App<Self>) -> Result<Self> {
        app.on_tick(|worker, _| {
            worker.runs += 1;
            pulp::info!("run {}", worker.runs);
            Ok(())
        });
        Ok(Worker { runs: 0 })
    }
}

pulp::plugin!(Worker);
