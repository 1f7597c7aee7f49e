//! One instance, and the workspaces of the sequence that is played.

use std::{collections::HashSet, net::Ipv4Addr, time::Duration};

use super::{
    book::{Account, Book, Bought},
    deed::{Deed, What},
};
use crate::{
    accounts::{
        ClientAddress, Confirmed, Link, Member, NewAccount, Place, Promotion, Role, Start, begin_sign_up,
        press_confirmation, select_workspaces_of,
    },
    app::testing::TestApp,
    billing::{self, Package},
    campaigns::{
        ids::ListId,
        requests::{
            tests::{add_campaign, add_contacts},
            worker::end_overdue,
        },
    },
    credits::{CampaignId, RequestId},
    directory::Directory,
    on, proof,
    server::clock::Instant,
};

/// People in the directory: more than the free credits pay for.
const PEOPLE: i64 = 130;
/// Credits and price of the two packages: a quarter of each is whole.
const PACKAGES: [(i64, i64); 2] = [(40, 4_000), (8, 800)];

pub struct World {
    pub test: TestApp,
    pub packages: Vec<Package>,
    /// Which sequence is played: its mailboxes and its network are its own.
    sequence: u32,
    sign_ups: Vec<(Link, usize)>,
    /// Mailboxes that had free credits.
    gifted: HashSet<usize>,
    pub workspaces: Vec<Workspace>,
    /// For keys that must be used once.
    keys: usize,
}

/// One workspace of the sequence.
pub struct Workspace {
    pub member: Member,
    pub campaign: CampaignId,
    pub requests: Vec<RequestId>,
    pub lists: Vec<ListId>,
    pub book: Book,
}

impl World {
    pub async fn new(test: TestApp) -> Self {
        add_contacts(&test.app.db, PEOPLE).await;
        test.app.of::<Directory>().catch_up(&test.app.db, &test.app.clock).await.unwrap();
        let mut tx = test.app.db.write().await.unwrap();
        let mut packages = billing::packages(&mut tx).await.unwrap();
        packages.truncate(PACKAGES.len());
        for (package, (credits, price)) in packages.iter().zip(PACKAGES) {
            on!(&mut tx, c => sqlx::query("update packages set credits = $2, amount_minor = $3 where id = $1")
                .bind(package.id).bind(credits).bind(price).execute(c).await.map(drop))
            .unwrap();
        }
        tx.commit().await.unwrap();
        let (sign_ups, gifted, workspaces) = Default::default();
        Self { test, packages, sequence: 0, sign_ups, gifted, workspaces, keys: 0 }
    }

    pub fn now(&self) -> Instant {
        self.test.app.clock.now()
    }

    pub fn key(&mut self) -> String {
        self.keys += 1;
        format!("deed:{}", self.keys)
    }

    /// Forgets the sequence before, and lets a day pass for the limits on sign-ups.
    pub async fn begin(&mut self) {
        self.sequence += 1;
        self.sign_ups.clear();
        self.gifted.clear();
        self.workspaces.clear();
        self.test.app.clock.advance(Duration::from_secs(25 * 60 * 60));
    }

    pub async fn happen(&mut self, deed: &Deed) {
        match deed {
            Deed::SignUp { mailbox, spelling } => self.sign_up(*mailbox, *spelling).await,
            Deed::Confirm { sign_up } => self.confirm(*sign_up).await,
            Deed::Wait { hours } => {
                self.test.app.clock.advance(Duration::from_secs(hours * 60 * 60));
                end_overdue(&self.test.app).await.unwrap();
            }
            Deed::In { workspace, what } => {
                let Some(which) = workspace.checked_rem(self.workspaces.len()) else { return };
                match what {
                    What::Buy { .. } | What::PayBack { .. } | What::Money { .. } => self.money(which, what).await,
                    what => self.people(which, what).await,
                }
            }
        }
    }

    async fn sign_up(&mut self, mailbox: usize, spelling: usize) {
        let n = self.sequence;
        let email = match (mailbox, spelling) {
            (0, 0) => format!("pat.q{n}@gmail.com"),
            (0, 1) => format!("Patq{n}+leads@gmail.com"),
            (0, _) => format!("p.a.t.q{n}@googlemail.com"),
            (1, 0) => format!("pat@q{n}.example"),
            (1, other) => format!("PAT+{other}@q{n}.example"),
            (_, other) => format!("pat{other}q{n}@mailinator.com"),
        };
        let (name, password, workspace) = ("Pat".to_owned(), String::new(), "Pat’s".to_owned());
        let new = NewAccount { name, email: email.parse().unwrap(), password, workspace };
        let id = begin_sign_up(&self.test.app, &new, "", Place::Own, self.now()).await.unwrap();
        self.sign_ups.push((Link::SignUp(id), mailbox));
    }

