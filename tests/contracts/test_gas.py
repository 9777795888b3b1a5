"""Gas of whole transactions on anvil, compared with a committed snapshot.

``ZKCREDIT_UPDATE_SNAPSHOTS=1 pytest tests/contracts/test_gas.py`` writes
``contracts/snapshots/gas.json`` anew; the bytes of each contract are in there as well.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from eth_abi import encode
from eth_hash.auto import keccak
from py_ecc.bn128 import curve_order, field_modulus
from support.chain.plain_anvil import plain_anvil
from support.contracts import partial_openings, toy_groth16
from support.contracts.engine_world import packed
from support.contracts.gas_chain import GAS, Chain, LedgerAccount
from support.escrow.arbiter_case import ACCOUNTS, GROUP, KEYS, SEALED, SHARES
from support.escrow.opening_plain import share_of
from support.loan.table_cases import monthly
from web3.exceptions import Web3RPCError

from zkcredit._internal import secp256k1
from zkcredit.escrow import ArbiterGroup, SeenDefault
from zkcredit.escrow.polynomial import commit
from zkcredit.escrow.signed import opening_digest
from zkcredit.gadgets.babyjub import Point
from zkcredit.gadgets.elgamal import AccountKey, encrypt
from zkcredit.loan import TableProduct, loan_words
from zkcredit.loan.life import Action, run
from zkcredit.loan.running import release
from zkcredit.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


pytestmark = [pytest.mark.node, pytest.mark.slow]

COLD_ACCOUNT = 2_600  # of a contract that is called first in a transaction
UNIT = 10_000
DAY = 86_400
NO_FX = "0x" + 40 * "0"
ASKED = Policy(
    min_score=600, coverage_bps=12_000, max_dti_bps=4_000, max_delinquencies=1,
    min_history_months=12, currency=840,
)  # fmt: skip
START = 2_500_000_000  # of the loan with a seal, whose cost depends on the bits of its context
ENVELOPE_300 = bytes(range(1, 151)) * 2


@pytest.fixture(scope="module")
def chain(foundry: dict[str, Path], artifacts: dict[str, Any]) -> Iterator[Chain]:
    fork = ("--hardfork", "osaka", "--enable-tx-gas-limit")
    with plain_anvil(foundry["anvil"], *fork) as web3:
        assert web3.provider.make_request("anvil_nodeInfo", [])["result"]["hardFork"] == "Osaka"  # type: ignore[arg-type]
        yield Chain(web3, artifacts, {})


def word_inputs(seed: int, count: int) -> list[int]:
    return [int.from_bytes(keccak(f"{seed}/{j}".encode())) % curve_order for j in range(count)]


@pytest.fixture(scope="module")
def verifier(chain: Chain) -> Any:
    return chain.deploy("Groth16Verifier", toy_groth16.toy_key(5))


def single_verification(chain: Chain, verifier: Any) -> None:
    for count in (1, 5, 8):
        target = (
            verifier
            if count == 5
            else chain.deploy(
                "Groth16Verifier", toy_groth16.toy_key(count), label=f"deploy {count} inputs"
            )
        )
        inputs = word_inputs(0, count)
        call = target.functions.verify(toy_groth16.toy_proof(inputs), inputs)
        chain.send(call, name=f"verify, {count} inputs")
    assert chain.used["verify, 5 inputs"] <= 247_000


def test_the_estimate_is_the_need(chain: Chain, verifier: Any) -> None:
    """snarkjs' verifier is estimated at 31,720 of the 214,210 gas that it needs."""
    inputs = word_inputs(0, 5)
    call = verifier.functions.verify(toy_groth16.toy_proof(inputs), inputs)
    used = chain.send(call)["gasUsed"]
    assert used <= call.estimate_gas() <= used * 1.03


def batch_verification(chain: Chain, verifier: Any) -> None:
    sizes = (2, 4, 16, 64)
    inputs = [word_inputs(i, 5) for i in range(max(sizes))]
    proofs = [toy_groth16.toy_proof(x) for x in inputs]
    for size in sizes:
        flat = [value for row in inputs[:size] for value in row]
        chain.send(verifier.functions.verifyBatch(proofs[:size], flat), name=f"batch of {size}")
        assert chain.used[f"batch of {size}"] <= 215_000 + 57_000 * size


