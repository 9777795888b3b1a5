"""``zkcredit market deploy``: verifier, registry or ledger, gate, market and what it needs."""

import hashlib
import os
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import (
    ActionOptions,
    Actor,
    MarketOptions,
    WalletOptions,
)
from zkcredit.cli.ceremony import Contributions
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.market.group import app
from zkcredit.cli.options import (
    ModelFile,
    OptionGroup,
    SomeGroup,
    command,
    load_verifying_key,
    read_group,
    read_model,
    read_text,
)
from zkcredit.cli.output import note
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkcredit.chain.deployment import Deployment
    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.groth16 import Endorsement, VerifyingKey
    from zkcredit.r1cs.system import ConstraintSystem


@dataclass(frozen=True, kw_only=True)
class KeyOptions(OptionGroup):
    """The verifier's key, and the ceremony that it comes from."""

    vk: Annotated[
        Path | None, typer.Option("--vk", help="Verification key (JSON); the dev key by default.")
    ] = None
    zkey: Annotated[
        Path | None,
        typer.Option("--zkey", help="Instead of --vk: the proving key, to verify its ceremony."),
    ] = None
    ptau: Annotated[
        Path | None, typer.Option("--ptau", help="With --zkey: the powers of tau it is made from.")
    ] = None
    contribution: Contributions = None

    def files(self) -> dict[str, Path | None]:
        """Return the files that decide which key is deployed.

        Raises:
            InvalidInput: if the options do not fit together.
        """
        if (self.zkey is None) != (self.ptau is None) or (self.zkey is not None and self.vk):
            raise InvalidInput("give --vk, or --zkey with --ptau")
        if self.contribution and self.zkey is None:
            raise InvalidInput("--contribution needs --zkey and --ptau, which show the ceremony")
        return {"vk": self.vk} if self.zkey is None else {"vk": None, "zkey": self.zkey}

    def load(
        self, statement: str, system: "Callable[[], ConstraintSystem]"
    ) -> "tuple[VerifyingKey, Endorsement | None]":
        """Return the key, and what the deployer vouches for.

        Args:
            statement: whose dev key is the default.
            system: returns the statement's constraint system.

        Raises:
            UnsafeKey: if the key is broken, or its ceremony does not verify.
            InvalidInput: if a contribution is not one of the ceremony.
        """
        from zkcredit.cli.ceremony import hash_of, verified

        if self.zkey is None or self.ptau is None:
            return load_verifying_key(self.vk, statement), None
        from zkcredit.groth16 import Endorsement

        ceremony = verified(system(), self.ptau, self.zkey)
        note(ceremony.in_words())
        hashes = [hash_of(text) for text in self.contribution or ()]
        return ceremony.verifying_key, Endorsement.of(ceremony, hashes) if hashes else None


@dataclass(frozen=True, kw_only=True)
class PlaceOptions(MarketOptions):
    """A node, and the file that a deployment makes; with ``--ledger`` it adds to one."""

    def check(self) -> None:
        """Read the file if it must be there already."""
        if self.ledger:
            super().check()


@dataclass(frozen=True, kw_only=True)
class RegistryOptions(OptionGroup):
    """The terms of the registry contract, which cannot be changed later."""

    root_delay: Annotated[
        int | None,
        typer.Option(
            "--root-delay",
            min=0,
            metavar="SECONDS",
            help="From a root's posting to its effect; an hour by default, 0 on local chains.",
        ),
    ] = None
    max_current_age: Annotated[
        int | None,
        typer.Option(
            "--max-current-age",
            min=1,
            metavar="SECONDS",
            help="The current root's highest age; 30 days by default, 365 on local chains.",
        ),
    ] = None
    guardian: Annotated[
        str | None,
        typer.Option(
            "--guardian",
            metavar="ADDRESS",
            help="The account that can cancel and withdraw roots; your own by default.",
        ),
    ] = None

    def given(self) -> dict[str, int | str]:
        """Return the terms that the user stated, the guardian with its checksum.

        Raises:
            InvalidInput: if the guardian is not an address.
        """
        from zkcredit._internal.evm import checksum_address

        own = (option.name for option in fields(RegistryOptions))
        stated = {name: getattr(self, name) for name in own if getattr(self, name) is not None}
        if self.guardian is not None:
            stated["guardian"] = checksum_address("the guardian", self.guardian)
        return stated


