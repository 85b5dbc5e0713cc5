//! The records for async code, on any runtime.
//!
//! A call hands its work to one of the records' own threads and waits for the answer without holding its thread. Queues
//! are bounded: when one is full, callers wait for room. The writing thread takes all writes that wait and commits them
//! together, each in a savepoint of its own, so one that fails harms none of the others; each is answered when the common
//! commit has succeeded.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use mem_types::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::error::RecordsError;
use super::meters::ConnectionStats;
use super::operations::Tx;
use super::retention::Purged;
use super::{Records, RecordsOptions};

/// Calls that may wait in each queue.
const QUEUE: usize = 1_024;
/// Writes that are committed together at most.
const GROUP: usize = 256;

/// [`Records`] to be awaited; clones share the same threads. The last one to be dropped waits for what is queued.
#[derive(Debug, Clone)]
pub struct AsyncRecords {
    threads: Arc<Threads>,
}

#[derive(Debug)]
struct Threads {
    records: Records,
    writes: Option<mpsc::Sender<Write>>,
    reads: Option<mpsc::Sender<Call>>,
    handles: Vec<JoinHandle<()>>,
}

/// Work that does all by itself, its answer included.
type Call = Box<dyn FnOnce(&Records) + Send>;

enum Write {
    /// May share a commit with others.
    Grouped(Box<dyn Grouped>),
    /// Takes care of its own transactions.
    Alone(Call),
}

trait Grouped: Send {
    /// Does the work and answers, when nothing else waits.
    fn run_alone(self: Box<Self>, records: &Records);
    /// Does the work within the transaction; the answer is given once it is known whether the commit succeeded.
    fn run(self: Box<Self>, records: &Records, tx: &Tx<'_>) -> Answer;
    /// Answers without having done anything.
    fn refuse(self: Box<Self>, error: RecordsError);
}

/// Gives the caller its result, or the error with which the common commit failed.
type Answer = Box<dyn FnOnce(Result<(), RecordsError>) + Send>;

struct GroupedWrite<F, T> {
    work: F,
    reply: oneshot::Sender<Result<T, RecordsError>>,
}

impl<F, T> Grouped for GroupedWrite<F, T>
where
    F: FnOnce(&Tx<'_>) -> Result<T, RecordsError> + Send,
    T: Send + 'static,
{
    fn run_alone(self: Box<Self>, records: &Records) {
        let Self { work, reply } = *self;
        let result = catch_unwind(AssertUnwindSafe(|| records.write(work))).unwrap_or(Err(RecordsError::Panicked));
        let _ = reply.send(result);
    }

    fn run(self: Box<Self>, records: &Records, tx: &Tx<'_>) -> Answer {
        let Self { work, reply } = *self;
        let result = catch_unwind(AssertUnwindSafe(|| records.part(tx, work))).unwrap_or(Err(RecordsError::Panicked));
        // A caller that no longer listens is no error: dropping a future only gives up its answer.
        Box::new(move |committed| drop(reply.send(result.and_then(|value| committed.map(|()| value)))))
    }

    fn refuse(self: Box<Self>, error: RecordsError) {
        let _ = self.reply.send(Err(error));
    }
}

impl AsyncRecords {
    /// Opens the records and starts their threads; blocks for as long as that takes.
    ///
    /// # Errors
    /// As [`Records::open`].
    pub fn open(path: impl AsRef<std::path::Path>, options: RecordsOptions) -> Result<Self, RecordsError> {
        Self::new(Records::open(path, options)?)
    }

    /// Threads for records that are open: one that writes and as many that read as there are reading connections.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub fn new(records: Records) -> Result<Self, RecordsError> {
        let (writes, queue) = mpsc::channel(QUEUE);
        let (reads, calls) = mpsc::channel::<Call>(QUEUE);
        let calls = Arc::new(Mutex::new(calls));
        let mut threads = Threads { records, writes: Some(writes), reads: Some(reads), handles: Vec::new() };
        threads.start("records-writer", move |records| write_all(records, queue))?;
        for _ in 0..threads.records.options().readers.max(1) {
            let calls = Arc::clone(&calls);
            threads.start("records-reader", move |records| {
                // One idle thread holds the lock while it waits; the next takes its place when it has got a call.
                while let Some(call) = { calls.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv() } {
                    guarded(records, call);
                }
            })?;
        }
        Ok(Self { threads: Arc::new(threads) })
    }

    /// The same records for the calling thread.
    pub fn blocking(&self) -> &Records {
        &self.threads.records
    }

    /// Runs `work` as one transaction on the writing thread: kept as a whole, or, after an error or a panic, not at all.
    ///
    /// # Errors
    /// What `work` returns, [`RecordsError::Panicked`] if it panics, or if the database is busy or the disk full.
    pub async fn transaction<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, RecordsError> + Send + 'static,
    ) -> Result<T, RecordsError> {
        self.alone(move |records| records.transaction(work)).await
    }

