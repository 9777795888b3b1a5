"""A town on anvil in which one wallet may do everything, and every command that changes a chain.

Each verb is a thing that the wallet does once from the same state of the town; ``Town.renew`` goes
back there. The town is reached through a gateway that can err.
"""

from __future__ import annotations

import json
import os
import shutil
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from support.chain.faulty_chain import Clock
from support.chain.gateway import Gateway, gateway
from support.chain.market_world import POLICY, UNIT, mock_present
from support.cli.cli_desk import PASSWORD, Ran, make_desk, run
from support.formats.snarkjs_toy import FOLDER as SNARKJS_TOY

from zkcredit.chain import AnvilNode, Outbox, Signer, TransactionSender
from zkcredit.chain.contracts.abi import abi_of
from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.custody.cold import prepare_cold, sign_cold
from zkcredit.chain.custody.described import describe
from zkcredit.chain.custody.proposal import Proposal, Release
from zkcredit.chain.custody.timelock import AnnouncedCall, deploy_timelock
from zkcredit.chain.custody.treasury import deploy_treasury
from zkcredit.chain.deploying import deploy_around, deploy_ledger_beside, deploy_test_token
from zkcredit.chain.history.bureau import deploy_bureau
from zkcredit.chain.loans.signed_steps import SignedHoliday, SignedPayment, SignedStep
from zkcredit.chain.nodes import connect as connecting
from zkcredit.chain.nodes.node import Node
from zkcredit.chain.nodes.transport import Transport
from zkcredit.chain.sending import transactions
from zkcredit.chain.sending.transactions import Call
from zkcredit.cli.loan.consent_file import BORROWER, Agreement
from zkcredit.cli.proof import Means
from zkcredit.groth16.deployable import LOCAL_CHAIN_IDS
from zkcredit.issuer import Issuer
from zkcredit.loan import TableProduct, consumer, days_apart, months
from zkcredit.published import dev_verifying_key
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.storage.password_lock import KdfCost
from zkcredit.units import format_time, parts_per_billion
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zkcredit.chain.loans.consents import SignedConsent
    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.chain.loans.relay import RelayClient
    from zkcredit.request import LoanRequest

DAY: Final = 86_400
PRINCIPAL: Final = 100_000
VERIFYING_KEY: Final = SNARKJS_TOY / "verification_key.json"
GRACE: Final = 5 * DAY
DEFAULT_AFTER: Final = 60 * DAY
RENEWED: Final = 2
"""The purpose of the application that is renewed, and its pseudonym, for a wallet that stands in
answers by the purpose."""
_SPENDER: Final = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
_SPENDING: Final = f"--call Token.approve --argument {_SPENDER} --argument 700"
_TICK: Final = 0.02  # seconds that pass at each look at the transport's clock


@dataclass(frozen=True)
class Verb:
    """Something that a wallet does once.

    Attributes:
        words: the command, with names of the town in braces.
        outbox: the file that the outbox begins as, or "" for none.
        varies: whether what is sent differs from one time to the next, as a proof's time does.
        first: a command that is run before, or "" for none.
        later: seconds that pass after it.
        cold: whether the command has no wallet: the transaction was signed elsewhere.
    """

    words: str
    outbox: str = ""
    varies: bool = False
    first: str = ""
    later: int = 0
    cold: bool = False

    @property
    def command(self) -> str:
        """Group and name."""
        return " ".join(self.words.split()[:2])

    @property
    def first_sends(self) -> bool:
        """Whether the command before sends a transaction; to sign a file sends none."""
        return bool(self.first) and " sign-" not in self.first


