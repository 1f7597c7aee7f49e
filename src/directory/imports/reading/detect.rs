//! Which encoding a file is written in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use super::{charset::Charset, letters::plausibility, sample::Sample, text::decoded};

/// Letters of UTF-8 for each stray byte, at least, for a file to be UTF-8 with strays.
const SOUND_PER_STRAY: u64 = 4;
/// What the vote of the detector counts for.
const VOTE: f64 = 0.3;
/// What is taken from encodings in which few files are written today.
const SELDOM: f64 = 0.3;
/// Encodings that rate lower than the best by more than this are no rivals.
const RIVAL: f64 = 0.2;

/// An encoding, and whether another one is nearly as likely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detected {
    pub charset: Charset,
    pub doubtful: bool,
}

/// Judges a file by its mark, by what is valid, and by how much its letters look like words.
pub fn detect(sample: &Sample) -> Detected {
    let sure = |charset| Detected { charset, doubtful: false };
    if let Some(charset) = utf16(&sample.start) {
        return sure(charset);
    }
    let strays = sample.utf8.stray;
    if strays == 0 && (sample.utf8.sound > 0 || !sample.start.contains(&0x1b)) {
        return sure(Charset::Utf8);
    }
    let vote = vote(sample);
    if strays == 0 {
        return sure(Some(Charset::Iso2022Jp).filter(|one| vote == Some(*one)).unwrap_or(Charset::Utf8));
    }
    if sample.utf8.sound >= strays.saturating_mul(SOUND_PER_STRAY) {
        return sure(Charset::Utf8);
    }
    let mut rated: Vec<(f64, Charset, String)> = Charset::all()
        .filter(|charset| !charset.is_utf16() && *charset != Charset::Iso2022Jp)
        .map(|charset| {
            let text = decoded(&sample.beyond_ascii, charset);
            let vote = if vote == Some(charset) { VOTE } else { 0.0 };
            let points = plausibility(&text, charset) + vote - if charset.is_of_dos() { SELDOM } else { 0.0 };
            (points, charset, text)
        })
        .collect();
    rated.sort_by(|one, other| other.0.total_cmp(&one.0));
    let Some((best, charset, text)) = rated.first() else { return sure(Charset::Utf8) };
    let doubtful = rated[1..].iter().any(|(points, _, other)| best - points < RIVAL && other != text);
    Detected { charset: *charset, doubtful }
}

/// What the detector of browsers says. It knows how often letters stand beside each other in many languages.
fn vote(sample: &Sample) -> Option<Charset> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    let bytes = if sample.beyond_ascii.is_empty() { &sample.start } else { &sample.beyond_ascii };
    detector.feed(bytes, true);
    Charset::of(detector.guess(top_level(sample).as_deref(), Utf8Detection::Deny))
}

/// The country behind most addresses: the end of their domains.
fn top_level(sample: &Sample) -> Option<Vec<u8>> {
    let mut ends: Vec<(Vec<u8>, usize)> = Vec::new();
    for part in sample.start.split(|byte| *byte == b'@').skip(1).take(500) {
        let domain = part.split(|byte| !(byte.is_ascii_alphanumeric() || b".-".contains(byte))).next().unwrap_or(part);
        let end = domain.rsplit(|byte| *byte == b'.').next().unwrap_or(domain).to_ascii_lowercase();
        if end.len() == 2 && end.iter().all(u8::is_ascii_lowercase) {
            match ends.iter_mut().find(|(known, _)| *known == end) {
                Some((_, count)) => *count += 1,
                None => ends.push((end, 1)),
            }
        }
    }
    ends.into_iter().max_by_key(|(_, count)| *count).map(|(end, _)| end)
}

/// UTF-16 by its mark, or because one half of every pair of bytes is empty or nearly always the same: line breaks, delimiters and
/// addresses have an empty one, whatever the script.
fn utf16(start: &[u8]) -> Option<Charset> {
    match start {
        [0xff, 0xfe, ..] => return Some(Charset::Utf16LittleEndian),
        [0xfe, 0xff, ..] => return Some(Charset::Utf16BigEndian),
        _ => {}
    }
    let nuls = |offset: usize| start.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (nuls(0), nuls(1));
    let charset = if odd > even { Charset::Utf16LittleEndian } else { Charset::Utf16BigEndian };
    let (most, least) = (even.max(odd), even.min(odd));
    // An address has a dozen letters with an empty half: a few in each line of a file.
    if most < 4 || most * 16 < start.len() / 2 || least * 20 > most {
        return None;
    }
    let even_end = start.len() - start.len() % 2;
    let text = decoded(&start[..even_end], charset);
    let letters = text.chars().count().max(1);
    let is_unsound = |letter: &char| {
        letter.is_control() && !matches!(letter, '\t' | '\n' | '\r')
            || matches!(*letter, char::REPLACEMENT_CHARACTER | '\u{e000}'..='\u{f8ff}')
    };
    let unsound = text.chars().filter(is_unsound).count();
    (unsound * 50 <= letters).then_some(charset)
}

