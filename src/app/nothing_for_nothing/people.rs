//! Leads: asked for, delivered, revealed, returned, reported, mailed, and people that a workspace brings itself.

use std::collections::BTreeSet;

use super::{book::RETURNS_PERCENT, deed::What, world::World};
use crate::{
    accounts::Role,
    campaigns::{
        Cancel, Decide, LeadCount, LeadOrder, ReportLead, ReportOutcome, ReportReason, RequestLeads, ReturnLeads,
        Returning, bounced,
        ids::{LeadId, ReportId},
        leads::{
            lead::{LeadTrail, lead},
            list::{self, LeadQuery},
            mailed,
            reveal::{reveal_found, reveal_one},
        },
        lists::{
            Duplicates,
            store::{self, Draft},
            worker as lists,
        },
        requests::{returnable::ReturnRules, worker},
    },
    credits::join,
    directory::imports::{self, upload},
    on,
    server::{db::Tx, error::AppError, form::Form, jobs::Round, query::FromQuery},
};

const RULES: ReturnRules = ReturnRules { hours: 24, percent: RETURNS_PERCENT };
/// Refunds that the rules make in a month without an operator.
const AUTOMATIC_MAX: i64 = 4;
/// What an own list says of each person on it.
const TITLE: &str = "Friend";

fn everything() -> LeadQuery {
    LeadQuery::from_query(&Form::default()).unwrap()
}

fn nth<T: Copy>(all: &[T], number: usize) -> Option<T> {
    all.get(number.checked_rem(all.len())?).copied()
}

impl World {
    pub async fn people(&mut self, which: usize, what: &What) {
        match what {
            What::Deliver => return self.deliver().await,
            What::Export => {
                let (at, Self { test, workspaces, .. }) = (self.now(), &*self);
                let workspace = &workspaces[which];
                let named = (workspace.campaign, "Test");
                reveal_found(&test.app.db, &workspace.member, named, &everything(), at).await.unwrap();
                return;
            }
            What::Bring { people, policy } => return self.bring(which, people, *policy).await,
            _ => {}
        }
        let mut tx = self.test.app.db.write().await.unwrap();
        match self.lead_deed(&mut tx, which, what).await {
            Ok(()) => tx.commit().await.unwrap(),
            // What may be refused; nothing happened then.
            Err(AppError::NotEnoughCredits { .. } | AppError::Conflict(_)) => {}
            Err(error) => panic!("{what:?}: {error:#}"),
        }
    }

    /// One deed in one transaction, as its handler does it.
    async fn lead_deed(&mut self, tx: &mut Tx, which: usize, what: &What) -> Result<(), AppError> {
        let (key, at) = (self.key(), self.now());
        let keys = self.test.app.of();
        let workspace = &mut self.workspaces[which];
        let (member, id) = (workspace.member.clone(), workspace.member.workspace);
        let leads: Vec<LeadId> = on!(&mut *tx, c => sqlx::query_scalar(
            "select id from leads where workspace_id = $1 order by delivered_at, contact_id, id")
            .bind(id).fetch_all(c).await)?;
        match *what {
            What::Ask { leads } => {
                let quantity = LeadCount::of(leads).unwrap();
                let order = LeadOrder { campaign: workspace.campaign, quantity, look: None, most: None, key };
                workspace.requests.push(join(tx, &RequestLeads { member, order, at }).await?);
            }
            What::Cancel { request } => {
                let Some(request) = nth(&workspace.requests, request) else { return Ok(()) };
                join(tx, &Cancel { member, request, at }).await?;
            }
            What::Reveal { lead } => {
                let Some(lead) = nth(&leads, lead) else { return Ok(()) };
                reveal_one(tx, &member, lead, at).await?;
            }
            What::Return { .. } | What::ReturnAll { .. } => {
                let what = match *what {
                    What::Return { lead } => nth(&leads, lead).map(Returning::Lead),
                    What::ReturnAll { request } => nth(&workspace.requests, request).map(Returning::Request),
                    _ => None,
                };
                let Some(what) = what else { return Ok(()) };
                let count = join(tx, &ReturnLeads { member, what, rules: RULES, at }).await?;
                workspace.book.returned(count, at);
            }
            What::Report { lead, reason } => {
                let Some(lead) = nth(&leads, lead) else { return Ok(()) };
                let (note, reason) = (String::new(), ReportReason::ALL[reason].0);
                let report = ReportLead { member, lead, reason, note, automatic_max: AUTOMATIC_MAX, at };
                if let ReportOutcome::Refunded(_) = join(tx, &report).await? {
                    workspace.book.paid_back_for_a_cause(lead);
                }
            }
            What::Decide { report, accept } => {
                let reports: Vec<(ReportId, LeadId)> = on!(&mut *tx, c => sqlx::query_as(
                    "select id, lead_id from lead_reports where workspace_id = $1 order by reported_at, id")
                    .bind(id).fetch_all(c).await)?;
                let Some((report, lead)) = nth(&reports, report) else { return Ok(()) };
                let declined = (!accept).then(|| "No.".to_owned());
                let decided = join(tx, &Decide { workspace: id, report, declined, operator: member.user, at }).await?;
                if decided && accept {
                    workspace.book.paid_back_for_a_cause(lead);
                }
            }
            What::Mail { lead, bounces } => {
                let Some(lead) = nth(&leads, lead) else { return Ok(()) };
                let left = !mailed(tx, [(id, lead)].into_iter(), at).await?.is_empty();
                if left && bounces && !bounced(tx, keys, id, lead, "5.1.1", at).await?.is_zero() {
                    workspace.book.paid_back_for_a_cause(lead);
                }
            }
            What::TakeListBack { list } => {
                let Some(list) = nth(&workspace.lists, list) else { return Ok(()) };
                store::ask_back(tx, id, list).await?;
            }
            ref other => panic!("{other:?} is done elsewhere"),
        }
        Ok(())
    }

