use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use kernel::Fault;
use tokio::sync::{Semaphore, oneshot};

use super::argon2::Memory;

/// How long somebody is asked to stay away when the queue is full.
pub(super) const BREATHER: Duration = Duration::from_secs(1);

/// How much less important hashing is than everything else: a storm of sign-ins must not make other requests wait.
const NICE: i32 = 5;

/// Threads of their own that hash, a short queue before them, and [`Fault::Overloaded`] for the rest.
pub(super) struct Pool {
    /// Those who hash and those who wait.
    places: Arc<Semaphore>,
    threads: usize,
    most: usize,
    /// To the threads; they end with the last sender.
    jobs: mpsc::Sender<Job>,
}

/// How busy those who hash are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashingLoad {
    /// Who hash.
    pub threads: usize,
    /// Hashes that may be under way or wait.
    pub places: usize,
    /// Those that are.
    pub taken: usize,
}

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

impl Pool {
    /// Each thread keeps memory of `blocks` blocks.
    pub fn new(threads: usize, waiting: usize, blocks: usize) -> Self {
        let (jobs, receiver) = mpsc::channel::<Job>();
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..threads {
            let receiver = Arc::clone(&receiver);
            thread::spawn(move || {
                // Where it can't be, the threads are as important as all others.
                rustix::process::nice(NICE).ok();
                let mut memory = Memory::new(blocks);
                let next = || receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
                while let Ok(job) = next() {
                    // Whoever waits for it learns that it is gone.
                    catch_unwind(AssertUnwindSafe(|| job(&mut memory))).ok();
                }
            });
        }
        let most = threads + waiting;
        Self { places: Arc::new(Semaphore::new(most)), threads, most, jobs }
    }

    pub fn load(&self) -> HashingLoad {
        let taken = self.most.saturating_sub(self.places.available_permits());
        HashingLoad { threads: self.threads, places: self.most, taken }
    }

    pub async fn run<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut Memory) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Fault::Overloaded(BREATHER))?;
        let (answer, answered) = oneshot::channel();
        let job = move |memory: &mut Memory| {
            // A caller that goes away does not stop the hash: the place is given up with it, not with the caller.
            let _held = place;
            answer.send(task(memory)).ok();
        };
        self.jobs.send(Box::new(job)).map_err(|_| Fault::defect("nobody hashes any more"))?;
        answered.await.map_err(|e| Fault::Failed(e.into()))?
    }
}
