"""Write docs/explanation/performance.md and its chart from the results alone.

``python benchmarks/page.py`` (the chart needs matplotlib, from the group ``charts``); a test keeps
both fresh.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT: Final = Path(__file__).parent.parent
RESULTS: Final = ROOT / "benchmarks" / "results"
PAGE: Final = ROOT / "docs" / "explanation" / "performance.md"
CHART: Final = ROOT / "docs" / "explanation" / "peers.svg"

_HEAD: Final = """\
<!-- Written by `python benchmarks/page.py` from benchmarks/results; do not edit. -->

# Performance

Every figure comes from a committed run of a script in `benchmarks/`; each section names its script
and its machine. Times are in milliseconds unless the table says otherwise. `make benchmarks` and
`make peers` measure again.
"""

_PEERS: Final = """\
All four prove the same circom circuit of {constraints:,} constraints for the same inputs, on
{threads} threads. They take turns, each with key and witness in memory; a ratio compares the times
of one turn. `from_inputs` includes the witness: groth16py computes it for the same circuit, but
this library only for its own circuits, so its row is `eligibility`, a statement of the same kind.
`whole_process` starts a process, reads key and witness from files, and writes the proof.

![Median times of a proof and of a verification, four provers](peers.svg)
"""

_KERNEL: Final = """\
All times are for one thread. The floor is the number of field products times the time of one
product alone, in the same unit and run; everything else is reading, carrying and sorting.
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
    """Write the page and the chart."""
    PAGE.write_text(page(), encoding="utf-8")
    draw(CHART)