#[cfg(test)]
mod tests {
    use super::{super::charset::Coding, *};

    /// Rows of a few people, as short files have them, and the encodings they come in.
    const FILES: [(&str, &[Charset]); 27] = [
        (
            "E-Mail;Vorname;Nachname;Ort\njorg@x.example;Jörg;Müller;Köln\nzoe@x.example;Zoë;Weiß;Zürich\n",
            &[Charset::Windows1252, Charset::MacRoman, Charset::Ibm437, Charset::Ibm850],
        ),
        (
            "Courriel;Prénom;Société\nrenee@x.example;Renée;Café Chaîne\nfrancois@x.example;François;L’Atelier Léon\n",
            &[Charset::Windows1252, Charset::MacRoman],
        ),
        (
            "Courriel;Prénom;Société\nrenee@x.example;Renée;Café Chaîne\nfrancois@x.example;François;Hôtel Léon\n",
            &[Charset::Windows1252, Charset::MacRoman, Charset::Ibm437, Charset::Ibm850],
        ),
        (
            "Correo;Nombre;Ciudad\njose@x.example;José Núñez;Málaga\nana@x.example;Ana Ibáñez;A Coruña\n",
            &[Charset::Windows1252, Charset::MacRoman, Charset::Ibm437, Charset::Ibm850],
        ),
        (
            "E-mail;Nome;Cidade\njoao@x.example;João Gonçalves;São Paulo\nines@x.example;Inês;Brasília\n",
            &[Charset::Windows1252, Charset::MacRoman, Charset::Ibm850],
        ),
        (
            "E-post;Namn;Ort\nake@x.example;Åke Sjöberg;Malmö\nsoren@x.example;Søren Ærø;Århus\n",
            &[Charset::Windows1252, Charset::MacRoman, Charset::Ibm850],
        ),
        ("email,name\nzoe@x.example,Zoë\n", &[Charset::Windows1252]),
        (
            "E-mail;Imię;Nazwisko;Miasto\newa@x.example;Ewa;Wiśniewska;Łódź\nlukasz@x.example;Łukasz;Żak;Gdańsk\n",
            &[Charset::Windows1250, Charset::Iso2, Charset::Ibm852],
        ),
        (
            "E-mail;Jméno;Město\nlukas@x.example;Lukáš Dvořák;České Budějovice\nzd@x.example;Zdeněk Šťastný;Plzeň\n",
            &[Charset::Windows1250, Charset::Ibm852],
        ),
        (
            "E-mail;Név;Város\ngyorgy@x.example;György Kőszegi;Győr\nzsofi@x.example;Zsófia Erdős;Budapest\n",
            &[Charset::Windows1250],
        ),
        (
            "E-mail;Cargo\njoao@x.example;Director de Relações Públicas\nines@x.example;Gestão de Operações\n",
            &[Charset::Windows1252],
        ),
        ("email;name\nlaszlo@x.example;László\n", &[Charset::Windows1252, Charset::Windows1250]),
        (
            "E-post;Nimi;Linn\ntonu@x.example;Tõnu Mägi;Võru\njuri@x.example;Jüri Põld;Jõhvi\n",
            &[Charset::Windows1257, Charset::Windows1252],
        ),
        ("E-mail;Jméno;Firma\npetr@x.example;Petr Novák;Stříbro Žižkov\n", &[Charset::Windows1250]),
        ("Email;Nume;Oraş\nion@x.example;Ştefan Ioniţă;Bucureşti\n", &[Charset::Windows1250]),
        (
            "Почта;Имя;Компания\nanna@x.example;Анна Петрова;Генеральный директор\nigor@x.example;Игорь;Северный ветер\n",
            &[Charset::Windows1251, Charset::Koi8R, Charset::Ibm866, Charset::Iso5],
        ),
        (
            "Email;Όνομα;Πόλη\nnikos@x.example;Νίκος Παπαδόπουλος;Αθήνα\neleni@x.example;Ελένη;Θεσσαλονίκη\n",
            &[Charset::Windows1253],
        ),
        (
            "E-posta;Ad;Şehir\nayse@x.example;Ayşe Yıldız;İstanbul\ncagri@x.example;Çağrı Güneş;İzmir\n",
            &[Charset::Windows1254],
        ),
        ("Email;שם;עיר\ndana@x.example;דנה לוי;תל אביב\nyossi@x.example;יוסי כהן;חיפה\n", &[Charset::Windows1255]),
        (
            "Email;الاسم;المدينة\nali@x.example;علي حسن;القاهرة\nmona@x.example;منى سعيد;الرياض\n",
            &[Charset::Windows1256],
        ),
        (
            "Email;Vardas;Miestas\njonas@x.example;Jonas Žukauskas;Šiauliai\neg@x.example;Eglė Kazlauskienė;Panevėžys\n",
            &[Charset::Windows1257],
        ),
        ("Email;ชื่อ;เมือง\nsom@x.example;สมชาย ใจดี;กรุงเทพ\nmali@x.example;มาลี สุขใจ;เชียงใหม่\n", &[Charset::Windows874]),
        (
            "メールアドレス,氏名,会社名\ntaro@x.example,山田 太郎,さくら製作所\nhanako@x.example,鈴木 花子,株式会社みどり\n",
            &[Charset::ShiftJis, Charset::EucJp, Charset::Iso2022Jp],
        ),
        (
            "邮箱,姓名,公司\nli@x.example,李伟,北京星光科技有限公司\nwang@x.example,王芳,上海和平贸易公司\n",
            &[Charset::Gb18030],
        ),
        (
            "電子郵件,姓名,公司\nlin@x.example,林志明,台北光明科技有限公司\nchen@x.example,陳美玲,高雄貿易公司\n",
            &[Charset::Big5],
        ),
        ("이메일,이름,회사\nkim@x.example,김민수,주식회사 한빛\nlee@x.example,이지은,서울무역\n", &[Charset::EucKr]),
        ("email,name\nkim@x.example,김민수\n", &[Charset::EucKr]),
    ];

