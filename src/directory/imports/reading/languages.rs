//! The letters beyond ASCII of languages that people and towns are written in.

/// A language's name, its frequent letters and its rare ones, in lower case.
pub type Language = (&'static str, &'static str, &'static str);

/// So few people speak these that their letters are weaker evidence.
const SMALL: [&str; 2] = ["Estonian", "Icelandic"];

pub const LATIN: [Language; 21] = [
    ("German", "üäö", "ßé"),
    ("French", "éèêç", "àëîïôùûâœæ"),
    ("Spanish", "óíáéñ", "úü"),
    ("Portuguese", "ãçáéí", "óêõâàúôü"),
    ("Italian", "àèò", "ùìé"),
    ("Dutch", "ëé", "ïöüè"),
    ("Swedish", "åäö", "éü"),
    ("Norwegian", "øåæ", "éôòö"),
    ("Icelandic", "áðíæö", "þúýéó"),
    ("Catalan", "àéçò", "óèíúïü"),
    ("Polish", "łóęąż", "śćńź"),
    ("Czech", "íáéěřčš", "žýůúďťňó"),
    ("Slovak", "áíéčšý", "žťľúôňďäŕĺó"),
    ("Hungarian", "éáöóő", "íüúű"),
    ("Romanian", "ăîâșț", "şţ"),
    ("Croatian", "čšž", "ćđ"),
    ("Turkish", "ıüşöç", "ğâîû"),
    ("Lithuanian", "ėšžįų", "čęąū"),
    ("Latvian", "āēīšū", "ņžļķčģ"),
    ("Estonian", "äõüö", "šž"),
    ("Vietnamese", "đáàảãạăâêôơư", "éèẻẽẹíìỉĩịóòỏõọúùủũụýỳỷỹỵ"),
];

/// Frequent letters of Cyrillic; the others are rare.
pub const CYRILLIC_FREQUENT: &str = "оеаинтсрвлкмдпуяыьгзбчйхжшіїєўј";

/// Signs that names, titles and companies of a country are full of.
pub const JAPANESE: &str = "株式会社部長東京都大阪代表取締役田中山本佐藤鈴木高橋市県名氏職様";
pub const SIMPLIFIED: &str = "的有限公司科技北京上海中国市王李张刘陈杨黄赵吴周广州深圳经理总监名姓职位邮箱";
pub const TRADITIONAL: &str = "的有限公司科技台北臺灣中國市王李張劉陳楊黃趙吳周經理總監姓名職稱電子郵件";
pub const KOREAN: &str = "이김박최정강조윤장임주식회사대표서울부산과부팀사원리자성명직메일한";

/// What a letter (before `next`) says about a text being of `language`: more than 0 when it is one of its own.
pub fn weight(language: &Language, letter: char, next: char) -> f64 {
    let (name, frequent, rare) = language;
    // Portuguese has `õ` before an `e` only (`ações`); elsewhere it is Hungarian that was read in a wrong encoding.
    let is_own = !(letter == 'õ' && *name == "Portuguese" && next != 'e');
    let share = if SMALL.contains(name) { 0.8 } else { 1.0 };
    if is_own && frequent.contains(letter) {
        1.1 * share
    } else if is_own && rare.contains(letter) {
        0.7 * share
    } else {
        -0.8
    }
}
