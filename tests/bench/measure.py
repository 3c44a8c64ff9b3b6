"""Runs the rows of the table, and writes it. Called by run.sh, which has started the servers."""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
DRIVERS = pathlib.Path("/usr/lib/x86_64-linux-gnu/odbc")
RTT_SECONDS = 0.020


@dataclass(frozen=True)
class Row:
    """A line of the table: Sluice against one other, or against a limit."""

    label: str
    workload: str
    link: str
    mine: str
    theirs: str  # "": the measure itself is the result
    must: float
    aim: float
    measure: str = "seconds"  # cpu, kilobytes, relay_kilobytes, trips
    scale: float = 1

    def run_key(self):
        return f"{self.workload}@{self.link}*{self.scale}"


def rows():
    """The table of what is wanted. must and aim are ratios theirs / mine, or upper limits."""
    pg, my = "sluice-pg", "sluice-mysql"
    odbc, maria, bouncer = "psqlodbc", "mariadb", "psqlodbc-pgbouncer"
    tuned, declare = "psqlodbc-plain", "psqlodbc-declare"
    table = []

    def add(label, workload, link, mine, theirs, must, aim, **more):
        table.append(Row(label, workload, link, mine, theirs, must, aim, **more))

    add("connect + disconnect, warm", "connect", "loopback", pg, odbc, 10, 100)
    add("connect + disconnect, warm", "connect", "loopback", my, maria, 1, 4)
    add("the same, TLS", "connect", "tls", pg, odbc, 6, 20)
    add("the same, TLS", "connect", "tls", my, maria, 15, 40)
    for mine in (pg, my):
        add("connect + first query, TLS, warm", "connect_query", "rtt20-tls", mine, "", 2, 1, measure="trips")
        add("connect + first query, TLS, cold", "connect_query_cold", "rtt20-tls", mine, "", 4, 3,
            measure="trips")
    small = (("SELECT 1", "select1"), ("point select, direct", "point_direct"),
             ("point select, prepared", "point_prepared"))
    for label, workload in small:
        add(label, workload, "loopback", pg, bouncer, 1, 1.3)
        add(label, workload, "loopback", pg, odbc, 0.55, 0.75)
        add(label, workload, "loopback", my, maria, 0.5, 0.65)
    for label, workload in small:
        for mine, theirs in ((pg, bouncer), (pg, odbc), (my, maria)):
            add(label, workload, "rtt20", mine, theirs, 0.97, 0.99, scale=0.02)
    add("prepare + execute once + free", "prepare_once", "loopback", pg, odbc, 1.7, 2.2)
    add("prepare + execute once + free", "prepare_once", "rtt20", pg, odbc, 3.8, 3.95, scale=0.04)
    add("transaction (2 selects, 1 update)", "transaction", "loopback", pg, odbc, 0.8, 1.1)
    add("transaction (2 selects, 1 update)", "transaction", "rtt20", pg, odbc, 1.7, 1.75, scale=0.04)
    add("single inserts, prepared, in a transaction", "single_inserts", "rtt20", pg, tuned, 0.97, 1, scale=0.1)
    add("array insert, 1,000 rows a batch", "array_insert", "loopback", pg, odbc, 3, 4.5)
    add("array insert, 1,000 rows a batch", "array_insert", "loopback", my, maria, 0.7, 0.95)
    add("array insert, 10k rows", "array_insert", "rtt20", pg, odbc, 6, 10)
    add("array insert, 10k rows", "array_insert", "rtt20", my, maria, 0.95, 1.3)
    add("fetch 1M × 10, native C types", "fetch", "loopback", pg, odbc, 1.3, 2)
    add("fetch 1M × 10, native C types", "fetch", "loopback", my, maria, 0.8, 1.15)
    add("as text", "fetch_text", "loopback", pg, odbc, 1.5, 2.2)
    add("as SQL_C_WCHAR", "fetch_wide", "loopback", pg, odbc, 1.5, 2.2)
    add("row by row with SQLGetData", "get_data", "loopback", pg, odbc, 1.5, 2.2)
    add("as SQL_C_WCHAR", "fetch_wide", "loopback", my, maria, 2.5, 4)
    add("fetch 100k rows", "fetch_100k", "rtt20", pg, odbc, 1.2, 2)
    add("fetch 100k rows", "fetch_100k", "rtt20", pg, declare, 5, 8)
    add("fetch 100k rows", "fetch_100k", "rtt20", my, maria, 1, 1.6)
    add("fetch 100k rows", "fetch_100k", "rate100", pg, odbc, 2.5, 4)
    add("fetch 100k rows", "fetch_100k", "rate100", my, maria, 1.8, 3)
    add("first row of 1M", "first_row", "loopback", pg, odbc, 50, 300)
    add("first row of 1M", "first_row", "loopback", my, maria, 50, 300)
    add("client memory, reading 1M rows (kB)", "memory", "loopback", pg, "", 16 * 1024, 4 * 1024,
        measure="kilobytes")
    add("client memory, reading 1M rows (kB)", "memory", "loopback", my, "", 16 * 1024, 4 * 1024,
        measure="kilobytes")
    add("4 MiB blobs, get", "blob_get", "loopback", pg, odbc, 3, 6)
    add("4 MiB blobs, put", "blob_put", "loopback", pg, odbc, 1.4, 2.2)
    add("catalogue of 200 tables", "catalog", "loopback", pg, odbc, 1, 2)
    add("catalogue of 200 tables, keys of 10", "catalog", "rtt20", pg, odbc, 1.4, 4, scale=0.05)
    for threads in (16, 40):
        add(f"{threads} threads of point selects", f"threads{threads}", "loopback", pg, bouncer, 1.2, 2)
        add(f"{threads} threads of point selects", f"threads{threads}", "loopback", pg, odbc, 0.6, 0.85)
    add("idle session in the relay (kB)", "idle_sessions", "loopback", pg, "", 20, 10, measure="relay_kilobytes")
    add("idle session in the client (kB)", "idle_sessions", "loopback", pg, "", 40, 30, measure="kilobytes")
    add("CPU seconds in the client, block fetch", "fetch", "loopback", pg, odbc, 2.5, 6, measure="cpu")
    return table


