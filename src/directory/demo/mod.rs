//! Synthetic contacts to try the product with: the same for the same seed, spread like real lists, on reserved domains
//! (RFC 2606) so that nobody can be mailed.

mod chance;
mod person;
mod words;

use crate::{
    directory::{
        ContactId,
        contacts::store::{Written, advance_counters, contacts_by_email, put_contacts},
        imports::store::source_named,
    },
    server::{clock::Clock, db::Db},
};

pub use person::person;

/// Contacts per transaction.
const BATCH: u64 = 2_000;

/// Brings the first `count` synthetic contacts of `seed` into the directory and answers how many were not there yet.
/// `progress` hears how many are done.
///
/// # Errors
/// When the database does not take them; what is stored stays, and calling again goes on.
pub async fn generate(db: &Db, clock: &Clock, count: u64, seed: u64, progress: impl FnMut(u64)) -> sqlx::Result<u64> {
    generate_range(db, clock, 0..count, seed, progress).await
}

/// The same for a part of them.
///
/// # Errors
/// As [`generate`].
pub async fn generate_range(
    db: &Db,
    clock: &Clock,
    people: std::ops::Range<u64>,
    seed: u64,
    mut progress: impl FnMut(u64),
) -> sqlx::Result<u64> {
    let (mut done, mut added) = (people.start, 0);
    while done < people.end {
        let end = people.end.min(done + BATCH);
        let mut contacts: Vec<_> = (done..end).map(|nth| person(seed, nth)).collect();
        let mut tx = db.write().await?;
        let source = source_named(&mut tx, "Demo contacts", clock.now()).await?;
        advance_counters(&mut tx, 0, 0).await?; // keeps other writers out
        let emails: Vec<&str> = contacts.iter().map(|contact| contact.email.as_str()).collect();
        let known: std::collections::HashSet<_> =
            contacts_by_email(&mut tx, &emails).await?.into_iter().map(|stored| stored.contact.email).collect();
        contacts.retain(|contact| !known.contains(&contact.email));
        let new = contacts.len() as i64;
        let before = advance_counters(&mut tx, new, new).await?;
        for (contact, id) in contacts.iter_mut().zip(before.last_contact + 1..) {
            contact.id = ContactId(id);
        }
        put_contacts(
            &mut tx,
            &contacts,
            before.last_revision,
            Written { source: source.id, import: None, at: clock.now() },
        )
        .await?;
        tx.commit().await?;
        added += new as u64;
        done = end;
        progress(done);
    }
    Ok(added)
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use crate::{directory::contacts::store::counters, server::db::test_databases};

    #[test]
    fn the_same_seed_makes_the_same_people_and_another_seed_makes_others() {
        assert_eq!(person(7, 123), person(7, 123));
        assert_ne!(person(7, 123), person(8, 123));
    }

    #[test]
    fn people_are_distinct_reserved_and_spread() {
        let people: Vec<_> = (0..20_000).map(|nth| person(1, nth)).collect();
        let emails: HashSet<_> = people.iter().map(|one| one.email.as_str()).collect();
        assert_eq!(emails.len(), people.len());
        assert!(people.iter().all(|one| one.email.domain().ends_with(".example") && one.size.is_some()));
        let share = |has: &dyn Fn(&crate::directory::Contact) -> bool| {
            people.iter().filter(|one| has(one)).count() as f64 / people.len() as f64
        };
        assert!((0.2..0.4).contains(&share(&|one| one.country == "United States")));
        assert!((0.8..0.95).contains(&share(&|one| crate::directory::Quality::Standard.takes(one.email_status))));
        let mut industries: HashMap<&str, usize> = HashMap::new();
        people.iter().for_each(|one| *industries.entry(&one.industry).or_default() += 1);
        assert!(industries.len() > 100 && industries.values().max().unwrap() < &4000);
        let companies: HashSet<_> = people.iter().map(|one| one.domain.as_str()).collect();
        assert!(companies.len() > 1000);
        let by_title = people
            .iter()
            .filter(|one| one.seniority == crate::directory::contacts::title::read(&one.title).seniority)
            .count();
        assert_eq!(by_title, people.len(), "titles say the seniority");
    }

    #[tokio::test]
    async fn asking_again_adds_only_what_is_missing() {
        for test in test_databases().await {
            assert_eq!(generate(&test.db, &Clock::System, 2_500, 1, |_| {}).await.unwrap(), 2_500);
            assert_eq!(generate(&test.db, &Clock::System, 3_000, 1, |_| {}).await.unwrap(), 500);
            let mut tx = test.db.read().await.unwrap();
            assert_eq!(counters(&mut tx).await.unwrap().last_contact, 3_000);
        }
    }
}
