"""A verifier in one file: say what you demand, then check what a borrower shows. No chain needed.

    python examples/verifier.py demand demand.json
    python examples/verifier.py check  demand.json presentation.json registry.json
    python examples/verifier.py        (rehearses all of it in a temporary folder)

Keeps the pseudonyms that it has seen in the folder ``seen``. A market's contract does the same
on chain.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from zkcredit import Consent, Policy, Presentation, RegistrySnapshot, verify
from zkcredit.errors import InvalidProof
from zkcredit.published import dev_verifying_key

NAME = "the farm credit union"
SCOPE = 0x5EED  # yours alone: within it, one person has one pseudonym
PATIENCE = 600  # seconds that a borrower has to answer
SEEN = Path("seen")  # a file for each pseudonym that applied already


def demand(file: str) -> None:
    """Write down what is demanded, and what the answer may be used for and until when."""
    policy = Policy.score_range(600) & Policy.repayment_capacity(90_00, 12_500)
    asked = {
        "policy": str(policy.at(int(time.time())).pack()),
        "consent": Consent.ask(NAME, "a loan for seed", valid_for=PATIENCE).to_json(),
        "scope": str(SCOPE),
    }
    Path(file).write_text(json.dumps(asked))


def check(file: str, shown: str, registry: str) -> int:
    """Verify a presentation against the demand; returns the borrower's pseudonym.

    Raises InvalidProof when it does not hold, is late (ExpiredRequest), or the pseudonym applied
    before; a second answer to one demand is the same pseudonym's.
    """
    asked = json.loads(Path(file).read_text())
    policy = Policy.unpack(int(asked["policy"]))
    presentation = Presentation.from_json(Path(shown).read_text())
    verify(
        presentation,
        policy=policy,
        consent=Consent.from_json(asked["consent"]),  # from the own file, never the borrower's
        scope=SCOPE,
        registry_root=RegistrySnapshot.from_json(Path(registry).read_text()).root,
        key=dev_verifying_key("eligibility"),  # a ceremony's key where value is at risk
    )
    SEEN.mkdir(exist_ok=True)
    try:
        (SEEN / str(presentation.nullifier)).touch(exist_ok=False)
    except FileExistsError:
        raise InvalidProof("this person applied already") from None
    print("holds for", presentation.nullifier)
    return presentation.nullifier


COMMANDS: dict[str, Callable[..., object]] = {"demand": demand, "check": check}

if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            import rehearsal

            rehearsal.of_the_verifier()
        case [command, *arguments] if command in COMMANDS:
            COMMANDS[command](*arguments)
        case _:
            sys.exit(__doc__)
