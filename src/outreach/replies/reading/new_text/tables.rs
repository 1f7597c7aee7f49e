//! How programs, by their language, announce a mail that is quoted. In small letters.

/// Before the mail that is answered, at the end of a line.
pub const WROTE: [&str; 49] = [
    "wrote:",
    "writes:",
    "wrote on",
    "has written:", // English
    "schrieb:",
    "schreibt:",
    "geschrieben:", // German
    "a écrit :",
    "a écrit:",
    "écrit :",
    "écrit:", // French
    "escribió:",
    "escribio:", // Spanish
    "escreveu:", // Portuguese
    "ha scritto:",
    "scrive:",  // Italian
    "schreef:", // Dutch
    "napisał(a):",
    "napisał:",
    "napisała:",
    "pisze:", // Polish
    "napsal(a):",
    "napsal:",     // Czech
    "napísal(a):", // Slovak
    "skrev:",      // Danish, Norwegian, Swedish
    "kirjoitti:",  // Finnish
    "írta:",       // Hungarian
    "a scris:",    // Romanian
    "написал(а):",
    "написал:",
    "пишет:", // Russian
    "yazdı:", // Turkish
    "写道：",
    "のメール:",  // Chinese, Japanese
    "님이 작성:", // Korean
    "пише:",
    "написа:",
    "je napisao/la:", // Ukrainian, Bulgarian, Croatian
    "je napisal/-a:",
    "έγραψε:", // Slovenian, Greek
    "rašė:",
    "rakstīja:",
    "kirjutas:", // Lithuanian, Latvian, Estonian
    "va escriure:",
    "đã viết:",
    "menulis:", // Catalan, Vietnamese, Indonesian
    "כתב:",
    "כתבה:",
    "كتب:", // Hebrew, Arabic
];

/// The same with the name after the word: `Am 28.11.2026 um 10:00 schrieb Ada Seller:`.
pub const WROTE_BEFORE_NAME: [&str; 5] = [" schrieb ", " skrev ", " schreef ", " написал ", " kirjoitti "];

/// How such a line begins, where it is broken into several.
pub const OPENERS: [&str; 26] = [
    "on ", "am ", "le ", "el ", "em ", "il ", "op ", "den ", "dne ", "w dniu ", "dnia ", "pe ", "pá ", "po ", "út ",
    "st ", "čt ", "so ", "ne ", "lør", "ons", "tor", "fre", "man", "ha ", "in data ",
];

/// Fields above a mail that is quoted without marks, by what they are: sender, time, recipient, subject.
pub const FIELDS: [&[&str]; 4] = [
    &[
        "from",
        "von",
        "de",
        "da",
        "van",
        "från",
        "fra",
        "od",
        "lähettäjä",
        "feladó",
        "de la",
        "от",
        "від",
        "kimden",
        "发件人",
        "差出人",
        "送信元",
        "보낸 사람",
        "από",
    ],
    &[
        "sent",
        "date",
        "gesendet",
        "datum",
        "envoyé",
        "enviado",
        "enviado el",
        "fecha",
        "inviato",
        "data",
        "verzonden",
        "skickat",
        "sendt",
        "dato",
        "wysłano",
        "odesláno",
        "lähetetty",
        "päivämäärä",
        "elküldve",
        "dátum",
        "trimis",
        "отправлено",
        "дата",
        "gönderildi",
        "tarih",
        "发送时间",
        "日期",
        "送信日時",
        "日付",
        "보낸 날짜",
        "ημερομηνία",
    ],
    &[
        "to",
        "an",
        "à",
        "para",
        "a",
        "aan",
        "till",
        "til",
        "do",
        "komu",
        "vastaanottaja",
        "címzett",
        "către",
        "кому",
        "kime",
        "收件人",
        "宛先",
        "받는 사람",
        "προς",
    ],
    &[
        "subject",
        "betreff",
        "objet",
        "asunto",
        "oggetto",
        "assunto",
        "onderwerp",
        "ämne",
        "emne",
        "temat",
        "předmět",
        "aihe",
        "tárgy",
        "subiect",
        "тема",
        "konu",
        "主题",
        "件名",
        "제목",
        "θέμα",
    ],
];

/// A line after which only an older mail comes.
pub const OLDER_MAIL: [&str; 20] = [
    "original message",
    "forwarded message",
    "begin forwarded message",
    "ursprüngliche nachricht",
    "weitergeleitete nachricht",
    "originalnachricht",
    "message d'origine",
    "message transféré",
    "mensaje original",
    "mensaje reenviado",
    "mensagem original",
    "messaggio originale",
    "messaggio inoltrato",
    "oorspronkelijk bericht",
    "wiadomość oryginalna",
    "původní zpráva",
    "ursprungligt meddelande",
    "oprindelig meddelelse",
    "исходное сообщение",
    "original-nachricht",
];

/// What ticket systems write above their texts.
pub const REPLY_ABOVE: [&str; 8] = [
    "reply above this line",
    "your reply above this line",
    "reply above this dotted line",
    "write above this line",
    "oberhalb dieser zeile",
    "au-dessus de cette ligne",
    "encima de esta línea",
    "sopra questa riga",
];

/// What programs put below a text, and what companies do.
pub const BELOW: [&str; 40] = [
    "sent from my",
    "sent from mail for",
    "sent from outlook",
    "sent from yahoo",
    "sent with proton",
    "sent via",
    "get outlook for",
    "von meinem iphone gesendet",
    "von meinem ipad gesendet",
    "von meinem mobiltelefon",
    "gesendet von",
    "gesendet mit",
    "diese nachricht wurde von meinem",
    "envoyé de mon",
    "envoyé depuis",
    "enviado desde mi",
    "enviado do meu",
    "inviato da",
    "verzonden vanaf",
    "verstuurd vanaf",
    "skickat från min",
    "sendt fra min",
    "wysłane z",
    "odesláno z",
    "lähetetty",
    "отправлено с",
    "iphoneから送信",
    "发自我的",
    "this email and any attachments",
    "this e-mail and any attachments",
    "this message and any attachments",
    "this email is confidential",
    "this message is confidential",
    "the information contained in this",
    "confidentiality notice",
    "disclaimer:",
    "diese e-mail enthält vertrauliche",
    "der inhalt dieser e-mail ist vertraulich",
    "ce message et toutes les pièces jointes",
    "este mensaje y sus archivos",
];