    fn encoded(text: &str, charset: Charset) -> Vec<u8> {
        if charset.is_utf16() {
            let little = charset == Charset::Utf16LittleEndian;
            return text
                .encode_utf16()
                .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
                .collect();
        }
        match charset.coding() {
            Coding::Web(encoding) => {
                let (bytes, _, lossy) = encoding.encode(text);
                assert!(!lossy, "{} cannot hold {text}", charset.label());
                bytes.into_owned()
            }
            Coding::Dos(page) => page.encode(text).unwrap_or_else(|| panic!("{} cannot hold {text}", charset.label())),
        }
    }

    #[test]
    fn short_files_are_read_in_their_own_encoding() {
        let mut wrong = Vec::new();
        for (text, charsets) in FILES {
            let unicode = [Charset::Utf8, Charset::Utf16LittleEndian, Charset::Utf16BigEndian];
            for charset in charsets.iter().chain(&unicode) {
                let bytes = encoded(text, *charset);
                let found = detect(&Sample::of_bytes(&bytes));
                if decoded(&bytes, found.charset) != decoded(&bytes, *charset) {
                    wrong.push(format!("{} taken for {}: {text}", charset.label(), found.charset.label()));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_stray_byte_leaves_a_file_utf_8() {
        let text = "Email,Name\nzoe@x.example,Zoë Müller\njose@x.example,José Núñez\n".repeat(5);
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(b"ann@x.example,Ren\xe9e\n");
        assert_eq!(detect(&Sample::of_bytes(&bytes)).charset, Charset::Utf8);
    }

    #[test]
    fn a_mark_in_front_of_another_encoding_is_no_evidence() {
        let sample =
            Sample::of_bytes(b"\xef\xbb\xbfFirst Name,Email\r\nZo\xeb,zoe@x.example\r\nRen\xe9e,r@x.example\r\n");
        assert_eq!(detect(&sample).charset, Charset::Windows1252);
    }

    #[test]
    fn a_single_row_is_mostly_enough_and_what_is_wrong_is_doubted() {
        let (mut all, mut right) = (0, 0);
        for (text, charsets) in FILES {
            for (charset, row) in
                charsets.iter().flat_map(|charset| text.lines().skip(1).map(move |row| (charset, row)))
            {
                let text = format!("Email;Name;Company;City\n{row}\n");
                let bytes = encoded(&text, *charset);
                let found = detect(&Sample::of_bytes(&bytes));
                let is_right = decoded(&bytes, found.charset) == text;
                assert!(is_right || found.doubtful, "{} taken for {}: {row}", charset.label(), found.charset.label());
                all += 1;
                right += usize::from(is_right);
            }
        }
        assert!(right * 100 >= all * 97, "{right} of {all}");
    }
}
