//! Own lists from end to end, on every database at hand.

use super::{
    Duplicates, ListState, OwnList, RowOutcome,
    add::add,
    standing::Standings,
    store::{self, Draft},
    worker::turn,
};
use crate::{
    accounts::Member,
    app::testing::{Browser, NOW, TestApp, test_apps},
    campaigns::{
        self, CampaignName, LeadCount, LeadOrder, RequestLeads, create,
        ids::ListId,
        leads::list::{self, LeadQuery},
        quality::mark,
        requests::tests::{add_campaign, add_contacts},
    },
    credits::{self, CampaignId, join},
    directory::{
        Criteria, Directory, EmailStatus,
        imports::{self, FileFault, Rest, upload},
    },
    on,
    server::{db::migrate_again, error::AppError, form::Form, jobs::Round, query::FromQuery},
    suppression::{Cause, Reason, Subject, suppress},
};

pub(super) struct World {
    pub(super) test: TestApp,
    pub(super) browser: Browser,
    pub(super) member: Member,
    pub(super) campaign: CampaignId,
}

/// An instance with `people` contacts on each database, and an owner with 100 credits and a campaign.
pub(super) async fn worlds(people: i64) -> Vec<World> {
    let data = tempfile::tempdir().unwrap().keep();
    let mut worlds = Vec::new();
    for test in test_apps(&[("FAIRLEAD_DATA", data.to_str().unwrap())]).await {
        add_contacts(&test.app.db, people).await;
        test.app.of::<Directory>().catch_up(&test.app.db, &test.app.clock).await.unwrap();
        let browser = test.sign_in().await;
        let member = browser.member();
        let mut tx = test.app.db.write().await.unwrap();
        credits::grant_signup_promotion(&mut tx, member.workspace, NOW).await.unwrap();
        tx.commit().await.unwrap();
        let campaign = add_campaign(&test.app, &member).await;
        worlds.push(World { test, browser, member, campaign });
    }
    worlds
}

impl World {
    /// A draft of a file with these rows under `Email,Title`.
    async fn upload(&self, campaign: CampaignId, rows: &str) -> OwnList {
        self.upload_file(campaign, format!("Email,Title\n{rows}")).await
    }

