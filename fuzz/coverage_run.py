"""Coverage-guided fuzzing of one parser with atheris: inputs that reach new code are kept.

``python fuzz/coverage_run.py PARSER [libFuzzer options]``, for example ``-runs=1000000 FOLDER``.
Needs ``pip install --group fuzz``. Starts from the corpus; new finds go to FOLDER. Half of the
changes are ours, which know the format, and half are libFuzzer's.
"""

from __future__ import annotations

import random
import sys
import warnings

import atheris

with atheris.instrument_imports(include=["zkcredit"]):
    from parsers import CORPUS, PARSERS, judge

from zkcredit.groth16 import UnsafeKeyWarning

_LONGEST = 1 << 16


def main(arguments: list[str]) -> None:
    """Run libFuzzer; a fault ends the process and is saved by it."""
    if len(arguments) < 2 or arguments[1] not in PARSERS:
        sys.exit(f"usage: coverage_run.py {{{','.join(PARSERS)}}} [libFuzzer options]")
    parser = PARSERS[arguments[1]]
    warnings.simplefilter("ignore", UnsafeKeyWarning)

    def change(data: bytes, longest: int, seed: int) -> bytes:
        rng = random.Random(seed)
        if rng.random() < 0.5:
            return bytes(atheris.Mutate(data, longest))
        return parser.mutate(rng, data)[:longest]

    def feed(data: bytes) -> None:
        judge(parser, data)

    options = [arguments[0], f"-max_len={_LONGEST}", "-timeout=5", "-rss_limit_mb=1024"]
    folders = [str(CORPUS / parser.name)]
    if all(option.startswith("-") for option in arguments[2:]):
        folders.insert(0, "new-inputs")  # libFuzzer writes into the first folder
    atheris.Setup([*options, *arguments[2:], *folders], feed, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