def test_a_bad_proof_costs_what_a_good_one_costs(chain: Chain, verifier: Any) -> None:
    """Elsewhere it burned 29.05 of 30 million gas."""
    inputs = word_inputs(0, 5)
    proof = toy_groth16.toy_proof(inputs)
    bad = {
        "wrong equation": [proof[0], field_modulus - proof[1], *proof[2:]],
        "A off curve": [proof[0] ^ 1, *proof[1:]],
        "B off twist": [*proof[:3], proof[3] ^ 1, *proof[4:]],
    }
    sender = {"from": chain.web3.eth.accounts[0], "gas": GAS}
    good = chain.send(verifier.functions.verify(proof, inputs))["gasUsed"]
    for name, words in bad.items():
        tx = verifier.functions.verify(words, inputs).build_transaction(
            {**sender, "gasPrice": chain.web3.eth.gas_price}
        )
        try:
            tx_hash = chain.web3.eth.send_transaction(tx)
        except Web3RPCError as error:
            tx_hash = error.rpc_response["data"]["txHash"]  # type: ignore[index]
        receipt = chain.web3.eth.wait_for_transaction_receipt(tx_hash)
        assert receipt["status"] == 0, name
        assert receipt["gasUsed"] <= good + 5_000, name


class Market(NamedTuple):
    """A market with one product of twelve rows; ``product`` is its address."""

    market: Any
    lens: Any
    token: Any
    product: str


def open_market(chain: Chain, gate: Any, policy: Policy, *, me: int = 0, kind: int = 0) -> Market:
    """Deploy a market on a gate, with all that it stands on; ``kind`` is the bureau's."""
    admin = chain.web3.eth.accounts[me]
    engine = chain.deploy("LoanEngine", sender=me)
    book = chain.deploy("ProductBook", engine.address, DAY, sender=me)
    bureau = chain.deploy("CreditBureau", admin, 365 * DAY, 0, kind, sender=me)
    consents = chain.deploy("Consents", sender=me)
    parts = (gate.address, engine.address, book.address, bureau.address, consents.address)
    market = chain.deploy("LoanMarket", *parts, admin, admin, sender=me)
    lens = chain.deploy("LoanLens", market.address, sender=me)
    token = chain.deploy("TestToken", "Test dollar", "TUSD", 6, sender=me)
    chain.send(bureau.functions.addMember(market.address, gate.address), me)
    chain.send(market.functions.setTokenAllowed(token.address, True), me)
    product = TableProduct(
        monthly("L" * 11 + "R"), policy, 1_000, 10**7, token.address, UNIT,
        currency=policy.currency, late_fee=500, late_fee_cap=1_500, holidays=2,
    )  # fmt: skip
    receipt = chain.send(book.functions.publish(product.encode()), me)
    (published,) = book.events.ProductPublished().process_receipt(receipt)
    for sender in (1, 2):
        chain.send(token.functions.mint(chain.web3.eth.accounts[sender], 10**12), me)
        chain.send(token.functions.approve(market.address, 2**256 - 1), sender)
    return Market(market, lens, token, published["args"]["product"])


def prove(chain: Chain, made: Market, borrower: str, principal: int, nullifier: int) -> Any:
    now = chain.web3.eth.get_block("latest")["timestamp"]
    deadline = now + DAY
    policy, context, scope = made.lens.functions.statementOf(
        borrower, made.product, principal, 0, now, deadline
    ).call()
    proof = toy_groth16.toy_proof([policy, context, 7, scope, nullifier])
    return (proof, 7, nullifier, now, deadline, b"")


