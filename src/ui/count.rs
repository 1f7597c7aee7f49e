//! Counts as people read them. The same on the server and in the browser: no locale.

/// A count with thousands separators: `1,234,567`.
pub fn count_text(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if count < 0 {
        text.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and its noun: `1 lead`, `2,000 leads`.
pub fn plural(count: i64, one: &str, many: &str) -> String {
    format!("{} {}", count_text(count), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_thousands_separators() {
        for (count, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (-50, "−50"), (1_234_567, "1,234,567")] {
            assert_eq!(count_text(count), text);
        }
        assert_eq!(count_text(i64::MIN), "−9,223,372,036,854,775,808");
    }
}
