"""What each verifier says to an attempt: "accepted", or the name of its typed error.

A verifier that answers in any other way (another exception, a reply that is none) gives a verdict
that begins with "untyped", which no comparison forgives.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from zkcredit.chain import EmbeddedNode, Outbox, TransactionSender, deploy_verifier
from zkcredit.chain.contracts.reverts import revert_from
from zkcredit.chain.nodes.anvil import AnvilNode
from zkcredit.errors import InvalidInput, InvalidProof, TransactionReverted
from zkcredit.groth16 import reference, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from zkcredit.chain import LocalNode
    from zkcredit.groth16 import Proof, VerifyingKey

ACCEPTED = "accepted"
_DRIVER = Path(__file__).with_name("snarkjs_verify.cjs")
_BATCH = 100


def _said(check: Callable[[], None]) -> str:
    try:
        check()
    except (InvalidProof, InvalidInput) as error:
        return type(error).__name__
    except TransactionReverted as error:
        return error.error or "reverted without a reason"
    except Exception as error:  # whatever it is, it is counted as a fault
        return f"untyped {type(error).__name__}"
    return ACCEPTED


def native(key: VerifyingKey, public: Sequence[int], proof: Proof) -> str:
    return _said(lambda: verify(key, public, proof))


def py_ecc(key: VerifyingKey, public: Sequence[int], proof: Proof) -> str:
    return _said(lambda: reference.verify(key, public, proof))


class _Contracts:
    """Verifier contracts on one node, one for each key, deployed when first asked."""

    def __init__(self, node: LocalNode, keys: Mapping[str, VerifyingKey]) -> None:
        self.node = node
        self._keys = keys
        self._by = TransactionSender(node, node.accounts[0], Outbox(None))
        self._at: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.node.close()

    def address(self, name: str) -> str:
        if name not in self._at:
            key = self._keys[name]
            self._at[name] = deploy_verifier(self.node, key, by=self._by).address
        return self._at[name]


class Embedded(_Contracts):
    """py-evm; its pairing from the kernel, or in Python."""

    def __init__(self, keys: Mapping[str, VerifyingKey], pairing: Any = "kernel") -> None:
        super().__init__(EmbeddedNode(pairing=pairing), keys)

    def ask(self, calls: Iterable[tuple[str, bytes]]) -> list[str]:
        """Verdicts on (name of the key, calldata)."""
        return [self._one(self.address(name), data) for name, data in calls]

    def _one(self, address: str, data: bytes) -> str:
        def check() -> None:
            assert self.node.call(address, data) == b"", "verify returns nothing"

        return _said(check)


class Anvil(_Contracts):
    """revm, with a pairing that shares nothing with ours; asked in batches."""

    def __init__(self, keys: Mapping[str, VerifyingKey]) -> None:
        super().__init__(AnvilNode(), keys)

    def ask(self, calls: Iterable[tuple[str, bytes]]) -> list[str]:
        """Verdicts on (name of the key, calldata)."""
        requests = [
            ("eth_call", [{"to": self.address(name), "data": "0x" + data.hex()}, "latest"])
            for name, data in calls
        ]
        found: list[str] = []
        for start in range(0, len(requests), _BATCH):
            batch: Any = requests[start : start + _BATCH]
            provider: Any = self.node.w3.provider
            replies: Any = provider.make_batch_request(batch)
            assert len(replies) == len(batch)
            found += map(_reply, sorted(replies, key=lambda reply: reply["id"]))
        return found


def _reply(reply: dict[str, Any]) -> str:
    if "error" not in reply:
        return ACCEPTED if reply.get("result") == "0x" else "untyped reply"
    error = reply["error"]
    if error.get("code") != 3:  # geth's code for a revert
        return f"untyped {error.get('code')}"
    return revert_from(error.get("data"), "").error or "reverted without a reason"


class Snarkjs:
    """snarkjs's ``groth16.verify`` in one resident process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(_DRIVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._process.communicate("")

    def ask(self, key: str, proof: str, public: str) -> str:
        """The verdict on three JSON texts: accepted, refused, or "threw" and what."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([key, proof, public]) + "\n")
        self._process.stdin.flush()
        answer: str = json.loads(self._process.stdout.readline())
        return answer


def snarkjs_proof(proof: Proof) -> str:
    """``proof.json`` of any integers, as a careless tool would write it."""
    a, b, c = proof.a, proof.b, proof.c
    return json.dumps(
        {
            "pi_a": [str(a.x), str(a.y), "1"],
            "pi_b": [[str(n) for n in b.x], [str(n) for n in b.y], ["1", "0"]],
            "pi_c": [str(c.x), str(c.y), "1"],
            "protocol": "groth16",
            "curve": "bn128",
        }
    )
