"""A transaction is prepared online, signed without a network, and sent once, or refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from zkcredit._internal.json import canonical
from zkcredit.chain.contracts.abi import abi_of
from zkcredit.chain.custody import described
from zkcredit.chain.custody.cold import prepare_cold, send_cold, sign_cold
from zkcredit.chain.custody.described import DescribedCall, Unit, arguments_from, describe
from zkcredit.chain.custody.unsigned import SignedTransaction, UnsignedTransaction
from zkcredit.chain.deploying import deploy_test_token
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.accounts import ColdAccount, Signer
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.errors import (
    ChainError,
    InvalidInput,
    MalformedFile,
    NodeUnavailable,
    TransactionReverted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain.contracts.token import TokenClient

COLD, OTHER = Signer(b"\x05" * 32), Signer(b"\x06" * 32)
PAYEE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
START, WEEK = 1_900_000_000, 7 * 86_400
UNIT = Unit("TUSD", 6)


class Place:
    """A chain, and an account with a key that is elsewhere."""

    def __init__(self, node: RevmNode) -> None:
        self.node = node
        people = TransactionSender(node, node.accounts[0], Outbox(None))
        self.token: TokenClient = deploy_test_token(node, by=people)
        people.send(Call(COLD.address, b"", 21_000, 10**18))
        self.token.mint(COLD.address, 10**9, by=people)

    def prepared(self, tokens: int = 5_000_000, **changed: Any) -> UnsignedTransaction:
        data = abi_of("TestToken").encode("transfer", PAYEE, tokens)
        options = {"valid_for": WEEK, "fee_limit": 10**16, "gas": 77_000, "unit": UNIT} | changed
        call = describe("TestToken", data)
        return prepare_cold(self.node, COLD.address, self.token.address, call, data, **options)


@pytest.fixture
def place() -> Iterator[Place]:
    with RevmNode(genesis_time=START) as node:
        yield Place(node)


def signed(unsigned: UnsignedTransaction, journal: Outbox | None = None) -> SignedTransaction:
    return sign_cold(unsigned, COLD, Outbox(None) if journal is None else journal, now=START)


# --- what is refused at sending -------------------------------------------------------------------


def test_the_same_file_pays_once(place: Place) -> None:
    file, outbox = signed(place.prepared()), Outbox(None)
    first = send_cold(place.node, file, outbox)
    again = send_cold(place.node, SignedTransaction.from_json(file.to_json()), outbox)
    assert first == again
    assert place.token.balance_of(PAYEE) == 5_000_000
    assert len(outbox.history(place.node.network, COLD.address)) == 1


def test_a_replay_from_another_machine_is_refused(place: Place) -> None:
    file = signed(place.prepared())
    send_cold(place.node, file, Outbox(None))
    with pytest.raises(InvalidInput, match="was used already"):
        send_cold(place.node, file, Outbox(None))
    assert place.token.balance_of(PAYEE) == 5_000_000


def test_another_chain_is_refused(place: Place) -> None:
    file = signed(place.prepared())
    with RevmNode(genesis_time=START + 1) as fork:
        assert fork.chain_id == place.node.chain_id
        with pytest.raises(InvalidInput, match="genesis"):
            send_cold(fork, file, Outbox(None))


def test_an_expired_file_is_refused_from_the_next_second_on(place: Place) -> None:
    unsigned = place.prepared()
    file = signed(unsigned)
    unsigned.require_valid(unsigned.expires)
    with pytest.raises(InvalidInput, match="expired"):
        sign_cold(unsigned, COLD, Outbox(None), now=unsigned.expires + 1)
    place.node.advance(WEEK + 60)
    with pytest.raises(InvalidInput, match="expired"):
        send_cold(place.node, file, Outbox(None))


def test_a_later_nonce_waits_for_the_earlier_ones(place: Place) -> None:
    first, second = place.prepared(), place.prepared(7, nonce=1)
    outbox = Outbox(None)
    with pytest.raises(InvalidInput, match="earlier ones"):
        send_cold(place.node, signed(second), outbox)
    for unsigned in (first, second):
        send_cold(place.node, signed(unsigned), outbox)
    assert place.token.balance_of(PAYEE) == 5_000_007


def test_a_call_that_would_revert_is_not_stored(place: Place) -> None:
    one, two = place.prepared(10**9, nonce=0), place.prepared(10**9, nonce=1)
    outbox = Outbox(None)
    send_cold(place.node, signed(one), outbox)
    with pytest.raises(TransactionReverted, match="ERC20InsufficientBalance"):
        send_cold(place.node, signed(two), outbox)
    assert len(outbox.history(place.node.network, COLD.address)) == 1
    with pytest.raises(TransactionReverted):
        place.prepared(10**9)


def test_the_same_transaction_from_two_files_is_sent_from_one(place: Place) -> None:
    one = place.prepared()
    two = replace(one, expires=one.expires + 1)
    outbox = Outbox(None)
    outbox.add(
        place.node.network, COLD.address, "x", 0, lambda _: (signed(one).raw, signed(one).hash)
    )
    outbox.refuse(1, "underpriced")
    with pytest.raises(InvalidInput, match="from another file"):
        send_cold(place.node, signed(two), outbox)


# --- what is refused when a file is read ----------------------------------------------------------


def test_every_changed_character_of_a_signed_file_is_refused(place: Place) -> None:
    text = signed(place.prepared()).to_json()
    for position in range(0, len(text), 5):
        old = text[position]
        new = "1" if old != "1" else "2"
        with pytest.raises(InvalidInput):
            SignedTransaction.from_json(text[:position] + new + text[position + 1 :])


def test_every_changed_character_of_an_unsigned_file_changes_the_digest(place: Place) -> None:
    unsigned = place.prepared()
    text = unsigned.to_json()
    for position in range(0, len(text), 3):
        new = "1" if text[position] != "1" else "2"
        try:
            read = UnsignedTransaction.from_json(text[:position] + new + text[position + 1 :])
        except InvalidInput:
            continue
        assert read.digest != unsigned.digest


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("expires", START + 365 * 86_400),
        ("fee_limit", str(10**17)),
        ("unit", {"symbol": "TUSD", "decimals": 2}),
    ],
)
def test_what_the_transaction_does_not_bind_is_bound_by_the_digest(
    place: Place, name: str, value: Any
) -> None:
    document = json.loads(signed(place.prepared()).to_json())
    document["unsigned"][name] = value
    with pytest.raises(InvalidInput, match="did not sign this file"):
        SignedTransaction.from_json(canonical(document))


def test_bytes_of_another_key_or_call_are_refused(place: Place) -> None:
    unsigned = place.prepared()
    file = signed(unsigned)
    theirs, _ = OTHER.sign_transaction(unsigned.transaction)
    with pytest.raises(InvalidInput, match="not signed by"):
        SignedTransaction(unsigned, theirs, file.endorsement)
    with pytest.raises(InvalidInput, match="not the transaction of the file"):
        SignedTransaction(place.prepared(6), file.raw, file.endorsement)
    for raw in (b"", b"\x02", b"\x01" + file.raw[1:], file.raw[:-1], file.raw + b"\0"):
        with pytest.raises(InvalidInput):
            SignedTransaction(unsigned, raw, file.endorsement)


def test_words_that_are_not_those_of_the_data_are_refused(place: Place) -> None:
    document = json.loads(place.prepared().to_json())
    document["call"]["arguments"][1][2] = "1"
    with pytest.raises(MalformedFile, match="not those of its data"):
        UnsignedTransaction.from_json(canonical(document))


def test_another_abi_is_refused(place: Place) -> None:
    document = json.loads(place.prepared().to_json())
    document["call"]["abi"] = "00" * 32
    with pytest.raises(MalformedFile, match="another ABI"):
        UnsignedTransaction.from_json(canonical(document))


def test_a_call_that_cannot_be_decoded_is_refused(place: Place) -> None:
    document = json.loads(place.prepared().to_json())
    data = document["data"]
    for strange in (data + "00" * 32, "deadbeef", data[:-2], "00" + data[2:]):
        with pytest.raises(InvalidInput, match="decoded"):
            UnsignedTransaction.from_json(canonical(document | {"data": strange}))
    without = {name: value for name, value in document.items() if name != "call"}
    with pytest.raises(InvalidInput, match="nothing to show"):
        UnsignedTransaction.from_json(canonical(without))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"fee_limit": 1}, "the file's limit"),
        ({"max_priority_fee_per_gas": 1 << 90}, "above the whole fee"),
        ({"to": PAYEE.lower()}, "EIP-55"),
        ({"genesis": "00"}, "genesis"),
        ({"nonce": -1}, "nonce"),
        ({"value": 1 << 128}, "value"),
        ({"data": b"\0" * 70_000}, "data"),
    ],
)
def test_parts_outside_their_range_are_refused(
    place: Place, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        replace(place.prepared(), **changed)


def test_a_node_that_hides_the_first_block_is_not_believed(place: Place) -> None:
    place.node.network = f"{place.node.chain_id}:"
    with pytest.raises(NodeUnavailable, match="first block"):
        place.prepared()


# --- what the signing machine refuses -------------------------------------------------------------


def test_two_transactions_for_one_nonce_are_never_signed(place: Place) -> None:
    journal = Outbox(None)
    one = signed(place.prepared(1), journal)
    for other in (place.prepared(2), replace(place.prepared(1), expires=START + 5)):
        with pytest.raises(InvalidInput, match="never signed"):
            signed(other, journal)
    assert signed(place.prepared(1), journal) == one
    assert signed(place.prepared(2, nonce=1), journal).unsigned.nonce == 1
    with pytest.raises(InvalidInput, match="never signed"):
        signed(place.prepared(3), journal)


def test_a_file_for_another_account_is_refused(place: Place) -> None:
    journal = Outbox(None)
    with pytest.raises(InvalidInput, match="the key is of"):
        sign_cold(place.prepared(), OTHER, journal, now=START)
    assert journal.history(place.node.network, COLD.address) == []


def test_a_cold_account_signs_nothing(place: Place) -> None:
    cold = TransactionSender(place.node, ColdAccount(COLD.address), Outbox(None))
    with pytest.raises(ChainError, match="not on this machine"):
        cold.send(Call(PAYEE, b"", 21_000, 1))


def test_a_nonce_that_another_transaction_took_is_told_and_not_renewed(place: Place) -> None:
    file, outbox = signed(place.prepared()), Outbox(None)
    warm = TransactionSender(place.node, COLD, outbox)
    outbox.add(place.node.network, COLD.address, f"cold {file.unsigned.digest.hex()}", 0,
               lambda _: (file.raw, file.hash))  # fmt: skip
    rival, digest = COLD.sign_transaction({**file.unsigned.transaction, "data": b"", "to": PAYEE})
    outbox.replace(1, rival, digest, idempotency_key="warm")
    warm.wait("warm")
    with pytest.raises(ChainError, match="has its nonce"):
        send_cold(place.node, file, outbox)


# --- the words ------------------------------------------------------------------------------------


def test_the_words_of_a_payment_of_tokens(place: Place) -> None:
    words = place.prepared().in_words()
    assert words.startswith(
        "Pay 5,000,000 base units (5.000000 TUSD, if it has 6 decimals as the file says) of the "
        f"token {place.token.address} to {PAYEE}.\n  to (address): {PAYEE}\n"
        "  value (uint256): 5,000,000\nFrom "
    )
    assert "The file expires at 2030-0" in words
    assert place.prepared().digest.hex() in words


def test_the_words_of_a_payment_of_coins(place: Place) -> None:
    made = prepare_cold(place.node, COLD.address, PAYEE, None, b"", value=1_500, valid_for=9,
                   fee_limit=10**16)  # fmt: skip
    assert made.in_words().startswith(f"Pay 1,500 wei of the chain's coin to {PAYEE}.\nFrom")
    assert send_cold(place.node, signed(made), Outbox(None)).succeeded
    assert UnsignedTransaction.from_json(made.to_json()) == made


def test_the_words_of_an_allowance_say_that_it_has_no_limit() -> None:
    for tokens, said in ((5, "up to 5 base units"), (2**256 - 1, "WITHOUT LIMIT")):
        data = abi_of("TestToken").encode("approve", PAYEE, tokens)
        assert said in describe("TestToken", data).in_words(PAYEE)


def test_a_text_with_line_breaks_cannot_look_like_our_words() -> None:
    url = "x\nPay 5 wei of the chain's coin to somebody."
    data = abi_of("IssuerRegistry").encode("post", 7, b"\1" * 32, url)
    words = describe("IssuerRegistry", data).in_words(PAYEE)
    assert len(words.splitlines()) == 4
    assert '"x\\nPay 5 wei' in words


def test_an_unknown_contract_and_a_hidden_call_are_refused() -> None:
    for name in ("Nothing", "../x"):
        with pytest.raises(InvalidInput):
            describe(name, b"\0" * 4)
    call = DescribedCall("A", "b", bytes(32), ())
    with pytest.raises(InvalidInput, match="decoded"):
        list(described._inner({"target": PAYEE, "data": b"\xde\xad\xbe\xef"}))
    assert list(described._inner({"target": PAYEE, "data": b""})) == []
    inner = abi_of("TestToken").encode("transfer", PAYEE, 5)
    (found,) = described._inner({"targets": [PAYEE], "payloads": [inner]})
    shown = replace(call, inner=(found,)).in_words(PAYEE)
    assert f"  Pay 5 base units of the token {PAYEE} to {PAYEE}." in shown


@pytest.mark.parametrize("unit", [("", 6), ("T\n", 6), ("TUSD", -1), ("TUSD", 37), ("TUSD", True)])
def test_strange_units_are_refused(unit: tuple[str, int]) -> None:
    with pytest.raises(InvalidInput):
        Unit(*unit)


# --- arguments as people type them ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "texts", "said"),
    [
        ("TestToken.transfer", [PAYEE], "takes to \\(address\\), value \\(uint256\\)"),
        ("TestToken.transfer", [PAYEE, "1.5"], "decimal digits"),
        ("TestToken.transfer", [PAYEE, "-1"], "decimal digits"),
        ("TestToken.transfer", [PAYEE[:-1], "1"], "address"),
        ("TestToken.nothing", [], "has no function"),
        ("LoanMarket.setTokenAllowed", [PAYEE, "yes"], "true or false"),
        ("IssuerRegistry.post", ["1", "0x1", "x"], "two for each byte"),
        ("IssuerRegistry.withdrawRoots", ["7"], "JSON list"),
        ("IssuerRegistry.withdrawRoots", ['["x"]'], "decimal digits"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(call: str, texts: list[str], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        arguments_from(*call.split("."), texts)


def test_arguments_are_typed_by_the_abi() -> None:
    assert arguments_from("IssuerRegistry", "withdrawRoots", ["[7, 8]"]) == [[7, 8]]
    assert arguments_from("LoanMarket", "setTokenAllowed", [PAYEE, "true"]) == [PAYEE, True]
    hashed = "0x" + "01" * 32
    assert arguments_from("IssuerRegistry", "post", ["7", hashed, "u"]) == [7, b"\1" * 32, "u"]
