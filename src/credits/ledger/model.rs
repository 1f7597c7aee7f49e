//! A small ledger to compare the real one with: vectors, no database, the rules written a second time from `CREDITS.md`.

use std::collections::BTreeMap;

use crate::credits::LotKind;

pub const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// What a step does; numbers that choose among things of the past wrap around.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    Grant {
        kind: LotKind,
        amount: i64,
        days: Option<i64>,
    },
    Hold {
        amount: i64,
        member: usize,
    },
    Capture {
        hold: usize,
        leads: i64,
    },
    Release {
        hold: usize,
    },
    Refund {
        lead: usize,
    },
    /// Of the purchase chosen, or of all lots.
    Revoke {
        purchase: Option<usize>,
        amount: i64,
    },
    /// The money of the purchase chosen goes back.
    Claim {
        purchase: usize,
        amount: i64,
    },
    /// Its debt is cancelled.
    Forgive {
        purchase: usize,
        amount: i64,
    },
    /// Its credits come again.
    ComeAgain {
        purchase: usize,
        amount: i64,
    },
}

/// How a step is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// In a transaction of its own, or through the group commit.
    Do {
        op: Op,
        grouped: bool,
    },
    /// The process ends before the commit.
    Crash(Op),
    /// The step of the past is made again, with its key.
    Repeat(usize),
    Wait {
        hours: i64,
    },
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepResult {
    Done,
    NotEnough,
    OverHold,
    NoOpenHold,
    OverRefund,
    CapReached,
    /// There is nothing of the kind to do it to.
    Skipped,
}

#[derive(Debug, Clone)]
pub struct ModelLot {
    kind: LotKind,
    expires: Option<i64>,
    remaining: i64,
    made: i64,
    owed: i64,
    /// Which purchase paid for it, counted from 0.
    purchase: Option<usize>,
}

#[derive(Debug, Clone)]
pub struct ModelHold {
    draws: Vec<(usize, i64)>,
    open: bool,
    member: usize,
}

/// Every credit on its own: which lot paid for which lead.
#[derive(Debug, Clone)]
pub struct ModelLead {
    lot: usize,
    refunded: bool,
}

/// The whole state.
#[derive(Debug, Clone, Default)]
pub struct Model {
    pub now: i64,
    lots: Vec<ModelLot>,
    holds: Vec<ModelHold>,
    leads: Vec<ModelLead>,
    purchases: usize,
    pub expired: i64,
    /// What each of two members may still hold in the month, which no sequence leaves.
    cap_left: [i64; 2],
    /// What became of the latest step.
    pub last: Option<StepResult>,
}

impl Model {
    /// An empty ledger at `now`, with two members who may hold `cap` each.
    pub fn new(now: i64, cap: i64) -> Self {
        Self { now, cap_left: [cap, cap], ..Self::default() }
    }

    pub fn available(&self) -> i64 {
        self.lots.iter().map(|lot| lot.remaining).sum()
    }

    pub fn held(&self) -> i64 {
        self.holds.iter().flat_map(|hold| &hold.draws).map(|(_, left)| left).sum()
    }

    pub fn spent(&self) -> i64 {
        i64::try_from(self.leads.iter().filter(|lead| !lead.refunded).count()).unwrap()
    }

    /// What is left by kind and expiry: however many lots share it.
    pub fn left(&self) -> BTreeMap<(String, Option<i64>), i64> {
        let mut left = BTreeMap::new();
        for lot in self.lots.iter().filter(|lot| lot.remaining > 0) {
            *left.entry((lot.kind.label().to_owned(), lot.expires)).or_default() += lot.remaining;
        }
        left
    }

    pub fn wait(&mut self, hours: i64) {
        self.now += hours * HOUR;
        self.expire();
    }

    fn expire(&mut self) {
        for lot in &mut self.lots {
            if lot.expires.is_some_and(|expires| expires <= self.now) {
                self.expired += lot.remaining;
                lot.remaining = 0;
            }
        }
    }