@dataclass(frozen=True, kw_only=True)
class TermsOptions(RegistryOptions):
    """The terms of registry, bureau and book, which cannot be changed later."""

    rehabilitation_days: Annotated[
        int | None,
        typer.Option(
            "--rehabilitation-days",
            min=0,
            max=3650,
            help="Days from a recovery after a default to the borrower's next loan; 0, the "
            "default, never permits another.",
        ),
    ] = None
    notice_days: Annotated[
        int | None,
        typer.Option(
            "--notice-days",
            min=1,
            max=365,
            help="Days from a product's announcement in a line to its beginning; 7 by default.",
        ),
    ] = None

    def of_people(self) -> dict[str, int]:
        """Return the terms of bureau and book that the user stated, in seconds."""
        from zkcredit.units import DAY

        stated = {"rehabilitation": self.rehabilitation_days, "notice": self.notice_days}
        return {name: days * DAY for name, days in stated.items() if days is not None}


class Record(StrEnum):
    """Whether a market asks for a record of repaid loans, and what else it asks for."""

    ALONE = "alone"
    WITH_CREDENTIAL = "with-credential"

    @property
    def statement(self) -> str:
        """The statement that borrowers prove."""
        from zkcredit.request.asked_history import HISTORY, HISTORY_ELIGIBILITY

        return HISTORY if self is Record.ALONE else HISTORY_ELIGIBILITY


@dataclass(frozen=True, kw_only=True)
class BureauOptions(OptionGroup):
    """The bureau that a market joins, and what its gate asks: a record, or a source of rates."""

    bureau: Annotated[
        str | None,
        typer.Option(
            "--bureau",
            metavar="ADDRESS",
            help="A bureau to join: its members share a borrower's record and one open loan.",
        ),
    ] = None
    history: Annotated[
        Record | None,
        typer.Option(
            "--history",
            help="Ask for a record of repaid loans, alone or with a credential; each product names "
            "the history tree and the terms.",
        ),
    ] = None

    fx: Annotated[
        str | None,
        typer.Option(
            "--fx",
            metavar="ADDRESS",
            help="A source of exchange rates, for conditions in another currency than the loan.",
        ),
    ] = None

    def given(self) -> dict[str, str]:
        """Return what the user stated, bureau and source of rates with their checksums.

        Raises:
            InvalidInput: if one of them is not an address.
        """
        from zkcredit._internal.evm import checksum_address

        stated = {} if self.history is None else {"history": self.history.statement}
        if self.bureau is not None:
            stated["bureau"] = checksum_address("the bureau", self.bureau)
        if self.fx is not None:
            stated["fx"] = checksum_address("the source of rates", self.fx)
        return stated

    def require_fit(self, *, ledger: bool, escrow: bool, scored: bool, terms: TermsOptions) -> None:
        """Check that the other options of the command go with these.

        Raises:
            InvalidInput: if they do not.
        """
        if self.history is not None and (ledger or escrow or scored):
            raise InvalidInput("--history excludes --ledger, --group and --model")
        if self.history is Record.ALONE and terms.given():
            raise InvalidInput("a market that asks for a record alone has no registry")
        if self.fx is not None and (ledger or self.history is Record.ALONE):
            raise InvalidInput("--fx is for markets that ask for a credential")
        if self.bureau is not None and terms.rehabilitation_days is not None:
            raise InvalidInput("the bureau's own rehabilitation counts: leave out the option")

    def told(self, market: "LoanMarketClient") -> dict[str, Any]:
        """Say what joining a bureau means, and return who admits its members.

        Nothing is said about a bureau of the market's own.
        """
        from zkcredit.chain.history.bureau import CreditBureauClient

        if self.bureau is None:
            return {}
        bureau = CreditBureauClient(market.node, market.bureau_address)
        admin, member = bureau.admin(), bureau.is_member(market.address)
        note(
            "the members of a bureau believe one another: a borrower has one open loan among all "
            "of them, a default at one closes all, and each can report a lateness that did not "
            "happen, of borrowers who proved their pseudonym to it"
        )
        if not member:
            note(f"nobody can apply here until {admin} admits this market to the bureau")
        return {"bureau_admin": admin, "member": member}


