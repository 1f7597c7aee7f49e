//! How many credits somebody needs in a month, and which package or plan covers that at the lowest price.

use super::{Package, plans::Plan};
use crate::{credits::MonthUsed, fields::FieldErrors, server::form::Form};

const CONTACTS_MAX: i64 = 1_000_000;
const CAMPAIGNS_MAX: i64 = 1_000;
const BUFFER_PERCENT_MAX: i64 = 200;

/// What was asked, as text: the form shows it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub contacts: String,
    pub campaigns: String,
    pub buffer: String,
}

/// Leads for one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// New contacts for each campaign in a month.
    pub contacts: i64,
    pub campaigns: i64,
    /// For small test batches, in percent of the rest.
    pub buffer_percent: i64,
}

/// What covers a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advice {
    /// A package, taken so many times.
    Packages(Package, i64),
    /// A plan, of which a workspace has one.
    Plan(Plan),
}

impl Advice {
    /// What it costs, in minor units.
    pub fn amount_minor(&self) -> i64 {
        match self {
            Self::Packages(package, times) => package.amount_minor.saturating_mul(*times),
            Self::Plan(plan) => plan.amount_minor,
        }
    }
}

impl Question {
    /// What the address asks; two campaigns of 500 contacts when it asks nothing.
    pub fn from_form(form: &Form) -> Self {
        let text = |name: &str, otherwise: &str| {
            if form.has(name) { form.text(name).to_owned() } else { otherwise.to_owned() }
        };
        Self { contacts: text("contacts", "500"), campaigns: text("campaigns", "2"), buffer: text("buffer", "10") }
    }

    /// What the workspace used in the last thirty days, as the question for the next: the contacts of one campaign on
    /// average. The tests are in what was used.
    pub fn from_history(used: MonthUsed) -> Self {
        let campaigns = used.campaigns.clamp(1, CAMPAIGNS_MAX);
        let contacts = ((used.credits + campaigns - 1) / campaigns).clamp(1, CONTACTS_MAX);
        Self { contacts: contacts.to_string(), campaigns: campaigns.to_string(), buffer: "0".into() }
    }

    /// # Errors
    /// Which number cannot be used, and what would do.
    pub fn parse(&self) -> Result<Need, FieldErrors> {
        let mut errors = FieldErrors::default();
        let contacts = number(&mut errors, "contacts", &self.contacts, 1, CONTACTS_MAX);
        let campaigns = number(&mut errors, "campaigns", &self.campaigns, 1, CAMPAIGNS_MAX);
        let buffer_percent = number(&mut errors, "buffer", &self.buffer, 0, BUFFER_PERCENT_MAX);
        if errors.is_empty() { Ok(Need { contacts, campaigns, buffer_percent }) } else { Err(errors) }
    }
}

fn number(errors: &mut FieldErrors, name: &str, text: &str, least: i64, most: i64) -> i64 {
    let digits: String = text.chars().filter(|letter| !matches!(letter, ',' | ' ' | '%')).collect();
    let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse::<i64>() {
        Ok(number) if whole && (least..=most).contains(&number) => number,
        _ => {
            let most = crate::ui::count_text(most);
            errors.add(name, format!("Enter a whole number from {least} to {most}."));
            0
        }
    }
}

impl Need {
    /// Contacts of all campaigns, without the buffer.
    pub fn leads(self) -> i64 {
        self.contacts * self.campaigns
    }

    /// Credits for the test batches, rounded up.
    pub fn buffer(self) -> i64 {
        (self.leads() * self.buffer_percent + 99) / 100
    }

    /// Credits for one month: one per delivered lead.
    pub fn credits(self) -> i64 {
        self.leads() + self.buffer()
    }
}