VERBS: Final[Mapping[str, Verb]] = {
    "deploy": Verb("market deploy --deployment {folder}/made.json --test-token"),
    "deploy ledger": Verb(
        "market deploy --ledger --currency EUR --deployment {folder}/plain.json --test-token"
    ),
    "post-root": Verb("market post-root --registry {folder}/other.json {market}"),
    "allow-token": Verb("market allow-token {other_token} {market}"),
    "disallow-token": Verb("market disallow-token {token} {market}"),
    "pause": Verb("market pause {market}"),
    "unpause": Verb("market resume {market}"),
    "notice": Verb("market notice {token} --until {until} {market}"),
    "mint": Verb("market mint {token} 500"),
    "publish": Verb("product publish {folder}/offer.json {market}"),
    "close": Verb("product close {own} {market}"),
    "open": Verb("product open {closed} {market}"),
    "begin-line": Verb("product begin-line {own} {market}"),
    "announce": Verb("product announce {free} {own} {market}", varies=True),
    "withdraw-announcement": Verb("product withdraw-announcement {waits} {market}"),
    "apply": Verb(
        "loan apply {credential} --registry {folder}/registry.json --product {product} "
        "--amount 20000 --yes {market}",
        varies=True,
    ),
    "renew": Verb(
        "loan renew {wanted} {credential} --registry {folder}/registry.json --yes {market}",
        varies=True,
    ),
    "abandon": Verb("loan cancel {wanted} {market}"),
    "draw": Verb("loan draw {mine} {market}"),
    "fund": Verb("loan fund {asked} 30000 {market}"),
    "release": Verb("loan fund {asked} 100000 {market}"),
    "take-back": Verb("loan take-back {gap} {market}"),
    "repay": Verb("loan repay {runs} --row 2 {market}"),
    "repay due": Verb("loan repay {overdue} --due {market}"),
    "repay amount": Verb("loan repay {runs} 777 {market}"),
    "settle": Verb("loan settle {mine} {market}"),
    "prepay": Verb("loan prepay {mine} 20000 {market}"),
    "holiday": Verb("loan holiday {mine} {market}"),
    "carry": Verb(
        "loan carry {folder}/application.json {market}",
        varies=True,
        first="loan sign-application {credential} --registry {folder}/registry.json --product "
        "{product} --amount 20000 --yes --out {folder}/application.json {market}",
    ),
    "carry holiday": Verb("loan carry {folder}/holiday.json {market}"),
    "carry payment": Verb("loan carry {folder}/payment.json {market}"),
    "restructure": Verb("loan restructure {mine} {folder}/consents.json {market}"),
    "revoke-consents": Verb("loan revoke-consents {market}"),
    "default": Verb("loan mark-default {overdue} {market}"),
    "withdraw": Verb("loan withdraw {position} {market}"),
    "withdraw-fees": Verb("loan withdraw-fees {token} {market}"),
    "accept-issuer": Verb("ledger accept-issuer {stranger} {market}"),
    "dismiss-issuer": Verb("ledger dismiss-issuer {employer} {market}"),
    "enter": Verb("ledger enter {folder}/sealed.json {market}"),
    "resume": Verb("tx resume", outbox="waiting"),
    "speed-up": Verb("tx speed-up {waiting}", outbox="waiting", varies=True),
    "cancel": Verb("tx cancel {waiting}", outbox="waiting", varies=True),
    "name-successor": Verb("ledger name-successor {stranger} {employer} {market}"),
    "name-issuers": Verb("ledger name-issuers {employer} {market}"),
    "post-after-removal": Verb(
        "registry post-after-removal --registry {folder}/other.json {market}"
    ),
    "renew-root": Verb("registry renew --registry {folder}/registry.json {market}"),
    "cancel-root": Verb(
        "registry cancel {other_root} {slow}",
        first="market post-root --registry {folder}/other.json {slow}",
    ),
    "withdraw-root": Verb("registry withdraw {root} {market}"),
    "ban": Verb("registry ban 5 {market}"),
    "appoint": Verb("registry appoint guardian {stranger} {market}"),
    "dismiss": Verb("registry dismiss registrar {employer} {market}"),
    "admin begin": Verb("admin begin registry {stranger} {market}"),
    "admin accept": Verb(
        "admin accept registry {market}", first="admin begin registry {me} {market}", later=2 * DAY
    ),
    "admin cancel": Verb(
        "admin cancel registry {market}", first="admin begin registry {stranger} {market}"
    ),
    "verifier": Verb(f"groth16 deploy {VERIFYING_KEY}"),
    "treasury": Verb("treasury deploy {stranger} {employer} --threshold 2"),
    "bureau": Verb("bureau deploy --rehabilitation-days 30 --currency EUR"),
    "admit": Verb("bureau admit {joined_market} --bureau {shared_bureau}"),
    "dismiss-member": Verb("bureau dismiss {member_market} --bureau {shared_bureau}"),
    "tree": Verb("history deploy --bureau {shared_bureau}"),
    "timelock": Verb("timelock deploy {me} --guardian {stranger} --delay-hours 24"),
    "announce-call": Verb("timelock announce {timelock} {token} --salt 1 {spending}"),
    "execute-call": Verb("timelock execute {timelock} {token} {spending}"),
    "cancel-call": Verb("timelock cancel {timelock} {token} {spending}"),
    "rates": Verb("fx deploy {stranger} {employer} --threshold 2"),
    "submit": Verb("treasury submit {folder}/release.json"),
    "cold": Verb("tx send {folder}/signed.json --outbox {folder}/wallet.outbox", cold=True),
}
"""Every command that changes a chain, some of them in several ways."""