def a_loans_life(chain: Chain, verifier: Any) -> None:
    admin, borrower, lender, *_ = chain.web3.eth.accounts
    registry = chain.deploy("IssuerRegistry", admin, admin, admin, 3_600, 365 * DAY)
    gate = chain.deploy("EligibilityGate", verifier.address, registry.address, DAY, 3_600, NO_FX)
    chain.send(registry.functions.post(7, b"\1" * 32, "https://example.org/t"), name="post root")
    chain.wait(3_600)
    made = open_market(chain, gate, ASKED)
    call, product = made.market.functions, made.product

    def apply(nullifier: int, name: str = "") -> None:
        evidence = prove(chain, made, borrower, 100_000, nullifier)
        receipt = chain.send(call.applyForLoan(product, 100_000, 0, evidence), 1, name)
        if name:
            chain.forgive_zero_bytes(name, receipt)

    def fund(loan: int, amount: int, name: str = "") -> None:
        chain.send(call.fund(loan, borrower, product, amount, lender), 2, name)

    apply(10)
    for loan, nullifier in ((2, 11), (3, 12)):
        apply(nullifier, "apply with proof")
        fund(loan, 40_000, "fund a part")
        fund(loan, 60_000, "fund and release")
        chain.send(call.draw(loan, borrower), 1, "draw")
    level = made.lens.functions.schedule(product, 100_000).call()[0][1]
    repay = call.repay(2, borrower, level)
    chain.send(repay, 1, "repay the first row")
    chain.send(call.withdraw(1, lender), 2, "withdraw")
    chain.wait(31 * DAY)
    chain.send(repay, 1, "repay a row")
    chain.wait(30 * DAY - 3_600)
    chain.send(call.takeHoliday(2), 1, "holiday")
    chain.send(call.prepay(2, borrower, 20_000), 1, "prepay")
    chain.send(call.settle(2, borrower, 10**6), 1, "settle")
    chain.send(call.repay(3, borrower, 3 * level), 1, "repay three rows late")
    apply(11, "apply again")
    chain.wait(61 * DAY)
    chain.send(call.cancel(4), 1, "cancel an application")
    chain.send(call.repay(3, borrower, 10 * level), 1, "repay the rest")
    apply(13)
    fund(5, 100_000)
    chain.wait(91 * DAY)
    chain.send(call.markDefault(5), 3, "mark default")
    chain.send(call.repay(5, borrower, 1_000), 1, "recover a part")
    post = registry.functions.post
    chain.send(post(8, b"\1" * 32, "https://example.org/t"), name="post another root")
    chain.send(registry.functions.cancelRoot(8), name="cancel a root")
    chain.send(registry.functions.renew(7), name="renew a root")
    chain.send(post(8, b"\1" * 32, "https://example.org/t"))
    chain.wait(3_600)
    chain.send(registry.functions.withdrawRoots([8]), name="withdraw a root")
    assert chain.used["apply with proof"] <= 512_000
    assert chain.used["apply again"] <= 470_000


def a_ledgers_entries_and_a_loan_on_them(chain: Chain) -> None:
    admin, borrower, *issuers = chain.web3.eth.accounts
    entries_of = chain.deploy("Groth16Verifier", toy_groth16.toy_key(7), label="deploy 7 inputs")
    ledger = chain.deploy("CreditLedger", entries_of.address, admin, DAY, 978)
    for issuer in issuers:
        role = ledger.functions.ISSUER_ROLE().call()
        chain.send(ledger.functions.grantRole(role, issuer))
    account = LedgerAccount(chain, ledger, AccountKey(bytes(32)))
    amounts = (700, 300_000, 120_000, 30_000, 1)
    entries = [encrypt(account.key.public, amounts, 2**240 + k) for k in range(4)]
    account.enter(2, entries[0], "ledger: an account's first entry")
    account.snapshot("ledger: first snapshot of an account")
    account.enter(3, entries[1], "ledger: another issuer's entry")
    account.snapshot("ledger: later snapshot")
    account.enter(4, entries[2], "ledger: a third issuer's entry")
    account.enter(2, entries[3], "ledger: replace an entry")
    account.snapshot("")
    for name in ("an account's first", "another issuer's", "a third issuer's"):
        assert chain.used[f"ledger: {name} entry"] <= 340_000
    assert chain.used["ledger: replace an entry"] <= 300_000

    proofs = chain.deploy("Groth16Verifier", toy_groth16.toy_key(8), label="deploy 8 inputs")
    gate = chain.deploy("LedgerGate", proofs.address, ledger.address, 3_600)
    made = open_market(chain, gate, replace(ASKED, min_history_months=0, currency=0), kind=1)
    number = ledger.functions.accountOf(account.key.public).call()
    now = chain.web3.eth.get_block("latest")["timestamp"]
    word, context, _ = made.lens.functions.statementOf(
        borrower, made.product, 100_000, 0, now, now + DAY
    ).call()
    points = (account.key.public, *account.total)
    inputs = [word, context, *(coordinate for point in points for coordinate in point)]
    evidence = (toy_groth16.toy_proof(inputs), 0, number, now, now + DAY, b"")
    name = "apply with ledger proof"
    chain.forgive_zero_bytes(
        name,
        chain.send(made.market.functions.applyForLoan(made.product, 100_000, 0, evidence), 1, name),
    )