    pub fn apply(&mut self, op: &Op) -> StepResult {
        match op {
            Op::Grant { kind, amount, days } => self.grant(*kind, *amount, *days),
            Op::Hold { amount, member } => self.hold(*amount, *member),
            Op::Capture { hold, leads } => self.capture(*hold, *leads),
            Op::Release { hold } => self.release(*hold),
            Op::Refund { lead } => self.refund(*lead),
            Op::Revoke { purchase, amount } => self.revoke(*purchase, *amount),
            Op::Claim { purchase, amount } => self.claim(*purchase, *amount),
            Op::Forgive { purchase, amount } => self.forgive(*purchase, *amount),
            Op::ComeAgain { purchase, amount } => self.come_again(*purchase, *amount),
        }
    }

    fn grant(&mut self, kind: LotKind, amount: i64, days: Option<i64>) -> StepResult {
        let purchase = (kind == LotKind::Purchase).then_some(self.purchases);
        self.purchases += usize::from(purchase.is_some());
        let expires = days.map(|days| self.now + days * DAY);
        self.lots.push(ModelLot { kind, expires, remaining: amount, made: self.now, owed: 0, purchase });
        StepResult::Done
    }

    /// Indexes of lots, first to be drawn first.
    fn draw_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.lots.len()).filter(|index| self.lots[*index].remaining > 0).collect();
        order.sort_by_key(|index| {
            let lot = &self.lots[*index];
            let rank = match lot.kind {
                LotKind::Promotion => 0,
                LotKind::Plan => 1,
                LotKind::Refund => 2,
                LotKind::Purchase | LotKind::Operator => 3,
            };
            (lot.expires.is_none(), lot.expires, rank, lot.made, *index)
        });
        order
    }

    fn draw(&mut self, order: &[usize], amount: i64) -> Vec<(usize, i64)> {
        let mut left = amount;
        let mut draws = Vec::new();
        for index in order {
            let part = left.min(self.lots[*index].remaining);
            if part > 0 {
                self.lots[*index].remaining -= part;
                left -= part;
                draws.push((*index, part));
            }
        }
        draws
    }

    fn hold(&mut self, amount: i64, member: usize) -> StepResult {
        if amount > self.available() || amount == 0 {
            return StepResult::NotEnough;
        }
        if amount > self.cap_left[member] {
            return StepResult::CapReached;
        }
        self.cap_left[member] -= amount;
        let draws = self.draw(&self.draw_order(), amount);
        self.holds.push(ModelHold { draws, open: true, member });
        StepResult::Done
    }

    fn capture(&mut self, hold: usize, leads: i64) -> StepResult {
        let Some(index) = hold.checked_rem(self.holds.len()) else { return StepResult::Skipped };
        let hold = &mut self.holds[index];
        if !hold.open {
            return StepResult::NoOpenHold;
        }
        if leads > hold.draws.iter().map(|(_, left)| left).sum() {
            return StepResult::OverHold;
        }
        for _ in 0..leads {
            let draw = hold.draws.iter_mut().find(|(_, left)| *left > 0).unwrap();
            draw.1 -= 1;
            self.leads.push(ModelLead { lot: draw.0, refunded: false });
        }
        StepResult::Done
    }

    fn release(&mut self, hold: usize) -> StepResult {
        let Some(index) = hold.checked_rem(self.holds.len()) else { return StepResult::Skipped };
        let draws = std::mem::take(&mut self.holds[index].draws);
        self.holds[index].open = false;
        for (lot, left) in draws {
            self.cap_left[self.holds[index].member] += left;
            self.come_back(lot, left);
        }
        StepResult::Done
    }

    fn refund(&mut self, lead: usize) -> StepResult {
        let Some(index) = lead.checked_rem(self.leads.len()) else { return StepResult::Skipped };
        if !self.leads[index].refunded {
            self.leads[index].refunded = true;
            self.come_back(self.leads[index].lot, 1);
        }
        StepResult::Done
    }

    /// To the lot it came from, or to a refund lot good for 30 whole days, which the same purchase paid for.
    fn come_back(&mut self, lot: usize, amount: i64) {
        let amount = self.pay(lot, amount);
        if amount == 0 {
            return;
        }
        if self.lots[lot].expires.is_none_or(|expires| expires > self.now) {
            self.lots[lot].remaining += amount;
            return;
        }
        let expires = Some((self.now.div_euclid(DAY) + 31) * DAY);
        let (kind, made, purchase) = (LotKind::Refund, self.now, self.lots[lot].purchase);
        let of_the_day = |index: &usize| {
            let lot = &self.lots[*index];
            let live = lot.remaining > 0 || self.held_of(*index) > 0;
            live && (lot.kind, lot.expires, lot.purchase) == (kind, expires, purchase)
        };
        match (0..self.lots.len()).find(of_the_day) {
            Some(shared) => self.lots[shared].remaining += amount,
            None => self.lots.push(ModelLot { kind, expires, remaining: amount, made, owed: 0, purchase }),
        }
    }

    /// Credits came into a lot: its own debt is paid first, then that of the other lots of its purchase. Returns what is left.
    fn pay(&mut self, lot: usize, amount: i64) -> i64 {
        let Some(purchase) = self.lots[lot].purchase else { return amount };
        let mut left = amount;
        for index in std::iter::once(lot).chain(self.lots_of(purchase)) {
            let paid = left.min(self.lots[index].owed);
            self.lots[index].owed -= paid;
            left -= paid;
        }
        left
    }

    fn come_again(&mut self, purchase: usize, amount: i64) -> StepResult {
        let Some(number) = purchase.checked_rem(self.purchases) else { return StepResult::Skipped };
        let (kind, made, purchase) = (LotKind::Refund, self.now, Some(number));
        self.lots.push(ModelLot { kind, expires: None, remaining: 0, made, owed: 0, purchase });
        let lot = self.lots.len() - 1;
        self.lots[lot].remaining = self.pay(lot, amount);
        StepResult::Done
    }

    pub fn owed(&self) -> i64 {
        self.lots.iter().map(|lot| lot.owed).sum()
    }

    /// The most that any purchase both owes and could use.
    pub fn owes_and_has(&self) -> i64 {
        let both = |number| {
            let lots = self.lots_of(number);
            let sum = |part: fn(&ModelLot) -> i64| lots.iter().map(|index| part(&self.lots[*index])).sum::<i64>();
            sum(|lot| lot.owed).min(sum(|lot| lot.remaining))
        };
        (0..self.purchases).map(both).max().unwrap_or_default()
    }

    /// The lots of a purchase: the first is the one it brought in.
    fn lots_of(&self, number: usize) -> Vec<usize> {
        (0..self.lots.len()).filter(|index| self.lots[*index].purchase == Some(number)).collect()
    }

    fn held_of(&self, lot: usize) -> i64 {
        self.holds.iter().flat_map(|hold| &hold.draws).filter(|draw| draw.0 == lot).map(|draw| draw.1).sum()
    }

    /// What is there leaves; what is held or spent is owed.
    fn claim(&mut self, purchase: usize, amount: i64) -> StepResult {
        let Some(number) = purchase.checked_rem(self.purchases) else { return StepResult::Skipped };
        let (lots, mut left) = (self.lots_of(number), amount);
        for lot in &lots {
            let taken = left.min(self.lots[*lot].remaining);
            self.lots[*lot].remaining -= taken;
            left -= taken;
        }
        for lot in lots {
            let spent = self.leads.iter().filter(|lead| lead.lot == lot && !lead.refunded).count();
            let may_be_owed = self.held_of(lot) + i64::try_from(spent).unwrap() - self.lots[lot].owed;
            let owed = left.min(may_be_owed);
            self.lots[lot].owed += owed;
            left -= owed;
        }
        StepResult::Done
    }

    fn forgive(&mut self, purchase: usize, amount: i64) -> StepResult {
        let Some(number) = purchase.checked_rem(self.purchases) else { return StepResult::Skipped };
        let mut left = amount;
        for lot in self.lots_of(number) {
            let forgiven = left.min(self.lots[lot].owed);
            self.lots[lot].owed -= forgiven;
            left -= forgiven;
        }
        StepResult::Done
    }

    fn revoke(&mut self, purchase: Option<usize>, amount: i64) -> StepResult {
        let purchase = match purchase {
            Some(_) if self.purchases == 0 => return StepResult::Skipped,
            Some(number) => Some(number % self.purchases),
            None => None,
        };
        let mut order = self.draw_order();
        order.retain(|index| purchase.is_none() || self.lots[*index].purchase == purchase);
        let there: i64 = order.iter().map(|index| self.lots[*index].remaining).sum();
        if amount > there || amount == 0 {
            return StepResult::NotEnough;
        }
        self.draw(&order, amount);
        StepResult::Done
    }
}
