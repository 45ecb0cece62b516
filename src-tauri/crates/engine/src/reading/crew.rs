//! A few threads that work through a list, and the caller's thread that takes in what they make. Nothing of imports is
//! known here.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

/// More threads than this gain nothing: one writes to the disk.
const MOST: usize = 4;
/// How often the caller looks around while nothing is done.
const TICK: Duration = Duration::from_millis(50);

/// How many threads this machine gives to so many jobs.
#[must_use]
pub fn hands(jobs: usize) -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(MOST).min(jobs).max(1)
}

/// Does all jobs, in this order as they are begun. `act` is called on a thread of the crew with the number of that thread
/// and of the job; `told` on the caller's with each job that is done, and with nothing now and then.
pub fn work<R: Send>(
    hands: usize,
    order: &[usize],
    act: &(dyn Fn(usize, usize) -> R + Sync),
    told: &mut dyn FnMut(Option<(usize, R)>),
) {
    let next = AtomicUsize::new(0);
    let (send, done) = sync_channel(hands * 2);
    std::thread::scope(|scope| {
        let mut begun = 0;
        for hand in 0..hands {
            let (send, next) = (send.clone(), &next);
            let run = move || {
                while let Some(job) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if send.send((*job, act(hand, *job))).is_err() {
                        return;
                    }
                }
            };
            begun += usize::from(
                std::thread::Builder::new().name("import".to_owned()).spawn_scoped(scope, run).is_ok(),
            );
        }
        drop(send);
        if begun == 0 {
            // The system gives no threads: the caller does it all.
            for job in order {
                told(Some((*job, act(0, *job))));
            }
            return;
        }
        loop {
            match done.recv_timeout(TICK) {
                Ok(made) => told(Some(made)),
                Err(RecvTimeoutError::Timeout) => told(None),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_job_is_done_once_whoever_does_it() {
        for hands in [1, 3] {
            let order: Vec<usize> = (0..100).rev().collect();
            let mut got = Vec::new();
            work(hands, &order, &|_, job| job * 2, &mut |made| got.extend(made));
            got.sort_unstable();
            assert_eq!(got, (0..100).map(|n| (n, n * 2)).collect::<Vec<_>>());
        }
    }
}