def a_batch_of_entries(chain: Chain) -> None:
    """64 accounts at once, with envelopes of 300 bytes: the first entry of each, another, again."""
    admin, _, *issuers = chain.web3.eth.accounts
    entries_of = chain.deploy("Groth16Verifier", toy_groth16.toy_key(7), label="deploy 7 inputs")
    ledger = chain.deploy(
        "CreditLedger", entries_of.address, admin, DAY, 978, label="deploy ledger"
    )
    for issuer in issuers[:2]:
        chain.send(ledger.functions.grantRole(ledger.functions.ISSUER_ROLE().call(), issuer))
    accounts = [LedgerAccount(chain, ledger, AccountKey(n.to_bytes(32, "big"))) for n in range(64)]

    def enter(sender: int, name: str) -> None:
        made = [
            (*account.submission(sender, encrypt(account.key.public, (1,) * 5, 2**240 + n))[:-1],
             ENVELOPE_300)
            for n, account in enumerate(accounts)
        ]  # fmt: skip
        receipt = chain.send(ledger.functions.addEntries(made), sender, name)
        chain.forgive_zero_bytes(name, receipt)
        chain.used[name] //= len(made)
        chain.wait(DAY)

    enter(2, "ledger: first entry of an account, in a batch of 64")
    enter(3, "ledger: entry of another issuer, in a batch of 64")
    enter(3, "ledger: replaced entry, in a batch of 64")


def a_loan_with_a_seal_and_openings_of_it(chain: Chain) -> None:
    # The cost of an opening depends on the bits of its challenge, which binds addresses and times:
    # an account that does nothing else, and a fixed time, make them the same in every run.
    people = chain.web3.eth.accounts
    me, borrower = 9, people[1]
    chain.wait_until(START)
    verifier = chain.deploy(
        "Groth16Verifier", toy_groth16.toy_key(10), sender=me, label="deploy 10 inputs"
    )
    registry = chain.deploy("IssuerRegistry", *[people[me]] * 3, 0, 30 * DAY, sender=me)
    gate = chain.deploy(
        "EscrowGate",
        *(verifier.address, registry.address, DAY, 3_600, NO_FX, tuple(GROUP.key)),
        sender=me,
    )
    chain.send(registry.functions.post(7, b"\1" * 32, "https://example.org/t"), me)
    made = open_market(chain, gate, ASKED, me=me)
    market, product = made.market, made.product
    public = [share_of(GROUP, arbiter) for arbiter in SHARES]
    commitments = [tuple(point) for point in GROUP.commitments]
    judge = chain.deploy(
        "OpeningVerifier", market.address, commitments, public, ACCOUNTS, GROUP.record, sender=me
    )
    call = market.functions

    deadline = START + DAY
    policy, context, scope = made.lens.functions.statementOf(
        borrower, product, 100_000, 0, START, deadline
    ).call()
    sealed = (tuple(SEALED.point), SEALED.masked)
    chain.send(gate.functions.place(context, sealed), 1, "escrow: place a seal")
    inputs = [policy, context, 7, scope, 15, *GROUP.key, *SEALED.point, SEALED.masked]
    evidence = (toy_groth16.toy_proof(inputs), 7, 15, START, deadline, b"")
    name = "escrow: apply with proof of a seal"
    chain.send(call.applyForLoan(product, 100_000, 0, evidence), 1, name)
    chain.send(call.fund(1, borrower, product, 100_000, people[2]), 2)
    chain.send(call.draw(1, borrower), 1)
    words = partial_openings.row(2, nonce=3**100, context=context)
    part = (words[0], *(tuple(words[place : place + 2]) for place in (1, 3, 5, 7)), words[9])
    block = chain.web3.eth.get_block("latest")
    seen = SeenDefault(
        chain.web3.eth.chain_id, market.address, 1, block["number"], bytes(block["hash"])
    )
    digest = opening_digest(GROUP.digest, seen, context, 2, Point(*part[1]))
    signature = secp256k1.sign(digest, KEYS[2])
    said = (seen.block, seen.block_hash, signature[:32], signature[32:64], signature[64])
    name = "opening: accuse an arbiter"
    chain.forgive_zero_bytes(name, chain.send(judge.functions.accuse(1, part, said), 3, name))
    chain.wait(91 * DAY)
    chain.send(call.markDefault(1), 3)
    chain.send(judge.functions.check(1, part), 3, "opening: check a part")