@command(app)
def deploy(
    admin: WalletOptions,
    at: PlaceOptions,
    how: ActionOptions,
    keys: KeyOptions,
    *,
    terms: TermsOptions,
    joined: BureauOptions,
    group: SomeGroup = None,
    model: ModelFile = None,
    currency: Annotated[
        str | None,
        typer.Option("--currency", help="With --ledger: currency of all amounts (EUR, KES, …)."),
    ] = None,
    epoch_hours: Annotated[
        int,
        typer.Option("--epoch-hours", min=1, max=720, help="With --ledger: length of an epoch."),
    ] = 24,
    entry_vk: Annotated[
        Path | None,
        typer.Option("--entry-vk", help="With --ledger: verification key of entries (JSON)."),
    ] = None,
    entry_zkey: Annotated[
        Path | None,
        typer.Option("--entry-zkey", help="Instead of --entry-vk: the proving key, with --ptau."),
    ] = None,
    entry_contribution: Annotated[
        list[str] | None,
        typer.Option(
            "--entry-contribution",
            metavar="HASH",
            help="The hash of a contribution to the entries' key that you vouch for.",
        ),
    ] = None,
    test_token: Annotated[
        bool, typer.Option("--test-token", help="Also deploy and allow a token anybody can mint.")
    ] = False,
) -> None:
    """Deploy verifier, registry, gate, market, and what the market needs; you get all roles.

    With --group, borrowers escrow their reference to the arbiters, and the command also deploys the
    contract that checks the arbiters' openings. With --model, a published scorecard makes the
    scores. With --history, borrowers prove a record of repaid loans. With --ledger, the command
    adds a credit ledger with its own gate and market to an existing deployment.

    A market gets a bureau of its own, which knows who has a loan and who defaulted, or joins the
    one that --bureau names. Only that bureau's admin can admit the market.

    Except on known local chains, a key is refused unless its ceremony verifies (--zkey, --ptau) and
    you vouch for one contribution or more to each of its phases (--contribution), your own or those
    of people whom you trust; the deployment file keeps that. If the command was interrupted, run it
    again: it continues where it stopped.
    """
    if at.ledger != (currency is not None) or (at.ledger and (group or model)):
        raise InvalidInput("--ledger needs --currency, and excludes --group and --model")
    entries = KeyOptions(
        vk=entry_vk,
        zkey=entry_zkey,
        ptau=keys.ptau if entry_zkey is not None else None,
        contribution=entry_contribution,
    )
    if not at.ledger and (entry_vk or entry_zkey or entry_contribution):
        raise InvalidInput("--entry-vk, --entry-zkey and --entry-contribution need --ledger")
    stated = terms.given()
    joined.require_fit(
        ledger=at.ledger, escrow=group is not None, scored=model is not None, terms=terms
    )
    shared = joined.given()
    if at.ledger and stated:
        raise InvalidInput("--ledger uses the registry that is deployed already; its terms stay")
    if group is not None:  # files are read before a password is asked for, and a node
        read_group(group)
    read_model(model)
    named = keys.files()
    named |= {f"entry_{name}": file for name, file in entries.files().items()}
    with admin.acting(at, how) as actor:
        wish = _deployment_wish(
            at,
            {**named, "group": group, "model": None if str(model) == "bundled" else model},
            bundled=str(model) == "bundled",
            ledger=currency,
            epoch_hours=epoch_hours,
            test_token=test_token,
            **{
                name: sorted(hashes)
                for name, hashes in (
                    ("contributions", keys.contribution),
                    ("entry_contributions", entry_contribution),
                )
                if hashes
            },
            **stated,
            **terms.of_people(),
            **shared,
        )

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            if not at.ledger and not actor.sender.knows(f"{name}/verifier"):
                _require_new(at.deployment)
            if currency is None:
                more = {**stated, **terms.of_people(), **shared}
                made, shown = _system(actor, keys, group, model, name, terms=more)
                market = made.open(actor.node).market
            else:
                made, shown = _ledger(
                    actor,
                    at.deployment,
                    (keys, entries),
                    name,
                    currency=currency,
                    epoch_hours=epoch_hours,
                    terms={**terms.of_people(), **shared},
                )
                market = made.open_ledger(actor.node).market
            if test_token:
                shown["token"] = _token(actor, market, name)
            shown |= joined.told(market)
            made.save(at.deployment)
            return {"deployment": str(at.deployment), **shown}

        perform(actor, wish, carry_out)


def _require_new(path: Path) -> None:
    if os.path.lexists(path):
        raise InvalidInput(f"{path} exists already; name another file or remove it")


