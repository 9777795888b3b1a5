"""The command line, ``zkcredit``: a thin layer over the public API that nothing else imports.

Data go to standard output, as text or with ``--json`` as one JSON document; progress, warnings and
errors go to standard error. Exit codes:

==== ===============================================================================
code meaning
==== ===============================================================================
0    done
1    any other failure (a damaged wallet, a full disk)
2    usage: a wrong option, argument or setting, a missing or malformed file
3    the proof is invalid, or a witness breaks a constraint
4    the key is unsafe here
5    the chain: no node answers, a transaction reverted or was not mined
6    not eligible: policy not met, or credential expired, revoked or of an unknown issuer; or
     the loan costs more than the wallet's limit
7    wrong password
130  interrupted
==== ===============================================================================

Secrets are never taken from arguments or the environment, where other processes see them: they
come from a hidden prompt, from ``--password-file`` or from ``--password-fd``.
"""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; the entry point of ``zkcredit`` and ``python -m zkcredit.cli``."""
    try:
        from zkcredit.cli.app import app

        app()
    except KeyboardInterrupt:  # while the commands, which handle it themselves, are loading
        raise SystemExit(130) from None
    finally:
        _forget_unwritten()


def _forget_unwritten() -> None:
    """Drop what the standard streams did not take, which a command has told before.

    Python would try once more at its end, and replace the exit code by 120.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
