"""The same signed transactions on every node of this machine: ``make nodes``.

A market's life (contracts, a product, two loans with real proofs, a late payment, a default) is
lived on the embedded chain. Its transactions then go to py-evm, to two anvils and, where a Go
toolchain is present, to two nodes of go-ethereum, which is built from the module proxy. All must
have the same blocks, logs, code and storage. One node of each pair is stopped on the way, is behind
when it comes back, and is asked together with the other. At last, three blocks are taken back under
a release, a payment and a default.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

from measure import positive

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).resolve().parents[1]

sys.path[:0] = [str(ROOT / "tests")]

from support.chain.go_ethereum import BINARY, NOT_MEASURED, built_geth, find_go  # noqa: E402
from support.chain.node_rounds import round_of  # noqa: E402


def prepared(say: Callable[[str], None]) -> bool:
    """Build go-ethereum, and return whether it is there; say so if it is not."""
    if BINARY.exists():
        return True
    go = find_go()
    if go is None:
        say(NOT_MEASURED)
        return False
    say("Building go-ethereum, which takes some minutes the first time")
    built_geth(go)
    return True


def main() -> None:
    """Parse the options, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lives", type=positive, default=2, help="how many lives are lived")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # the dev key's
    prepared(print)
    for number in range(options.lives):
        round_of(number, lambda said: print(f"  {said}", flush=True))


if __name__ == "__main__":
    main()
