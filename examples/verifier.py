"""A verifier in one file: ask for a proof, then check the answer. No chain needed.

    python examples/verifier.py ask   request.json registry.json
    python examples/verifier.py check request.json presentation.json
    python examples/verifier.py       (rehearses all of it in a temporary folder)

It keeps its requests in ``requests.book``, which accepts one answer to each, and the pseudonyms
that it has seen in the folder ``seen``. A market's contract does the same on chain.
"""

import sys
from pathlib import Path

from zkcredit import (
    Policy,
    Presentation,
    ProofRequest,
    RegistrySnapshot,
    RequestBook,
    ZkCreditError,
    unsafe_dev_key,
    verify,
)
from zkcredit.errors import InvalidProof

BOOK = Path("requests.book")
NAME = "the farm credit union"
SCOPE = 0x5EED  # yours alone: within it, one person has one pseudonym
PATIENCE = 600  # seconds that a borrower has to answer
SEEN = Path("seen")  # a file for each pseudonym that applied already


def ask(request: str, registry: str) -> None:
    """Write a request for a borrower, and keep it in the book."""
    with RequestBook.open(BOOK) as book:
        made = book.new(
            verifier=NAME,
            purpose="a loan for seed",
            policy=Policy(min_score=600, instalment=90_00, coverage_bps=12_500, currency=978),
            scope=SCOPE,
            registry_root=RegistrySnapshot.from_json(Path(registry).read_text()).root,
            valid_for=PATIENCE,
        )  # the book signs it, too, if you give it a key and the borrower's addressee
    Path(request).write_text(made.to_json())


def check(request: str, presentation: str) -> int:
    """Verify an answer, and return the borrower's pseudonym.

    Raises:
        InvalidProof: if the proof is invalid, late (``ExpiredRequest``) or a second answer to the
            request (``AnsweredRequest``), or if the person applied before.
    """
    asked = ProofRequest.from_json(Path(request).read_text())
    shown = Presentation.from_json(Path(presentation).read_text())
    key = unsafe_dev_key(asked.statement)  # a ceremony's key where value is at risk
    with RequestBook.open(BOOK) as book:  # which knows every word of what was asked
        verify(shown, asked, key.verifying_key, book=book)
    SEEN.mkdir(exist_ok=True)
    try:
        (SEEN / str(shown.pseudonym)).touch(exist_ok=False)
    except FileExistsError:
        raise InvalidProof("this person applied already") from None
    print("holds for", shown.pseudonym)
    return shown.pseudonym


def main(arguments: list[str]) -> None:
    """Run one command."""
    match arguments:
        case ["ask", request, registry]:
            ask(request, registry)
        case ["check", request, presentation]:
            check(request, presentation)
        case []:
            import rehearsal

            rehearsal.of_the_verifier()
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (ZkCreditError, OSError, ValueError) as refusal:
        sys.exit(f"refused: {refusal}")
