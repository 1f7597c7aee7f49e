//! The zone a lead probably lives in, by country and, where a country has several, by region.

use super::regions::{AUSTRALIA, BRAZIL, CANADA, MEXICO, RUSSIA, UNITED_STATES};

/// The zone of a lead, from its country as the directory names it and its region. `None`: not known well enough, so the
/// campaign's zone counts.
pub fn lead_zone(country: &str, region: &str) -> Option<&'static str> {
    let regions: &[(&str, &[&str])] = match country {
        "United States" => &UNITED_STATES,
        "Canada" => &CANADA,
        "Australia" => &AUSTRALIA,
        "Brazil" => &BRAZIL,
        "Mexico" => &MEXICO,
        "Russia" => &RUSSIA,
        _ => return in_table(country),
    };
    let region = region.trim().to_lowercase();
    let found = regions.iter().find(|(_, names)| names.contains(&region.as_str()));
    found.map(|(zone, _)| *zone)
}

fn in_table(country: &str) -> Option<&'static str> {
    let place = COUNTRIES.binary_search_by_key(&country, |(name, _)| *name).ok()?;
    COUNTRIES.get(place).map(|(_, zone)| *zone)
}

/// By name. Countries with more than one zone that are not told apart have the one of most of their people.
const COUNTRIES: [(&str, &str); 244] = [
    ("Afghanistan", "Asia/Kabul"),
    ("Albania", "Europe/Tirane"),
    ("Algeria", "Africa/Algiers"),
    ("American Samoa", "Pacific/Pago_Pago"),
    ("Andorra", "Europe/Andorra"),
    ("Angola", "Africa/Luanda"),
    ("Anguilla", "America/Anguilla"),
    ("Antarctica", "Antarctica/McMurdo"),
    ("Antigua and Barbuda", "America/Antigua"),
    ("Argentina", "America/Argentina/Buenos_Aires"),
    ("Armenia", "Asia/Yerevan"),
    ("Aruba", "America/Aruba"),
    ("Austria", "Europe/Vienna"),
    ("Azerbaijan", "Asia/Baku"),
    ("Bahamas", "America/Nassau"),
    ("Bahrain", "Asia/Bahrain"),
    ("Bangladesh", "Asia/Dhaka"),
    ("Barbados", "America/Barbados"),
    ("Belarus", "Europe/Minsk"),
    ("Belgium", "Europe/Brussels"),
    ("Belize", "America/Belize"),
    ("Benin", "Africa/Porto-Novo"),
    ("Bermuda", "Atlantic/Bermuda"),
    ("Bhutan", "Asia/Thimphu"),
    ("Bolivia", "America/La_Paz"),
    ("Bosnia and Herzegovina", "Europe/Sarajevo"),
    ("Botswana", "Africa/Gaborone"),
    ("Bouvet Island", "Europe/Oslo"),
    ("British Indian Ocean Territory", "Indian/Chagos"),
    ("British Virgin Islands", "America/Tortola"),
    ("Brunei", "Asia/Brunei"),
    ("Bulgaria", "Europe/Sofia"),
    ("Burkina Faso", "Africa/Ouagadougou"),
    ("Burundi", "Africa/Bujumbura"),
    ("Cambodia", "Asia/Phnom_Penh"),
    ("Cameroon", "Africa/Douala"),
    ("Cape Verde", "Atlantic/Cape_Verde"),
    ("Caribbean Netherlands", "America/Kralendijk"),
    ("Cayman Islands", "America/Cayman"),
    ("Central African Republic", "Africa/Bangui"),
    ("Chad", "Africa/Ndjamena"),
    ("Chile", "America/Santiago"),
    ("China", "Asia/Shanghai"),
    ("Christmas Island", "Indian/Christmas"),
    ("Cocos (Keeling) Islands", "Indian/Cocos"),
    ("Colombia", "America/Bogota"),
    ("Comoros", "Indian/Comoro"),
    ("Congo", "Africa/Brazzaville"),
    ("Cook Islands", "Pacific/Rarotonga"),
    ("Costa Rica", "America/Costa_Rica"),
    ("Croatia", "Europe/Zagreb"),
    ("Cuba", "America/Havana"),
    ("Curaçao", "America/Curacao"),
    ("Cyprus", "Asia/Nicosia"),
    ("Czechia", "Europe/Prague"),
    ("Democratic Republic of the Congo", "Africa/Kinshasa"),
    ("Denmark", "Europe/Copenhagen"),
    ("Djibouti", "Africa/Djibouti"),
    ("Dominica", "America/Dominica"),
    ("Dominican Republic", "America/Santo_Domingo"),
    ("Ecuador", "America/Guayaquil"),
    ("Egypt", "Africa/Cairo"),
    ("El Salvador", "America/El_Salvador"),
    ("Equatorial Guinea", "Africa/Malabo"),
    ("Eritrea", "Africa/Asmara"),
    ("Estonia", "Europe/Tallinn"),
    ("Eswatini", "Africa/Mbabane"),
    ("Ethiopia", "Africa/Addis_Ababa"),
    ("Falkland Islands", "Atlantic/Stanley"),
    ("Faroe Islands", "Atlantic/Faroe"),
    ("Fiji", "Pacific/Fiji"),
    ("Finland", "Europe/Helsinki"),
    ("France", "Europe/Paris"),
    ("French Guiana", "America/Cayenne"),
    ("French Polynesia", "Pacific/Tahiti"),
    ("French Southern Territories", "Indian/Kerguelen"),
    ("Gabon", "Africa/Libreville"),
    ("Gambia", "Africa/Banjul"),
    ("Georgia", "Asia/Tbilisi"),
    ("Germany", "Europe/Berlin"),
    ("Ghana", "Africa/Accra"),
    ("Gibraltar", "Europe/Gibraltar"),
    ("Greece", "Europe/Athens"),
    ("Greenland", "America/Nuuk"),
    ("Grenada", "America/Grenada"),
    ("Guadeloupe", "America/Guadeloupe"),
    ("Guam", "Pacific/Guam"),
    ("Guatemala", "America/Guatemala"),
    ("Guernsey", "Europe/Guernsey"),
    ("Guinea", "Africa/Conakry"),
    ("Guinea-Bissau", "Africa/Bissau"),
    ("Guyana", "America/Guyana"),
    ("Haiti", "America/Port-au-Prince"),
    ("Heard Island and McDonald Islands", "Indian/Kerguelen"),
    ("Honduras", "America/Tegucigalpa"),
    ("Hong Kong", "Asia/Hong_Kong"),
    ("Hungary", "Europe/Budapest"),
    ("Iceland", "Atlantic/Reykjavik"),
    ("India", "Asia/Kolkata"),
    ("Indonesia", "Asia/Jakarta"),
    ("Iran", "Asia/Tehran"),
    ("Iraq", "Asia/Baghdad"),
    ("Ireland", "Europe/Dublin"),
    ("Isle of Man", "Europe/Isle_of_Man"),
    ("Israel", "Asia/Jerusalem"),
    ("Italy", "Europe/Rome"),
    ("Ivory Coast", "Africa/Abidjan"),
    ("Jamaica", "America/Jamaica"),
    ("Japan", "Asia/Tokyo"),
    ("Jersey", "Europe/Jersey"),
    ("Jordan", "Asia/Amman"),
    ("Kazakhstan", "Asia/Almaty"),
    ("Kenya", "Africa/Nairobi"),
    ("Kiribati", "Pacific/Tarawa"),
    ("Kosovo", "Europe/Belgrade"),
    ("Kuwait", "Asia/Kuwait"),
    ("Kyrgyzstan", "Asia/Bishkek"),
    ("Laos", "Asia/Vientiane"),
    ("Latvia", "Europe/Riga"),
    ("Lebanon", "Asia/Beirut"),
    ("Lesotho", "Africa/Maseru"),
    ("Liberia", "Africa/Monrovia"),
    ("Libya", "Africa/Tripoli"),
    ("Liechtenstein", "Europe/Vaduz"),
    ("Lithuania", "Europe/Vilnius"),
    ("Luxembourg", "Europe/Luxembourg"),
    ("Macao", "Asia/Macau"),
    ("Madagascar", "Indian/Antananarivo"),
    ("Malawi", "Africa/Blantyre"),
    ("Malaysia", "Asia/Kuala_Lumpur"),
    ("Maldives", "Indian/Maldives"),
    ("Mali", "Africa/Bamako"),
    ("Malta", "Europe/Malta"),
    ("Marshall Islands", "Pacific/Majuro"),
    ("Martinique", "America/Martinique"),
    ("Mauritania", "Africa/Nouakchott"),
    ("Mauritius", "Indian/Mauritius"),
    ("Mayotte", "Indian/Mayotte"),
    ("Micronesia", "Pacific/Pohnpei"),
    ("Moldova", "Europe/Chisinau"),
    ("Monaco", "Europe/Monaco"),
    ("Mongolia", "Asia/Ulaanbaatar"),
    ("Montenegro", "Europe/Podgorica"),
    ("Montserrat", "America/Montserrat"),
    ("Morocco", "Africa/Casablanca"),
    ("Mozambique", "Africa/Maputo"),
    ("Myanmar", "Asia/Yangon"),
    ("Namibia", "Africa/Windhoek"),
    ("Nauru", "Pacific/Nauru"),
    ("Nepal", "Asia/Kathmandu"),
    ("Netherlands", "Europe/Amsterdam"),
    ("New Caledonia", "Pacific/Noumea"),
    ("New Zealand", "Pacific/Auckland"),
    ("Nicaragua", "America/Managua"),
    ("Niger", "Africa/Niamey"),
    ("Nigeria", "Africa/Lagos"),
    ("Niue", "Pacific/Niue"),
    ("Norfolk Island", "Pacific/Norfolk"),
    ("North Korea", "Asia/Pyongyang"),
    ("North Macedonia", "Europe/Skopje"),
    ("Northern Mariana Islands", "Pacific/Saipan"),
    ("Norway", "Europe/Oslo"),
    ("Oman", "Asia/Muscat"),
    ("Pakistan", "Asia/Karachi"),
    ("Palau", "Pacific/Palau"),
    ("Palestine", "Asia/Gaza"),
    ("Panama", "America/Panama"),
    ("Papua New Guinea", "Pacific/Port_Moresby"),
    ("Paraguay", "America/Asuncion"),
    ("Peru", "America/Lima"),
    ("Philippines", "Asia/Manila"),
    ("Pitcairn Islands", "Pacific/Pitcairn"),
    ("Poland", "Europe/Warsaw"),
    ("Portugal", "Europe/Lisbon"),
    ("Puerto Rico", "America/Puerto_Rico"),
    ("Qatar", "Asia/Qatar"),
    ("Romania", "Europe/Bucharest"),
    ("Rwanda", "Africa/Kigali"),
    ("Réunion", "Indian/Reunion"),
    ("Saint Barthélemy", "America/St_Barthelemy"),
    ("Saint Helena", "Atlantic/St_Helena"),
    ("Saint Kitts and Nevis", "America/St_Kitts"),
    ("Saint Lucia", "America/St_Lucia"),
    ("Saint Martin", "America/Marigot"),
    ("Saint Pierre and Miquelon", "America/Miquelon"),
    ("Saint Vincent and the Grenadines", "America/St_Vincent"),
    ("Samoa", "Pacific/Apia"),
    ("San Marino", "Europe/San_Marino"),
    ("Sao Tome and Principe", "Africa/Sao_Tome"),
    ("Saudi Arabia", "Asia/Riyadh"),
    ("Senegal", "Africa/Dakar"),
    ("Serbia", "Europe/Belgrade"),
    ("Seychelles", "Indian/Mahe"),
    ("Sierra Leone", "Africa/Freetown"),
    ("Singapore", "Asia/Singapore"),
    ("Sint Maarten", "America/Lower_Princes"),
    ("Slovakia", "Europe/Bratislava"),
    ("Slovenia", "Europe/Ljubljana"),
    ("Solomon Islands", "Pacific/Guadalcanal"),
    ("Somalia", "Africa/Mogadishu"),
    ("South Africa", "Africa/Johannesburg"),
    ("South Georgia and the South Sandwich Islands", "Atlantic/South_Georgia"),
    ("South Korea", "Asia/Seoul"),
    ("South Sudan", "Africa/Juba"),
    ("Spain", "Europe/Madrid"),
    ("Sri Lanka", "Asia/Colombo"),
    ("Sudan", "Africa/Khartoum"),
    ("Suriname", "America/Paramaribo"),
    ("Svalbard and Jan Mayen", "Arctic/Longyearbyen"),
    ("Sweden", "Europe/Stockholm"),
    ("Switzerland", "Europe/Zurich"),
    ("Syria", "Asia/Damascus"),
    ("Taiwan", "Asia/Taipei"),
    ("Tajikistan", "Asia/Dushanbe"),
    ("Tanzania", "Africa/Dar_es_Salaam"),
    ("Thailand", "Asia/Bangkok"),
    ("Timor-Leste", "Asia/Dili"),
    ("Togo", "Africa/Lome"),
    ("Tokelau", "Pacific/Fakaofo"),
    ("Tonga", "Pacific/Tongatapu"),
    ("Trinidad and Tobago", "America/Port_of_Spain"),
    ("Tunisia", "Africa/Tunis"),
    ("Turkey", "Europe/Istanbul"),
    ("Turkmenistan", "Asia/Ashgabat"),
    ("Turks and Caicos Islands", "America/Grand_Turk"),
    ("Tuvalu", "Pacific/Funafuti"),
    ("U.S. Virgin Islands", "America/St_Thomas"),
    ("Uganda", "Africa/Kampala"),
    ("Ukraine", "Europe/Kyiv"),
    ("United Arab Emirates", "Asia/Dubai"),
    ("United Kingdom", "Europe/London"),
    ("United States Minor Outlying Islands", "Pacific/Wake"),
    ("Uruguay", "America/Montevideo"),
    ("Uzbekistan", "Asia/Tashkent"),
    ("Vanuatu", "Pacific/Efate"),
    ("Vatican City", "Europe/Vatican"),
    ("Venezuela", "America/Caracas"),
    ("Vietnam", "Asia/Ho_Chi_Minh"),
    ("Wallis and Futuna", "Pacific/Wallis"),
    ("Western Sahara", "Africa/El_Aaiun"),
    ("Yemen", "Asia/Aden"),
    ("Zambia", "Africa/Lusaka"),
    ("Zimbabwe", "Africa/Harare"),
    ("Åland Islands", "Europe/Mariehamn"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{directory::Country, outreach::schedule::rules::zone};

    const BY_REGION: [&str; 6] = ["Australia", "Brazil", "Canada", "Mexico", "Russia", "United States"];

    #[test]
    fn every_country_of_the_directory_has_a_zone_or_is_told_apart_by_region() {
        for country in Country::all().map(Country::name) {
            assert_eq!(lead_zone(country, "").is_none(), BY_REGION.contains(&country), "{country}");
        }
        assert!(COUNTRIES.is_sorted_by_key(|(name, _)| *name), "it is searched by halves");
    }

    /// Imports give a state this name, whether the file had its code or its name.
    #[test]
    fn every_state_of_the_directory_has_a_zone() {
        let states = include_str!("../../../directory/contacts/places/states.txt");
        for row in states.lines().filter(|line| !line.starts_with('#')) {
            let [country, _, state] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
            let country = Country::recognise(country).unwrap().name();
            assert!(lead_zone(country, state).is_some(), "{row}");
        }
    }

    #[test]
    fn every_zone_named_here_exists() {
        let regions = [&UNITED_STATES[..], &CANADA, &AUSTRALIA, &BRAZIL, &MEXICO, &RUSSIA].concat();
        let names = COUNTRIES.iter().map(|(_, zone)| *zone).chain(regions.iter().map(|(zone, _)| *zone));
        for name in names {
            assert!(zone(name).is_some(), "{name}");
        }
    }

    #[test]
    fn regions_decide_where_a_country_has_several_zones() {
        for (country, region, zone) in [
            ("Germany", "Bavaria", Some("Europe/Berlin")),
            ("United States", "California", Some("America/Los_Angeles")),
            ("United States", " tx ", Some("America/Chicago")),
            ("Canada", "Québec", Some("America/Toronto")),
            ("Brazil", "São Paulo", Some("America/Sao_Paulo")),
            ("Australia", "WA", Some("Australia/Perth")),
            ("United States", "", None),
            ("United States", "Bavaria", None),
            ("", "", None),
            ("Atlantis", "", None),
        ] {
            assert_eq!(lead_zone(country, region), zone, "{country} {region}");
        }
    }
}