def steps_of_a_loan_whose_product_is_a_table(chain: Chain) -> None:
    """The engine's calls as a market makes them: without the cost of a transaction."""
    engine = chain.deploy("LoanEngine")
    call = engine.functions

    def asked(name: str, question: Any) -> None:
        receipt = chain.send(question)
        data = bytes(chain.web3.eth.get_transaction(receipt["transactionHash"])["input"])
        sent = 21_000 + 16 * len(data) - 12 * data.count(0)
        chain.used[f"engine: {name}"] = receipt["gasUsed"] - sent + COLD_ACCOUNT

    for rows in (12, 60):
        product = TableProduct(
            monthly("L" * (rows - 1) + "R"), Policy(), 50_000, 10**9, "0x" + "ab" * 20,
            late_fee=500, late_fee_cap=1_200, holidays=2,
        )  # fmt: skip
        sender = {"from": chain.web3.eth.accounts[0], "gas": GAS}
        made = chain.web3.eth.send_transaction({**sender, "data": packed(product)})  # type: ignore[typeddict-item]
        place = chain.web3.eth.wait_for_transaction_receipt(made)["contractAddress"]
        first = release(product, 100_000, START)
        level = product.schedule(100_000).level
        second = run(Action.REPAY, first, level, START)[0]
        words, later = loan_words(first, place), loan_words(second, place)
        due = second.due_at(1)
        nothing = "0x" + 40 * "0"
        asked(f"offer, {rows} rows", call.offer(place, 100_000))
        asked(f"repay the first row, {rows} rows", call.run(0, words, level, START, nothing))
        asked(f"repay a row, {rows} rows", call.run(0, later, level, due, nothing))
        late = due + product.grace + 1
        asked(f"repay a row late, {rows} rows", call.run(0, later, level, late, nothing))
        asked(f"settle, {rows} rows", call.run(1, later, 10**6, due - 1, nothing))
        asked(f"prepay, {rows} rows", call.run(2, later, 20_000, due - 1, nothing))
        asked(f"holiday, {rows} rows", call.run(3, later, 0, due - DAY, nothing))
        late = due + product.default_after + 1
        asked(f"default, {rows} rows", call.run(5, later, 0, late, nothing))


