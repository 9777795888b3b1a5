"""Write from the results: docs/explanation/performance.md, its chart, and parts of two texts.

``python benchmarks/page.py`` (the chart needs matplotlib, from the group ``charts``); a test keeps
all of it fresh. README.md has its figures between two comments, and so has
docs/explanation/kernel-checks.md its list of records.
"""

from __future__ import annotations

import hashlib
import json
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import contract_records
import kernel_records
import market_records
from tools import UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ROOT: Final = Path(__file__).parent.parent
RESULTS: Final = ROOT / "benchmarks" / "results"
PAGE: Final = ROOT / "docs" / "explanation" / "performance.md"
CHART: Final = ROOT / "docs" / "explanation" / "peers.svg"
README: Final = ROOT / "README.md"
CHECKS: Final = ROOT / "docs" / "explanation" / "kernel-checks.md"
CONTRACTS: Final = ROOT / "docs" / "explanation" / "contract-checks.md"
FROM, TO = "<!-- by `python benchmarks/page.py` -->\n", "<!-- /by -->\n"
TITLES: Final = {
    "ifma": "AVX-512 IFMA",
    "avx2": "AVX2",
    "adx": "ADX",
    "portable": "portable",
}

_HEAD: Final = """\
<!-- Written by `python benchmarks/page.py` from benchmarks/results; do not edit. -->

# Performance

Every figure comes from a committed run of a script in `benchmarks/`; each section names its script
and its machine. Times are in milliseconds unless the table says otherwise. `make benchmarks` and
`make peers` measure again.
"""

_PEERS: Final = """\
{names} take turns on {threads} threads.
Each keeps key and witness in memory. `prove` is a proof of a circom circuit of {constraints:,}
constraints, the same for all.{own} zkcredit stands once for
each instruction-set unit that the machine runs. A ratio compares the times of one turn: it says how
many times as long as zkcredit in that unit a row took, as a median, with the least and the most.

`from_inputs` includes the witness: groth16py computes it for the circom circuit, and this library
for `eligibility`. `whole_process` starts a process, reads key and witness from files, and writes
the proof. Every proof is verified. groth16py proves on one thread, and has no option for
more.{own_keys}{left_out}
{chart}"""

_CHART: Final = "\n![Median times of a proof and of a verification, all provers](peers.svg)\n"

_OWN: Final = """ `prove_eligibility` is the statement `eligibility` itself, with {constraints:,}
constraints, for every prover that reads its files."""

_OWN_KEYS: Final = """
gnark, arkworks and zksnake make a key of their own, for the same constraints. The versions are
{peers}."""

_LEFT_OUT: Final = """
Left out on this machine: {names}."""

_KERNEL: Final = """\
All times are for one thread. The floor is the number of field products times the time of one
product alone, in the same unit and run; everything else is reading, carrying and sorting.
"""

_MANY: Final = """\
`eligibility` with complete window tables. In turn, each proof has all threads; `prove_many` gives
each proof one thread; Dask does the same in two worker processes of this machine.
"""

_FASTER: Final = ("ifma", "avx2")
"""The units whose parts are compared with those of the unit ``adx``."""

_WITHOUT_IFMA: Final = """
## Processors without AVX-512

The same measurements on a machine whose best unit is AVX2. Machines differ in more than their
units: compare a time with others of its own section.
"""

_CEREMONY: Final = """\
The key is one of `{circuit}` after {contributions:,} contributions. Each command is a process that
reads circuit, powers of tau and key from files. The machine's load was {load}.
"""

_TABLES: Final = """
The first proof under a key works without window tables, and the following ones grow them little by
little ({mib} MiB in the end), unless the caller builds them at once, as here. They are not kept on
disk: a process that proves once would spend more time on reading and checking them than they save,
and a process that proves often builds them once.
"""