    async fn confirm(&mut self, sign_up: usize) {
        let Some(index) = sign_up.checked_rem(self.sign_ups.len()) else { return };
        let (link, mailbox) = self.sign_ups[index];
        let address = ClientAddress(Ipv4Addr::from(0x0a00_0001 + (self.sequence << 8)).into());
        let Confirmed::Made(new) = press_confirmation(&self.test.app, link, address, self.now()).await.unwrap() else {
            return;
        };
        let (user, mut book) = (new.signed_in.user, Book::default());
        match &new.start {
            Start::Own(Promotion::Given(credits)) => {
                assert!(mailbox < 2, "a throw-away address was given free credits");
                assert!(self.gifted.insert(mailbox), "mailbox {mailbox} was given free credits twice");
                book.given(*credits);
            }
            Start::Own(other) => assert!(mailbox == 2 || self.gifted.contains(&mailbox), "{other:?}"),
            Start::Joined(_) => panic!("no one was invited"),
        }
        let workspaces = select_workspaces_of(user).read(&mut self.test.app.db.read().await.unwrap()).await.unwrap();
        let (email, name, workspace_name, time_zone) = Default::default();
        let (workspace, role) = (workspaces[0].id, Role::Owner);
        let member = Member { user, workspace, role, email, name, workspace_name, time_zone, operator: false };
        let campaign = add_campaign(&self.test.app, &member).await;
        self.workspaces.push(Workspace { member, campaign, requests: Vec::new(), lists: Vec::new(), book });
    }

    /// After each deed: what every workspace sees, and what it has.
    pub async fn check(&mut self) {
        for which in 0..self.workspaces.len() {
            self.look(which).await;
            let workspace = &self.workspaces[which];
            let account: Account = on!(&mut self.test.app.db.read().await.unwrap(), c => sqlx::query_as(
                "select coalesce(max(available), 0) as available, coalesce(max(held), 0) as held, coalesce(max(spent), 0) as spent,
                     coalesce(max(expired), 0) as expired, coalesce(max(owed), 0) as owed
                 from credit_accounts where workspace_id = $1")
                .bind(workspace.member.workspace).fetch_one(c).await)
            .unwrap();
            workspace.book.check(account);
            for order in &workspace.book.bought {
                self.has_what_is_paid_for(which, order).await;
            }
        }
    }

    /// Nothing that was paid back can be spent (C19), whatever lot of its order it is in: an order whose lots owe has nothing left in any.
    async fn has_what_is_paid_for(&self, which: usize, order: &Bought) {
        let (left, used, owed): (i64, i64, i64) = on!(&mut self.test.app.db.read().await.unwrap(), c => sqlx::query_as(
            "select cast(sum(remaining) as bigint), cast(sum(held + captured - refunded) as bigint), cast(sum(owed) as bigint)
             from credit_lots where workspace_id = $1 and (order_id = $2 or origin_order_id = $2)")
            .bind(self.workspaces[which].member.workspace).bind(order.id).fetch_one(c).await)
        .unwrap();
        assert!(left == 0 || owed == 0, "{order:?} owes {owed} and has {left} credits left");
        assert_eq!(left + used - owed, order.paid_for(), "{order:?} has {left} left, {used} in use, and owes {owed}");
    }

    /// Ends what is open, and proves every workspace of the sequence.
    pub async fn end(&mut self) {
        for wait in [Duration::from_secs(60 * 60), Duration::from_secs(24 * 60 * 60)] {
            self.test.app.clock.advance(wait);
            self.deliver().await;
            end_overdue(&self.test.app).await.unwrap();
        }
        for which in 0..self.workspaces.len() {
            self.look_at_the_pages(which).await;
        }
        self.check().await;
        for which in 0..self.workspaces.len() {
            let mut tx = self.test.app.db.snapshot().await.unwrap();
            let workspace = self.workspaces[which].member.workspace;
            let found = crate::credits::verify::verify(&mut tx, workspace).await.unwrap();
            assert_eq!(found.differences, []);
            assert_eq!(found.balance.held.get(), 0, "nothing is held once every request has ended");
            assert_eq!(crate::campaigns::verify::verify(&mut tx, workspace).await.unwrap(), []);
            assert_eq!(billing::verify::verify(&mut tx, workspace).await.unwrap(), []);
        }
    }

    /// Proves the seals too, of everything that was played.
    pub async fn prove(&self) {
        let mut tx = self.test.app.db.snapshot().await.unwrap();
        for workspace in crate::credits::verify::workspaces(&mut tx).await.unwrap() {
            assert_eq!(proof::sealed(&mut tx, workspace).await.unwrap(), []);
        }
    }
}