LIST: Final = Verb("tx list")


@dataclass(frozen=True)
class Sent:
    """A transaction of the wallet in a block."""

    to: str
    data: str
    value: int
    succeeded: bool
    digest: str
    nonce: int
    block: int


class Ticking:
    """A clock that goes on a little at each look, so that a drip comes to an end."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self) -> float:
        self._clock.sleep(_TICK)
        return self._clock.monotonic()


class Town:
    """The wallet's files, the node, and the names that the verbs use."""

    def __init__(self, folder: Path, node: AnvilNode, gate: Gateway) -> None:
        self.folder, self.node, self.gate = folder / "run", node, gate
        self._kept = folder / "kept"
        self._kept.mkdir()
        self.desk = make_desk(self._kept)
        with Wallet.open(self._kept / "wallet", PASSWORD) as wallet:
            self.key = wallet.evm_key()
        self.address = Signer(self.key).address
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the dev key's
            self.names = {"folder": str(self.folder), **self._built()}
        for name in ("market", "slow"):
            self.names[name] = f"--deployment {self.folder}/{name}.json"
        gate.witness = self.token.address
        self._snapshot = node.snapshot()
        self._signed_elsewhere()
        self._waiting()
        self.renew()

    # --- the town as it always begins -------------------------------------------------------------

    def _built(self) -> dict[str, str]:
        node = self.node
        rich, borrower, lender, stranger = self._people()
        rich.send(Call(self.address, b"", 21_000, 50 * 10**18))
        outbox = Outbox(self._kept / "wallet.outbox")  # a wallet knows what it sent before
        me = TransactionSender(node, Signer(self.key), outbox)
        verifier, _ = deploy_contract("MockVerifier", by=me)
        deployment = deploy_around(node, verifier, by=me)
        deployment.save(self._kept / "plain.json")
        deploy_around(node, verifier, by=me, root_delay=DAY).save(self._kept / "slow.json")
        if node.chain_id in LOCAL_CHAIN_IDS:  # elsewhere a dev key is refused
            key = dev_verifying_key("ledger_eligibility")
            entry_key = dev_verifying_key("ledger_entry")
            deployment = deploy_ledger_beside(deployment, node, key, entry_key, currency=978, by=me)
        deployment.save(self._kept / "market.json")
        self.deployment = deployment
        market = self.market = deployment.open(node).market
        token = self.token = deploy_test_token(node, by=me)
        market.set_token_allowed(token.address, True, by=me)
        for one in (me, borrower, lender):
            token.mint(one.address, 10**6 * UNIT, by=one)
        for one in (borrower, lender):
            token.approve(market.address, 10**30, by=one)
        known = RegistrySnapshot.from_json((self._kept / "registry.json").read_bytes())
        market.registry.post(known.root, known.data_hash, "", by=me)
        short = TableProduct(
            table=consumer(parts_per_billion("24"), months(3)),
            policy=replace(POLICY, currency=0), min_principal=10_000, max_principal=500_000,
            token=token.address, token_unit=UNIT, currency=978, late_fee=500, late_fee_cap=1_500,
            grace=GRACE, default_after=DEFAULT_AFTER,
        )  # fmt: skip
        long = replace(
            short, table=consumer(parts_per_billion("2"), days_apart(3, 365)), holidays=1,
            origination_bps=100, fee_recipient=self.address,
        )  # fmt: skip
        quick, slow = (market.book.publish(one, by=lender).address for one in (short, long))
        own, closed = (
            market.book.publish(replace(short, min_principal=least), by=me).address
            for least in (20_000, 30_000)
        )
        market.book.set_open(closed, False, by=me)
        first, second, third = (
            market.book.publish(replace(short, min_principal=least), by=me).address
            for least in (40_000, 50_000, 60_000)
        )
        waits, free = (market.book.begin_line(one, by=me).line_id for one in (first, second))
        market.book.announce(waits, third, node.now() + 3_650 * DAY, by=me)

        def requested(
            product: str, nullifier: int, who: TransactionSender = borrower, purpose: int = 0
        ) -> LoanState:
            request = market.request(product, PRINCIPAL, who.address, purpose_code=purpose)
            return market.apply(request, mock_present(request, nullifier), by=who)

        overdue, runs = requested(quick, 12), requested(slow, 13)
        market.fund(overdue, PRINCIPAL, by=lender)
        market.allow_payment(runs, 40_000, by=me)
        position = market.fund(runs, 40_000, by=me).position_id
        market.fund(runs, PRINCIPAL, by=lender)
        market.repay(runs, market.row_owed(runs.loan_id, 1), by=borrower)
        node.advance(30 * DAY + GRACE + 3 * DEFAULT_AFTER)
        asked = requested(slow, 11)
        market.allow_payment(asked, 5_000, by=me)
        gap = market.fund(asked, 5_000, by=me).position_id
        wanted = requested(slow, RENEWED, me, RENEWED)
        mine = requested(slow, 14, me)
        market.fund(mine, PRINCIPAL, by=lender)
        timelock = deploy_timelock(DAY, [self.address], by=me)
        approve = abi_of("TestToken").encode("approve", _SPENDER, 700)
        timelock.announce(AnnouncedCall(token.address, approve), by=me)
        node.advance(DAY + 60)
        self._agree(market.loan(mine.loan_id), own)
        self._sign(deployment.open(node).relay, market.loan(mine.loan_id))
        if deployment.ledger is not None:
            ledger = deployment.open_ledger(node).market.ledger
            for one in (me, lender):
                ledger.accept_issuer(one.address, by=me)
        shared = deploy_bureau(node, by=me)
        members = [
            deploy_around(node, verifier, by=me, bureau=shared.address).market for _ in range(2)
        ]
        shared.remove_member(members[0], by=me)
        other = deploy_test_token(node, by=me)
        treasury = deploy_treasury([stranger.address, lender.address], 2, by=me).address
        token.mint(treasury, 1_000, by=me)
        me.look_up()
        for entry in outbox.history(node.network, self.address):
            outbox.finish(entry.id, "final", block=entry.block)
        outbox.close()
        self._documents(token.address)
        return {
            "token": token.address, "other_token": other.address, "asked": str(asked.loan_id),
            "runs": str(runs.loan_id), "overdue": str(overdue.loan_id), "position": str(position),
            "mine": str(mine.loan_id), "wanted": str(wanted.loan_id), "gap": str(gap),
            "product": slow, "own": own, "closed": closed,
            "until": format_time(node.now() + 10 * DAY), "credential": self.desk.credential,
            "stranger": stranger.address, "employer": lender.address, "me": self.address,
            "timelock": timelock.address, "shared_bureau": shared.address,
            "joined_market": members[0], "member_market": members[1], "treasury": treasury,
            "waits": str(waits), "free": str(free),
            "root": str(known.root), "other_root": str(self._other_root()),
        }  # fmt: skip

    def _agree(self, loan: LoanState, product: str) -> None:
        """Write the consents of the wallet and of the lender to another product."""
        limit, deadline = 2 * PRINCIPAL, self.node.now() + 365 * DAY

        def signed(by: Signer) -> SignedConsent:
            return self.market.consents.sign_restructuring(
                self.market.address, loan.loan_id, product, limit, by=by, deadline=deadline
            )

        (position,) = self.market.positions_of(loan.loan_id)
        consents = {
            BORROWER: signed(Signer(self.key)),
            position.position_id: signed(self.node.accounts[2]),
        }
        terms = self.node.chain_id, self.market.address, loan.loan_id, product, limit
        (self._kept / "consents.json").write_text(Agreement(*terms, consents).to_json())

    def _sign(self, relay: RelayClient, loan: LoanState) -> None:
        """Write a holiday and a payment that the wallet signed for others to carry."""
        deadline, by = self.node.now() + 365 * DAY, Signer(self.key)
        consent = self.market.consents.sign_holiday(
            self.market.address, loan.loan_id, by=by, deadline=deadline
        )
        permit = relay.sign_payment(loan, 700, by=by, deadline=deadline)
        for name, step in (
            ("holiday", SignedHoliday(loan.loan_id, consent)),
            ("payment", SignedPayment(loan.loan_id, permit)),
        ):
            signed = SignedStep(self.node.chain_id, self.market.address, step)
            (self._kept / f"{name}.json").write_text(signed.to_json())

    def _people(self) -> list[TransactionSender]:
        """Others than the wallet, with outboxes that know of nothing."""
        return [TransactionSender(self.node, who, Outbox(None)) for who in self.node.accounts[:4]]

    def _documents(self, token: str) -> None:
        folder, secret = self._kept, ("--password-file", self._kept / "password")
        offered = {
            "schedule": {"kind": "consumer", "rate": "18", "months": 2},
            "policy": {"min_score": 600}, "min_principal": 10_000, "max_principal": 100_000,
            "token": token,
        }  # fmt: skip
        (folder / "offer.json").write_text(json.dumps(offered))
        with Issuer.create(folder / "second", PASSWORD, cost=KdfCost.light_unsafe()) as second:
            listed = [
                RevocationList.from_json((folder / "list.json").read_bytes()),
                second.publish(),
            ]
        (folder / "other.json").write_text(RegistrySnapshot.of(*listed).to_json())
        if self.deployment.ledger is None:
            return
        for words in (
            ("card", folder / "wallet", "--issuer", self.address, "--out", folder / "card2.json"),
            ("seal", folder / "issuer", _written(folder / "entry.json", {"score_points": 5}),
             "--person", "one", "--to", folder / "card2.json", "--out", folder / "sealed.json",
             "--deployment", folder / "market.json", "--node", self.node.url),
        ):  # fmt: skip
            made = run("ledger", *words, *secret)
            assert made.code == 0, made.stderr

    def _other_root(self) -> int:
        return RegistrySnapshot.from_json((self._kept / "other.json").read_bytes()).root

    def _signed_elsewhere(self) -> None:
        """Write what the wallet's key, and a treasury's signers, signed without a network."""
        data = abi_of("TestToken").encode("transfer", self.names["stranger"], 700)
        unsigned = prepare_cold(
            self.node, self.address, self.token.address, describe("TestToken", data), data,
            valid_for=365 * DAY, fee_limit=10**18, gas=100_000,
        )  # fmt: skip
        with Outbox(None) as journal:
            signed = sign_cold(unsigned, Signer(self.key), journal, now=self.node.now())
        (self._kept / "signed.json").write_text(signed.to_json())
        paid = Release(self.token.address, self.names["stranger"], 300)
        until = self.node.now() + 365 * DAY
        proposal = Proposal(self.node.chain_id, self.names["treasury"], paid, 7, until)
        for signer in self.node.accounts[2:4]:
            proposal = proposal.signed_by(signer)
        (self._kept / "release.json").write_text(proposal.to_json())

    def _waiting(self) -> None:
        """Make an outbox whose transaction no node knows any more."""
        self._fill()
        self.gate.trouble("forgotten", 0, most=1 << 30, rate=1.0)
        assert self.run(VERBS["mint"]).code == 5
        self.gate.calm()
        shutil.copy(self.folder / "wallet.outbox", self._kept / "waiting")
        with Outbox(self._kept / "waiting") as outbox:
            history = outbox.history(self.node.network, self.address)
            self.names["waiting"] = str(history[-1].id)

    # --- one thing done in it ---------------------------------------------------------------------

    def renew(self, verb: Verb | None = None) -> None:
        """Go back to where every verb begins."""
        self.gate.calm()
        self.node.restore(self._snapshot)
        self._snapshot = self.node.snapshot()
        self._fill()
        if verb is not None and verb.outbox:
            shutil.copy(self._kept / verb.outbox, self.folder / "wallet.outbox")
        if verb is not None and verb.first:
            waits = ("--confirmations", 0) if verb.first_sends else ()
            made = self.run(Verb(verb.first), *waits)
            assert made.code == 0, made.stderr
            if verb.later:
                self.node.advance(verb.later)
        self._head = self.node.block_number()
        self.gate.sent.clear()
        self.gate.broken = False
        names = ("rich", "borrower", "lender", "stranger")
        self.people = dict(zip(names, self._people(), strict=True))

    def _fill(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        for path in self._kept.iterdir():
            shutil.copy(path, self.folder / path.name)

    def run(self, verb: Verb, *more: object) -> Ran:
        """Run a verb's command in a process of its own.

        Raises:
            AssertionError: if an error without a type ended it.
        """
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(reader)
                ran = self.here(verb, *more)
                text = json.dumps([ran.code, ran.out, ran.stderr])
            except BaseException as error:
                text = json.dumps([None, repr(error), ""])
            with os.fdopen(writer, "w") as out:
                out.write(text)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as told:
            code, out, stderr = json.loads(told.read())
        os.waitpid(child, 0)
        assert code is not None, f"an error without a type: {out}"
        return Ran(code, out, stderr)

    def here(self, verb: Verb, *more: object) -> Ran:
        """Run a verb's command in this process, with clocks that nobody waits for."""
        names = {**self.names, "spending": _SPENDING}
        group, name, *rest = verb.words.format(**names).split()
        where = ("--node", self.gate.url, "--json")
        who = () if verb.cold else (self.folder / "wallet",)
        secret = () if verb.cold else ("--password-file", self.folder / "password")
        with quickly():
            return run(group, name, *who, *rest, *more, *where, *secret)

    def executed(self) -> list[Sent]:
        """The wallet's transactions that are in blocks since the beginning, in order."""
        found = []
        for number in range(self._head + 1, int(self.gate.ask("eth_blockNumber"), 16) + 1):
            block = self.gate.ask("eth_getBlockByNumber", hex(number), True)
            assert block is not None, f"the node has no block {number}"
            for one in block["transactions"]:
                if one["from"] == self.address.lower():
                    receipt = self.gate.ask("eth_getTransactionReceipt", one["hash"])
                    assert receipt is not None, f"the node has no receipt of {one['hash']}"
                    found.append(
                        Sent(
                            one["to"] or "", one["input"], int(one["value"], 16),
                            receipt["status"] == "0x1", one["hash"], int(one["nonce"], 16), number,
                        )
                    )  # fmt: skip
        return found

    def money(self) -> dict[str, int]:
        """Tokens of everybody and of the market."""
        holders = {name: who.address for name, who in self.people.items()}
        holders |= {"market": self.market.address, "wallet": self.address}
        return {name: self.token.balance_of(address) for name, address in holders.items()}

    def loan(self, name: str) -> LoanState:
        """One of the loans that the verbs name."""
        return self.market.loan(int(self.names[name]))


@contextmanager
def town(*, chain_id: int = 31337) -> Iterator[Town]:
    """Build a town, with a node of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        node = stack.enter_context(AnvilNode(chain_id=chain_id))
        gate = stack.enter_context(gateway(node.url))
        yield Town(folder, node, gate)


@contextmanager
def quickly() -> Iterator[None]:
    """Let no command wait in earnest, or prove: the market's verifier is a stand-in, too."""
    clock = Clock()

    def answer(
        _means: Means, _wallet: Wallet, request: LoanRequest, *_: object, **__: object
    ) -> Any:
        return mock_present(request, request.purpose_code or 99)

    with (
        patch.object(transactions, "time", clock),
        patch.object(Node, "clock", staticmethod(clock.monotonic)),
        patch.object(Node, "sleep", staticmethod(clock.sleep)),
        patch.object(
            connecting, "Transport", partial(Transport, clock=Ticking(clock), sleep=clock.sleep)
        ),
        patch.object(Means, "answer", answer),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


def _written(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


def outcome(ran: Ran) -> dict[str, Any]:
    """What a command printed, without what differs from one time to the next."""
    left_out = (
        "executed", "transaction", "block", "date", "next_due_at", "resumed", "funding_deadline",
        "proof_until", "ready_at",
    )  # fmt: skip
    return {name: value for name, value in ran.json.items() if name not in left_out}