def main() -> None:
    """Write the page, the chart, the figures of README.md and the list of the kernel's records."""
    PAGE.write_text(page(), encoding="utf-8")
    for path, part in PARTS.items():
        path.write_text(filled(path.read_text(encoding="utf-8"), part()), encoding="utf-8")
    draw(CHART)


def page() -> str:
    """Return the page's text."""
    gas, ceremony = _load("gas"), _load("ceremonies")
    sections = [
        _HEAD,
        *_timings("", "ifma", "avx2", "portable"),
        _title("A ceremony", ceremony, "ceremonies.py"),
        _CEREMONY.format(**ceremony["results"], load=ceremony["machine"]["load"]),
        "\n",
        _table(
            ("", "seconds"),
            [
                (label, f"{ceremony['results'][f'{name}_ms'] / 1000:,.0f}")
                for name, label in (
                    ("zkcredit_both_phases", "`zkcredit ceremony verify`, both phases"),
                    ("snarkjs_zkey_verify", "`snarkjs zkey verify`"),
                    ("snarkjs_powersoftau_verify", "`snarkjs powersoftau verify`"),
                )
            ],
        ),
        _title("Gas", gas, "gas.py"),
        _table(
            ("", "gas"),
            [
                (name.replace("_", " "), f"{value:,}")
                for name, value in gas["results"].items()
                if isinstance(value, int) and name not in ("rows", "instalments")
            ],
        ),
        *_market(),
        _WITHOUT_IFMA,
        *_timings("avx2/", "avx2", "portable"),
    ]
    return "".join(sections)


def _market() -> list[str]:
    """Return the sections of an index and of the page, for the records that exist."""
    sections = []
    for name, title in market_records.TITLES.items():
        if (RESULTS / f"{name}.json").exists():
            record = _load(name)
            sections.append(_title(title, record, f"{name}.py"))
            sections.append(_table(*market_records.lines(name, record["results"])))
    return sections


def _timings(folder: str, *units: str) -> list[str]:
    """Return the sections with times of one class of machine.

    Args:
        folder: where its records are, below ``results``; empty, or ends with a slash.
        units: the unit that the machine takes by itself, then those that were forced.
    """
    level = "###" if folder else "##"

    def title(words: str, record: Mapping[str, Any], script: str) -> str:
        return _title(words, record, script, level)

    prove, verify, peers, scaling, kernel = (
        _load(folder + name) for name in ("prove", "verify", "peers", "scaling", "kernel")
    )
    results = prove["results"]
    of_units = [results, *(_load(f"{folder}prove-{unit}")["results"] for unit in units[1:])]
    circuits = {name.removesuffix("_prove") for name in results if name.endswith("_prove")}
    measured = [unit for unit in UNITS if f"{unit} field_product" in kernel["results"]]
    return [
        title("A proof", prove, "prove.py"),
        _table(
            ("statement", "constraints", "2 threads", "1 thread", "witness"),
            [
                _statement("eligibility", results, ""),
                *(_statement(name, results, f"{name}_") for name in sorted(circuits)),
            ],
        ),
        "\n",
        _table(
            ("`eligibility`", *(TITLES[unit] for unit in units)),
            [
                (label, *(_ms(row[name]) for row in of_units))
                for name, label in (
                    ("prove", "proof, window tables complete"),
                    ("prove_one_thread", "the same on one thread"),
                    ("first_proof", "first proof of a process"),
                    ("growing", "the next ones, while tables grow"),
                    ("tables", "all window tables at once"),
                    ("tables_from_disk_at_least", "reading and hashing as much"),
                    ("witness_and_check", "witness, every constraint checked"),
                    ("dev_setup", "dev setup"),
                    ("whole_process_from_files", "whole process, from files"),
                )
            ],
        ),
        "" if folder else _TABLES.format(mib=results["tables_mib"]),
        title("A verification", verify, "verify.py"),
        _table(
            ("one, key prepared", "each of 1,000", "py_ecc"),
            [[_ms(verify["results"][name]) for name in ("native", "each_of_1000", "py_ecc")]],
        ),
        title("Against other provers", peers, "peers.py"),
        _of_peers(peers, "" if folder else _CHART),
        "\n",
        _table(
            ("", "median", *(f"ratio to {unit}" for unit in _prefixes(peers))),
            [
                (f"`{work}`, {name}", _ms(row), *_ratios(row, _prefixes(peers).values()))
                for (work, name), row in sorted(
                    _turns(peers).items(), key=lambda found: (found[0][0], found[1]["median_ms"])
                )
            ],
        ),
        title("By size", scaling, "scaling.py"),
        "The circuit is a chain of squares with full-size wires, the worst case for the sums.\n\n",
        _table(*_sizes(scaling["results"])),
        *_many(folder, title),
        title("The kernel's parts", kernel, "kernel.py"),
        _KERNEL,
        "\n",
        _table(
            (
                "",
                *(measured[0], "floor", *measured[1:]),
                *(f"adx / {unit}" for unit in measured if unit in _FASTER),
            ),
            [
                (label, *_units(kernel["results"], name, measured))
                for name, label in (
                    ("field_product", "field product, ns"),
                    ("addition_g1", "addition in G1, ns"),
                    ("addition_g2", "addition in G2, ns"),
                    ("msm_g1_8192", "sum of 8,192 multiples, G1"),
                    ("msm_g1_16384", "sum of 16,384 multiples, G1"),
                    ("msm_g2_8192", "sum of 8,192 multiples, G2"),
                    ("quotient_8192", "quotient: six transforms of 8,192"),
                )
            ],
        ),
    ]