def shell_settings(path):
    pairs = (line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    return {key: value.strip("'") for key, value in pairs}


@dataclass
class Servers:
    build: pathlib.Path
    settings: dict = field(default_factory=dict)
    links: dict = field(default_factory=dict)

    @staticmethod
    def load(build):
        state = build / "bench"
        servers = Servers(build)
        for name in ("postgres/env", "mariadb/env", "relay.env", "pgbouncer.env"):
            servers.settings.update(shell_settings(state / name))
        for name in ("rtt20", "rate100"):
            forwards = (line.split() for line in (state / f"{name}.log").read_text().splitlines())
            servers.links[name] = {target.split(":")[1]: port for target, port in forwards}
        return servers

    def port(self, key, link):
        port = self.settings[key]
        slow = link.removesuffix("-tls")
        return self.links[slow][port] if slow in self.links else port

    def connection(self, target, link):
        tls = link.endswith("tls")
        name, _, variant = target.partition("-")
        if name == "sluice":
            port = self.port("RELAY_TLS_PORT" if tls else "RELAY_PORT", link)
            return (f"Driver={self.build}/lib/libsluiceodbc.so;Server=127.0.0.1;Port={port};UID=bench;"
                    f"Database={variant};PWD={self.settings['RELAY_PASSWORD']};"
                    f"SSLMode={'require' if tls else 'disable'}")
        if name == "mariadb":
            return (f"Driver={DRIVERS}/libmaodbc.so;SERVER=127.0.0.1;PORT={self.port('MYSQL_PORT', link)};"
                    f"DATABASE={self.settings['MYSQL_DATABASE']};UID={self.settings['MYSQL_USER']};"
                    f"PWD={self.settings['MYSQL_PASSWORD']}" + (";FORCETLS=1" if tls else ""))
        port = self.port("BOUNCER_PORT" if variant == "pgbouncer" else "PG_PORT", link)
        options = {"pgbouncer": ";UseServerSidePrepare=0", "plain": ";UseServerSidePrepare=0",
                   "declare": ";UseDeclareFetch=1"}.get(variant, "")
        return (f"Driver={DRIVERS}/psqlodbcw.so;Server=127.0.0.1;Port={port};UID={self.settings['PG_USER']};"
                f"Database={self.settings['PG_DATABASE']};PWD={self.settings['PG_PASSWORD']};"
                f"SSLmode={'require' if tls else 'disable'};ByteaAsLongVarBinary=1" + options)

    def bench(self, *arguments):
        environment = dict(os.environ, SLUICE_BENCH_RELAY_PID=(self.build / "bench/relay.pid").read_text().strip())
        program = self.build / "tests/bench/sluice_bench"
        done = subprocess.run([program, *arguments], env=environment, text=True, stdout=subprocess.PIPE,
                              check=False, timeout=1800)
        if done.returncode != 0:
            sys.exit(f"measure.py: sluice_bench {' '.join(a for a in arguments if 'PWD' not in a)} failed")
        return done.stdout

    def make_tables(self):
        made = self.build / "bench/tables"
        servers = f"{self.settings['PG_PID']} {self.settings['MYSQL_PID']}"
        if made.exists() and made.read_text() == servers:
            return
        self.bench("--make-tables", *(f"{name}={self.connection(name, 'loopback')}"
                                      for name in ("psqlodbc-plain", "mariadb")))
        made.write_text(servers)


def show_growth(servers):
    """How costs grow, on both databases."""
    for target in ("sluice-pg", "sluice-mysql"):
        print(f"\n{target}\n", flush=True)
        subprocess.run([servers.build / "tests/bench/sluice_growth", servers.connection(target, "loopback")],
                       check=True, timeout=1200)


def run(servers, workload, link, scale, targets, rounds):
    """{target: {measure: [a number per round]}}"""
    given = [f"{target}={servers.connection(target, link)}" for target in targets]
    text = servers.bench("--rounds", str(rounds), "--scale", str(scale), workload, *given)
    results = {target: {"seconds": [], "cpu": [], "kilobytes": [], "relay_kilobytes": []} for target in targets}
    for line in text.splitlines():
        _, target, _, *numbers = line.split("\t")
        for values, number in zip(results[target].values(), numbers):
            values.append(float(number))
    return results


def outcome(row, results):
    """What was measured, in the unit of must and aim; and whether larger is better."""
    mine = results[row.mine]
    if row.measure == "trips":
        # What takes as long without the network is loading libraries, cryptography and the work at both ends.
        # The network's part is the same every time, so the quickest round shows it best.
        near = results["near"][row.mine]
        return (min(mine["seconds"]) - min(near["seconds"])) / RTT_SECONDS, False
    if row.measure == "relay_kilobytes":
        return max(mine[row.measure]), False  # later rounds use memory that earlier ones have left
    if not row.theirs:
        return statistics.median(mine[row.measure]), False
    theirs = results[row.theirs]
    return statistics.median(theirs[row.measure]) / statistics.median(mine[row.measure]), True


def quickest(row, results):
    """The ratio of the quickest tenth of the rounds: what a machine that does nothing else would show."""
    if not row.theirs:
        return ""

    def low(values):
        return sorted(values)[len(values) // 10]

    return f"{low(results[row.theirs][row.measure]) / max(low(results[row.mine][row.measure]), 1e-9):.3g}×"


def holds(row, value, larger_is_better):
    def reaches(limit):
        # Trips are times, which differ a little.
        return value >= limit if larger_is_better else value <= limit + (0.2 if row.measure == "trips" else 0)

    return "aim" if reaches(row.aim) else "yes" if reaches(row.must) else "**no**"


def duration(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def line_of(row, results):
    if row.run_key() not in results:
        return f"| {row.label} | {row.link} | {row.theirs} | {row.must:g} | {row.aim:g} | not measured | | | | |"
    measured = results[row.run_key()]
    value, larger = outcome(row, measured)
    unit = "×" if larger else ""
    against = row.theirs or row.mine
    measure = "cpu" if row.measure == "cpu" else "seconds"
    own = duration(statistics.median(measured[row.mine][measure]))
    other = duration(statistics.median(measured[row.theirs][measure])) if row.theirs else ""
    number = f"{value:.0f}" if value >= 100 else f"{value:.3g}" if value < 10 else f"{value:.1f}"
    return (f"| {row.label} | {row.link} | {against} | {row.must:g}{unit} | {row.aim:g}{unit} "
            f"| {number}{unit} | {holds(row, value, larger)} | {quickest(row, measured)} | {own} | {other} |")


def table(results):
    head = ["| workload | link | against | must | aim | measured | holds | quickest | Sluice | other |",
            "|---|---|---|---|---|---|---|---|---|---|"]
    return "\n".join(head + [line_of(row, results) for row in rows()])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("workloads", nargs="*", default=[".*"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--link", default=".*")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--table", action="store_true", help="measure nothing: print what has been measured")
    arguments = parser.parse_intermixed_args()
    store = arguments.build / "bench/results.json"
    results = json.loads(store.read_text()) if store.exists() else {}
    if arguments.table:
        print(table(results))
        return
    servers = Servers.load(arguments.build)
    servers.make_tables()
    if arguments.workloads == ["growth"]:
        show_growth(servers)
        return
    wanted = [row for row in rows()
              if any(re.fullmatch(word, row.workload) for word in arguments.workloads)
              and re.fullmatch(arguments.link, row.link)]
    done = set()
    # A relay whose memory has not grown yet is the one to weigh sessions in.
    wanted.sort(key=lambda row: row.workload != "idle_sessions")
    for row in wanted:
        key = row.run_key()
        if key not in done:
            done.add(key)
            same = [other for other in rows() if other.run_key() == key]
            targets = sorted({name for other in same for name in (other.mine, other.theirs) if name})
            results[key] = run(servers, row.workload, row.link, row.scale, targets, arguments.rounds)
            if row.measure == "trips":
                results[key]["near"] = run(servers, row.workload, "tls", row.scale, targets, arguments.rounds)
            store.write_text(json.dumps(results))
        print(line_of(row, results), flush=True)
    if arguments.write:
        text = DOCUMENT.read_text()
        before, after = text.split(BEGIN)[0], text.split(END)[1]
        DOCUMENT.write_text(before + BEGIN + "\n" + table(results) + "\n" + END + after)


main()
