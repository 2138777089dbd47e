//! Starts, and says so.

use pulp::{App, Plugin, Result};

struct Empty;

impl Plugin for Empty {
    fn configure(_: &mut App<Self>) -> Result<Self> {
        pulp::info!("PLUGIN_NAME is ready");
        Ok(Empty)
    }
}

pulp::plugin!(Empty);