def products_and_records(chain: Chain) -> None:
    """Publish products, and what a bureau's member reports of its loans."""
    admin = chain.web3.eth.accounts[0]
    engine = chain.deploy("LoanEngine")
    token = chain.deploy("TestToken", "Test dollar", "TUSD", 6, label="")
    book = chain.deploy("ProductBook", engine.address, DAY)
    for rows in (12, 60):
        product = TableProduct(
            monthly("L" * (rows - 1) + "R"), Policy(), 50_000, 10**9, token.address
        )
        name = f"publish a product of {rows} rows"
        receipt = chain.send(book.functions.publish(product.encode()), 0, name)
        chain.forgive_zero_bytes(name, receipt)
    bureau = chain.deploy("CreditBureau", admin, 365 * DAY, 978, 0)
    # a gate that answers every question with 1, and a market that answers with the gate
    gate = chain.place(bytes.fromhex("600160005260206000f3"))
    market = chain.place(bytes.fromhex(f"73{gate[2:]}60005260206000f3"))
    chain.send(bureau.functions.addMember(market, gate))
    chain.web3.provider.make_request("anvil_impersonateAccount", [market])  # type: ignore[arg-type]
    chain.web3.provider.make_request("anvil_setBalance", [market, hex(10**20)])  # type: ignore[arg-type]
    now = chain.web3.eth.get_block("latest")["timestamp"]
    who, grace = 7, now + 40 * DAY

    def report(name: str, call: Any) -> None:
        used = call.transact({"from": market, "gas": GAS})
        receipt = chain.web3.eth.wait_for_transaction_receipt(used)
        assert receipt["status"] == 1, name
        chain.used[f"bureau: {name}"] = receipt["gasUsed"]
        chain.forgive_zero_bytes(f"bureau: {name}", receipt)

    for first in ("first ", ""):
        report(f"{first}reservation", bureau.functions.reserve(who, now + 7 * DAY))
        report(f"{first}start", bureau.functions.start(who, 100_000, grace))
        report(f"{first}progress", bureau.functions.progress(who, 1, 0, grace))
        report(f"{first}close", bureau.functions.close(who, 0))
    report("another's reservation", bureau.functions.reserve(8, now + 7 * DAY))
    report("another's start", bureau.functions.start(8, 100_000, grace))

    def within(words: int, *names: str) -> int:
        """Gas inside a market's transaction, without what the transaction costs."""
        outside = 21_000 + 16 * (4 + 32 * words)
        return sum(chain.used[f"bureau: {name}"] - outside for name in names)

    # at a reservation the gate has been called, and has asked the bureau for this membership
    warm = 2_500 + 2_000
    assert within(2, "reservation") + within(3, "start") - warm <= 40_000
    assert within(2, "another's reservation") + within(3, "another's start") - warm <= 75_000
    assert within(4, "progress") <= 16_000
    assert within(2, "close") <= 20_000


def a_treasurys_messages(chain: Chain) -> None:
    """Two of three pay and call; the signatures' zero bytes are counted as others."""
    people = [n.to_bytes(32) for n in (0x51, 0x52, 0x53)]
    signers = [bytes.fromhex(secp256k1.address_of(key)[2:]) for key in people]
    treasury = chain.deploy("Treasury", signers, 2)
    token = chain.deploy("TestToken", "Test dollar", "TUSD", 6, label="")
    chain.send(token.functions.mint(treasury.address, 10**9))
    chain.send(token.functions.mint(chain.web3.eth.accounts[1], 1))
    far = 1 << 40

    def signed(kind: str, values: list[Any]) -> bytes:
        types = [part.split(" ")[0] for part in kind[kind.index("(") + 1 : -1].split(",")]
        words = [keccak(value) if isinstance(value, bytes) else value for value in values]
        plain = ["bytes32" if one == "bytes" else one for one in types]
        body = keccak(encode(["bytes32", *plain], [keccak(kind.encode()), *words]))
        text = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        domain = encode(
            ["bytes32", "bytes32", "bytes32", "uint256", "address"],
            [keccak(text.encode()), keccak(b"zkcredit treasury"), keccak(b"1"),
             chain.web3.eth.chain_id, treasury.address],
        )  # fmt: skip
        digest = keccak(b"\x19\x01" + keccak(domain) + body)
        pairs = sorted(zip(signers[:2], people, strict=False), key=lambda pair: keccak(pair[0]))
        signatures = [secp256k1.sign(digest, key) for _, key in pairs]
        return encode(["bytes[]", "bytes[]"], [[signer for signer, _ in pairs], signatures])

    def sent(name: str, call: Any) -> None:
        chain.forgive_zero_bytes(name, chain.send(call, name=name))

    payee = chain.web3.eth.accounts[1]
    release = "Release(address token,address to,uint256 amount,uint256 nonce,uint256 deadline)"
    execute = "Execute(address target,uint256 value,bytes data,uint256 nonce,uint256 deadline)"
    call = treasury.functions
    for nonce in (0, 1):
        values = [token.address, payee, 1_000, nonce, far]
        name = "treasury: release" if nonce else "treasury: first release"
        sent(name, call.release(*values, signed(release, values)))
    data = bytes.fromhex(token.encode_abi("transfer", [payee, 5])[2:])
    values = [token.address, 0, data, 2, far]
    sent("treasury: call a token", call.execute(*values, signed(execute, values)))
    sent("treasury: cancel a number", call.cancel(3, signed("Cancel(uint256 nonce)", [3])))
    assert chain.used["treasury: release"] <= 100_000


