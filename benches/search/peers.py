"""The clicks of `make bench-search` on a database: python peers.py (duckdb|sqlite|postgres) FOLDER CONTACTS.

FOLDER has contacts.tsv and clicks.jsonl of `bench-search export`. Every answer is compared with Fairlead's: the total and
each counted value. EVERY=10 replays every tenth session, REPLAY_SECONDS ends a long replay early. Figures go out as JSON.
"""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

COUNTED = ["seniority", "department", "size_class", "revenue", "industry", "country", "email_status"]
FIELDS = {"size": "size_class", "industries": "industry", "countries": "country"}
QUALITIES = {
    "verified": ["verified"],
    "standard": ["verified", "likely", "guessed"],
    "any": ["verified", "likely", "guessed", "catch_all", "unknown"],
}
SHOWN = "id, first_name, last_name, exact_title, employer, industry, country, city, email_status"
TERMS = ["title", "keyword", "technology", "company"]
INDEXED = [
    "seniority", "size_class", "revenue", "industry", "sector", "country", "region", "city", "hq_country", "hq_region",
    "hq_city", "email_status",
]


class Sql:
    """A click as statements; what differs between databases is overridden. Values are bound."""

    mark = "?"

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / f"{type(self).__name__.lower()}.db"
        self.file.unlink(missing_ok=True)
        self.columns = (folder / "contacts.tsv").open(encoding="utf-8").readline().rstrip("\n").split("\t")

    def one_of(self, column, values):
        return f"{column} in ({', '.join([self.mark] * len(values))})", list(values)

    def where(self, asked, aside=None):
        parts, bound = [], []
        for ask in asked:
            column = FIELDS.get(ask["attribute"], ask["attribute"])
            if ask["is_any"] and column == aside:
                continue
            alternatives, values = self.alternatives(column, ask)
            parts.append(f"{'' if ask['is_taken'] else 'not '}({' or '.join(alternatives)})")
            bound += values
        return " and ".join(parts) or "true", bound

    def alternatives(self, column, ask):
        parts = []
        if ask["terms"]:
            parts.append(self.having_terms(column, ask["terms"]))
        if ask["values"] and column == "department":
            parts.append(self.having_departments(ask["values"]))
        elif ask["values"]:
            parts.append(self.one_of(column, ask["values"]))
        if ask["sectors"]:
            parts.append(self.one_of("sector", ask["sectors"]))
        for least, most in ask["ranges"]:
            parts.append((f"(size_min >= {self.mark} and size_max <= {self.mark})", [least, most]))
        return [text for text, _ in parts], [value for _, values in parts for value in values]

    def answer(self, asked):
        """The total, the count of each value of the counted columns, and the first 25 rows."""
        own = {FIELDS.get(ask["attribute"], ask["attribute"]) for ask in asked if ask["is_any"]}
        own = [column for column in COUNTED if column in own]
        rest = [column for column in COUNTED if column not in own]
        where, bound = self.where(asked)
        total, facets = self.count(where, bound, rest)
        for column in own:
            facets[column] = self.count_one(*self.where(asked, column), column)
        first = self.all(f"select {SHOWN} from contacts where {where} order by id limit 25", bound)
        assert len(first) == min(25, total)
        return total, facets

    def count(self, where, bound, columns):
        """In one statement that looks at the rows once."""
        sets = "".join(f", ({column})" for column in columns)
        names = "".join(f", {column}" for column in columns)
        groups = f", grouping({', '.join(columns)})" if columns else ", 0"
        by = f"group by grouping sets ((){sets})" if columns else ""
        total, facets = 0, {column: {} for column in columns}
        # the place of a column among the bits of grouping(): the leftmost column is the highest bit
        whole = (1 << len(columns)) - 1
        place = {whole & ~(1 << (len(columns) - 1 - nth)): (nth, column) for nth, column in enumerate(columns)}
        for count, mask, *values in self.all(f"select count(*){groups}{names} from contacts where {where} {by}", bound):
            if mask == whole:
                total = count
            else:
                nth, column = place[mask]
                facets[column][values[nth]] = count
        return total, facets

    def count_one(self, where, bound, column):
        return dict(self.all(f"select {column}, count(*) from contacts where {where} group by {column}", bound))


