//! Numbers and instants as people read them: no clock, no locale.

use super::{count_text, plural};

/// An amount of credits: `1 credit`, `2,000 credits`.
pub fn credits_text(credits: i64) -> String {
    plural(credits, "credit", "credits")
}

/// A movement of credits with its sign: `+2,000`, `−50`, `0`.
pub fn signed_text(amount: i64) -> String {
    if amount > 0 { format!("+{}", count_text(amount)) } else { count_text(amount) }
}

/// Money from minor units; whole amounts without decimals: `$19`, `$1,499.50`, `1,200 JPY`.
pub fn money_text(minor: i64, currency: &str) -> String {
    let decimals = decimals_of(currency);
    let scale = 10_u64.pow(decimals);
    let (whole, rest) = (minor.unsigned_abs() / scale, minor.unsigned_abs() % scale);
    let mut amount = count_text(i64::try_from(whole).unwrap_or(i64::MAX));
    if rest > 0 {
        amount.push_str(&format!(".{rest:0width$}", width = decimals as usize));
    }
    with_currency(&amount, currency, minor < 0)
}

/// What one unit costs when `units` of them cost `minor`, to a tenth of the smallest coin: `$0.025`.
pub fn unit_price_text(minor: i64, currency: &str, units: i64) -> String {
    if units <= 0 {
        return money_text(minor, currency);
    }
    let decimals = decimals_of(currency) + 1;
    let tenths = (i128::from(minor) * 10 + i128::from(units) / 2) / i128::from(units);
    let scale = 10_i128.pow(decimals);
    let fraction = format!("{:0width$}", tenths % scale, width = decimals as usize);
    let kept = fraction.trim_end_matches('0');
    let fraction = if kept.len() < 2 && decimals > 2 { &fraction[..2] } else { kept };
    let whole = count_text(i64::try_from(tenths / scale).unwrap_or(i64::MAX));
    let amount = if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") };
    with_currency(&amount, currency, false)
}

/// A share in whole percent, `0%` of nothing; never rounded up to 100% before all is there.
pub fn percent_text(part: i64, whole: i64) -> String {
    format!("{}%", percent(part, whole))
}

/// A share in whole percent, between 0 and 100.
pub fn percent(part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    i64::try_from(i128::from(part.max(0)) * 100 / i128::from(whole)).unwrap_or(100).min(100)
}

/// How many decimals the smallest coin of a currency has (ISO 4217).
pub fn decimals_of(currency: &str) -> u32 {
    let known = iso_currency::Currency::from_code(&currency.to_ascii_uppercase());
    known.and_then(iso_currency::Currency::exponent).map_or(2, u32::from)
}

fn with_currency(amount: &str, currency: &str, negative: bool) -> String {
    let sign = if negative { "−" } else { "" };
    match currency.to_ascii_uppercase().as_str() {
        "USD" => format!("{sign}${amount}"),
        "EUR" => format!("{sign}€{amount}"),
        "GBP" => format!("{sign}£{amount}"),
        other => format!("{sign}{amount} {other}"),
    }
}

/// A UTC instant (microseconds since 1970) taken apart: year, month, day, hour, minute, second.
struct Civil {
    year: i64,
    month: usize,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

/// The proleptic Gregorian date of an instant (Howard Hinnant's `civil_from_days`).
fn civil(micros: i64) -> Civil {
    let seconds = micros.div_euclid(1_000_000);
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    Civil {
        year: era * 400 + year_of_era + i64::from(month <= 2),
        month: usize::try_from(month).unwrap_or(1),
        day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
        hour: rest / 3_600,
        minute: rest / 60 % 60,
        second: rest % 60,
    }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// An instant for machines, RFC 3339 in UTC: `2026-11-22T09:36:30Z`.
pub fn rfc3339(micros: i64) -> String {
    let Civil { year, month, day, hour, minute, second } = civil(micros);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// An instant for people, in UTC: `22 Nov 2026, 09:36 UTC`.
pub fn instant_text(micros: i64) -> String {
    let Civil { hour, minute, .. } = civil(micros);
    format!("{}, {hour:02}:{minute:02} UTC", date_text(micros))
}

/// The day of an instant, in UTC: `22 Nov 2026`.
pub fn date_text(micros: i64) -> String {
    let Civil { year, month, day, .. } = civil(micros);
    format!("{day} {} {year}", MONTHS[(month - 1) % 12])
}

/// A day written as year-month-day, for people: `22 Nov 2026`. Anything else stays as it is.
pub fn civil_date_text(day: &str) -> String {
    let parts: Vec<i64> = day.split('-').filter_map(|part| part.parse().ok()).collect();
    match parts[..] {
        [year, month @ 1..=12, day] => format!("{day} {} {year}", MONTHS[usize::try_from(month - 1).unwrap_or(0)]),
        _ => day.to_owned(),
    }
}

/// A length of time in the two largest units that matter: `45 s`, `3 min`, `2 h 5 min`, `4 days`.
pub fn duration_text(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds @ 3_600..86_400 if seconds % 3_600 < 60 => format!("{} h", seconds / 3_600),
        seconds @ 3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        seconds => plural(seconds / 86_400, "day", "days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_credit_is_singular() {
        assert_eq!(credits_text(1), "1 credit");
        assert_eq!(credits_text(0), "0 credits");
        assert_eq!(credits_text(2_000), "2,000 credits");
    }

    #[test]
    fn movements_carry_their_sign() {
        assert_eq!((signed_text(50), signed_text(-50), signed_text(0)), ("+50".into(), "−50".into(), "0".into()));
    }

    #[test]
    fn money_shows_decimals_only_when_there_are_any() {
        assert_eq!(money_text(1_900, "USD"), "$19");
        assert_eq!(money_text(149_950, "usd"), "$1,499.50");
        assert_eq!(money_text(-105, "EUR"), "−€1.05");
        assert_eq!(money_text(1_200, "JPY"), "1,200 JPY");
        assert_eq!(money_text(4_900, "CHF"), "49 CHF");
    }

    #[test]
    fn the_price_of_one_credit_is_shown_to_a_tenth_of_a_cent() {
        assert_eq!(unit_price_text(1_900, "USD", 500), "$0.038");
        assert_eq!(unit_price_text(4_900, "USD", 2_000), "$0.025");
        assert_eq!(unit_price_text(14_900, "USD", 10_000), "$0.015");
        assert_eq!(unit_price_text(5_000, "USD", 500), "$0.10");
        assert_eq!(unit_price_text(5_000, "USD", 10), "$5.00");
        assert_eq!(unit_price_text(5_000, "USD", 0), "$50");
    }

    #[test]
    fn a_share_is_complete_only_when_everything_is_there() {
        assert_eq!(percent_text(999, 1_000), "99%");
        assert_eq!(percent_text(1_000, 1_000), "100%");
        assert_eq!(percent_text(5, 0), "0%");
        assert_eq!(percent(i64::MAX, i64::MAX), 100);
    }

    #[test]
    fn instants_are_calendar_dates_in_utc() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(951_827_696_000_000), "2000-02-29T12:34:56Z");
        assert_eq!(rfc3339(-1), "1969-12-31T23:59:59Z");
        assert_eq!(instant_text(1_795_340_190_000_000), "22 Nov 2026, 09:36 UTC");
    }

    #[test]
    fn durations_use_the_units_that_matter() {
        for (seconds, text) in [(45, "45 s"), (180, "3 min"), (7_500, "2 h 5 min"), (7_200, "2 h"), (400_000, "4 days")]
        {
            assert_eq!(duration_text(seconds), text);
        }
    }
}
