use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{self, available_parallelism};
use std::time::Duration;

use argon2::password_hash::Error as HashError;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use async_trait::async_trait;
use identity::PasswordHash;
use identity::ports::PasswordHasher;
use kernel::{Fault, Secret};
use tokio::sync::{Semaphore, oneshot};

/// How long somebody is asked to stay away when the queue is full.
const BREATHER: Duration = Duration::from_secs(1);

/// How much one hash costs. The defaults are OWASP's for Argon2id: 19 MiB, two passes, one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Parameters {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes, computed one after the other.
    pub lanes: u32,
}

impl Default for Argon2Parameters {
    fn default() -> Self {
        Self { memory: 19_456, passes: 2, lanes: 1 }
    }
}

/// Parameters Argon2 does not know.
#[derive(Debug, thiserror::Error)]
#[error("these are no parameters for Argon2: {0}")]
pub struct BadParameters(String);

/// Argon2id on a bounded pool: as many hashes at once as there are cores (more would only slow each other down), a short
/// queue, and [`Fault::Overloaded`] for the rest.
pub struct Argon2Hasher {
    work: Arc<Work>,
    /// Those who hash and those who wait.
    places: Arc<Semaphore>,
    /// To the threads that hash; they end with the last sender.
    jobs: mpsc::Sender<Job>,
}

type Job = Box<dyn FnOnce() + Send>;

struct Work {
    argon2: Argon2<'static>,
    /// Stands in where there is no hash, so that an unknown account costs as much as a wrong password.
    dummy: PasswordHash,
}

impl Argon2Hasher {
    const WAITING_PER_CORE: usize = 16;

    /// Takes the time of one hash, for the one that stands in where there is none.
    pub fn new(parameters: Argon2Parameters) -> Result<Self, BadParameters> {
        let cores = available_parallelism().map_or(1, NonZero::get);
        Self::with_pool(parameters, cores, cores * Self::WAITING_PER_CORE)
    }

    fn with_pool(parameters: Argon2Parameters, cores: usize, waiting: usize) -> Result<Self, BadParameters> {
        let Argon2Parameters { memory, passes, lanes } = parameters;
        let params = Params::new(memory, passes, lanes, None).map_err(|e| BadParameters(e.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = hash(&argon2, "").map_err(|e| BadParameters(e.to_string()))?;
        Ok(Self {
            work: Arc::new(Work { argon2, dummy }),
            places: Arc::new(Semaphore::new(cores + waiting)),
            jobs: threads(cores),
        })
    }

    async fn run<T: Send + 'static>(
        &self,
        task: impl FnOnce(&Work) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Fault::Overloaded(BREATHER))?;
        let work = Arc::clone(&self.work);
        let (answer, answered) = oneshot::channel();
        let job = move || {
            // A caller that goes away does not stop the hash: the place is given up with it, not with the caller.
            let _held = place;
            answer.send(task(&work)).ok();
        };
        self.jobs.send(Box::new(job)).map_err(|_| Fault::defect("nobody hashes any more"))?;
        answered.await.map_err(|e| Fault::Failed(e.into()))?
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &Secret) -> Result<PasswordHash, Fault> {
        let password = password.clone();
        self.run(move |work| hash(&work.argon2, password.expose()).map_err(|e| Fault::Failed(e.into()))).await
    }

    async fn verify(&self, password: &Secret, hash: Option<PasswordHash>) -> Result<bool, Fault> {
        let password = password.clone();
        self.run(move |work| {
            let against = hash.as_ref().unwrap_or(&work.dummy);
            match work.argon2.verify_password(password.expose().as_bytes(), against.0.expose()) {
                Ok(()) => Ok(hash.is_some()),
                Err(HashError::PasswordInvalid) => Ok(false),
                Err(error) => Err(Fault::Failed(error.into())),
            }
        })
        .await
    }
}

/// Threads of their own, as many as cores: a hash takes 19 MiB, and the allocator keeps what was freed for each thread that
/// ever took it.
fn threads(count: usize) -> mpsc::Sender<Job> {
    let (sender, receiver) = mpsc::channel::<Job>();
    let receiver = Arc::new(Mutex::new(receiver));
    for _ in 0..count {
        let receiver = Arc::clone(&receiver);
        thread::spawn(move || {
            let next = || receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
            while let Ok(job) = next() {
                // Whoever waits for it learns that it is gone.
                catch_unwind(AssertUnwindSafe(job)).ok();
            }
        });
    }
    sender
}

