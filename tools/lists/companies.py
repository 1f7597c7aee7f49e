"""Makes the lists that tell what is no company: domains of free mail services, and the legal forms in names of companies.

    python3 tools/lists/companies.py FOLDER

FOLDER holds the unpacked packages (`npm pack`, `pip download`): free-email-domains and cleanco.
"""

import json
import pathlib
import sys

MADE = "2026-11-30"
ROOT = pathlib.Path(__file__).parents[2] / "src"
# Short forms that are rather a word, a country or a part of a name.
NO_FORMS = {
    "nl", "uk", "at", "et", "ei", "da", "fa", "ok", "ps", "pp", "teo", "ep", "bl", "bm", "ba", "ij", "ik", "kf", "kt", "ec", "ee", "ad",
    "private", "xk", "xt", "etat", "fie", "sem", "esv", "sep", "gp", "lp", "cpt", "ad", "stg", "vat", "aj", "ud", "sd", "sf", "hb",
}


def domains(folder):
    every = set(json.loads((folder / "free-email-domains/domains.json").read_text()))
    thrown = {line for line in (ROOT / "email/disposable-domains.txt").read_text().split("\n") if line and line[0] != "#"}

    def is_thrown(domain):
        parts = domain.split(".")
        return any(".".join(parts[at:]) in thrown for at in range(len(parts) - 1))

    return sorted(domain for domain in every if not is_thrown(domain))


def forms(folder):
    terms = {}
    exec(next(folder.glob("cleanco/**/termdata.py")).read_text(encoding="utf-8"), terms)
    every = {term for table in ("terms_by_type", "terms_by_country") for group in terms[table].values() for term in group}
    return sorted({term.strip() for term in every if term.strip().strip(".") not in NO_FORMS and "\x99" not in term})


def write(path, lines, head):
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([f"# {line}" for line in head] + lines) + "\n", encoding="utf-8")
    print(f"{path}: {len(lines)} rows, {path.stat().st_size} bytes")


def main():
    folder = pathlib.Path(sys.argv[1])
    write(ROOT / "email/free-mail-domains.txt", domains(folder), [
        "Domains of services that give anybody an address, without those that give throw-away addresses.",
        f"Made by tools/lists/companies.py on {MADE} of free-email-domains 1.12.6 (npm, MIT, 2026-09-23).",
        "Licence: tools/lists/LICENCES.txt.",
    ])
    write(ROOT / "directory/contacts/company/legal-forms.txt", forms(folder), [
        "Legal forms that stand behind the name of a company.",
        f"Made by tools/lists/companies.py on {MADE} of cleanco 2.3 (PyPI, MIT, 2024-05). Licence: tools/lists/LICENCES.txt.",
    ])


main()
