//! Watches for changes of logins, places and rules that another gateway or the command line has made.
//!
//! Whatever a gateway does, it looks first; but whom it admits it knows from memory. So that a login that was disabled
//! elsewhere is refused within seconds, it looks also when nobody calls.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{self, MissedTickBehavior},
};

use crate::{app::stopping::until, seam::dispatcher::Dispatcher};

/// How often the version of the reference data is looked at: one small statement each time.
const EVERY: Duration = Duration::from_secs(2);

/// Until the gateway stops. A database that does not answer is looked at again; others tell that it does not.
pub(super) async fn follow(dispatcher: Arc<Dispatcher>, timeout: Duration, stopped: watch::Receiver<bool>) {
    let mut ticks = time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stop = until(stopped);
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            _ = ticks.tick() => {}
        }
        tokio::select! {
            () = &mut stop => return,
            looked = time::timeout(timeout, dispatcher.refresh()) => drop(looked),
        }
    }
}
