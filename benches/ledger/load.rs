//! The load of `make bench-ledger`, the same for every ledger: callers that each grant 25, hold 25, release them and take
//! them back, with a key of its own for every movement and one in twenty sent again. These are the movements that stand
//! alone in their transaction; a capture belongs to the delivery of its leads.
//!
//! Shared by this package and those in `benches/peers`: it needs nothing but tokio.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Movements of one session: a grant, a hold, a release, a correction.
const MOVEMENTS: u32 = 4;
/// Credits of each movement.
pub const CREDITS: i64 = 25;
/// One movement in so many is sent again.
const REPLAY_EVERY: u64 = 20;
const EIGHT: usize = 8;
/// Tenants when there are many.
const TENANTS: usize = 1_000;

/// One movement of one session.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    pub tenant: usize,
    /// Unique among all sessions.
    pub session: u128,
    /// 0: grant. 1: hold. 2: release. 3: take back.
    pub number: u32,
}

impl Call {
    /// The idempotency key of this movement; some ledgers want an id instead.
    pub fn key(&self) -> String {
        format!("{:032x}:{}", self.session, self.number)
    }
}

/// Something that moves credits durably.
pub trait Ledger: Clone + Send + Sync + 'static {
    /// Makes the movement; resolves when it is durable. The same call again changes nothing and succeeds.
    fn make(&self, call: Call) -> impl Future<Output = Result<(), String>> + Send;
}

/// How the callers are spread over tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Eight tenants.
    Eight,
    Uniform,
    /// Zipf-like: the square of an even chance, so that one tenant in a hundred gets a tenth of the sessions.
    Skewed,
    /// One tenant.
    Hot,
}

impl Spread {
    pub const ALL: [Self; 4] = [Self::Eight, Self::Uniform, Self::Skewed, Self::Hot];

    pub fn word(self) -> &'static str {
        match self {
            Self::Eight => "eight",
            Self::Uniform => "uniform",
            Self::Skewed => "skewed",
            Self::Hot => "hot",
        }
    }

    fn tenant(self, chance: &mut Chance) -> usize {
        match self {
            Self::Eight => (chance.next() % EIGHT as u64) as usize,
            Self::Uniform => (chance.next() % TENANTS as u64) as usize,
            Self::Skewed => {
                let even = (chance.next() >> 11) as f64 / (1_u64 << 53) as f64;
                (even * even * TENANTS as f64) as usize
            }
            Self::Hot => 0,
        }
    }

    /// How many tenants there have to be.
    pub fn tenants(self) -> usize {
        match self {
            Self::Eight => EIGHT,
            Self::Uniform | Self::Skewed => TENANTS,
            Self::Hot => 1,
        }
    }
}

/// What one run measured.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub failures: u64,
}

impl Measured {
    /// One line that the table is made of: what, database, spread, callers, and the figures.
    pub fn print(&self, what: &str, database: &str, spread: Spread, callers: usize) {
        let Self { per_second, p50_ms, p99_ms, failures } = self;
        let spread = spread.word();
        println!(
            "{{\"what\":\"{what}\",\"database\":\"{database}\",\"spread\":\"{spread}\",\"callers\":{callers},\
             \"per_second\":{per_second:.0},\"p50_ms\":{p50_ms:.2},\"p99_ms\":{p99_ms:.2},\"failures\":{failures}}}"
        );
    }
}

/// Small and fast; good enough to choose a tenant.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Runs `callers` at once for `time`, after a tenth of it to warm up.
pub async fn run(ledger: &impl Ledger, spread: Spread, callers: usize, time: Duration) -> Measured {
    let measuring = Arc::new(AtomicBool::new(false));
    let end = Arc::new(AtomicBool::new(false));
    #[expect(clippy::disallowed_methods, reason = "keys must differ from those of earlier runs")]
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |since| since.as_nanos());
    let tasks: Vec<_> = (0..callers)
        .map(|number| {
            let (measuring, end) = (measuring.clone(), end.clone());
            let chance = Chance((seed as u64 ^ (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)) | 1);
            tokio::spawn(call_again_and_again(ledger.clone(), spread, chance, measuring, end))
        })
        .collect();
    tokio::time::sleep(time / 10).await;
    measuring.store(true, Ordering::SeqCst);
    let begin = Instant::now();
    tokio::time::sleep(time).await;
    let seconds = begin.elapsed().as_secs_f64();
    measuring.store(false, Ordering::SeqCst);
    end.store(true, Ordering::SeqCst);
    let (mut micros, mut failures) = (Vec::new(), 0);
    for task in tasks {
        if let Ok((mine, failed)) = task.await {
            micros.extend(mine);
            failures += failed;
        }
    }
    micros.sort_unstable();
    let at = |share: f64| micros.get(((micros.len() as f64 * share) as usize).min(micros.len().saturating_sub(1)));
    let ms = |share| at(share).map_or(0.0, |micros: &u32| f64::from(*micros) / 1_000.0);
    Measured { per_second: micros.len() as f64 / seconds, p50_ms: ms(0.5), p99_ms: ms(0.99), failures }
}

async fn call_again_and_again(
    ledger: impl Ledger,
    spread: Spread,
    mut chance: Chance,
    measuring: Arc<AtomicBool>,
    end: Arc<AtomicBool>,
) -> (Vec<u32>, u64) {
    let (mut micros, mut failures) = (Vec::new(), 0);
    while !end.load(Ordering::Relaxed) {
        let tenant = spread.tenant(&mut chance);
        let session = (u128::from(chance.next()) << 64) | u128::from(chance.next());
        for number in 0..MOVEMENTS {
            let call = Call { tenant, session, number };
            let times = if chance.next().is_multiple_of(REPLAY_EVERY) { 2 } else { 1 };
            for _ in 0..times {
                let begin = Instant::now();
                if let Err(error) = ledger.make(call).await {
                    failures += 1;
                    if failures == 1 {
                        eprintln!("{}: {error}", call.key());
                    }
                }
                if measuring.load(Ordering::Relaxed) {
                    micros.push(u32::try_from(begin.elapsed().as_micros()).unwrap_or(u32::MAX));
                }
            }
        }
    }
    (micros, failures)
}

/// What was asked on the command line: the database's address, the callers, the seconds of one run, the spreads.
pub struct Asked {
    pub database: String,
    pub callers: Vec<usize>,
    pub time: Duration,
    pub spreads: Vec<Spread>,
}

/// Reads `DATABASE`, `CALLERS`, `SECONDS` and `SPREADS` from the environment.
pub fn asked() -> Asked {
    let text = |name: &str, otherwise: &str| std::env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    let callers = text("CALLERS", "1,16,64,256").split(',').filter_map(|text| text.parse().ok()).collect();
    let spreads = text("SPREADS", "eight,uniform,skewed,hot");
    Asked {
        database: text("DATABASE", ""),
        callers,
        time: Duration::from_secs_f64(text("SECONDS", "5").parse().unwrap_or(5.0)),
        spreads: Spread::ALL
            .into_iter()
            .filter(|spread| spreads.split(',').any(|word| word == spread.word()))
            .collect(),
    }
}
