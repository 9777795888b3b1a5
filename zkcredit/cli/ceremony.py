"""``zkcredit ceremony``: phase 2 of a key's ceremony, with snarkjs's argument order."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from zkcredit.cli.options import Threads, command, read_as, read_text, require_replaceable
from zkcredit.cli.output import emit, note
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.formats.zkey import ZKeyFile
    from zkcredit.groth16 import Contributed, VerifiedCeremony, VerifiedStep
    from zkcredit.groth16.ceremony.steps import Progress
    from zkcredit.r1cs.system import ConstraintSystem

app = typer.Typer(
    help="Make a key with others, under which nobody can forge, and verify such keys.",
    no_args_is_help=True,
)

_LARGEST: Final = 1 << 32
_TYPED_LIMIT: Final = 4096
_BITS_OF_WORD: Final = 11
_WORDS: Final = 47

CircuitFile = Annotated[Path, typer.Argument(metavar="CIRCUIT.r1cs")]
PowersFile = Annotated[Path, typer.Argument(metavar="PHASE1.ptau")]
KeyFile = Annotated[Path, typer.Argument(metavar="KEY.zkey")]
OldFile = Annotated[Path, typer.Argument(metavar="OLD.zkey", help="The key so far.")]
NewFile = Annotated[Path, typer.Argument(metavar="NEW.zkey", help="The key after this step.")]
Name = Annotated[str, typer.Option("--name", help="The contributor's name, for readers.")]
Contributions = Annotated[
    list[str] | None,
    typer.Option(
        "--contribution",
        metavar="HASH",
        help="The hash of a contribution that you vouch for; one or more for each phase.",
    ),
]


@command(app)
def new(circuit: CircuitFile, powers: PowersFile, key: KeyFile, *, threads: Threads = None) -> None:
    """Make the first file of a circuit's phase 2, the same as that of snarkjs groth16 setup.

    Everybody can forge proofs under it until somebody contributes, so no other command accepts it.
    """
    from zkcredit.formats import r1cs

    require_replaceable(key, b"zkey")
    from zkcredit._internal.refused.file_errors import in_file

    data = read_text(circuit, _LARGEST)
    with in_file(circuit):
        system = r1cs.loads(data)
    emit(write_initial(system, data, powers, key, threads))


@command(app)
def contribute(
    old: OldFile,
    made: NewFile,
    *,
    name: Name = "",
    entropy_fd: Annotated[
        int | None,
        typer.Option(
            "--entropy-fd", min=0, help="Read from this open descriptor instead of typed text."
        ),
    ] = None,
    threads: Threads = None,
) -> None:
    """Contribute to a key: multiply its delta by a new secret, and forget the secret.

    The secret comes from the system's random numbers and from what you type. It is overwritten
    before the command ends. Publish the printed hash: it names your contribution.
    """
    from zkcredit.groth16 import contribute as add

    before = _read_both(old, made)
    step = add(before, name=name, entropy=_typed(entropy_fd), threads=threads, progress=_progress())
    _write_step(made, step)


@command(app)
def beacon(
    old: OldFile,
    made: NewFile,
    value: Annotated[
        str, typer.Argument(metavar="BEACON", help="Bytes that nobody could choose, in hex.")
    ],
    iterations: Annotated[
        int,
        typer.Argument(metavar="ITERATIONS", help="SHA-256 is applied 2^ITERATIONS times: 10-24."),
    ],
    *,
    name: Name = "",
    threads: Threads = None,
) -> None:
    """End a key's phase 2 with a random beacon, which everybody can compute again.

    A beacon has no secret, and does not count as a contribution.
    """
    from zkcredit.groth16 import apply_beacon

    try:
        chosen = bytes.fromhex(value.removeprefix("0x"))
    except ValueError:
        raise InvalidInput("the beacon must be pairs of hexadecimal digits") from None
    before = _read_both(old, made)
    step = apply_beacon(
        before, chosen, iterations, name=name, threads=threads, progress=_progress()
    )
    _write_step(made, step)


@command(app)
def verify(
    circuit: CircuitFile,
    powers: PowersFile,
    key: KeyFile,
    *,
    contribution: Contributions = None,
    beacon_limit: Annotated[
        int,
        typer.Option(
            "--beacon-limit", min=10, max=40, help="Compute beacons of up to 2^this hashes a phase."
        ),
    ] = 24,
    threads: Threads = None,
) -> None:
    """Verify a key's ceremony in both phases; exits with 4 if it is not valid.

    This shows that the contributions follow from one another and made the key of this circuit. It
    does not show that different people made them. With --contribution it also checks that the hash
    belongs to a contribution, like the deployment to a public chain.
    """
    from zkcredit.formats import r1cs

    system = read_as(circuit, r1cs.loads, _LARGEST)
    ceremony = verified(system, powers, key, 1 << beacon_limit, threads)
    stood_for: Sequence[bytes] = ()
    if contribution:
        from zkcredit.groth16 import Endorsement

        stood_for = Endorsement.of(ceremony, map(hash_of, contribution)).contributions
    result = {
        "origin": ceremony.origin,
        "shown": ceremony.in_words(),
        "circuit": ceremony.verifying_key.circuit_digest,
        "phase1": [_described(step, stood_for) for step in ceremony.phase1],
        "phase2": [_described(step, stood_for) for step in ceremony.phase2],
    }
    emit(result, "\n".join(_report(ceremony, stood_for)))


def verified(
    system: "ConstraintSystem",
    powers: Path,
    key: Path,
    max_iterations: int = 1 << 24,
    threads: int | None = None,
) -> "VerifiedCeremony":
    """Verify the ceremony of a key in a file, and print the progress.

    Raises:
        UnsafeKey: if a contribution does not follow, or the key is not made from them.
        MalformedFile: if a file has another kind.
    """
    from zkcredit.groth16 import load_proving_key, load_ptau, verify_ceremony

    return verify_ceremony(
        load_proving_key(key),
        system,
        load_ptau(powers),
        threads=threads,
        max_iterations=max_iterations,
        progress=_progress(),
    )


def write_initial(
    system: "ConstraintSystem", data: bytes, powers: Path, key: Path, threads: int | None
) -> dict[str, Any]:
    """Write the initial key of phase 2, and return its description."""
    from zkcredit._internal.files import write_atomic
    from zkcredit.formats import r1cs, zkey
    from zkcredit.groth16 import initial_zkey, load_ptau

    phase1 = load_ptau(powers)
    made = initial_zkey(system, phase1, threads, written_as=data)
    write_atomic(key, zkey.dumps(made))
    return {
        "key": str(key),
        "origin": "none yet: everybody can forge under it until somebody contributes",
        "circuit": r1cs.digest(system),
        "domain": made.domain_size,
        "circuit_hash": made.circuit_hash.hex(),
        "phase1_contributions": [step.name for step in phase1.contributions],
        "not_checked": "whether the contributions to phase 1 follow: see zkcredit ceremony verify",
    }


# --- hashes -------------------------------------------------------------------------------------


def in_words(digest: bytes) -> str:
    """Return a hash of 64 bytes as 47 words of BIP-39's list; it is not a wallet's seed."""
    words = _word_list()
    bits = int.from_bytes(digest, "big") << (_WORDS * _BITS_OF_WORD - 512)
    shifts = range((_WORDS - 1) * _BITS_OF_WORD, -1, -_BITS_OF_WORD)
    return " ".join(words[bits >> shift & 0x7FF] for shift in shifts)


def hash_of(text: str) -> str:
    """Return a hash in hexadecimal digits from digits or words.

    Raises:
        InvalidInput: if the words are not those of a hash.
    """
    given = text.lower().split()
    if len(given) != _WORDS:
        return text
    places = {word: place for place, word in enumerate(_word_list())}
    unknown = [word for word in given if word not in places]
    bits = 0
    for word in given:
        bits = bits << _BITS_OF_WORD | places.get(word, 0)
    rest = _WORDS * _BITS_OF_WORD - 512
    if unknown or bits & ((1 << rest) - 1):
        raise InvalidInput("these words are not those of a contribution's hash")
    return (bits >> rest).to_bytes(64, "big").hex()


def in_fours(digest: bytes) -> str:
    """Return a hash of 64 bytes as snarkjs prints it: four rows of four groups."""
    groups = [digest[i : i + 4].hex() for i in range(0, 64, 4)]
    return "\n".join(" ".join(groups[i : i + 4]) for i in range(0, 16, 4))


def _word_list() -> list[str]:
    from zkcredit.wallet.seed import english_words

    return english_words()


# --- a step -------------------------------------------------------------------------------------


def _read_both(old: Path, made: Path) -> "ZKeyFile":
    from zkcredit.formats import zkey

    require_replaceable(made, b"zkey")
    if old.resolve() == made.resolve():
        raise InvalidInput("the old key stays as it is; name another file for the new one")
    return read_as(old, zkey.loads, _LARGEST)


def _write_step(path: Path, step: "Contributed") -> None:
    from zkcredit._internal.files import write_atomic
    from zkcredit.formats import zkey

    write_atomic(path, zkey.dumps(step.key))
    number = len(step.key.contributions)
    words = in_words(step.digest)
    result = {
        "key": str(path),
        "contribution": number,
        "hash": step.digest.hex(),
        "words": words,
        "circuit_hash": step.key.circuit_hash.hex(),
    }
    split = words.split()
    rows = [" ".join(split[i : i + 8]) for i in range(0, _WORDS, 8)]
    lines = [f"{path}: contribution {number}", "its hash:", *_indented(in_fours(step.digest))]
    lines += ["the same in words:", *_indented("\n".join(rows))]
    lines += ["circuit hash:", *_indented(in_fours(step.key.circuit_hash))]
    emit(result, "\n".join(lines))


def _typed(descriptor: int | None) -> bytes:
    """Return what the contributor types; nothing if there is no terminal to ask at."""
    from zkcredit._internal.process import keep_memory_private

    keep_memory_private()
    if descriptor is not None:
        try:
            return os.read(descriptor, _TYPED_LIMIT)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or "no such descriptor"
            raise InvalidInput(f"cannot read descriptor {descriptor}: {reason}") from None
    if not sys.stdin.isatty():
        note("no terminal to type at: the secret comes from the system's random numbers alone")
        return b""
    answer: str = typer.prompt(
        "Type something that nobody can guess, then Enter", hide_input=True, err=True, default="",
        show_default=False,
    )  # fmt: skip
    return answer.encode("utf-8", "surrogateescape")


# --- what is printed ----------------------------------------------------------------------------


def _progress() -> "Progress":
    """Return a function that prints the beginning and each quarter of every part of the work."""
    last = ("", -1)

    def tell(what: str, done: int, total: int) -> None:
        nonlocal last
        quarter = 4 * done // max(total, 1)
        if (what, quarter) != last:
            last = (what, quarter)
            note(f"{what}: {done} of {total}")

    return tell


def _described(step: "VerifiedStep", stood_for: Sequence[bytes]) -> dict[str, Any]:
    return {
        "number": step.number,
        "name": step.name,
        "hash": step.digest.hex(),
        "beacon": step.is_beacon,
        "stood_for": step.digest in stood_for,
    }


def _report(ceremony: "VerifiedCeremony", stood_for: Sequence[bytes]) -> list[str]:
    from zkcredit.cli.exits import one_line

    lines = []
    for number, steps in ((1, ceremony.phase1), (2, ceremony.phase2)):
        for step in steps:
            kind = "beacon" if step.is_beacon else "contribution"
            mine = ", which you vouch for" if step.digest in stood_for else ""
            named = f" {step.name!r}" if step.name else ""
            lines.append(one_line(f"phase {number}, {kind} {step.number}{named}{mine}"))
            lines += _indented(in_fours(step.digest))
    return [*lines, ceremony.in_words(), f"origin: {ceremony.origin}"]


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.splitlines()]