class DuckDB(Sql):
    """A database file, two threads; texts that repeat are compressed by it as it likes."""

    def build(self):
        import duckdb

        self.version = f"DuckDB {duckdb.__version__}"
        self.connection = duckdb.connect(str(self.file))
        whole = {"id": "integer", "size_min": "bigint", "size_max": "bigint"}

        def kept(name):
            if name in whole:
                return f"{name}::{whole[name]} as {name}"
            text = f"coalesce({name}, '')"
            return f"string_split({text}, '|') as {name.removesuffix('_terms')}" if name.endswith("_terms") else f"{text} as {name}"

        self.connection.execute(
            f"create table contacts as select {', '.join(map(kept, self.columns))} from read_csv($1, delim = '\t', "
            "header = true, quote = '', escape = '', all_varchar = true)",
            [str(self.folder / "contacts.tsv")],
        )
        self.connection.execute("analyze")
        self.connection.execute("checkpoint")

    def bytes(self):
        return self.file.stat().st_size

    def all(self, sql, bound):
        return self.connection.execute(sql, bound).fetchall()

    def having_terms(self, column, alternatives):
        if all(len(terms) == 1 for terms in alternatives):
            return f"list_has_any({column}, ?)", [[terms[0] for terms in alternatives]]
        return " or ".join([f"list_has_all({column}, ?)"] * len(alternatives)), list(alternatives)

    def having_departments(self, values):
        return "list_has_any(string_split(department, '|'), ?)", [values]


class SQLite(Sql):
    """Ordinary indexes on the columns, words in an FTS5 table beside them."""

    def build(self):
        self.version = f"SQLite {sqlite3.sqlite_version} with FTS5"
        self.connection = sqlite3.connect(self.file, isolation_level=None)
        run = self.connection.execute
        run("pragma journal_mode = wal")
        run("pragma synchronous = off")
        run("pragma cache_size = -1048576")
        run("pragma mmap_size = 8589934592")
        run("pragma temp_store = memory")
        kept = [name for name in self.columns if not name.endswith("_terms")]
        whole = {"id": "integer primary key", "size_min": "integer", "size_max": "integer"}
        run(f"create table contacts ({', '.join(name + ' ' + whole.get(name, 'text') for name in kept)})")
        run("create virtual table words using fts5 (title, keyword, technology, company, department, content = '', detail = column, "
            "tokenize = \"unicode61 remove_diacritics 0 tokenchars '_.+#-'\")")
        run("begin")
        marks = ", ".join("?" * len(kept))
        with (self.folder / "contacts.tsv").open(encoding="utf-8") as lines:
            next(lines)
            for rows in batches(lines, 20_000):
                rows = [dict(zip(self.columns, line.rstrip("\n").split("\t"))) for line in rows]
                self.connection.executemany(
                    f"insert into contacts values ({marks})", [[row[name] for name in kept] for row in rows])
                self.connection.executemany("insert into words (rowid, title, keyword, technology, company, department) values (?, ?, ?, ?, ?, ?)", [
                    [row["id"], *(token(row[f"{name}_terms"]) for name in TERMS), token(row["department"])] for row in rows])
        run("commit")
        for column in INDEXED:
            run(f"create index contacts_{column} on contacts ({column})")
        run("create index contacts_size on contacts (size_min, size_max)")
        run("insert into words (words) values ('optimize')")
        run("analyze")
        run("pragma wal_checkpoint(truncate)")

    def bytes(self):
        return self.file.stat().st_size

    def all(self, sql, bound):
        return self.connection.execute(sql, bound).fetchall()

    def having_terms(self, column, alternatives):
        quoted = [" AND ".join(f'{column} : "{token(term)}"' for term in terms) for terms in alternatives]
        return "id in (select rowid from words where words match ?)", [" OR ".join(f"({one})" for one in quoted)]

    def having_departments(self, values):
        return self.having_terms("department", [[value] for value in values])

    def count(self, where, bound, columns):
        """One pass over the rows; it knows no grouping sets, so what is left is kept and grouped."""
        names = ", ".join(columns) or "1"
        parts = ["select 'total', null, count(*) from found"]
        parts += [f"select '{column}', {column}, count(*) from found group by {column}" for column in columns]
        sql = f"with found as materialized (select {names} from contacts where {where}) {' union all '.join(parts)}"
        total, facets = 0, {column: {} for column in columns}
        for column, value, count in self.all(sql, bound):
            if column == "total":
                total = count
            else:
                facets[column][value] = count
        return total, facets