@pytest.mark.parametrize(("threshold", "size"), [(2, 2), (2, 32), (32, 32)])
def test_a_group_of_any_size_deploys(chain: Chain, threshold: int, size: int) -> None:
    admin = chain.web3.eth.accounts[0]
    secrets = [3**150 + 7**k for k in range(threshold)]
    accounts = tuple(secp256k1.address_of(n.to_bytes(32)) for n in range(1, size + 1))
    names = tuple(f"{n}" for n in range(size))
    group = ArbiterGroup(names, commit(secrets), bytes(32), accounts)
    verifier = chain.deploy("Groth16Verifier", toy_groth16.toy_key(10), label="deploy 10 inputs")
    registry = chain.deploy("IssuerRegistry", *[admin] * 3, 0, 30 * DAY)
    ages = (DAY, 3_600, NO_FX)
    gate = chain.deploy("EscrowGate", verifier.address, registry.address, *ages, tuple(group.key))
    market = open_market(chain, gate, Policy()).market
    points = ([tuple(p) for p in group.commitments], [tuple(p) for p in group.shares])
    name = f"deploy {threshold} of {size}"
    judge = chain.deploy(
        "OpeningVerifier", market.address, *points, accounts, group.record, label=name
    )
    assert chain.used[name] < 1 << 24
    assert judge.functions.groupDigest().call() == group.digest


def test_the_longest_key_deploys(chain: Chain) -> None:
    """375 inputs: with one more, the key does not fit into a contract's code."""
    words = [int.from_bytes(toy_groth16.toy_key(1)[i : i + 32]) for i in range(0, 32 * 14, 32)]
    for j in range(376):
        words += toy_groth16.g1_words(j + 2)
    key = b"".join(word.to_bytes(32) for word in words)
    verifier = chain.deploy("Groth16Verifier", key, label="deploy 375 inputs")
    assert chain.used["deploy 375 inputs"] < 1 << 24
    assert verifier.functions.inputCount().call() == 375


def test_gas_and_size_equal_the_snapshot(chain: Chain, verifier: Any, contracts: Path) -> None:
    chain.used.clear()
    single_verification(chain, verifier)
    batch_verification(chain, verifier)
    a_loans_life(chain, verifier)
    a_ledgers_entries_and_a_loan_on_them(chain)
    a_batch_of_entries(chain)
    a_loan_with_a_seal_and_openings_of_it(chain)
    steps_of_a_loan_whose_product_is_a_table(chain)
    products_and_records(chain)
    a_treasurys_messages(chain)
    snapshot = contracts / "snapshots" / "gas.json"
    sizes = {
        f"bytes of {name}": len(chain.artifacts[name]["deployedBytecode"]) // 2 - 1
        for name in chain.artifacts
        if f"I{name}" in chain.artifacts or name == "HistoryEligibilityGate"
    }
    assert len(sizes) == 21
    # deployments change with every comment, through the hash in the bytecode; sizes do not
    measured = {name: gas for name, gas in chain.used.items() if "deploy" not in name}
    text = json.dumps(dict(sorted((measured | sizes).items())), indent=1) + "\n"
    if os.environ.get("ZKCREDIT_UPDATE_SNAPSHOTS"):
        snapshot.parent.mkdir(exist_ok=True)
        snapshot.write_text(text)
    assert json.loads(text) == json.loads(snapshot.read_text())
