//! The filters of the statement as they stand in the address: `from`, `to`, `kind`, `of`, `campaign`, `member`, `request`,
//! `lot`, `hold`, `order`, `lead`, `before`.

use jiff::tz::TimeZone;

use crate::{
    accounts::UserId,
    credits::{Bucket, CampaignId, HoldId, LotId, OrderId, RequestId, StatementFilter, TransferKind},
    fields::FieldErrors,
    server::{
        error::AppError,
        form::Form,
        query::{self, FromQuery, address},
    },
};

/// Page of the statement.
pub const STATEMENT: &str = "/settings/cold-email-agent/statement";

const NAMES: [&str; 11] = ["from", "to", "kind", "of", "campaign", "member", "request", "lot", "hold", "order", "lead"];

/// What was asked for, as text: the form shows it again, and links carry it on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatementQuery {
    pub from: String,
    pub to: String,
    pub kind: String,
    /// A part of the balance: the movements into it and out of it.
    pub of: String,
    pub campaign: String,
    pub member: String,
    pub request: String,
    pub lot: String,
    pub hold: String,
    pub order: String,
    pub lead: String,
    pub before: String,
}

/// The same, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub filter: StatementFilter,
    /// Only movements with a lower number.
    pub before: i64,
}

impl FromQuery for StatementQuery {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        let text = |name: &str| query.text(name).to_owned();
        Ok(Self {
            from: text("from"),
            to: text("to"),
            kind: text("kind"),
            of: text("of"),
            campaign: text("campaign"),
            member: text("member"),
            request: text("request"),
            lot: text("lot"),
            hold: text("hold"),
            order: text("order"),
            lead: text("lead"),
            before: text("before"),
        })
    }
}

impl StatementQuery {
    /// Whether anything narrows the statement.
    pub fn is_filtered(&self) -> bool {
        self.filters().iter().any(|(_, text)| !text.is_empty())
    }

    /// Reads it; days are those of `zone`.
    ///
    /// # Errors
    /// Which filter cannot be understood, and what to write instead.
    pub fn parse(&self, zone: &TimeZone) -> Result<Asked, FieldErrors> {
        let mut errors = FieldErrors::default();
        let (from, until) = query::days(&mut errors, &self.from, &self.to, zone);
        let kind = TransferKind::ALL.into_iter().find(|kind| kind.word() == self.kind);
        if kind.is_none() && !self.kind.is_empty() {
            errors.add("kind", "There is no such movement. Choose one from the list.");
        }
        let of = bucket(&self.of);
        if of.is_none() && !self.of.is_empty() {
            errors.add("of", "A balance has no such part. Show everything and choose again.");
        }
        let filter = StatementFilter {
            by_request: false,
            from,
            until,
            kind,
            of,
            campaign: id::<CampaignId>(&mut errors, "campaign", &self.campaign),
            member: id::<UserId>(&mut errors, "member", &self.member),
            request: id::<RequestId>(&mut errors, "request", &self.request),
            lot: id::<LotId>(&mut errors, "lot", &self.lot),
            hold: id::<HoldId>(&mut errors, "hold", &self.hold),
            order: id::<OrderId>(&mut errors, "order", &self.order),
            lead: id::<uuid::Uuid>(&mut errors, "lead", &self.lead),
        };
        let before = match self.before.as_str() {
            "" => i64::MAX,
            text => text.parse().ok().filter(|seq| *seq > 0).unwrap_or_else(|| {
                errors.add("before", "This page of the statement does not exist. Start from the newest movement.");
                i64::MAX
            }),
        };
        if errors.is_empty() { Ok(Asked { filter, before }) } else { Err(errors) }
    }

    /// The address of the same filters: the page from `before` on, or its newest movements.
    pub fn address(&self, before: Option<i64>) -> String {
        let before = before.map(|seq| ("before", seq.to_string()));
        address(STATEMENT, self.filters().map(|(name, text)| (name, text.to_owned())).into_iter().chain(before))
    }