def filled(text: str, part: str) -> str:
    """Return a text with the part between its two comments replaced.

    Raises:
        SystemExit: if the text lacks one of the two comments.
    """
    before, start, rest = text.partition(FROM)
    _, end, after = rest.partition(TO)
    if not start or not end:
        raise SystemExit(f"the text lacks {FROM.strip() if not start else TO.strip()}")
    return before + start + part + end + after


def recorded_checks() -> str:
    """Return the list of records that docs/explanation/kernel-checks.md shows."""
    lines = [kernel_records.line(name, _load(name)) for name in kernel_records.LISTED]
    return _table(("record", "when and on what", "units", "result"), lines, "---")


def contract_checks() -> str:
    """Return the list of parts that docs/explanation/contract-checks.md shows."""
    lines = contract_records.lines(_load("long"))
    return _table(("part", "rounds", "result", "last run"), lines, "---")


def figures() -> str:
    """Return the figures that README.md shows."""
    records = {name: _load(name) for name in ("prove", "prove-avx2", "prove-portable", "verify")}
    records |= {name: _load(name) for name in ("peers", "gas", "avx2/peers")}
    prove, avx2, portable, verify, peers, gas, _ = (r["results"] for r in records.values())
    rows = [
        *(
            (
                f"proof, {results['threads']} threads, {TITLES[unit]} kernel",
                f"{_ms(results['prove'])} ms",
                f"{_ms(results['prove_one_thread'])} ms on one thread",
            )
            for unit, results in (("ifma", prove), ("avx2", avx2), ("portable", portable))
        ),
        (
            "witness",
            f"{_ms(prove['witness'])} ms",
            f"{_ms(prove['witness_and_check'])} ms with all constraints checked",
        ),
        (
            "whole process, from files",
            f"{_ms(prove['whole_process_from_files'])} ms",
            f"{_ms(avx2['whole_process_from_files'])} ms with the AVX2 kernel",
        ),
        (
            "verification",
            f"{_ms(verify['native'])} ms",
            f"{_ms(verify['each_of_1000'])} ms each of 1,000",
        ),
        *(
            (
                f"others: times as long as the {TITLES[unit]} kernel",
                _others(records[name], _prefixes(records[name])[unit]),
                f"one circom circuit, {peers['constraints']:,} constraints",
            )
            for unit, name in (("ifma", "peers"), ("avx2", "avx2/peers"))
        ),
        ("verification on chain, 5 inputs", f"{gas['verify_5_inputs']:,} gas", ""),
        (
            "application and proof on chain",
            f"{gas['apply']:,} gas",
            f"release with the last funding: {gas['fund_rest_and_release']:,}",
        ),
    ]
    head = (
        "By `make benchmarks` and `make peers`, for the statement `eligibility` of "
        f"{prove['constraints']:,} constraints;\nall of it in "
        "[benchmarks/results](benchmarks/results) and "
        "[on one page](docs/explanation/performance.md).\n\n"
    )
    where = "\nThe records, by machine:\n\n"
    return head + _table(("", "median", ""), rows) + where + _machines(records)


