//! Where the candidates of a request come from: its sources one after the other, the directory from the index, others over
//! HTTP. A source that fails is passed over with its reason and asked once more at the end.

use std::{collections::HashMap, time::Duration};

use sha2::{Digest, Sha256};
use sqlx::types::Json;

use super::reason::RequestReason;
use super::{
    claim,
    deliver::{self, BATCH, Batch, Offer, deliver_from},
    lead_request::{LeadRequest, SkipReason},
    waterfall::{self, FAILURES_MAX, LineState, SourceLine},
    worker,
};
use crate::{
    credits,
    directory::{
        Contact, ContactId, Criteria, Directory,
        contacts::verify_address::{AddressCheck, Refusal, verify},
        contacts_by_id,
        sources::{Answer, Ask, Fault, HttpSource, http_source, keep, store},
    },
    on,
    server::{
        app::App, clock::Instant, db::Tx, error::AppError, hexadecimal::hexadecimal, inconsistency::Inconsistency,
    },
};

/// After so many batches a request goes back to the queue's end, so that a large one does not delay a small one.
const BATCHES_PER_TURN: usize = 20;
/// Before a failed source is asked once more; a source that rests longer is not waited for.
const RETRY_PAUSE: Duration = Duration::from_secs(20);
const RETRY_WAIT_MAX: Duration = Duration::from_secs(5 * 60);
/// A source may need so many more calls than it delivers people.
const IDLE_CALLS_MAX: i64 = 20;

/// What one turn came to. A transaction that comes along holds the last batch, to be ended with it.
pub(crate) enum Drawn {
    /// The request was cancelled, or another worker has it.
    Lost,
    Full(Tx),
    /// The first batch is there; whether another source may have more.
    Look(Tx, bool),
    /// There is more to do: back to the queue.
    GoOn,
    /// It waits until then, and why.
    Later(Instant, RequestReason),
    /// No source has anyone else.
    Ended(RequestReason),
}

/// Draws from the sources of a claimed request for one turn.
pub(crate) async fn draw(app: &App, request: &LeadRequest) -> Result<Drawn, AppError> {
    let mut walk = Walk::begin(app, request).await?;
    if !walk.note_matched().await? {
        return Ok(Drawn::Lost);
    }
    let mut batches = 0;
    while batches < BATCHES_PER_TURN && !app.jobs.shutdown.is_cancelled() {
        let Some(place) = walk.lines.iter().position(SourceLine::is_open) else {
            match walk.end().await? {
                Some(drawn) => return Ok(drawn),
                None => continue,
            }
        };
        if walk.lines.len() > 1 && walk.payable(place).await? == 0 {
            match walk.give_up(place, LineState::Done, Fault::HoldUsed).await? {
                Step::Lost => return Ok(Drawn::Lost),
                _ => continue,
            }
        }
        let step = match walk.lines[place].source_id {
            None => walk.ask_directory(place).await?,
            Some(_) => walk.ask_http(place).await?,
        };
        match step {
            Step::Moved => {}
            Step::Lost | Step::Batch(Batch::Lost, _) => return Ok(Drawn::Lost),
            Step::Later(at, reason) => return Ok(Drawn::Later(at, reason)),
            Step::Batch(Batch::Full, tx) => return Ok(Drawn::Full(tx)),
            Step::Batch(Batch::Look, tx) => {
                let others = walk.lines.iter().any(|line| line.source_id.is_some() && line.state != LineState::Done);
                return Ok(Drawn::Look(tx, others));
            }
            Step::Batch(Batch::Delivered(_), tx) => {
                tx.commit().await?;
                batches += 1;
                worker::tell(app, request).await;
            }
        }
    }
    Ok(Drawn::GoOn)
}

/// What one step did.
enum Step {
    /// To the next group, source or attempt.
    Moved,
    Lost,
    Batch(Batch, Tx),
    Later(Instant, RequestReason),
}

/// A request on its way through its sources.
struct Walk<'a> {
    app: &'a App,
    request: &'a LeadRequest,
    /// How strictly addresses are looked at.
    check: AddressCheck,
    /// The criteria by preference; whoever is in one group is in no later one.
    groups: Vec<Criteria>,
    lines: Vec<SourceLine>,
    /// The directory's group, and the last contact that was looked at there.
    stage: usize,
    cursor: i64,
    /// What the index still has in that group.
    ahead: Option<std::vec::IntoIter<ContactId>>,
}