def page() -> str:
    """Return the page's text."""
    prove, units = _load("prove"), {unit: _load(f"prove-{unit}") for unit in ("avx2", "portable")}
    verify, peers, scaling = _load("verify"), _load("peers"), _load("scaling")
    kernel, gas, ceremony = _load("kernel"), _load("gas"), _load("ceremonies")
    results = prove["results"]
    of_units = [results, *(record["results"] for record in units.values())]
    circuits = {name.removesuffix("_prove") for name in results if name.endswith("_prove")}
    sections = [
        _HEAD,
        _title("A proof", prove, "prove.py"),
        _table(
            ("statement", "constraints", "2 threads", "1 thread", "witness"),
            [
                _statement("eligibility", results, ""),
                *(_statement(name, results, f"{name}_") for name in sorted(circuits)),
            ],
        ),
        "\n",
        _table(
            ("`eligibility`", "AVX-512 IFMA", "AVX2", "portable"),
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
        _TABLES.format(mib=results["tables_mib"]),
        _title("A verification", verify, "verify.py"),
        _table(
            ("one, key prepared", "each of 1,000", "py_ecc"),
            [[_ms(verify["results"][name]) for name in ("native", "each_of_1000", "py_ecc")]],
        ),
        _title("Against other provers", peers, "peers.py"),
        _PEERS.format(**peers["results"]),
        "\n",
        _table(
            ("", "median", "ratio: median", "least", "most"),
            [
                (f"`{work}`, {name}", _ms(row), *_ratios(row))
                for (work, name), row in _turns(peers).items()
            ],
        ),
        _title("By size", scaling, "scaling.py"),
        "The circuit is a chain of squares with full-size wires, the worst case for the sums.\n\n",
        _table(
            ("constraints", "proof", "µs a constraint", "peak memory, MiB", "dev setup, s"),
            [
                (name, _ms(row), row["us_per_constraint"], row["peak_mib"], row["dev_setup_s"])
                for name, row in scaling["results"].items()
                if isinstance(row, dict)
            ],
        ),
        _title("The kernel's parts", kernel, "kernel.py"),
        _KERNEL,
        "\n",
        _table(
            ("", "ifma", "floor", "avx2", "adx", "portable", "adx / ifma", "adx / avx2"),
            [
                (label, *_units(kernel["results"], name))
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
                if isinstance(value, int) and name != "instalments"
            ],
        ),
    ]
    return "".join(sections)


def quoted() -> list[str]:
    """Return the lines of README.md that quote results."""
    prove = _load("prove")["results"]
    avx2, portable = (_load(f"prove-{unit}")["results"] for unit in ("avx2", "portable"))
    verify, gas = _load("verify")["results"], _load("gas")["results"]
    peers = {name: row["ratio_median"] for (work, name), row in _turns(_load("peers")).items()
             if work == "prove" and name != "zkcredit"}  # fmt: skip
    ratios = ", ".join(f"{name} {peers[name]:.0f}" for name in sorted(peers, key=peers.__getitem__))
    return [
        f"| proof, 2 threads, AVX-512 IFMA kernel | {_ms(prove['prove'])} ms "
        f"| {_ms(prove['prove_one_thread'])} ms on one thread |",
        f"| proof, 2 threads, AVX2 kernel | {_ms(avx2['prove'])} ms "
        f"| {_ms(avx2['prove_one_thread'])} ms on one thread |",
        f"| proof, 2 threads, portable kernel | {_ms(portable['prove'])} ms "
        f"| {_ms(portable['prove_one_thread'])} ms on one thread |",
        f"| witness | {_ms(prove['witness'])} ms "
        f"| {_ms(prove['witness_and_check'])} ms with all constraints checked |",
        f"| whole process, from files | {_ms(prove['whole_process_from_files'])} ms | |",
        f"| verification | {_ms(verify['native'])} ms "
        f"| {_ms(verify['each_of_1000'])} ms each of 1,000 |",
        f"| same circom circuit, same key: times as long | {ratios} | |",
        f"| verification on chain, 5 inputs | {gas['verify_5_inputs']:,} gas | |",
        f"| application and proof on chain | {gas['apply']:,} gas "
        f"| release with the last funding: {gas['fund_rest_and_release']:,} |",
    ]


def draw(path: Path) -> None:
    """The chart of the comparison, marked with the digest of its numbers."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "zkcredit"
    from matplotlib import pyplot

    turns = _turns(_load("peers"))
    figure, axes = pyplot.subplots(1, 2, figsize=(8, 2.8))
    for axis, work in zip(axes, ("prove", "verify"), strict=True):
        bars = {name: row["median_ms"] for (kind, name), row in turns.items() if kind == work}
        names = sorted(bars, key=lambda name: -bars[name])
        drawn = axis.barh(names, [bars[name] for name in names], color="#44617b")
        axis.bar_label(drawn, fmt="%.3g ms", padding=3)
        axis.set(title=work, xscale="log", xlabel="ms, median", xlim=(None, 8 * max(bars.values())))
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Description": peers_digest()})


def peers_digest() -> str:
    """SHA-256 of the results that the chart shows."""
    return hashlib.sha256((RESULTS / "peers.json").read_bytes()).hexdigest()


def _load(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    return document


def _title(title: str, document: Mapping[str, Any], script: str) -> str:
    where = document["machine"]
    return (
        f"\n## {title}\n\n`benchmarks/{script}`, {where['date']}, {where['cpu']}, "
        f"{where['processors']} processors, {where['kernel']} unit.\n\n"
    )


def _table(titles: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    titles = list(titles)
    lines = [titles, ["---", *("---:" for _ in titles[1:])], *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def _statement(name: str, results: Mapping[str, Any], prefix: str) -> tuple[str, ...]:
    return (
        f"`{name}`",
        f"{results[f'{prefix}constraints']:,}",
        _ms(results[f"{prefix}prove"]),
        _ms(results[f"{prefix}prove_one_thread"]),
        _ms(results[f"{prefix}witness"]),
    )


def _turns(document: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, float]]:
    rows = document["results"].items()
    return {
        (work, name): row
        for title, row in rows
        if isinstance(row, dict)
        for work, _, name in [title.partition(" ")]
    }


def _ratios(row: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(f"{row[f'ratio_{name}']:.1f}" for name in ("median", "min", "max"))


def _units(results: Mapping[str, Any], name: str) -> list[str]:
    floor = results.get(f"ifma_floor_{name}_ms")
    cells = [_any(results.get(f"{unit} {name}")) for unit in ("ifma", "avx2", "adx", "portable")]
    cells.insert(1, "" if floor is None else f"{floor:.2f}")
    return [*cells, *(f"{results[f'adx_over_{unit}_{name}']:.1f}" for unit in ("ifma", "avx2"))]


def _any(row: Mapping[str, float] | None) -> str:
    if row is None:
        return ""
    return f"{row['min_ns']:.1f}" if "min_ns" in row else f"{row['min_ms']:.2f}"


def _ms(row: Mapping[str, float]) -> str:
    value = row["median_ms"]
    return f"{value:.2g}" if value < 1 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


if __name__ == "__main__":
    main()
