//! Prices as people type them.

use crate::ui::{format::decimals_of, money_text};

/// Highest price, in minor units: far more than anybody asks, far less than 64 bits hold.
const MINOR_MAX: i64 = 1_000_000_000_000;

/// Reads `49`, `49.50`, `1,499.00` as minor units of `currency`.
///
/// # Errors
/// What to change, for the message beside the field.
pub fn parse_price(text: &str, currency: &str) -> Result<i64, String> {
    let decimals = decimals_of(currency) as usize;
    let fault = || {
        let example = money_text(49 * 10_i64.pow(decimals_of(currency)), currency);
        match decimals {
            0 => format!("Enter a whole price above zero, for example 49 for {example}."),
            _ => format!("Enter a price above zero with at most {decimals} decimals, for example 49 for {example}."),
        }
    };
    let plain: String = text.chars().filter(|letter| !matches!(letter, ',' | ' ')).collect();
    let (whole, rest) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(rest) || rest.len() > decimals || plain.ends_with('.') {
        return Err(fault());
    }
    let minor: i64 = format!("{whole}{rest:0<decimals$}").parse().map_err(|_| fault())?;
    if (1..=MINOR_MAX).contains(&minor) { Ok(minor) } else { Err(fault()) }
}

/// Minor units as they are typed: the inverse of [`parse_price`].
pub fn price_text(minor: i64, currency: &str) -> String {
    let decimals = decimals_of(currency);
    let scale = 10_i64.pow(decimals);
    match (decimals, minor % scale) {
        (0, _) | (_, 0) => (minor / scale).to_string(),
        (decimals, rest) => format!("{}.{rest:0width$}", minor / scale, width = decimals as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_in_currencies_of_no_two_and_three_decimals() {
        assert_eq!(parse_price("49", "USD"), Ok(4_900));
        assert_eq!(parse_price("1,499.5", "EUR"), Ok(149_950));
        assert_eq!(parse_price("4900", "JPY"), Ok(4_900));
        assert_eq!(parse_price("1.234", "KWD"), Ok(1_234));
        for (wrong, currency) in [
            ("", "USD"),
            ("0", "USD"),
            ("-1", "USD"),
            ("1.234", "USD"),
            ("1.5", "JPY"),
            ("1.", "USD"),
            ("9e9", "USD"),
            ("99999999999999999999", "USD"),
        ] {
            assert!(parse_price(wrong, currency).is_err(), "{wrong} {currency}");
        }
    }

    #[test]
    fn a_price_that_is_shown_can_be_typed_again() {
        for (minor, currency) in [(4_900, "USD"), (4_905, "USD"), (1, "KWD"), (7, "JPY"), (MINOR_MAX, "EUR")] {
            assert_eq!(parse_price(&price_text(minor, currency), currency), Ok(minor));
        }
    }
}
