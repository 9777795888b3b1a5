"""Writes the table of currencies from the list of ISO 4217's maintenance agency.

``python -m support.units.iso_table``, in ``tests/``, writes the module at ``HOME``.
The list comes with the package ``iso4217``. Codes without a minor unit (gold, "no currency", codes
for tests) are not currencies that a loan can have, and are left out.
"""

from __future__ import annotations

from pathlib import Path

from iso4217 import Currency

HOME = Path(__file__).parents[3] / "zkcredit" / "_internal" / "tables" / "iso4217.py"
_IN_A_LINE = 7
_HEAD = '''\
"""Every currency of ISO 4217 that has a minor unit: letters, number, decimals of the minor unit.

Written by tests/support/units/iso_table.py; a test keeps it fresh.
"""

from __future__ import annotations

from typing import Final

__all__ = ["ISO_4217"]

ISO_4217: Final = """
'''

_END = '''
"""
"""The currencies, in the order of their letters."""
'''


def table() -> str:
    """The module's text."""
    rows = [f"{c.code} {c.number} {c.exponent}" for c in Currency if c.exponent is not None]
    rows = [f"{row}," for row in sorted(rows)]
    lines = [" ".join(rows[i : i + _IN_A_LINE]) for i in range(0, len(rows), _IN_A_LINE)]
    return _HEAD + "\n".join(lines) + _END


if __name__ == "__main__":
    HOME.write_text(table())