    /// As [`Records::purge_old_records`].
    ///
    /// # Errors
    /// If the database is busy or damaged, or the disk full.
    pub async fn purge_old_records(&self, days: u32, now: Timestamp) -> Result<Purged, RecordsError> {
        self.alone(move |records| records.purge_old_records(days, now)).await
    }

    /// As [`Records::cleanup_old_data`].
    ///
    /// # Errors
    /// If the database is busy or damaged, or the disk full.
    pub async fn cleanup_old_data(&self, days: u32, now: Timestamp) -> Result<Purged, RecordsError> {
        self.purge_old_records(days, now).await
    }

    /// What the records have done since they were opened; queued writes are counted as waiting.
    pub fn get_connection_stats(&self) -> ConnectionStats {
        let mut stats = self.threads.records.get_connection_stats();
        if let Some(writes) = &self.threads.writes {
            stats.write_queue += (writes.max_capacity() - writes.capacity()) as u64;
        }
        stats
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, RecordsError> + Send + 'static,
    ) -> Result<T, RecordsError> {
        let (reply, answer) = oneshot::channel();
        self.queue_write(Write::Grouped(Box::new(GroupedWrite { work, reply }))).await?;
        answer.await.unwrap_or(Err(RecordsError::NoThread("writer")))
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, RecordsError> + Send + 'static,
    ) -> Result<T, RecordsError> {
        let (reply, answer) = oneshot::channel();
        let call: Call = Box::new(move |records| drop(reply.send(records.read(work))));
        let reads = self.threads.reads.as_ref().ok_or(RecordsError::NoThread("reader"))?;
        reads.send(call).await.map_err(|_| RecordsError::NoThread("reader"))?;
        answer.await.unwrap_or(Err(RecordsError::Panicked))
    }

    async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Records) -> Result<T, RecordsError> + Send + 'static,
    ) -> Result<T, RecordsError> {
        let (reply, answer) = oneshot::channel();
        self.queue_write(Write::Alone(Box::new(move |records| drop(reply.send(work(records)))))).await?;
        answer.await.unwrap_or(Err(RecordsError::Panicked))
    }

    async fn queue_write(&self, write: Write) -> Result<(), RecordsError> {
        let writes = self.threads.writes.as_ref().ok_or(RecordsError::NoThread("writer"))?;
        writes.send(write).await.map_err(|_| RecordsError::NoThread("writer"))
    }
}

impl Threads {
    fn start(&mut self, name: &str, work: impl FnOnce(&Records) + Send + 'static) -> Result<(), RecordsError> {
        let records = self.records.clone();
        let handle = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || work(&records))
            .map_err(|_| RecordsError::NoThread("reader or writer"))?;
        self.handles.push(handle);
        Ok(())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Without senders the queues end once they are empty.
        self.writes = None;
        self.reads = None;
        for handle in self.handles.drain(..) {
            // Work that owns the last clone drops it on one of these threads, which cannot wait for itself.
            if handle.thread().id() != thread::current().id() && handle.join().is_err() {
                tracing::error!("records: a thread panicked");
            }
        }
    }
}

/// A panic of one call ends that call (its answer is dropped, which the caller sees), not the thread.
fn guarded(records: &Records, call: Call) {
    if catch_unwind(AssertUnwindSafe(|| call(records))).is_err() {
        tracing::error!("records: work handed to a thread panicked");
    }
}

fn write_all(records: &Records, mut queue: mpsc::Receiver<Write>) {
    let mut next = queue.blocking_recv();
    while let Some(write) = next.take() {
        match write {
            Write::Alone(call) => guarded(records, call),
            Write::Grouped(first) => {
                let mut group = vec![first];
                while group.len() < GROUP {
                    match queue.try_recv() {
                        Ok(Write::Grouped(write)) => group.push(write),
                        Ok(alone) => {
                            next = Some(alone);
                            break;
                        }
                        Err(_) => break,
                    }
                }
                write_group(records, group);
            }
        }
        if next.is_none() {
            next = queue.blocking_recv();
        }
    }
}

fn write_group(records: &Records, mut group: Vec<Box<dyn Grouped>>) {
    if group.len() == 1 {
        group.drain(..).for_each(|write| write.run_alone(records));
        return;
    }
    let mut answers = Vec::with_capacity(group.len());
    let mut waiting = group.into_iter();
    let committed = records.write(|tx| {
        tx.atomically(|tx| {
            for write in waiting.by_ref() {
                answers.push(write.run(records, tx));
                if tx.connection.is_autocommit() {
                    // SQLite has undone the whole transaction, as it does when the disk is full.
                    return Err(RecordsError::RolledBack);
                }
            }
            Ok(())
        })
    });
    match committed {
        Ok(()) => answers.into_iter().for_each(|answer| answer(Ok(()))),
        Err(error) => {
            let error = Arc::new(error);
            let together = || RecordsError::Together(Arc::clone(&error));
            answers.into_iter().for_each(|answer| answer(Err(together())));
            waiting.for_each(|write| write.refuse(together()));
        }
    }
}
