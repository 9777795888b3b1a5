"""``zkcredit escrow``: arbiters make a key together, and open what was sealed after a default."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli import escrow_loans
from zkcredit.cli.options import Out, dumps, read_object, read_text, require_replaceable, write_text
from zkcredit.cli.output import AsJson, emit
from zkcredit.cli.secret import PasswordFd, PasswordFile, read_password
from zkcredit.errors import InvalidInput, MalformedFile

if TYPE_CHECKING:
    from zkcredit.escrow import Commitment, Deal, FirstRound

app = typer.Typer(
    help="Arbiters: m of n open a borrower's reference after a default.", no_args_is_help=True
)

ArbiterFile = Annotated[Path, typer.Argument(metavar="ARBITER", help="The arbiter's file.")]
RosterFile = Annotated[Path, typer.Option("--roster", help="The list of arbiters.")]
Commitments = Annotated[
    list[Path], typer.Option("--commitment", help="A commitment; once for each arbiter.")
]
_DEALS = "zkcredit/arbiter-deals/1"


@app.command()
def new(
    *,
    arbiter: ArbiterFile,
    name: Annotated[str, typer.Option("--name", help="How the others call this arbiter.")],
    out: Out,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Make an arbiter's file, and the card that the others need. One file serves one key."""
    from zkcredit.escrow import Arbiter

    require_replaceable(out)
    password = read_password(password_file, password_fd, confirm=True)
    with Arbiter.create(arbiter, password, name) as made:
        write_text(out, made.card.to_json() + "\n")
    emit({"arbiter": str(arbiter), "name": name, "card": str(out)}, as_json)


@app.command()
def roster(
    *,
    cards: Annotated[list[Path], typer.Argument(metavar="CARD...", help="In the list's order.")],
    threshold: Annotated[int, typer.Option("--threshold", min=1, help="How many open.")],
    out: Out,
    as_json: AsJson = False,
) -> None:
    """Put the arbiters' cards into the list that all of them take."""
    from zkcredit.escrow import ArbiterCard, Roster

    made = Roster(threshold, tuple(ArbiterCard.from_json(read_text(card)) for card in cards))
    write_text(out, made.to_json() + "\n")
    names = [card.name for card in made.cards]
    emit({"roster": made.digest.hex(), "threshold": threshold, "arbiters": names}, as_json)


@app.command()
def commit(
    *,
    arbiter: ArbiterFile,
    roster: RosterFile,
    out: Out,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """First round: commit to a secret of your own. Give the result to all arbiters."""
    from zkcredit.escrow import Arbiter, Roster

    listed = Roster.from_json(read_text(roster))
    require_replaceable(out)
    with Arbiter.open(arbiter, read_password(password_file, password_fd)) as opened:
        made = opened.commit(listed)
    write_text(out, made.to_json() + "\n")
    emit({"commitment": str(out), "dealer": made.dealer}, as_json)


@app.command()
def deal(
    *,
    arbiter: ArbiterFile,
    commitments: Commitments,
    out: Out,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Second round: seal a share to each other arbiter. Give the result to all of them."""
    from zkcredit.escrow import Arbiter

    read = _commitments(commitments)
    require_replaceable(out)
    with Arbiter.open(arbiter, read_password(password_file, password_fd)) as opened:
        made = opened.deal(read)
    write_text(out, dumps({"type": _DEALS, "deals": [one.members() for one in made]}))
    emit({"deals": str(out), "receivers": [one.receiver for one in made]}, as_json)


@app.command()
def finish(
    *,
    arbiter: ArbiterFile,
    commitments: Commitments,
    deals: Annotated[list[Path], typer.Option("--deals", help="What another arbiter dealt.")],
    out: Out,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Check what was dealt to you, keep your share, and write the group for everybody.

    A wrong share ends this with its dealer's name; `complain` proves it to the others. Compare
    the group's digest with the other arbiters before anybody seals to it.
    """
    from zkcredit.escrow import Arbiter

    read, dealt = _commitments(commitments), [one for path in deals for one in _deals(path)]
    require_replaceable(out)
    with Arbiter.open(arbiter, read_password(password_file, password_fd)) as opened:
        made = opened.finish(read, [one for one in dealt if one.receiver == opened.index])
    write_text(out, made.to_json() + "\n")
    emit({"group": str(out), **escrow_loans.described(made)}, as_json)


@app.command()
def complain(
    *,
    arbiter: ArbiterFile,
    deals: Annotated[Path, typer.Option("--deals", help="What the dealer dealt.")],
    out: Out,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Prove that a dealer's share is wrong. It gives your file's shares away: start anew after."""
    from zkcredit.escrow import Arbiter

    dealt = _deals(deals)
    require_replaceable(out)
    with Arbiter.open(arbiter, read_password(password_file, password_fd)) as opened:
        mine = [one for one in dealt if one.receiver == opened.index]
        if len(mine) != 1:
            raise InvalidInput(f"{deals} holds no single share for this arbiter")
        made = opened.complain(mine[0])
    write_text(out, made.to_json() + "\n")
    emit({"complaint": str(out), "dealer": mine[0].dealer}, as_json)


@app.command()
def judge(
    *,
    complaint: Annotated[Path, typer.Argument(metavar="COMPLAINT")],
    roster: RosterFile,
    commitments: Commitments,
    as_json: AsJson = False,
) -> None:
    """Open what a complaint is about, and say who is at fault: the dealer or the complainer."""
    from dataclasses import asdict

    from zkcredit.escrow import Complaint

    verdict = Complaint.from_json(read_text(complaint)).judge(_first_round(roster, commitments))
    emit(asdict(verdict), as_json)


app.command()(escrow_loans.group)
app.command()(escrow_loans.deploy)
app.command()(escrow_loans.apply)
app.command("open")(escrow_loans.open_)
app.command()(escrow_loans.attribute)
app.command()(escrow_loans.combine)


def _commitments(paths: list[Path]) -> "list[Commitment]":
    from zkcredit.escrow import Commitment

    return [Commitment.from_json(read_text(path)) for path in paths]


def _first_round(roster: Path, commitments: list[Path]) -> "FirstRound":
    from zkcredit.escrow import FirstRound, Roster

    return FirstRound(Roster.from_json(read_text(roster)), _commitments(commitments))


def _deals(path: Path) -> "list[Deal]":
    from zkcredit.escrow import Deal

    document: dict[str, Any] = read_object(path, "arbiter deals")
    if document.keys() != {"type", "deals"} or document["type"] != _DEALS:
        raise MalformedFile(f"{path}: must be a {_DEALS}")
    if not isinstance(document["deals"], list):
        raise MalformedFile(f"{path}: a list of deals is expected")
    return [Deal.from_members(one) for one in document["deals"]]
