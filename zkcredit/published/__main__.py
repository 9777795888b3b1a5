"""``python -m zkcredit.published`` writes the records."""

import sys

from zkcredit.published.record import main

sys.exit(main(sys.argv[1:]))