class Postgres(Sql):
    """B-tree on the columns, GIN on the arrays; with the memory of a server that has this machine for itself."""

    mark = "%s"

    def build(self):
        import psycopg

        address = os.environ["FAIRLEAD_TEST_POSTGRES"]
        self.connection = psycopg.connect(address, autocommit=True)
        self.version = f"Postgres {self.all('show server_version', [])[0][0].split()[0]}"
        run = self.connection.execute
        for setting in ["work_mem = '256MB'", "maintenance_work_mem = '1GB'", "effective_cache_size = '8GB'", "random_page_cost = 1.1",
                        "effective_io_concurrency = 200", "jit = off", "max_parallel_workers_per_gather = 2", "max_parallel_maintenance_workers = 2"]:
            run(f"set {setting}")
        run("drop table if exists contacts, loaded")
        run(f"create unlogged table loaded ({', '.join(f'{name} text' for name in self.columns)})")
        copied = subprocess.run(
            ["psql", "-q", "-X", address, "-c", "\\copy loaded from pstdin with (format text, header)"],
            stdin=(self.folder / "contacts.tsv").open("rb"), check=True)
        assert copied.returncode == 0
        kinds = {"id": "id::int", "size_min": "size_min::bigint", "size_max": "size_max::bigint", "department": "department"}
        kept = [f"{kinds.get(name, name)} as {name}" for name in self.columns if not name.endswith("_terms")]
        lists = [f"string_to_array({name}_terms, '|') as {name}" for name in TERMS]
        run(f"create table contacts as select {', '.join(kept + lists)}, string_to_array(department, '|') as departments from loaded")
        run("drop table loaded")
        run("alter table contacts add primary key (id)")
        for column in INDEXED:
            run(f"create index on contacts ({column})")
        run("create index on contacts (size_min, size_max)")
        for column in [*TERMS, "departments"]:
            run(f"create index on contacts using gin ({column})")
        run("vacuum analyze contacts")

    def bytes(self):
        return self.all("select pg_total_relation_size('contacts')", [])[0][0]

    def all(self, sql, bound):
        return self.connection.execute(sql, bound).fetchall()

    def having_terms(self, column, alternatives):
        if all(len(terms) == 1 for terms in alternatives):
            return f"{column} && %s::text[]", [[terms[0] for terms in alternatives]]
        return " or ".join([f"{column} @> %s::text[]"] * len(alternatives)), list(alternatives)

    def having_departments(self, values):
        return "departments && %s::text[]", [values]


def token(text):
    """A term with blanks as one word of FTS5; terms are separated by `|`."""
    return text.replace(" ", "_").replace("|", " ")


def batches(lines, size):
    batch = []
    for line in lines:
        batch.append(line)
        if len(batch) == size:
            yield batch
            batch = []
    yield batch


def check(click, total, facets, nth):
    """Raises when anything differs from Fairlead's answer."""
    assert total == click["total"], f"click {nth}: {total} instead of {click['total']}: {click['asked']}"
    departments = defaultdict(int)
    for value, count in facets["department"].items():
        for one in filter(None, value.split("|")):
            departments[one] += count
    facets = {**facets, "department": departments}
    for field, expected in click["facets"].items():
        if field == "quality":
            found = {code: sum(facets["email_status"].get(one, 0) for one in held) for code, held in QUALITIES.items()}
        else:
            found = facets[FIELDS.get(field, field)]
        for value, count in expected.items():
            # whole industries are sums that the other programs are spared
            if value in found or field != "industries":
                assert found.get(value, 0) == count, f"click {nth}: {field} {value}: {found.get(value, 0)} instead of {count}"


def main():
    kind, folder, contacts = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    every, seconds = int(os.environ.get("EVERY", "10")), float(os.environ.get("REPLAY_SECONDS", "240"))
    peer = {"duckdb": DuckDB, "sqlite": SQLite, "postgres": Postgres}[kind](folder)
    began = time.perf_counter()
    peer.build()
    print(json.dumps({"what": "build", "of": peer.version, "seconds": time.perf_counter() - began, "bytes": peer.bytes()}), flush=True)
    clicks = [json.loads(line) for line in (folder / "clicks.jsonl").open(encoding="utf-8")]
    sample = [(nth, click) for nth, click in enumerate(clicks) if click["session"] % every == 0]
    times, began = [], time.perf_counter()
    for nth, click in sample:
        if time.perf_counter() - began > seconds:
            break
        start = time.perf_counter()
        total, facets = peer.answer(click["asked"])
        times.append((nth, (time.perf_counter() - start) * 1000))
        check(click, total, facets, nth)
    sorted_times = sorted(ms for _, ms in times)

    def at(share):
        return sorted_times[min(len(sorted_times) - 1, int(len(sorted_times) * share))]

    print(json.dumps({
        "what": peer.version, "contacts": contacts, "clicks": len(times), "of": len(clicks), "p50_ms": at(0.5), "p95_ms": at(0.95),
        "p99_ms": at(0.99), "max_ms": at(1.0), "per_second": len(times) * 1000 / sum(sorted_times), "times": times,
    }))


if __name__ == "__main__":
    main()