/// As a PHC string, under a fresh salt.
fn hash(argon2: &Argon2<'_>, password: &str) -> Result<PasswordHash, HashError> {
    let hash = argon2.hash_password(password.as_bytes())?;
    Ok(PasswordHash(Secret::new(hash.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Argon2Parameters = Argon2Parameters { memory: 8, passes: 1, lanes: 1 };

    fn hasher() -> Argon2Hasher {
        Argon2Hasher::new(CHEAP).unwrap()
    }

    #[tokio::test]
    async fn only_the_password_passes() {
        let hasher = hasher();
        let hash = hasher.hash(&Secret::new("Tr0ub4dor&3")).await.unwrap();
        assert!(hasher.verify(&Secret::new("Tr0ub4dor&3"), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify(&Secret::new("Tr0ub4dor&4"), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_says_how_it_was_made() {
        let hash = Argon2Hasher::new(Argon2Parameters::default()).unwrap().hash(&Secret::new("x")).await.unwrap();
        assert!(hash.0.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.0.expose());
    }

    #[tokio::test]
    async fn a_hash_of_other_parameters_still_counts() {
        let older = Argon2Hasher::new(Argon2Parameters { memory: 16, passes: 2, lanes: 1 }).unwrap();
        let hash = older.hash(&Secret::new("Tr0ub4dor&3")).await.unwrap();
        assert!(hasher().verify(&Secret::new("Tr0ub4dor&3"), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn hasher_1_equal_passwords_get_different_hashes() {
        let hasher = hasher();
        let (one, other) = (hasher.hash(&Secret::new("same")).await.unwrap(), hasher.hash(&Secret::new("same")).await);
        assert_ne!(one, other.unwrap());
    }

    #[tokio::test]
    async fn hasher_2_a_full_queue_answers_at_once() {
        let hasher = Arc::new(Argon2Hasher::with_pool(CHEAP, 1, 1).unwrap());
        let password = Secret::new("x");
        let (release, released) = mpsc::channel::<()>();
        let busy = Arc::clone(&hasher);
        let busy = tokio::spawn(async move { busy.run(move |_| Ok(released.recv().is_err())).await });
        let waiting: Vec<_> = (0..1)
            .map(|_| {
                let (hasher, password) = (Arc::clone(&hasher), password.clone());
                tokio::spawn(async move { hasher.hash(&password).await })
            })
            .collect();
        tokio::task::yield_now().await;

        assert!(matches!(hasher.hash(&password).await, Err(Fault::Overloaded(BREATHER))));
        // HASHER-3: without a hash the way is the same.
        assert!(matches!(hasher.verify(&password, None).await, Err(Fault::Overloaded(BREATHER))));

        drop(release);
        assert!(busy.await.unwrap().unwrap());
        for task in waiting {
            task.await.unwrap().unwrap();
        }
        assert!(hasher.hash(&password).await.is_ok());
    }

    #[tokio::test]
    async fn hasher_3_without_a_hash_the_work_is_the_same_and_the_answer_no() {
        let hasher = hasher();
        let real = hasher.hash(&Secret::new("x")).await.unwrap();
        let cost = |hash: &PasswordHash| hash.0.expose().split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(cost(&hasher.work.dummy), cost(&real));
        // Not even by the password the stand-in was made of.
        assert!(!hasher.verify(&Secret::new(""), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_that_is_none_is_a_fault() {
        let broken = PasswordHash(Secret::new("not a hash"));
        assert!(matches!(hasher().verify(&Secret::new("x"), Some(broken)).await, Err(Fault::Failed(_))));
    }

    #[test]
    fn parameters_argon2_does_not_know_are_refused() {
        assert!(Argon2Hasher::new(Argon2Parameters { memory: 1, ..CHEAP }).is_err());
        assert!(Argon2Hasher::new(Argon2Parameters { passes: 0, ..CHEAP }).is_err());
    }
}
