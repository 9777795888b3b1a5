"""A program that opens secrets leaves no copy of its memory behind."""

from __future__ import annotations

import subprocess
import sys


def test_a_process_that_opens_secrets_writes_no_core_and_is_not_looked_into(tmp_path):
    password = tmp_path / "password"
    password.write_text("secret")
    password.chmod(0o600)
    program = (
        "import ctypes, resource, sys\n"
        "from pathlib import Path\n"
        "from zkcredit.cli.secret import PasswordOptions\n"
        "PasswordOptions(password_file=Path(sys.argv[1])).password()\n"
        "dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0], dumpable)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(password)], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "0 0\n"
