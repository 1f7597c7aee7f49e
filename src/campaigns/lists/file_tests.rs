//! How the file of an own list is read: cases of public complaints, the choice on its page, and our own exports.

use std::path::Path;

use super::{
    Duplicates, ListState, OwnList, RowOutcome,
    tests::{World, worlds},
};
use crate::{campaigns::leads::list::Lead, directory::imports::Charset};

/// Uploads a file, starts it as it was recognised and works until it is over.
async fn bring(world: &World, bytes: &[u8]) -> (OwnList, Vec<Lead>) {
    let list = world.upload_file(world.campaign, bytes).await;
    world.start(&list, Duplicates::Campaign).await;
    world.work().await;
    let list = world.list(list.id).await;
    assert_eq!(list.state, ListState::Done, "{:?}", list.fault);
    (list, world.leads(world.campaign).await)
}

fn case(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cases").join(name)).unwrap()
}

#[tokio::test]
async fn cases_come_in_whole_as_own_lists_too() {
    for world in worlds(0).await {
        for (name, outcomes) in [
            ("01-linkedin-preamble.csv", vec![(RowOutcome::Added, 2), (RowOutcome::Rejected, 1)]),
            ("05-no-heading-row.csv", vec![(RowOutcome::Added, 3)]),
            ("06-trailing-empty-cells-dropped.csv", vec![(RowOutcome::Added, 20)]),
            ("08-quote-never-closed.csv", vec![(RowOutcome::Added, 5)]),
            ("16-utf16-without-mark-cyrillic.csv", vec![(RowOutcome::Added, 2)]),
            (
                "41-blank-lines-and-row-numbers.csv",
                vec![(RowOutcome::Added, 2), (RowOutcome::Rejected, 2), (RowOutcome::Blank, 4)],
            ),
        ] {
            let (list, _) = bring(&world, &case(name)).await;
            assert_eq!(world.outcomes(list.id).await, outcomes, "{name}");
            assert_eq!(list.rows, outcomes.iter().map(|(_, rows)| rows).sum::<i64>(), "{name}");
        }
    }
}

#[tokio::test]
async fn an_export_comes_back_unchanged_into_another_workspace() {
    const FILE: &str = "Email,First name,Last name,Company,Phone,City\r\n\
        bo@x.example,-Bo,=cmd,+x GmbH,+49 30 5550100,＠SUM(1)\r\n\
        zoe@x.example,Zoë,Müller,\"Acorn, \"\"Best\"\" Ltd\",,'s-Hertogenbosch\r\n";
    let told = |leads: &[Lead]| {
        let mut told: Vec<[String; 6]> = leads
            .iter()
            .map(|lead| {
                let (phone, company) = (lead.phone_number().to_owned(), lead.company.clone());
                [lead.address(), lead.first_name.clone(), lead.last_name.clone(), company, phone, lead.city.clone()]
            })
            .collect();
        told.sort();
        told
    };
    let world = worlds(0).await.remove(0);
    let (_, leads) = bring(&world, FILE.as_bytes()).await;
    let exported = world.browser.post(&format!("/campaigns/{}/leads.csv", world.campaign), &[]).await.body;
    assert!(exported.starts_with('\u{feff}'), "spreadsheets see that it is UTF-8");
    assert!(
        exported.contains(",'+49 30") && exported.contains("'＠SUM(1)") && exported.contains("'=cmd"),
        "{exported}"
    );
    let other = worlds(0).await.remove(0);
    let (_, back) = bring(&other, exported.as_bytes()).await;
    assert_eq!(told(&back), told(&leads));
    assert_eq!(back.iter().find(|lead| lead.address().starts_with("bo@")).unwrap().first_name, "-Bo");
}

#[tokio::test]
async fn another_encoding_is_chosen_on_the_page_and_shown_before_the_start() {
    for world in worlds(0).await {
        let list = world.upload_file(world.campaign, &case("12-windows-1250-polish-czech.csv")).await;
        let (page, start) = (format!("/lists/{}", list.id), format!("/lists/{}/start", list.id));
        let shown = world.browser.get(&page).await.body;
        assert!(shown.contains("Windows-1250 (Central European), separated by semicolon"), "{shown}");
        let chosen = |shown_as: &'static str, encoding: &'static str| {
            vec![
                ("read_as", shown_as),
                ("encoding", encoding),
                ("separator", "semicolon"),
                ("first_row", "names"),
                ("column-0", "email"),
                ("column-2", "last_name"),
                ("duplicates", "campaign"),
                ("action", "start"),
            ]
        };
        let western = world.browser.post(&start, &chosen("windows-1250/semicolon/names", "windows-1252")).await;
        assert_eq!(western.status, 200);
        assert!(
            western.body.contains("The file was read again") && western.body.contains("Wiœniewska"),
            "{}",
            western.body
        );
        assert_eq!(world.list(list.id).await.state, ListState::Draft, "it is shown first");
        let started = world.browser.post(&start, &chosen("windows-1252/semicolon/names", "windows-1252")).await;
        assert_eq!(started.location, page);
        world.work().await;
        assert_eq!(world.list(list.id).await.format.charset, Charset::Windows1252);
        let leads = world.leads(world.campaign).await;
        assert!(leads.iter().any(|lead| lead.last_name == "Wiœniewska"), "as it was chosen");
        let over = world.browser.get(&page).await.body;
        assert!(over.contains("New leads"), "{over}");
    }
}