    /// The address of all movements with the same filters, as a file.
    pub fn csv_address(&self) -> String {
        address(&format!("{STATEMENT}.csv"), self.filters().map(|(name, text)| (name, text.to_owned())))
    }

    /// The filters that have no field of their own: what they name, their name, their text.
    pub fn hidden(&self) -> Vec<(&'static str, &'static str, String)> {
        let of = match bucket(&self.of) {
            Some(Bucket::Available) => "available credits",
            Some(Bucket::Held) => "held credits",
            Some(Bucket::Spent) => "spent credits",
            Some(Bucket::Expired) => "expired credits",
            Some(Bucket::Outside) | None => "a part of the balance",
        };
        let named = [
            (of, "of", &self.of),
            ("one request", "request", &self.request),
            ("one lot", "lot", &self.lot),
            ("one hold", "hold", &self.hold),
            ("one order", "order", &self.order),
            ("one lead", "lead", &self.lead),
        ];
        let set = named.into_iter().filter(|(_, _, text)| !text.is_empty());
        set.map(|(what, name, text)| (what, name, text.clone())).collect()
    }

    /// The address without the filter `name`.
    pub fn without(&self, name: &str) -> String {
        let kept = self.filters().into_iter().filter(|(filter, _)| *filter != name);
        address(STATEMENT, kept.map(|(name, text)| (name, text.to_owned())))
    }

    fn filters(&self) -> [(&'static str, &str); 11] {
        let texts = [
            &self.from,
            &self.to,
            &self.kind,
            &self.of,
            &self.campaign,
            &self.member,
            &self.request,
            &self.lot,
            &self.hold,
            &self.order,
            &self.lead,
        ];
        std::array::from_fn(|index| (NAMES[index], texts[index].as_str()))
    }
}

/// The part of the balance that a word names. The outside is no part of it.
fn bucket(word: &str) -> Option<Bucket> {
    match word {
        "available" => Some(Bucket::Available),
        "held" => Some(Bucket::Held),
        "spent" => Some(Bucket::Spent),
        "expired" => Some(Bucket::Expired),
        _ => None,
    }
}

fn id<T: std::str::FromStr>(errors: &mut FieldErrors, name: &str, text: &str) -> Option<T> {
    query::id(errors, name, text, format!("There is no such {name}. Choose one from the list."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> StatementQuery {
        StatementQuery::from_query(&Form::parse(text.as_bytes())).unwrap()
    }

    #[test]
    fn filters_survive_the_way_into_an_address_and_back() {
        let asked = query("from=2026-11-01&to=2026-11-22&kind=hold&before=90");
        assert_eq!(
            asked.address(Some(40)),
            "/settings/cold-email-agent/statement?from=2026-11-01&to=2026-11-22&kind=hold&before=40"
        );
        assert_eq!(query("").address(None), STATEMENT);
        let understood = asked.parse(&TimeZone::UTC).unwrap();
        assert_eq!(understood.before, 90);
        let whole_days = (understood.filter.until.unwrap().0 - understood.filter.from.unwrap().0) / 86_400_000_000;
        assert_eq!(whole_days, 22, "the last day is included");
    }

    #[test]
    fn a_filter_that_cannot_be_understood_says_so_beside_its_field() {
        for (text, field) in [
            ("from=yesterday", "from"),
            ("to=2026-02-30", "to"),
            ("from=2026-02-02&to=2026-02-01", "to"),
            ("kind=gift", "kind"),
            ("campaign=1", "campaign"),
            ("member=%27", "member"),
            ("request=x", "request"),
            ("of=outside", "of"),
            ("lot=1", "lot"),
            ("lead=1", "lead"),
            ("before=-1", "before"),
            ("before=999999999999999999999", "before"),
        ] {
            let errors = query(text).parse(&TimeZone::UTC).unwrap_err();
            assert_eq!(errors.iter().map(|(name, _)| name).collect::<Vec<_>>(), [field], "{text}");
        }
    }
}
