"""``zkcredit escrow``: arbiters make a key together, and open what was escrowed after a default."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import LoanNumber, SystemOptions
from zkcredit.cli.options import (
    GroupFile,
    Out,
    command,
    read_as,
    read_group,
    require_replaceable,
    write_text,
)
from zkcredit.cli.output import emit
from zkcredit.cli.secret import PasswordOptions
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.escrow import Arbiter, ArbiterGroup, Commitment, PartialOpening

app = typer.Typer(
    help="Arbiters, m of whom can open a borrower's reference after a default.",
    no_args_is_help=True,
)

RosterFile = Annotated[Path, typer.Option("--roster", help="The list of arbiters.")]
Commitments = Annotated[
    list[Path], typer.Option("--commitment", help="A commitment; repeat for each arbiter.")
]


@dataclass(frozen=True, kw_only=True)
class ArbiterOptions(PasswordOptions):
    """An arbiter's file, and its password."""

    arbiter: Annotated[Path, typer.Argument(metavar="ARBITER", help="The arbiter's file.")]

    def open(self) -> "Arbiter":
        """Open the arbiter's file.

        Raises:
            WrongPassword: if the password is wrong.
            DamagedFile: if the file is not an arbiter's, or it is corrupted.
            InvalidInput: if there is no such file.
        """
        from zkcredit.escrow import Arbiter

        return Arbiter.open(self.arbiter, self.password())


# --- making a key -------------------------------------------------------------------------------


@command(app)
def new(
    new: ArbiterOptions,
    *,
    name: Annotated[str, typer.Option("--name", help="The name that the others see.")],
    out: Out,
) -> None:
    """Make an arbiter's file, and the card that the others need. A file is for one key only."""
    from zkcredit.escrow import Arbiter

    require_replaceable(out)
    password = new.password(confirm=True)
    # Killed before the card was written, the command finds its own file.
    begun = new.arbiter.is_file() and not out.exists()
    with (
        Arbiter.open(new.arbiter, password)
        if begun
        else Arbiter.create(new.arbiter, password, name) as made
    ):
        if made.card.name != name:
            raise InvalidInput(f"{new.arbiter} is the file of {made.card.name!r}")
        write_text(out, made.card.to_json() + "\n")
    emit({"arbiter": str(new.arbiter), "name": name, "card": str(out)})


@command(app)
def roster(
    cards: Annotated[list[Path], typer.Argument(metavar="CARD...", help="In the list's order.")],
    *,
    threshold: Annotated[
        int, typer.Option("--threshold", min=1, help="How many arbiters it takes to open.")
    ],
    out: Out,
) -> None:
    """Put the arbiters' cards into one list, which all of them use."""
    from zkcredit.escrow import ArbiterCard, Roster

    made = Roster(threshold, tuple(read_as(card, ArbiterCard.from_json) for card in cards))
    write_text(out, made.to_json() + "\n")
    names = [card.name for card in made.cards]
    emit({"roster": made.digest.hex(), "threshold": threshold, "arbiters": names})


@command(app)
def commit(by: ArbiterOptions, *, roster: RosterFile, out: Out) -> None:
    """First round: commit to a secret of your own. Give the result to all arbiters."""
    from zkcredit.escrow import Roster

    listed = read_as(roster, Roster.from_json)
    require_replaceable(out)
    with by.open() as arbiter:
        made = arbiter.commit(listed)
    write_text(out, made.to_json() + "\n")
    emit({"commitment": str(out), "dealer": made.dealer})


@command(app)
def deal(by: ArbiterOptions, *, commitments: Commitments, out: Out) -> None:
    """Second round: seal a share to each other arbiter. Give the result to all of them."""
    from zkcredit.escrow import deals_to_json

    read = _commitments(commitments)
    require_replaceable(out)
    with by.open() as arbiter:
        made = arbiter.deal(read)
    write_text(out, deals_to_json(made) + "\n")
    emit({"deals": str(out), "receivers": [one.receiver for one in made]})


@command(app)
def finish(
    by: ArbiterOptions,
    *,
    commitments: Commitments,
    deals: Annotated[list[Path], typer.Option("--deals", help="What another arbiter dealt.")],
    out: Out,
) -> None:
    """Check what was dealt to you, keep your share, and write the group for everybody.

    A wrong share ends the command with its dealer's name; the command complain proves it to the
    others. Compare the group's digest with the other arbiters before anybody escrows to the group.
    """
    from zkcredit.escrow import deals_from_json

    read = _commitments(commitments)
    dealt = [one for path in deals for one in read_as(path, deals_from_json)]
    require_replaceable(out)
    with by.open() as arbiter:
        made = arbiter.finish(read, [one for one in dealt if one.receiver == arbiter.index])
    write_text(out, made.to_json() + "\n")
    emit({"group": str(out), **_described(made)})