impl<'a> Walk<'a> {
    async fn begin(app: &'a App, request: &'a LeadRequest) -> Result<Self, AppError> {
        let mut tx = app.db.read().await?;
        let lines = waterfall::lines_to_ask(&mut tx, request.workspace_id, request.id, request.price).await?;
        let kept: Option<(i64, AddressCheck)> = on!(&mut tx, c => sqlx::query_as("select stage, address_check from lead_requests where workspace_id = $1 and id = $2")
            .bind(request.workspace_id).bind(request.id).fetch_optional(c).await)?;
        let (stage, check) = kept.ok_or_else(|| Inconsistency::new("lead_requests", "id", request.id))?;
        let stage = usize::try_from(stage).unwrap_or(0);
        let groups = request.criteria.stages();
        Ok(Self { app, request, check, groups, lines, stage, cursor: request.cursor, ahead: None })
    }

    /// Writes down how many match: those looked at before, and those of the directory still ahead. What other sources have
    /// is known when they send it. `false` when the claim was lost.
    async fn note_matched(&mut self) -> Result<bool, AppError> {
        let asks_directory = self.lines.iter().any(|line| line.source_id.is_none() && line.is_open());
        let mut ahead = 0;
        if asks_directory {
            ahead = self.load().await?;
            for later in self.groups.iter().skip(self.stage + 1) {
                ahead +=
                    usize::try_from(self.app.of::<Directory>().asked_by_work().count(later).await?.total).unwrap_or(0);
            }
        }
        let request = self.request;
        let mut tx = self.app.db.write().await?;
        let noted = on!(&mut tx, c => sqlx::query(
            "update lead_requests set matched = delivered + $4 + coalesce((select sum(people) from lead_request_skips s
                 where s.workspace_id = lead_requests.workspace_id and s.request_id = lead_requests.id), 0)
             where workspace_id = $1 and id = $2 and fence = $3 and state = 'running'")
            .bind(request.workspace_id).bind(request.id).bind(request.lease.fence).bind(i64::try_from(ahead).unwrap_or(i64::MAX))
            .execute(c).await.map(|done| done.rows_affected()))?;
        tx.commit().await?;
        Ok(noted == 1)
    }

    /// Looks up whom the index still has in the directory's group; answers how many.
    async fn load(&mut self) -> Result<usize, AppError> {
        let found = match self.groups.get(self.stage) {
            Some(group) => {
                self.app.of::<Directory>().asked_by_work().matching(group, ContactId(self.cursor), usize::MAX).await?
            }
            None => Vec::new(),
        };
        let count = found.len();
        self.ahead = Some(found.into_iter());
        Ok(count)
    }

    async fn ask_directory(&mut self, place: usize) -> Result<Step, AppError> {
        if self.ahead.is_none() {
            self.load().await?;
        }
        let chunk: Vec<ContactId> = self.ahead.iter_mut().flatten().take(BATCH).collect();
        let at = self.app.clock.now();
        if chunk.is_empty() {
            let mut tx = self.app.db.write().await?;
            if claim::renew(&mut tx, self.request, at).await?.is_none() {
                return Ok(Step::Lost);
            }
            (self.stage, self.cursor, self.ahead) = (self.stage + 1, 0, None);
            if self.stage >= self.groups.len() {
                self.lines[place].state = LineState::Done;
            }
            self.save(&mut tx, place).await?;
            on!(&mut tx, c => sqlx::query("update lead_requests set stage = $3, cursor = 0 where workspace_id = $1 and id = $2")
                .bind(self.request.workspace_id).bind(self.request.id).bind(i64::try_from(self.stage).unwrap_or(0))
                .execute(c).await.map(drop))?;
            tx.commit().await?;
            return Ok(Step::Moved);
        }
        let refused = self.refused(&chunk).await?;
        let mut tx = self.app.db.write().await?;
        if self.lines[place].state == LineState::Waiting {
            self.lines[place].state = LineState::Asking;
            credits::lock(&mut tx, self.request.workspace_id).await?;
            self.asking(&mut tx, place).await?;
        }
        let several = self.lines.len() > 1;
        let suppression = self.app.of();
        let offer = Offer { candidates: &chunk, refused: &refused, after: self.cursor, several, suppression };
        let batch = deliver_from(&mut tx, self.request, &offer, &mut self.lines[place], at).await?;
        self.cursor = chunk.last().map_or(self.cursor, |last| last.0);
        Ok(Step::Batch(batch, tx))
    }

    async fn ask_http(&mut self, place: usize) -> Result<Step, AppError> {
        let (line, at) = (&self.lines[place], self.app.clock.now());
        let id = line.source_id.unwrap_or(crate::directory::SourceId(uuid::Uuid::nil()));
        let source = http_source(&mut self.app.db.read().await?, id).await?.filter(|source| source.enabled);
        let http = &self.app.http;
        let Some((source, client)) = source.and_then(|source| Some((source.clone(), source.client(http)?))) else {
            return self.give_up(place, LineState::Failed, Fault::SwitchedOff).await;
        };
        if source.rests_until > at {
            let fault = source.fault.map_or(Fault::Rests, |fault| fault.0);
            return self.pass_over(place, fault, source.rests_until).await;
        }
        let cost_max = source.settings.cost_max.map(|most| most - line.cost);
        if cost_max.is_some_and(|left| left <= 0) {
            return self.give_up(place, LineState::Done, Fault::CostReached).await;
        }
        if line.calls >= IDLE_CALLS_MAX + line.delivered {
            return self.give_up(place, LineState::Done, Fault::TooFew).await;
        }
        let mut tx = self.app.db.write().await?;
        let Some(reached) = claim::renew(&mut tx, self.request, at).await? else { return Ok(Step::Lost) };
        let Some(turn) = store::take_turn(&mut tx, &source, at).await? else {
            let reason = RequestReason::SourceBusy { source: source.settings.name.clone() };
            return Ok(Step::Later(at.plus(Duration::from_secs(2)), reason));
        };
        self.lines[place].state = LineState::Asking;
        self.save(&mut tx, place).await?;
        self.asking(&mut tx, place).await?;
        tx.commit().await?;
        worker::tell(self.app, self.request).await;
        tokio::time::sleep(Duration::from_micros(u64::try_from(turn.micros() - at.micros()).unwrap_or(0))).await;
        let line = &self.lines[place];
        let group = usize::try_from(line.group_number).ok().and_then(|group| self.groups.get(group));
        let criteria = group.unwrap_or(&self.request.criteria.0);
        let wanted = (reached.until - reached.delivered).min(self.payable(place).await?);
        let limit = usize::try_from(wanted).unwrap_or(1).clamp(1, BATCH);
        let ask = Ask::new(criteria, line.cursor.clone(), limit, cost_max);
        let answer = client.search(&ask, &page_key(self.request, line, limit), at.micros() / 1_000_000).await;
        match answer {
            Ok(answer) => self.take_page(place, &source, &ask, answer).await,
            Err(fault) => self.failed(place, &source, fault).await,
        }
    }

    /// Stores a page, checks its addresses, and delivers whom it may.
    async fn take_page(
        &mut self,
        place: usize,
        source: &HttpSource,
        ask: &Ask,
        answer: Answer,
    ) -> Result<Step, AppError> {
        let mut line = self.lines[place].clone();
        if let Err(fault) = line.seen.0.note(ask, &answer) {
            return self.failed(place, source, fault).await;
        }
        let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let group = usize::try_from(line.group_number).ok().and_then(|group| self.groups.get(group));
        let wanted = |contact: &&Contact| group.is_some_and(|group| group.matches(contact));
        let fitting: Vec<Contact> = answer.contacts.iter().filter(wanted).cloned().collect();
        line.calls += 1;
        line.received += whole(answer.received());
        line.rejected += whole(answer.received() - fitting.len());
        line.cost += answer.cost;
        (line.fault, line.retry_at) = (None, None);
        line.cursor = answer.next;
        if line.cursor.is_none() {
            (line.group_number, line.seen.0) = (line.group_number + 1, Default::default());
            if line.group_number >= whole(self.groups.len()) {
                line.state = LineState::Done;
            }
        }
        let at = self.app.clock.now();
        let mut tx = self.app.db.write().await?;
        let ids = keep(&mut tx, &fitting, source.id, at).await?;
        store::note_answer(&mut tx, source.id, at).await?;
        tx.commit().await?;
        self.app.of::<Directory>().wake();
        let refused = self.refused(&ids).await?;
        let mut tx = self.app.db.write().await?;
        let suppression = self.app.of();
        let offer = Offer { candidates: &ids, refused: &refused, after: self.cursor, several: true, suppression };
        let batch = deliver_from(&mut tx, self.request, &offer, &mut line, at).await?;
        self.lines[place] = line;
        Ok(Step::Batch(batch, tx))
    }

    /// Whom no mail can reach, of these, and why. Asks the network, so no transaction is open here.
    async fn refused(&self, ids: &[ContactId]) -> Result<HashMap<ContactId, SkipReason>, AppError> {
        let contacts = contacts_by_id(&mut self.app.db.read().await?, ids).await?;
        let refused = verify(&self.app.dns, self.check, &contacts).await;
        Ok(refused.into_iter().map(|(id, refusal)| (id, refusal.into())).collect())
    }

    /// After a failure of the source itself: noted with the source, so that other requests leave it alone for a while.
    async fn failed(&mut self, place: usize, source: &HttpSource, fault: Fault) -> Result<Step, AppError> {
        if let Fault::OverCost { .. } = fault {
            return self.give_up(place, LineState::Done, fault).await;
        }
        tracing::warn!(request = %self.request.id, source = source.settings.name, %fault, "a source was passed over");
        let at = self.app.clock.now();
        let mut tx = self.app.db.write().await?;
        let until = store::note_fault(&mut tx, source.id, &fault, at).await?;
        tx.commit().await?;
        self.pass_over(place, fault, until).await
    }

    /// Leaves a source for now: it is asked once more at the end, unless it failed too often or rests too long.
    async fn pass_over(&mut self, place: usize, fault: Fault, rests_until: Instant) -> Result<Step, AppError> {
        let at = self.app.clock.now();
        let line = &mut self.lines[place];
        line.failures += 1;
        let again = rests_until.max(at.plus(RETRY_PAUSE));
        line.retry_at = Some(again).filter(|again| line.failures < FAILURES_MAX && *again <= at.plus(RETRY_WAIT_MAX));
        self.give_up(place, LineState::Failed, fault).await
    }

    async fn give_up(&mut self, place: usize, state: LineState, fault: Fault) -> Result<Step, AppError> {
        let line = &mut self.lines[place];
        line.state = state;
        line.fault = Some(Json(fault));
        let mut tx = self.app.db.write().await?;
        if claim::renew(&mut tx, self.request, self.app.clock.now()).await?.is_none() {
            return Ok(Step::Lost);
        }
        self.save(&mut tx, place).await?;
        tx.commit().await?;
        worker::tell(self.app, self.request).await;
        Ok(Step::Moved)
    }

    /// No source is open: asks a failed one once more when it is time, waits for that time, or ends. `None`: go on.
    async fn end(&mut self) -> Result<Option<Drawn>, AppError> {
        let at = self.app.clock.now();
        let waits = |line: &&SourceLine| line.state == LineState::Failed && line.retry_at.is_some();
        let Some(next) = self.lines.iter().filter(waits).min_by_key(|line| line.retry_at) else {
            return Ok(Some(Drawn::Ended(self.reason())));
        };
        let again = next.retry_at.unwrap_or(at);
        if again > at {
            let fault = next.fault.clone().map_or(Fault::Rests, |fault| fault.0);
            let reason = RequestReason::SourceFailed { source: next.name.clone(), fault };
            return Ok(Some(Drawn::Later(again, reason)));
        }
        let place = usize::try_from(next.position).unwrap_or(0);
        let line = &mut self.lines[place];
        (line.state, line.retry_at) = (LineState::Waiting, None);
        Ok(None)
    }

    /// How many leads of this source what is left of the hold pays for.
    async fn payable(&self, place: usize) -> sqlx::Result<i64> {
        deliver::payable(&mut self.app.db.read().await?, self.request, self.lines[place].price).await
    }

    /// Why no one else is delivered.
    fn reason(&self) -> RequestReason {
        let used = |line: &SourceLine| line.fault.as_ref().is_some_and(|fault| matches!(fault.0, Fault::HoldUsed));
        if self.lines.iter().any(used) {
            return RequestReason::HoldUsed;
        }
        let failed = self.lines.iter().filter(|line| line.state == LineState::Failed);
        RequestReason::NoOneElse { unanswered: failed.map(|line| line.name.clone()).collect() }
    }

    async fn save(&self, tx: &mut Tx, place: usize) -> sqlx::Result<()> {
        waterfall::save(tx, self.request.workspace_id, self.request.id, &self.lines[place]).await
    }

    /// Notes which source is being asked, for the request's page.
    async fn asking(&self, tx: &mut Tx, place: usize) -> sqlx::Result<()> {
        on!(tx, c => sqlx::query("update lead_requests set asking = $4 where workspace_id = $1 and id = $2 and fence = $3")
            .bind(self.request.workspace_id).bind(self.request.id).bind(self.request.lease.fence).bind(&self.lines[place].name)
            .execute(c).await.map(drop))
    }
}

impl From<Refusal> for SkipReason {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid => Self::Invalid,
            Refusal::Disposable => Self::Disposable,
            Refusal::Role => Self::Role,
            Refusal::NoMx => Self::NoMx,
            Refusal::Unsure => Self::Unsure,
        }
    }
}

/// The same whenever the same page of the same request is asked for, so that its source charges it once.
fn page_key(request: &LeadRequest, line: &SourceLine, limit: usize) -> String {
    let cursor = line.cursor.as_deref().unwrap_or_default();
    let text = format!("{} {} {} {limit} {cursor}", request.id, line.position, line.group_number);
    hexadecimal(&Sha256::digest(text)[..16])
}
