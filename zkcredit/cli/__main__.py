"""``python -m zkcredit.cli``."""

from zkcredit.cli import main

main()