@command(app)
def complain(
    by: ArbiterOptions,
    *,
    deals: Annotated[Path, typer.Option("--deals", help="What the dealer dealt.")],
    out: Out,
) -> None:
    """Prove that a dealer's share is wrong. This reveals your file's shares: then start again."""
    from zkcredit.escrow import deal_for, deals_from_json

    dealt = read_as(deals, deals_from_json)
    require_replaceable(out)
    with by.open() as arbiter:
        made = arbiter.complain(deal_for(dealt, arbiter.index))
    write_text(out, made.to_json() + "\n")
    emit({"complaint": str(out), "dealer": made.deal.dealer})


@command(app)
def judge(
    complaint: Annotated[Path, typer.Argument(metavar="COMPLAINT")],
    *,
    roster: RosterFile,
    commitments: Commitments,
) -> None:
    """Check a complaint, and say who is at fault: the dealer or the complainer."""
    from zkcredit.escrow import Complaint, FirstRound, Roster

    first = FirstRound(read_as(roster, Roster.from_json), _commitments(commitments))
    emit(asdict(read_as(complaint, Complaint.from_json).judge(first)))


@command(app)
def group(
    group: Annotated[Path, typer.Argument(metavar="GROUP", help="The arbiters' group.")],
) -> None:
    """Show a group of arbiters: its key, who they are, and how many of them can open."""
    emit(_described(read_group(group)))


# --- opening ------------------------------------------------------------------------------------


@command(app, "open")
def open_(by: ArbiterOptions, at: SystemOptions, loan: LoanNumber, *, out: Out) -> None:
    """Make your partial opening for a loan in default; refused for any other loan.

    You sign which block showed the default. If it did not, your signature proves that you broke the
    rules. So use a node that you trust.
    """
    from zkcredit.chain import default_evidence

    require_replaceable(out)
    with by.open() as arbiter:
        with at.connect() as node:
            evidence = default_evidence(at.open(node), loan)
        made = arbiter.open_partially(evidence.escrowed, evidence.context, evidence)
    write_text(out, made.to_json() + "\n")
    emit({"opening": str(out), "loan": loan, "arbiter": made.arbiter})


@command(app)
def attribute(
    at: SystemOptions,
    opening: Annotated[Path, typer.Argument(metavar="OPENING")],
    *,
    group: GroupFile,
    loan: Annotated[int, typer.Option("--loan", min=1, help="The loan that it should open.")],
) -> None:
    """Say which arbiter signed a partial opening, and whether that broke the rules."""
    from zkcredit.chain import judge_opening

    part, arbiters = _opening(opening), read_group(group)
    with at.connect() as node:
        verdict = judge_opening(at.open(node), loan, arbiters, part)
    emit({"loan": loan, **verdict._asdict(), "status": verdict.status.name.lower()})


@command(app)
def combine(
    at: SystemOptions,
    loan: LoanNumber,
    openings: Annotated[list[Path], typer.Argument(metavar="OPENING...")],
    *,
    group: GroupFile,
) -> None:
    """Combine partial openings into the reference that was escrowed for a loan.

    Each part must be signed by its arbiter, for a block that is on the node's chain.
    """
    from zkcredit.chain import combine_openings

    parts, arbiters = [_opening(path) for path in openings], read_group(group)
    with at.connect() as node:
        reference = combine_openings(at.open(node), loan, arbiters, parts)
    emit({"loan": loan, "reference": str(reference)})


def _described(group: "ArbiterGroup") -> dict[str, Any]:
    from zkcredit.gadgets.babyjub import to_text

    return {
        "digest": f"{group.digest:064x}",
        "key": to_text(group.key),
        "threshold": group.threshold,
        "arbiters": list(group.names),
        "accounts": list(group.accounts),
    }


def _commitments(paths: list[Path]) -> "list[Commitment]":
    from zkcredit.escrow import Commitment

    return [read_as(path, Commitment.from_json) for path in paths]


def _opening(path: Path) -> "PartialOpening":
    from zkcredit.escrow import PartialOpening

    return read_as(path, PartialOpening.from_json)
