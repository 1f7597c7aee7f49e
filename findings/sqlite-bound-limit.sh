#!/bin/bash
# SQLite parses a prepared statement again each time it runs when its LIMIT is a parameter.
#
# SQLite 3.47.2 to 3.54.1 (the newest in November 2026), through apsw, which keeps prepared statements and binds what they
# are run with. The planner reads a bound LIMIT to estimate the rows, and what the planner read makes the statement expire
# as soon as its parameters are bound anew, also to the same value. 3.46.1 did not look at it. The statement here has ten
# sub-selects with three rows each; preparing it costs ten times what running it costs.
#
# Seen, in microseconds for each run (the factor is what counts):
#   3.46.1   limit 3: 7     limit ?1: 5
#   3.54.1   limit 3: 6     limit ?1: 84    limit ?1 with SQLITE_DBCONFIG_ENABLE_QPSG: 7
# What helps: write the number into the text, or switch the query planner stability guarantee on.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >limit.py <<'PY'
import sys, time, apsw

connection = apsw.Connection(":memory:")
connection.execute("create table t (a integer primary key, b)")
connection.executemany("insert into t values (?, 'x')", [(number,) for number in range(5)])


def microseconds(limit, values, end=""):
    """The median of five rounds, after the statement was prepared."""
    parts = [f"(select json_group_array(json_object('a', a, 'b', b)) from (select a, b from t where a >= {start} limit {limit}))"
             for start in range(10)]
    text = "select " + ", ".join(parts) + end
    rounds = []
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(1000):
            connection.execute(text, values).fetchall()
        rounds.append((time.perf_counter() - begin) * 1000)
    return sorted(rounds)[2]


written, bound = microseconds("3", ()), microseconds("?1", (3,))
connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
stable = microseconds("?1", (3,), "  ")  # another text: the first one is prepared already
print(f"SQLite {apsw.sqlite_lib_version()}: limit 3: {written:.0f} us, limit ?1: {bound:.0f} us, with QPSG: {stable:.0f} us")
again = bound > 3 * written
sys.exit(0 if again == (sys.argv[1] == "again") and stable < 3 * written else 1)
PY
for version in "3.46.1.0 once" "3.51.3.0 again" "3.54.1.0 again"; do
    set -- $version
    python3 -m venv --clear python
    python/bin/pip install --quiet --disable-pip-version-check --no-deps "apsw==$1"
    python/bin/python limit.py "$2" || { echo "That is not what was seen before."; exit 1; }
done
echo "As seen before."