    /// Workers finish what can be done now.
    pub async fn deliver(&self) {
        while worker::turn(self.test.app.clone()).await.unwrap() == Round::Worked {}
        while lists::turn(self.test.app.clone()).await.unwrap() == Round::Worked {}
    }

    /// Uploads a list and lets it run: of every five people three are in the directory.
    async fn bring(&mut self, which: usize, people: &[usize], policy: usize) {
        let address = |person: &usize| match person % 5 {
            0..3 => format!("person{}@acorn.example", person + 1),
            _ => format!("friend{person}@birch.example"),
        };
        let people: BTreeSet<String> = people.iter().map(address).collect();
        let rows: String = people.iter().map(|email| format!("{email},{TITLE}\n")).collect();
        let app = self.test.app.clone();
        let (folder, stored_as) = (upload::folder(&app.config.data), format!("{}.csv", crate::ids::uuid_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(&stored_as), format!("Email,Title\n{rows}")).unwrap();
        let survey = imports::survey(&folder.join(&stored_as)).unwrap();
        let at = self.now();
        let workspace = &mut self.workspaces[which];
        let (member, campaign) = (&workspace.member, workspace.campaign);
        let draft =
            Draft { campaign, file_name: "mine.csv", stored_as: &stored_as, survey: &survey, maker: member.user };
        let mut tx = app.db.write().await.unwrap();
        let id = match store::draft(&mut tx, member.workspace, &draft, at).await {
            Ok(id) => id,
            Err(AppError::Conflict(_)) => return,
            Err(error) => panic!("{error:#}"),
        };
        let list = store::list(&mut tx, member.workspace, id).await.unwrap();
        let policy = [Duplicates::Workspace, Duplicates::ActiveCampaigns, Duplicates::Campaign][policy];
        assert!(store::start(&mut tx, &list, &list.mapping, policy, at).await.unwrap());
        tx.commit().await.unwrap();
        workspace.lists.push(id);
        workspace.book.own.extend(people);
        while lists::turn(app.clone()).await.unwrap() == Round::Worked {}
    }

    /// What a workspace sees of the leads in its campaign.
    pub async fn look(&mut self, which: usize) {
        let workspace = &mut self.workspaces[which];
        let (id, campaign) = (workspace.member.workspace, workspace.campaign);
        let mut tx = self.test.app.db.read().await.unwrap();
        let leads = list::leads(&mut tx, id, campaign, &everything(), 0, 1_000).await.unwrap();
        let book = &mut workspace.book;
        for one in leads {
            let address = one.address();
            let hidden = address.contains('•') && one.profile().is_empty() && one.phone_number().is_empty();
            if one.list_id.is_some() {
                assert!(book.own.contains(&address), "{address} came with no list");
                assert_eq!(
                    (one.title.as_str(), one.company.as_str()),
                    (TITLE, ""),
                    "a list is told what it says itself"
                );
                continue;
            }
            book.delivered.entry(one.id).or_insert(one.delivered_at);
            if !hidden {
                book.seen.insert(one.id);
                book.people.insert(address);
            }
        }
    }

    /// The pages as a viewer sees them, and each lead on its own page, also when it left the campaign.
    pub async fn look_at_the_pages(&mut self, which: usize) {
        let workspace = &mut self.workspaces[which];
        let (id, campaign, book) = (workspace.member.workspace, workspace.campaign, &mut workspace.book);
        let viewer = self.test.sign_in_as(id, Role::Viewer).await;
        let page = viewer.get(&format!("/campaigns/{campaign}/leads")).await.body;
        let mut tx = self.test.app.db.read().await.unwrap();
        for one in book.delivered.keys() {
            let LeadTrail { lead, .. } = lead(&mut tx, id, *one).await.unwrap();
            if !lead.address().contains('•') {
                assert_eq!(lead.returned_at, None, "{one} was returned and is shown");
                book.seen.insert(*one);
                book.people.insert(lead.address());
                continue;
            }
            assert!(!book.seen.contains(one), "{one} was seen and returned, or hidden again");
            let by_address = LeadQuery { text: lead.email.known().to_owned(), ..everything() };
            let found = list::count(&mut tx, id, campaign, &by_address).await.unwrap();
            let known = i64::from(book.knows(lead.email.known()));
            assert!(found.leads <= known, "the search box finds out an address");
        }
        for address in addresses_on(&page) {
            assert!(book.knows(&address), "{address} is on the page and was not revealed");
        }
    }
}

/// Addresses of the directory on a page.
fn addresses_on(page: &str) -> impl Iterator<Item = String> {
    let numbers = page.split("person").skip(1).filter_map(|after| Some(after.split_once("@acorn.example")?.0));
    let numbers = numbers.filter(|number| number.bytes().all(|letter| letter.is_ascii_digit()));
    numbers.map(|number| format!("person{number}@acorn.example"))
}