    /// A draft of a file.
    pub(super) async fn upload_file(&self, campaign: CampaignId, file: impl AsRef<[u8]>) -> OwnList {
        let app = &self.test.app;
        let stored_as = format!("{}.csv", crate::ids::uuid_v7());
        let folder = upload::folder(&app.config.data);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(&stored_as), file).unwrap();
        let survey = imports::survey(&folder.join(&stored_as)).unwrap();
        let mut tx = app.db.write().await.unwrap();
        let (survey, stored_as) = (&survey, stored_as.as_str());
        let draft = Draft { campaign, file_name: "mine.csv", stored_as, survey, maker: self.member.user };
        let id = store::draft(&mut tx, self.member.workspace, &draft, NOW).await.unwrap();
        tx.commit().await.unwrap();
        self.list(id).await
    }

    pub(super) async fn start(&self, list: &OwnList, duplicates: Duplicates) {
        let mut tx = self.test.app.db.write().await.unwrap();
        assert!(store::start(&mut tx, list, &list.mapping, duplicates, NOW).await.unwrap());
        tx.commit().await.unwrap();
    }

    /// Uploads, starts and works until it is over; answers what became of the rows.
    async fn bring(
        &self,
        campaign: CampaignId,
        rows: &str,
        duplicates: Duplicates,
    ) -> (OwnList, Vec<(RowOutcome, i64)>) {
        let list = self.upload(campaign, rows).await;
        self.start(&list, duplicates).await;
        self.work().await;
        let list = self.list(list.id).await;
        assert_eq!(list.state, ListState::Done, "{:?}", list.fault);
        let outcomes = self.outcomes(list.id).await;
        assert_eq!(outcomes.iter().map(|(_, people)| people).sum::<i64>(), list.rows, "every row is accounted for");
        (list, outcomes)
    }

    pub(super) async fn work(&self) {
        while turn(self.test.app.clone()).await.unwrap() == Round::Worked {}
    }

    pub(super) async fn list(&self, id: ListId) -> OwnList {
        store::list(&mut self.test.app.db.read().await.unwrap(), self.member.workspace, id).await.unwrap()
    }

    pub(super) async fn outcomes(&self, id: ListId) -> Vec<(RowOutcome, i64)> {
        let mut tx = self.test.app.db.read().await.unwrap();
        let mut outcomes = store::outcomes(&mut tx, self.member.workspace, id).await.unwrap();
        outcomes.sort_unstable();
        outcomes
    }

    async fn another_campaign(&self) -> CampaignId {
        let mut tx = self.test.app.db.write().await.unwrap();
        let name = CampaignName::parse("Other").unwrap();
        let member = &self.member;
        let id = create(&mut tx, member.workspace, member.user, &name, &Criteria::default(), NOW).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub(super) async fn leads(&self, campaign: CampaignId) -> Vec<list::Lead> {
        let mut tx = self.test.app.db.read().await.unwrap();
        let query = LeadQuery::from_query(&Form::default()).unwrap();
        list::leads(&mut tx, self.member.workspace, campaign, &query, 0, 10_000).await.unwrap()
    }

    async fn addresses(&self, campaign: CampaignId) -> Vec<String> {
        let mut emails: Vec<String> = self.leads(campaign).await.into_iter().map(|lead| lead.address()).collect();
        emails.sort();
        emails
    }

    /// Requests `leads` leads and waits for the end of the request.
    async fn request(&self, leads: &str) -> campaigns::Receipt {
        let app = &self.test.app;
        let quantity = LeadCount::parse(leads).unwrap();
        let order = LeadOrder { campaign: self.campaign, quantity, look: None, most: None, key: leads.to_owned() };
        let mut tx = app.db.write().await.unwrap();
        let id = join(&mut tx, &RequestLeads { member: self.member.clone(), order, at: NOW }).await.unwrap();
        tx.commit().await.unwrap();
        while campaigns::requests::worker::turn(app.clone()).await.unwrap() == Round::Worked {}
        campaigns::receipt(&mut app.db.read().await.unwrap(), self.member.workspace, id).await.unwrap()
    }

    async fn available(&self) -> i64 {
        let mut tx = self.test.app.db.read().await.unwrap();
        credits::balance(&mut tx, self.member.workspace).await.unwrap().available.get()
    }

    async fn assert_proven(&self) {
        let mut tx = self.test.app.db.read().await.unwrap();
        let proof = credits::verify::verify(&mut tx, self.member.workspace).await.unwrap();
        assert_eq!(proof.differences, []);
        assert_eq!(campaigns::verify::verify(&mut tx, self.member.workspace).await.unwrap(), []);
    }

    async fn run(&self, sql: &'static str) {
        let mut tx = self.test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(sql).bind(self.member.workspace).execute(c).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_list_brings_its_people_for_free_and_says_what_became_of_every_row() {
    for world in worlds(3).await {
        let mut tx = world.test.app.db.write().await.unwrap();
        let sued = Subject::parse(world.test.app.of(), "sued.example").unwrap();
        suppress(&mut tx, world.member.workspace, &sued, &Cause::of(Reason::Legal), NOW).await.unwrap();
        tx.commit().await.unwrap();
        let rows = "Ann@x.example,Director\nann@x.example,Director\nnobody,\n,\nbo@sued.example,\nçelik@x.example,\nperson2@acorn.example,\ncy@x.example,山田\n";
        let (list, outcomes) = world.bring(world.campaign, rows, Duplicates::Campaign).await;
        let expected = [
            (RowOutcome::Added, 4),
            (RowOutcome::Repeated, 1),
            (RowOutcome::Suppressed, 1),
            (RowOutcome::Rejected, 1),
            (RowOutcome::Blank, 1),
        ];
        assert_eq!(outcomes, expected);
        let member = &world.member;
        let mut tx = world.test.app.db.read().await.unwrap();
        let left_out = store::left_out(&mut tx, member.workspace, list.id, 0, 100).await.unwrap();
        let numbers: Vec<i64> = left_out.iter().map(|row| row.row_number).collect();
        assert_eq!(numbers, [3, 4, 6], "as in a spreadsheet, without the blank one");
        assert!(left_out.iter().all(|row| !row.reason.is_empty() && !row.raw.is_empty()));
        drop(tx);
        assert_eq!(
            world.addresses(world.campaign).await,
            ["ann@x.example", "cy@x.example", "person2@acorn.example", "çelik@x.example"]
        );
        assert!(world.leads(world.campaign).await.iter().all(|lead| lead.source_name == "mine.csv"));
        assert_eq!(world.available().await, 100);
        world.assert_proven().await;
        // A request never charges for people of an own list.
        let receipt = world.request("3").await;
        assert_eq!(receipt.request.delivered, 2);
        assert_eq!(world.available().await, 98);
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn each_policy_leaves_out_whom_it_says() {
    use RowOutcome::{Added, InActiveCampaign, InCampaign, InWorkspace, Joined};
    for world in worlds(1).await {
        let (active, old) = (world.another_campaign().await, world.another_campaign().await);
        for (campaign, row) in [(active, "active@x.example,"), (old, "old@x.example,")] {
            world.bring(campaign, row, Duplicates::Workspace).await;
        }
        world.run("update campaigns set state = 'archived' where workspace_id = $1 and id in (select campaign_id from campaign_leads m join leads l on l.id = m.lead_id where l.email = 'old@x.example')").await;
        let rows = "here@x.example,\nactive@x.example,\nold@x.example,\nnew@x.example,\n";
        let cases = [
            (Duplicates::Workspace, vec![(Added, 1), (InCampaign, 1), (InWorkspace, 2)]),
            (Duplicates::ActiveCampaigns, vec![(Added, 1), (Joined, 1), (InCampaign, 1), (InActiveCampaign, 1)]),
            (Duplicates::Campaign, vec![(Added, 1), (Joined, 2), (InCampaign, 1)]),
        ];
        for (duplicates, expected) in cases {
            // The same beginning for each: one person in this campaign, everybody else of the list not.
            let (first, _) = world.bring(world.campaign, "here@x.example,", Duplicates::Campaign).await;
            let (second, outcomes) = world.bring(world.campaign, rows, duplicates).await;
            assert_eq!(outcomes, expected, "{duplicates:?}");
            for list in [second, first] {
                assert!(world.remove(list.id).await);
            }
            assert_eq!(world.addresses(world.campaign).await, Vec::<String>::new());
        }
        assert_eq!(world.addresses(active).await, ["active@x.example"]);
    }
}

impl World {
    async fn remove(&self, id: ListId) -> bool {
        let mut tx = self.test.app.db.write().await.unwrap();
        let asked = store::ask_back(&mut tx, self.member.workspace, id).await.unwrap();
        tx.commit().await.unwrap();
        self.work().await;
        asked
    }
}

#[tokio::test]
async fn a_list_that_was_broken_off_goes_on_where_it_stood() {
    let rows: String = (0..2_500).map(|number| format!("person{}@x.example,\n", number % 2_400)).collect();
    for world in worlds(0).await {
        let list = world.upload(world.campaign, &rows).await;
        world.start(&list, Duplicates::ActiveCampaigns).await;
        let no_one = Standings::default();
        // A worker adds one batch and is killed; a second one that was only slow writes nothing any more.
        let app = &world.test.app;
        let mut killed = world.list(list.id).await;
        let mut tx = app.db.write().await.unwrap();
        assert!(store::claim(&mut tx, &mut killed, NOW).await.unwrap());
        tx.commit().await.unwrap();
        let path = upload::folder(&app.config.data).join(&list.stored_as);
        let (format, mapping) = (list.format.clone(), list.mapping.clone());
        let mut batches = imports::batches(path, format, mapping, EmailStatus::Unknown, 0, Rest::Kept);
        let (first, second) = (batches.recv().await.unwrap().unwrap(), batches.recv().await.unwrap().unwrap());
        let mut tx = app.db.write().await.unwrap();
        assert!(add(&mut tx, (app.of(), &no_one), &killed, &first, NOW).await.unwrap());
        tx.commit().await.unwrap();
        let mut half = app.db.write().await.unwrap();
        assert!(add(&mut half, (app.of(), &no_one), &killed, &second, NOW).await.unwrap());
        drop(half); // killed before its commit
        assert_eq!(world.list(list.id).await.rows, 1_000);
        world.run("update own_lists set lease_until = 0 where workspace_id = $1").await;
        world.work().await;
        let mut tx = app.db.write().await.unwrap();
        assert!(!add(&mut tx, (app.of(), &no_one), &killed, &second, NOW).await.unwrap(), "its fence is an old one");
        drop(tx);
        let list = world.list(list.id).await;
        assert_eq!((list.state, list.rows), (ListState::Done, 2_500));
        assert_eq!(world.outcomes(list.id).await, [(RowOutcome::Added, 2_400), (RowOutcome::Repeated, 100)]);
        assert_eq!(world.leads(world.campaign).await.len(), 2_400);
        assert!(!upload::folder(&app.config.data).join(&list.stored_as).exists(), "its file is gone");
    }
}

#[tokio::test]
async fn taking_a_list_back_removes_whom_it_alone_brought_and_nobody_who_was_paid_for_or_mailed() {
    for world in worlds(2).await {
        let receipt = world.request("2").await;
        assert_eq!(receipt.request.delivered, 2);
        let other = world.another_campaign().await;
        let rows = "person1@acorn.example,\nann@x.example,\nbo@x.example,\n";
        let (list, outcomes) = world.bring(other, rows, Duplicates::Campaign).await;
        assert_eq!(outcomes, [(RowOutcome::Added, 2), (RowOutcome::Joined, 1)]);
        world.run("update leads set mailed_at = 1 where workspace_id = $1 and email = 'bo@x.example'").await;
        assert!(world.remove(list.id).await);
        assert!(!world.remove(list.id).await, "a second click finds nothing to do");
        let list = world.list(list.id).await;
        assert_eq!((list.state, list.removed), (ListState::Removed, 2));
        assert_eq!(world.addresses(other).await, ["bo@x.example"]);
        assert_eq!(world.addresses(world.campaign).await, ["person1@acorn.example", "p•••@acorn.example"]);
        world.assert_proven().await;
        // Who left the workspace with it can come again.
        let (_, outcomes) = world.bring(other, "ann@x.example,\n", Duplicates::Workspace).await;
        assert_eq!(outcomes, [(RowOutcome::Added, 1)]);
    }
}

#[tokio::test]
async fn a_lead_of_an_own_list_has_a_page_and_nothing_to_pay_back() {
    for world in worlds(0).await {
        let (list, _) = world.bring(world.campaign, "ann@x.example,Director\n", Duplicates::Campaign).await;
        let lead = world.leads(world.campaign).await.remove(0).id;
        let page = world.browser.get(&format!("/leads/{lead}")).await;
        assert!(page.body.contains("your own lists are free") && page.body.contains(&format!("/lists/{}", list.id)));
        assert!(!page.body.contains("Report a bad lead"));
        let mut tx = world.test.app.db.write().await.unwrap();
        let (member, note, reason) = (world.member.clone(), String::new(), campaigns::ReportReason::WrongPerson);
        let report = campaigns::ReportLead { member, lead, reason, note, automatic_max: 100, at: NOW };
        let refused = join(&mut tx, &report).await;
        assert!(matches!(refused, Err(AppError::Conflict(_))), "{refused:?}");
        let good = mark::MarkLead { member: world.member.clone(), lead, bad: None, automatic_max: 100, at: NOW };
        let refused = join(&mut tx, &good).await;
        assert!(matches!(refused, Err(AppError::Conflict(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn pages_of_lists_belong_to_their_workspace_and_changes_to_those_who_may() {
    for world in worlds(0).await {
        let list = world.upload(world.campaign, "ann@x.example,Director\n").await;
        let (page, lists) = (format!("/lists/{}", list.id), format!("/campaigns/{}/lists", world.campaign));
        let draft = world.browser.get(&page).await.body;
        assert!(draft.contains("ann@x.example") && draft.contains("Who is left out"));
        assert!(world.browser.get(&lists).await.body.contains("mine.csv"));
        let stranger = world.test.sign_in().await;
        let viewer = world.test.sign_in_as(world.member.workspace, crate::accounts::Role::Viewer).await;
        let columns = [("column-0", "address"), ("column-1", "job_title")];
        for (browser, status) in [(&stranger, 404), (&viewer, 403)] {
            for deed in ["start", "discard", "take-back", "end"] {
                let answer = browser.post(&format!("{page}/{deed}"), &columns).await;
                assert_eq!(answer.status.as_u16(), status, "{deed}");
            }
        }
        assert_eq!(stranger.get(&page).await.status, 404);
        assert_eq!(stranger.get(&format!("{page}/left-out.csv")).await.status, 404);
        assert_eq!(stranger.get(&lists).await.status, 404);
        // Without a column of addresses it does not start; corrected it does, and a second click changes nothing.
        let refused = world.browser.post(&format!("{page}/start"), &[("column-1", "job_title")]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("Choose the column that holds the email addresses."));
        let email = imports::Field::Email.code();
        for _ in 0..2 {
            let fields = [("column-0", email.as_str()), ("duplicates", "workspace"), ("action", "start")];
            assert_eq!(world.browser.post(&format!("{page}/start"), &fields).await.location, page);
        }
        world.work().await;
        let over = world.browser.get(&page).await.body;
        assert!(over.contains("New leads") && over.contains("Everyone on it came into the campaign."));
        let file = world.browser.get(&format!("{page}/left-out.csv")).await;
        assert_eq!(file.body, "\u{feff}Row,Reason,As in the file\r\n");
        assert_eq!(world.list(list.id).await.duplicates, Duplicates::Workspace);
    }
}

#[tokio::test]
async fn a_list_whose_file_is_gone_says_so_and_can_be_ended() {
    for world in worlds(0).await {
        let list = world.upload(world.campaign, "ann@x.example,CEO\n").await;
        world.start(&list, Duplicates::Campaign).await;
        let page = format!("/lists/{}", list.id);
        let end = async || world.browser.post(&format!("{page}/end"), &[]).await.location;
        assert!(!world.browser.get(&page).await.body.contains("End it here"), "its worker is about to come");
        assert_eq!(end().await, page);
        assert_eq!(world.list(list.id).await.state, ListState::Queued);

        std::fs::remove_file(upload::folder(&world.test.app.config.data).join(&list.stored_as)).unwrap();
        world.work().await;
        let shown = world.browser.get(&page).await.body;
        assert!(shown.contains("is on another copy") && shown.contains("End it here"), "{shown}");
        assert_eq!(world.test.sign_in().await.post(&format!("{page}/end"), &[]).await.status, 404);
        assert_eq!(end().await, page);
        assert_eq!(world.list(list.id).await.state, ListState::Failed);
        assert_eq!(end().await, page);
        let shown = world.browser.get(&page).await.body;
        assert!(shown.contains("It was ended before all rows were read.") && !shown.contains("End it here"), "{shown}");
    }
}

#[tokio::test]
async fn the_migration_turns_the_earlier_words_about_lists_into_codes() {
    for world in worlds(0).await {
        let list = world.upload(world.campaign, "a@x.example,Director\n").await;
        for (text, expected) in [
            ("''", None),
            ("'It was ended before all rows were read.'", Some(FileFault::Ended)),
            ("'The dog ate it.'", Some(FileFault::Earlier { text: "The dog ate it.".into() })),
        ] {
            let back = format!(
                "alter table imports drop column fault; alter table imports add column fault text not null default '';
                 alter table own_lists drop column fault; alter table own_lists add column fault text not null default '';
                 update own_lists set fault = {text}"
            );
            migrate_again(&world.test.app.db, &back, "0024_file_faults.sql").await;
            assert_eq!(world.list(list.id).await.fault.map(|fault| fault.0), expected);
        }
    }
}

#[tokio::test]
async fn a_list_that_names_a_hidden_address_reveals_it_and_learns_nothing_of_the_directory() {
    for world in worlds(30).await {
        let receipt = world.request("10").await;
        let leads = world.leads(world.campaign).await;
        let (named, returned) = (&leads[0], &leads[1]);
        let guesses = format!("{},CEO\nnobody@guess.example,CEO\n", named.email.known());
        let (_, outcomes) = world.bring(world.campaign, &guesses, Duplicates::Campaign).await;
        assert_eq!(outcomes, [(RowOutcome::Added, 1), (RowOutcome::InCampaign, 1)]);
        let now = world.leads(world.campaign).await;
        let of = |id| now.iter().find(|lead| lead.id == id).unwrap();
        assert!(of(named.id).is_revealed(), "what the list told was paid for");
        assert!(!of(returned.id).is_revealed());

        // A person who was returned is a stranger again: the list keeps nothing but what it says itself.
        let path = format!("/leads/{}/return", returned.id);
        assert_eq!(world.browser.post(&path, &[]).await.status, 303);
        let row = format!("{},Gardener\n", returned.email.known());
        let (_, outcomes) = world.bring(world.campaign, &row, Duplicates::Campaign).await;
        assert_eq!(outcomes, [(RowOutcome::Added, 1)]);
        let brought = world.leads(world.campaign).await.into_iter().find(|lead| lead.title == "Gardener").unwrap();
        assert_eq!((brought.company.as_str(), brought.first_name.as_str()), ("", ""));
        let mut tx = world.test.app.db.read().await.unwrap();
        let known: i64 = on!(&mut tx, c => sqlx::query_scalar("select count(*) from leads where list_id is not null and contact_id is not null")
            .fetch_one(c).await).unwrap();
        assert_eq!((known, receipt.request.delivered), (0, 10), "whether the directory has them stays unsaid");
    }
}

#[tokio::test]
async fn a_column_that_is_none_of_a_lead_stays_with_it_until_the_list_is_taken_back() {
    for world in worlds(3).await {
        let bring = async |rows: &str| {
            let mut list = world.upload(world.campaign, rows).await;
            list.mapping.0[1] = None;
            world.start(&list, Duplicates::Campaign).await;
            world.work().await;
            list.id
        };
        let kept = async || -> Vec<Vec<(String, String)>> {
            let mut tx = world.test.app.db.read().await.unwrap();
            let cells: Vec<sqlx::types::Json<Vec<(String, String)>>> = on!(&mut tx, c => sqlx::query_scalar(
                "select cells from lead_columns where workspace_id = $1").bind(world.member.workspace).fetch_all(c).await)
            .unwrap();
            cells.into_iter().map(|cells| cells.0).collect()
        };
        let first = bring("ann@x.example,Nice talk\nbo@x.example,n/a\n").await;
        assert_eq!(kept().await, [[("title".to_owned(), "Nice talk".to_owned())]]);
        bring("ann@x.example,Better\n").await;
        assert_eq!(
            kept().await,
            [[("title".to_owned(), "Better".to_owned())]],
            "who is in the campaign gets the newer one"
        );
        assert!(world.remove(first).await);
        assert_eq!(kept().await, Vec::<Vec<_>>::new());
        world.assert_proven().await;
    }
}

/// Case 42: whoever a list itself calls bounced, unsubscribed or a complainer stays out, whatever the policy.
#[tokio::test]
async fn case_42_a_list_brings_no_one_it_calls_lost() {
    let file = include_str!("../../../tests/data/cases/42-own-list-with-bad-standing.csv");
    for world in worlds(0).await {
        for (duplicates, added) in Duplicates::ALL.map(|(one, ..)| one).into_iter().zip([1, 0, 0]) {
            let list = world.upload_file(world.campaign, file).await;
            world.start(&list, duplicates).await;
            world.work().await;
            let outcomes = world.outcomes(list.id).await;
            assert!(outcomes.contains(&(RowOutcome::BadStanding, 4)), "{outcomes:?}");
            assert_eq!(outcomes.contains(&(RowOutcome::Added, 1)), added == 1);
            let mut tx = world.test.app.db.read().await.unwrap();
            let rows = store::left_out(&mut tx, world.member.workspace, list.id, 0, 4).await.unwrap();
            let told: Vec<(&str, &str)> = rows.iter().map(|row| (row.raw.as_str(), row.reason.as_str())).collect();
            assert_eq!(
                told,
                [
                    ("ann@standing.example", "Your file says that mail to this address bounced."),
                    ("bo@standing.example", "Your file says that this person unsubscribed."),
                    ("cy@standing.example", "Your file says not to contact this person."),
                    ("di@standing.example", "Your file says that this person complained."),
                ]
            );
        }
        assert_eq!(world.addresses(world.campaign).await, ["ed@standing.example"]);
    }
}

#[tokio::test]
async fn columns_that_say_who_opted_out_keep_people_out() {
    for world in worlds(0).await {
        let file = "Email,Unsubscribed from all email,Lead Status\na@x.example,true,New\nb@x.example,false,Bounced\nc@x.example,,New\n\
                    c@x.example,yes,New\nd@x.example,no,Open\n\"e@x.example; f@x.example\",,\n";
        let list = world.upload_file(world.campaign, file).await;
        world.start(&list, Duplicates::default()).await;
        world.work().await;
        assert_eq!(world.addresses(world.campaign).await, ["d@x.example", "e@x.example"]);
        let outcomes = world.outcomes(list.id).await;
        assert_eq!(outcomes, [(RowOutcome::Added, 2), (RowOutcome::BadStanding, 4)]);
        let mut tx = world.test.app.db.read().await.unwrap();
        let rows = store::left_out(&mut tx, world.member.workspace, list.id, 5, 9).await.unwrap();
        assert_eq!(rows.last().unwrap().reason, "several addresses: e@x.example was taken, not f@x.example");
    }
}

/// One bad row is enough wherever it stands: the first or last of thousands, far from the good one or next to it.
#[tokio::test]
async fn one_row_that_says_not_to_write_keeps_a_person_out_in_either_order() {
    const GOOD: &str = "late@x.example,Verified\n";
    const BAD: &str = "late@x.example,Unsubscribed\n";
    let fillers =
        |count: i64| -> String { (0..count).map(|number| format!("person{number}@x.example,Verified\n")).collect() };
    for world in worlds(0).await {
        for (before, between, after) in [(0, 2_600, 0), (999, 0, 1), (0, 0, 1)] {
            for [first, second] in [[GOOD, BAD], [BAD, GOOD]] {
                let others = fillers(before + between + after);
                let mut rows: Vec<&str> = others.split_inclusive('\n').collect();
                rows.insert((before + between) as usize, second);
                rows.insert(before as usize, first);
                let file = format!("Email,Email Status\n{}", rows.concat());
                let campaign = world.another_campaign().await;
                let list = world.upload_file(campaign, &file).await;
                world.start(&list, Duplicates::default()).await;
                world.work().await;
                let expected = [(RowOutcome::Added, before + between + after), (RowOutcome::BadStanding, 2)];
                assert_eq!(world.outcomes(list.id).await, expected);
                let late: i64 = on!(&mut world.test.app.db.read().await.unwrap(), c => sqlx::query_scalar(
                    "select count(*) from leads where email = 'late@x.example'").fetch_one(c).await)
                .unwrap();
                assert_eq!(late, 0);
                assert!(world.remove(list.id).await);
            }
        }
        world.assert_proven().await;
    }
}

/// A version that knew only the rows it had met brought the first batch; the next one continues the list.
#[tokio::test]
async fn people_an_earlier_batch_brought_against_the_file_leave_or_are_stopped() {
    let fillers: String = (0..1_600).map(|number| format!("person{number}@x.example,Verified\n")).collect();
    let file = format!(
        "Email,Email Status\nfresh@x.example,Verified\nmailed@x.example,Verified\n{fillers}fresh@x.example,Bounced\n\
         mailed@x.example,Unsubscribed\n"
    );
    for world in worlds(0).await {
        let app = &world.test.app;
        let list = world.upload_file(world.campaign, &file).await;
        world.start(&list, Duplicates::default()).await;
        let mut killed = world.list(list.id).await;
        let path = upload::folder(&app.config.data).join(&list.stored_as);
        let (format, mapping) = (list.format.clone(), list.mapping.clone());
        let mut batches = imports::batches(path, format, mapping, EmailStatus::Unknown, 0, Rest::Kept);
        let first = batches.recv().await.unwrap().unwrap();
        let mut tx = app.db.write().await.unwrap();
        assert!(store::claim(&mut tx, &mut killed, NOW).await.unwrap());
        assert!(add(&mut tx, (app.of(), &Standings::default()), &killed, &first, NOW).await.unwrap());
        tx.commit().await.unwrap();
        world.run("update leads set mailed_at = 1 where workspace_id = $1 and email = 'mailed@x.example'").await;
        world.run("update campaign_leads set enrolled = true where workspace_id = $1").await;
        world.run("update own_lists set lease_until = 0 where workspace_id = $1").await;
        world.work().await;

        let outcomes = world.outcomes(list.id).await;
        assert_eq!(outcomes, [(RowOutcome::Added, 1_601), (RowOutcome::BadStanding, 3)]);
        let addresses = world.addresses(world.campaign).await;
        assert!(!addresses.contains(&"fresh@x.example".to_owned()));
        assert!(addresses.contains(&"mailed@x.example".to_owned()), "the history of the campaign names them");
        let stopped: Vec<(String, String)> = on!(&mut app.db.read().await.unwrap(), c => sqlx::query_as(
            "select l.email, d.code from campaign_departures d join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id
             where d.workspace_id = $1 order by l.email").bind(world.member.workspace).fetch_all(c).await)
        .unwrap();
        assert_eq!(stopped, [("mailed@x.example".to_owned(), "own_list".to_owned())]);
        world.assert_proven().await;
    }
}