def _deployment_wish(at: MarketOptions, files: dict[str, Path | None], **options: Any) -> Wish:
    place = os.fsencode(at.deployment.resolve())  # a path may not be valid text
    digests = {
        name: None if path is None else hashlib.sha256(read_text(path, 1 << 32)).hexdigest()
        for name, path in files.items()
    }
    once = "To deploy other contracts, name another --deployment file"
    return Wish("market deploy", "", {"place": repr(place), **digests, **options}, once)


def _system(
    account: Actor,
    keys: KeyOptions,
    group: Path | None,
    model: Path | None,
    intention: str,
    *,
    terms: dict[str, Any],
) -> "tuple[Deployment, dict[str, Any]]":
    from zkcredit.chain import deploy_opening_verifier
    from zkcredit.chain.deploying import deploy_system
    from zkcredit.circuits import get_circuit
    from zkcredit.request.base import ELIGIBILITY, ESCROW_ELIGIBILITY, SCORED_ELIGIBILITY
    from zkcredit.scoring.model_circuit import circuit_of, require_model_key

    arbiters, scorecard = None if group is None else read_group(group), read_model(model)
    if arbiters is not None:
        key, endorsement = keys.load(
            ESCROW_ELIGIBILITY, lambda: get_circuit(ESCROW_ELIGIBILITY).system
        )
    elif scorecard is not None:
        key, endorsement = keys.load(SCORED_ELIGIBILITY, lambda: circuit_of(scorecard).system)
        require_model_key(key, scorecard)
    elif (statement := terms.get("history")) is not None:
        key, endorsement = keys.load(statement, lambda: get_circuit(statement).system)
    else:
        key, endorsement = keys.load(ELIGIBILITY, lambda: get_circuit(ELIGIBILITY).system)
    made = deploy_system(
        account.node,
        key,
        by=account.sender,
        arbiters=None if arbiters is None else arbiters.key,
        idempotency_key=intention,
        endorsement=endorsement,
        **terms,
    )
    shown: dict[str, Any] = {
        "chain_id": made.chain_id,
        "market": made.market,
        "lens": made.lens,
        "relay": made.relay,
        "gate": made.gate,
        "registry": made.registry,
        "verifier": made.verifier,
        "bureau": made.bureau,
    }
    if arbiters is not None:
        openings = deploy_opening_verifier(
            made.open(account.node).market,
            arbiters,
            by=account.sender,
            idempotency_key=f"{intention}/openings",
        )
        shown["opening_verifier"] = openings.address
    return made, shown


def _ledger(
    account: Actor,
    deployment: Path,
    keys: tuple[KeyOptions, KeyOptions],
    intention: str,
    *,
    currency: str,
    epoch_hours: int,
    terms: dict[str, Any],
) -> "tuple[Deployment, dict[str, Any]]":
    import zkcredit.units as units
    from zkcredit.chain.deploying import deploy_ledger_beside
    from zkcredit.chain.deployment import Deployment
    from zkcredit.circuits import get_circuit
    from zkcredit.ledger.proved import LEDGER_ENTRY
    from zkcredit.request.base import LEDGER_ELIGIBILITY

    found = Deployment.load(deployment)
    # Killed after the file was written and before that was noted, the command finds its own ledger.
    own = found.ledger is not None and account.sender.knows(f"{intention}/market")
    (key, endorsement), (entry_key, entry_endorsement) = (
        one.load(statement, lambda statement=statement: get_circuit(statement).system)  # type: ignore[misc]
        for one, statement in zip(keys, (LEDGER_ELIGIBILITY, LEDGER_ENTRY), strict=True)
    )
    made = deploy_ledger_beside(
        replace(found, ledger=None) if own else found,
        account.node,
        key,
        entry_key,
        currency=units.currency(currency).number,
        by=account.sender,
        epoch_length=epoch_hours * 3600,
        idempotency_key=intention,
        endorsement=endorsement,
        entry_endorsement=entry_endorsement,
        **terms,
    )
    if own and made.ledger != found.ledger:
        raise InvalidInput(f"{deployment} names another ledger by now")
    return made, {} if made.ledger is None else made.ledger.members()


def _token(account: Actor, market: "LoanMarketClient", intention: str) -> str:
    from zkcredit.chain import deploy_test_token

    token = deploy_test_token(account.node, by=account.sender, idempotency_key=f"{intention}/token")
    market.set_token_allowed(
        token.address, True, by=account.sender, idempotency_key=f"{intention}/allow"
    )
    return token.address