def _machines(records: Mapping[str, Mapping[str, Any]]) -> str:
    """Return on what and when the records were made, in one line for each machine and day."""

    def where(name: str) -> str:
        machine = records[name]["machine"]
        return f"{machine['date']}, {machine['cpu']}, {machine['processors']} processors"

    grouped = groupby(sorted(records, key=where), where)
    return "".join(
        f"- {', '.join(f'`{name}`' for name in names)}: {place}\n" for place, names in grouped
    )


def _others(peers: Mapping[str, Any], prefix: str) -> str:
    """Return how many times as long each other prover took for the circom circuit."""
    ratios = {
        name: row[f"{prefix}median"]
        for (work, name), row in _turns(peers).items()
        if work == "prove" and not name.startswith("zkcredit")
    }
    return ", ".join(
        f"{name} {ratios[name]:.3g}" for name in sorted(ratios, key=ratios.__getitem__)
    )


def _of_peers(record: Mapping[str, Any], chart: str) -> str:
    """Return the paragraphs before the table of all provers."""
    results = record["results"]
    own, left_out = results.get("eligibility_constraints"), results.get("left_out")
    others = {name for _, name in _turns(record) if not name.startswith("zkcredit")}
    return _PEERS.format(
        names="zkcredit, " + " and ".join(", ".join(sorted(others)).rsplit(", ", 1)),
        threads=results["threads"],
        constraints=results["constraints"],
        own=_OWN.format(constraints=own) if own else "",
        own_keys=_OWN_KEYS.format(peers=results["peers"]) if "peers" in results else "",
        left_out=_LEFT_OUT.format(names=left_out) if left_out else "",
        chart=chart,
    )