/// What covers `credits` in a month: the best package (taken as often as needed; the fewest when prices are equal) and the
/// best plan, the cheaper one first. At the same price the package, which is paid once and does not expire.
pub fn advise(packages: &[Package], plans: &[Plan], credits: i64) -> Vec<Advice> {
    let packages = packages.iter().map(|package| {
        let size = package.credits.get().max(1);
        (package.clone(), ((credits + size - 1) / size).max(1))
    });
    let package = packages.min_by_key(|(package, times)| (package.amount_minor.saturating_mul(*times), *times));
    let enough = plans.iter().filter(|plan| plan.credits.get() >= credits);
    let plan = enough.min_by_key(|plan| plan.amount_minor).cloned().map(Advice::Plan);
    let mut advice: Vec<_> =
        package.map(|(package, times)| Advice::Packages(package, times)).into_iter().chain(plan).collect();
    advice.sort_by_key(Advice::amount_minor);
    advice
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        billing::{PackageId, plans::PlanId},
        credits::Credits,
    };

    fn package(credits: i64, amount_minor: i64) -> Package {
        Package {
            id: PackageId::new(),
            name: format!("{credits}"),
            credits: Credits::new(credits).unwrap(),
            amount_minor,
            currency: "USD".into(),
        }
    }

    fn plan(credits: i64, amount_minor: i64) -> Plan {
        let (name, credits) = (format!("{credits} a month"), Credits::new(credits).unwrap());
        Plan { id: PlanId::new(), name, credits, amount_minor, currency: "USD".into() }
    }

    fn question(text: &str) -> Question {
        Question::from_form(&Form::parse(text.as_bytes()))
    }

    #[test]
    fn the_need_is_contacts_times_campaigns_and_a_rounded_up_buffer() {
        let need = question("contacts=1,001&campaigns=3&buffer=10%25").parse().unwrap();
        assert_eq!((need.leads(), need.buffer(), need.credits()), (3_003, 301, 3_304));
        assert!(question("").parse().is_ok());
    }

    #[test]
    fn the_history_of_a_month_becomes_the_question_for_the_next() {
        let question = Question::from_history(MonthUsed { credits: 1_001, campaigns: 2 });
        assert_eq!((question.contacts.as_str(), question.campaigns.as_str()), ("501", "2"));
        assert_eq!(question.parse().unwrap().credits(), 1_002);
    }

    #[test]
    fn numbers_out_of_bounds_are_named_beside_their_field() {
        let text = "contacts=0&campaigns=ten&buffer=-5";
        let errors = question(text).parse().unwrap_err();
        assert_eq!(errors.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["buffer", "campaigns", "contacts"]);
        assert!(question("contacts=1000000000000").parse().is_err());
        assert!(question("contacts=").parse().is_err());
    }

    #[test]
    fn the_packages_advised_cover_the_need_at_the_lowest_price() {
        let packages = [package(500, 1_900), package(2_000, 4_900), package(10_000, 14_900), package(25_000, 29_900)];
        let advised = |credits| {
            let advice = advise(&packages, &[], credits);
            let [Advice::Packages(package, times)] = advice.as_slice() else { panic!("{advice:?}") };
            (package.credits.get(), *times)
        };
        assert_eq!(advised(1), (500, 1));
        assert_eq!(advised(1_000), (500, 2));
        assert_eq!(advised(1_100), (2_000, 1));
        assert_eq!(advised(3_304), (2_000, 2));
        assert_eq!(advised(6_001), (10_000, 1));
        assert_eq!(advised(60_000), (10_000, 6));
        assert_eq!(advised(75_000), (25_000, 3));
        assert_eq!(advise(&[], &[], 5), []);
    }

    #[test]
    fn packages_and_plans_are_compared_and_only_a_plan_that_is_enough_is_advised() {
        let packages = [package(500, 1_900), package(2_000, 4_900), package(10_000, 14_900)];
        let plans = [plan(1_000, 2_900), plan(5_000, 9_900), plan(20_000, 29_900)];
        let advised = |credits| {
            let name = |advice: &Advice| match advice {
                Advice::Packages(package, times) => format!("{times} × {}", package.name),
                Advice::Plan(plan) => plan.name.clone(),
            };
            advise(&packages, &plans, credits).iter().map(name).collect::<Vec<_>>()
        };
        assert_eq!(advised(400), ["1 × 500", "1000 a month"]);
        assert_eq!(advised(1_000), ["1000 a month", "2 × 500"]);
        assert_eq!(advised(4_500), ["5000 a month", "3 × 2000"]);
        assert_eq!(advised(9_000), ["1 × 10000", "20000 a month"]);
        assert_eq!(advised(20_001), ["3 × 10000"]);
        let same = advise(&[package(500, 1_900)], &[plan(500, 1_900)], 10);
        assert!(matches!(same.first(), Some(Advice::Packages(..))));
    }
}
