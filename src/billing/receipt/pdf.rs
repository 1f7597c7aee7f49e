//! A receipt as a PDF: one A4 page, with the font inside, so it looks the same everywhere and its text can be searched.

use anyhow::Context;
use krilla::{
    Document,
    geom::{PathBuilder, Point},
    metadata::Metadata,
    page::PageSettings,
    paint::Stroke,
    surface::Surface,
    text::{Font, TextDirection},
};

use super::Receipt;
use crate::ui::format::date_text;

/// Inter (SIL Open Font License): Latin, Greek and Cyrillic.
const REGULAR: &[u8] = include_bytes!("fonts/Inter-Regular.otf");
const SEMIBOLD: &[u8] = include_bytes!("fonts/Inter-SemiBold.otf");

/// A4 in points.
const PAGE: (f32, f32) = (595.28, 841.89);
const LEFT: f32 = 62.0;
const MIDDLE: f32 = 320.0;
const RIGHT: f32 = PAGE.0 - LEFT;
/// Letters on one line; more is cut, so that nothing runs out of the page.
const LINE_CHARACTERS_MAX: usize = 84;
/// Letters on a line of half the page.
const COLUMN_CHARACTERS_MAX: usize = 38;

/// The file.
///
/// # Errors
/// When the font cannot be read or the file not be written: never, with the fonts that are built in.
pub fn pdf(receipt: &Receipt) -> anyhow::Result<Vec<u8>> {
    let font = |bytes: &'static [u8]| Font::new(bytes.into(), 0).context("a built-in font cannot be read");
    let mut document = Document::new();
    let title = format!("Receipt {}", receipt.number);
    document.set_metadata(Metadata::new().title(title).language("en".into()).creator("Fairlead".into()));
    let size = PageSettings::from_wh(PAGE.0, PAGE.1).context("A4 is a size")?;
    let mut page = document.start_page_with(size);
    let mut paper = Paper { surface: page.surface(), regular: font(REGULAR)?, bold: font(SEMIBOLD)?, lost: false };
    paper.draw(receipt);
    paper.done();
    page.finish();
    document.finish().map_err(|error| anyhow::anyhow!("the file cannot be written: {error:?}"))
}

struct Paper<'page> {
    surface: Surface<'page>,
    regular: Font,
    bold: Font,
    /// Whether some letters are not in the font.
    lost: bool,
}

impl Paper<'_> {
    fn done(self) {
        self.surface.finish();
    }

    fn draw(&mut self, receipt: &Receipt) {
        self.text(LEFT, 92.0, 22.0, true, &format!("Receipt {}", receipt.number), LINE_CHARACTERS_MAX);
        let paid_on = format!("Paid on {}", date_text(receipt.issued_at.micros()));
        self.text(LEFT, 114.0, 10.0, false, &paid_on, LINE_CHARACTERS_MAX);
        self.party(LEFT, "From", &receipt.seller);
        self.party(MIDDLE, "To", &receipt.buyer);

        self.line(330.0);
        self.text(LEFT, 354.0, 11.0, true, &receipt.what, 60);
        self.text(LEFT, 370.0, 10.0, false, &receipt.detail, LINE_CHARACTERS_MAX);
        self.amount(354.0, 11.0, false, &receipt.price);
        if let Some(reduction) = &receipt.reduction {
            self.text(LEFT, 384.0, 10.0, false, "Discount or credit", LINE_CHARACTERS_MAX);
            self.amount(384.0, 10.0, false, reduction);
        }
        self.line(392.0);
        self.text(LEFT, 412.0, 12.0, true, "Total paid", LINE_CHARACTERS_MAX);
        self.amount(412.0, 12.0, true, &receipt.total);
        self.text(LEFT, 432.0, 10.0, false, &format!("Paid with: {}", receipt.paid_with), LINE_CHARACTERS_MAX);
        if receipt.refunded {
            self.text(LEFT, 452.0, 10.0, true, "This payment was refunded.", LINE_CHARACTERS_MAX);
        }
        if let Some(tax) = &receipt.tax {
            self.text(LEFT, 484.0, 9.0, false, tax, 96);
        }
        if self.lost {
            let note = "Letters shown as ? are not in the font of this file. The receipt's page shows them.";
            self.text(LEFT, 790.0, 8.0, false, note, 110);
        }
    }

    fn party(&mut self, left: f32, heading: &str, lines: &[String]) {
        self.text(left, 160.0, 9.0, true, heading, COLUMN_CHARACTERS_MAX);
        let mut top = 178.0;
        for line in lines.iter().take(10) {
            self.text(left, top, 10.0, false, line, COLUMN_CHARACTERS_MAX);
            top += 14.5;
        }
    }

    /// Money at the right edge, each letter about half as wide as high.
    fn amount(&mut self, top: f32, size: f32, bold: bool, text: &str) {
        let letters = u16::try_from(text.chars().count()).unwrap_or(40);
        self.text(RIGHT - f32::from(letters) * size * 0.62, top, size, bold, text, 40);
    }

    fn line(&mut self, top: f32) {
        let mut path = PathBuilder::new();
        path.move_to(LEFT, top);
        path.line_to(RIGHT, top);
        if let Some(path) = path.finish() {
            self.surface.set_stroke(Some(Stroke { width: 0.6, ..Stroke::default() }));
            self.surface.draw_path(&path);
            self.surface.set_stroke(None);
        }
    }

    fn text(&mut self, left: f32, top: f32, size: f32, bold: bool, text: &str, characters_max: usize) {
        let mut shown: String =
            text.chars().take(characters_max).map(|letter| if has(letter) { letter } else { '?' }).collect();
        self.lost |= text.chars().any(|letter| !has(letter));
        if text.chars().count() > characters_max {
            shown.pop();
            shown.push('…');
        }
        let font = if bold { self.bold.clone() } else { self.regular.clone() };
        self.surface.draw_text(Point::from_xy(left, top), font, size, &shown, false, TextDirection::LeftToRight);
    }
}

/// Whether the font has a letter: Latin, Greek, Cyrillic, their punctuation and the signs of currencies.
fn has(letter: char) -> bool {
    matches!(u32::from(letter), 0x20..=0x7e | 0xa0..=0x24f | 0x370..=0x45f | 0x490..=0x4ff | 0x1e00..=0x1eff
        | 0x2010..=0x2027 | 0x2030..=0x203a | 0x20a0..=0x20bf | 0x2116 | 0x2122 | 0x2212)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::clock::Instant;

    #[test]
    fn a_receipt_is_one_page_with_its_font_whatever_the_names() {
        let long = "Ż".repeat(300);
        let lines = ["Ångström & Söhne", "Ελληνικά", "Москва", "株式会社", "\u{202e}gnp", &long];
        let receipt = Receipt {
            number: "R-000001".into(),
            issued_at: Instant(0),
            seller: lines.map(str::to_owned).to_vec(),
            tax: Some("VAT included. VAT ID IE1234567T".into()),
            buyer: vec![String::new(); 30],
            what: "Growth plan".into(),
            detail: "5,000 credits".into(),
            price: "€9,223,372,036,854,775,807".into(),
            reduction: Some("−€1".into()),
            total: "€9,223,372,036,854,775,807".into(),
            paid_with: "Test payment".into(),
            refunded: true,
        };
        let file = pdf(&receipt).unwrap();
        assert!(file.starts_with(b"%PDF-") && file.len() < 80_000, "{} bytes", file.len());
    }
}