def draw(path: Path) -> None:
    """The chart of the comparison, marked with the digest of its numbers."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "zkcredit"
    from matplotlib import pyplot

    turns = _turns(_load("peers"))
    bars_of = {
        work: {name: row["median_ms"] for (kind, name), row in turns.items() if kind == work}
        for work in ("prove", "verify")
    }
    height = 1.2 + 0.4 * max(map(len, bars_of.values()))
    figure, axes = pyplot.subplots(1, 2, figsize=(9, height))
    for axis, (work, bars) in zip(axes, bars_of.items(), strict=True):
        names = sorted(bars, key=lambda name: -bars[name])
        drawn = axis.barh(names, [bars[name] for name in names], color="#44617b")
        labels = [f"{_ms({'median_ms': bars[name]})} ms" for name in names]
        axis.bar_label(drawn, labels, padding=3)
        ends = (min(bars.values()) / 3, 15 * max(bars.values()))
        axis.set(title=work, xscale="log", xlabel="ms, median", xlim=ends)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Description": peers_digest()})


def peers_digest() -> str:
    """SHA-256 of the results that the chart shows."""
    return hashlib.sha256((RESULTS / "peers.json").read_bytes()).hexdigest()


def _load(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    return document


def _title(title: str, document: Mapping[str, Any], script: str, level: str = "##") -> str:
    where = document["machine"]
    return (
        f"\n{level} {title}\n\n`benchmarks/{script}`, {where['date']}, {where['cpu']}, "
        f"{where['processors']} processors, {where['kernel']} unit.\n\n"
    )


def _table(titles: Iterable[str], rows: Iterable[Iterable[object]], column: str = "---:") -> str:
    titles = list(titles)
    lines = [titles, ["---", *(column for _ in titles[1:])], *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def _statement(name: str, results: Mapping[str, Any], prefix: str) -> tuple[str, ...]:
    return (
        f"`{name}`",
        f"{results[f'{prefix}constraints']:,}",
        _ms(results[f"{prefix}prove"]),
        _ms(results[f"{prefix}prove_one_thread"]),
        _ms(results[f"{prefix}witness"]),
    )


def _sizes(results: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    titles = ["constraints", "proof", "µs a constraint", "peak memory, MiB", "dev setup, s"]
    columns = ["us_per_constraint", "peak_mib", "dev_setup_s"]
    rows = {name: row for name, row in results.items() if isinstance(row, dict)}
    if all("first_read_s" in row for row in rows.values()):
        titles.append("key read and checked, s")
        columns.append("first_read_s")
    return tuple(titles), [
        (name, _ms(row), *(row[column] for column in columns)) for name, row in rows.items()
    ]


def _many(folder: str, title: Callable[[str, Mapping[str, Any], str], str]) -> list[str]:
    if not (RESULTS / f"{folder}throughput.json").exists():
        return []
    document = _load(f"{folder}throughput")
    table = _table(
        ("", "proofs a second", "a second and processor", "ms each"),
        [
            (label, row["proofs_a_second"], row["a_processor"], row["ms_each"])
            for name, label in (
                ("in_turn", "one after another"),
                ("prove_many", "`prove_many`"),
                ("dask", "`prove_many`, Dask, two processes"),
            )
            for row in [document["results"][name]]
        ],
    )
    return [title("Many proofs", document, "throughput.py"), _MANY, "\n", table]


def _turns(document: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, float]]:
    """Return the rows by work and prover. A record of one unit does not repeat its name."""
    kernel = document["machine"]["kernel"]
    rows = document["results"].items()
    return {
        (work, f"zkcredit {kernel}" if name == "zkcredit" else name): row
        for title, row in rows
        if isinstance(row, dict)
        for work, _, name in [title.partition(" ")]
    }


def _prefixes(document: Mapping[str, Any]) -> dict[str, str]:
    """Return, for each unit of a record, how its ratios are named."""
    row = next(iter(_turns(document).values()))
    named = {unit: f"ratio_{unit}_" for unit in UNITS if f"ratio_{unit}_median" in row}
    return named or {document["machine"]["kernel"]: "ratio_"}


def _ratios(row: Mapping[str, float], prefixes: Iterable[str]) -> list[str]:
    return [
        f"{row[f'{prefix}median']:.1f} ({row[f'{prefix}min']:.1f} to {row[f'{prefix}max']:.1f})"
        for prefix in prefixes
    ]


def _units(results: Mapping[str, Any], name: str, units: Iterable[str]) -> list[str]:
    cells = []
    for unit in units:
        cells.append(_any(results.get(f"{unit} {name}")))
        if unit == next(iter(units)):
            floor = results.get(f"{unit}_floor_{name}_ms")
            cells.append("" if floor is None else f"{floor:.2f}")
    return [
        *cells,
        *(f"{results[f'adx_over_{unit}_{name}']:.1f}" for unit in units if unit in _FASTER),
    ]


def _any(row: Mapping[str, float] | None) -> str:
    if row is None:
        return ""
    return f"{row['min_ns']:.1f}" if "min_ns" in row else f"{row['min_ms']:.2f}"


def _ms(row: Mapping[str, float]) -> str:
    value = row["median_ms"]
    return f"{value:.2g}" if value < 1 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


PARTS: Final = {README: figures, CHECKS: recorded_checks, CONTRACTS: contract_checks}
"""The texts with a part from the results, and what computes it."""


if __name__ == "__main__":
    main()
