"""Every exception that zkcredit raises on purpose, as one tree.

::

    ZkCreditError
    ├── InvalidInput             the caller passed something malformed (also a ValueError)
    │   ├── OtherIndex               a file indexes another deployment, or has another version
    │   ├── OutOfRange               a number outside its documented range
    │   ├── MalformedFile            a file or message that does not parse
    │   ├── UnboundRequest           another standard asks for what the proof is not bound to
    │   └── TooLargeForQrCode        a text has more bytes than the largest QR code holds
    ├── CircuitError             a circuit was built wrongly (an untyped wire, a bound too wide)
    ├── NotEligible              the borrower's own data do not meet the policy (private to them)
    ├── CostAboveLimit           a loan costs more than the holder allows (private to them)
    ├── UnsatisfiedWitness       an assignment breaks a constraint; nothing was proved
    ├── InvalidProof             the proof does not verify for these public inputs
    │   ├── ExpiredRequest           it was for a request whose time has passed
    │   ├── AnsweredRequest          the request was answered before
    │   └── WrongReceipt             the receipt of a payment does not agree with the chain
    ├── CredentialError          a credential cannot be used
    │   ├── InvalidSignature
    │   ├── ExpiredCredential
    │   ├── RevokedCredential
    │   └── UnknownIssuer
    ├── UnsafeKey                a forgeable or broken key, or a dev key where it is refused
    ├── WalletError              a file under a password (a wallet's, an issuer's, an arbiter's)
    │   ├── WrongPassword
    │   └── DamagedFile              the file is not a wallet, or it is corrupted
    ├── EscrowError              the arbiters' work stops; the text names who is at fault
    │   ├── NotInDefault             the loan of this seal is not in default: nothing is opened
    │   ├── TooFewOpenings           fewer partial openings than the threshold
    │   ├── UnknownBlock             an opening is signed for a block that is not on the chain
    │   ├── WrongOpening             a partial opening that does not hold; names its arbiters
    │   └── WrongShare               a dealer's message or share is wrong; names the dealer
    ├── LedgerError              an entry of the credit ledger cannot be used; names its issuer
    │   ├── EnvelopeUnreadable       the amounts are missing, or sealed for something else
    │   └── EnvelopeMismatch         the envelope says other amounts than the entry holds
    ├── LoanError                a loan does not allow this step now; the text names the rule
    ├── ChainError               the node, the transaction or the contract
    │   ├── DeepReorganisation       the chain changed further back than an index follows
    │   ├── NodeUnavailable
    │   │   └── NodeBehind               it does not have the blocks yet that were read before
    │   ├── TransactionReverted      carries the contract's own typed error
    │   └── TransactionTimeout
    ├── MachineError             the machine or the system failed (disk, descriptors, memory)
    │   ├── KernelUnavailable        ZKCREDIT_KERNEL names a unit that does not run here
    │   ├── MissingExtra             a package that an extra brings is not installed
    │   └── OutOfMemory
    └── InternalError            our own bug; please report it

The branches separate the caller's fault, an unsatisfied statement, tampered input, the
outside world, and our own bug. Messages say what was wrong and what to do, and never
contain a secret. Every error survives pickling with its attributes, so that it can come back
from another process.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "AnsweredRequest",
    "ChainError",
    "CircuitError",
    "CostAboveLimit",
    "CredentialError",
    "DamagedFile",
    "DeepReorganisation",
    "EnvelopeMismatch",
    "EnvelopeUnreadable",
    "EscrowError",
    "ExpiredCredential",
    "ExpiredRequest",
    "InternalError",
    "InvalidInput",
    "InvalidProof",
    "InvalidSignature",
    "KernelUnavailable",
    "LedgerError",
    "LoanError",
    "MachineError",
    "MalformedFile",
    "MissingExtra",
    "NodeBehind",
    "NodeUnavailable",
    "NotEligible",
    "NotInDefault",
    "OtherIndex",
    "OutOfMemory",
    "OutOfRange",
    "RevokedCredential",
    "TooFewOpenings",
    "TooLargeForQrCode",
    "TransactionReverted",
    "TransactionTimeout",
    "UnboundRequest",
    "UnknownBlock",
    "UnknownIssuer",
    "UnsafeKey",
    "UnsatisfiedWitness",
    "WalletError",
    "WrongOpening",
    "WrongPassword",
    "WrongReceipt",
    "WrongShare",
    "ZkCreditError",
]


class ZkCreditError(Exception):
    """The root of the tree: catch this to catch everything that zkcredit raises.

    Attributes:
        file: path of the file whose content is refused, or "" if the error is not about a file.
    """

    file: str = ""

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception's own way calls the class with the text alone, which is too little for a class
        # that requires more; this one makes the object and sets its attributes.
        return _again, (type(self), self.args), self.__dict__


def _again(kind: type[ZkCreditError], args: tuple[object, ...]) -> ZkCreditError:
    return kind.__new__(kind, *args)


class InvalidInput(ZkCreditError, ValueError):
    """An argument, file or message is malformed; the text says which and what is expected."""


class OtherIndex(InvalidInput):
    """A file is the index of another chain or deployment, or another version wrote it."""


class OutOfRange(InvalidInput):
    """A number is outside the range that its name documents."""


class MalformedFile(InvalidInput):
    """A file or message does not parse as the format that it should be.

    Attributes:
        line: the line of a text at which it is refused, from 1 on; 0 if it is not known.
        column: the column in this line, in characters, from 1 on; 0 if it is not known.
    """

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class UnboundRequest(InvalidInput):
    """A request in the form of another standard names a nonce, client or address of its own.

    A proof is bound to those of the request inside, so an answer would not be bound as it asks.
    """


class TooLargeForQrCode(InvalidInput):
    """A text does not fit in the largest QR code.

    Attributes:
        size: how many bytes it has.
    """

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


class CircuitError(ZkCreditError):
    """A circuit was built wrongly; raised while building, never while proving."""


class NotEligible(ZkCreditError):
    """The credential does not meet the policy. Found locally, shown to the borrower alone.

    Attributes:
        shortfalls: condition name → by how much it is missed, in the condition's own unit
            (score points, minor currency units, basis points, months, seconds, count).
        currency: ISO 4217 number of the amounts; 0 if it is not known.
    """

    def __init__(self, message: str, shortfalls: dict[str, int], currency: int = 0) -> None:
        super().__init__(message)
        self.shortfalls = shortfalls
        self.currency = currency


class CostAboveLimit(ZkCreditError):
    """A loan costs more than the limit that the holder set in the wallet; nothing was proved."""


class UnsatisfiedWitness(ZkCreditError):
    """An assignment does not satisfy the constraint system, so there is nothing to prove.

    Attributes:
        constraint: index of the first constraint that fails, or -1 if there is none.
        gadget: dotted name of the gadget that emitted it, or "" if it is not known.
    """

    def __init__(self, message: str, constraint: int = -1, gadget: str = "") -> None:
        super().__init__(message)
        self.constraint = constraint
        self.gadget = gadget


class InvalidProof(ZkCreditError):
    """The proof does not verify for these public inputs under this key.

    Attributes:
        indices: ascending, those of the proofs that do not verify, where many were given.
        differs: names of the request's parts that the presentation has otherwise: a public input,
            or a condition of the policy.
    """

    def __init__(
        self, message: str, indices: tuple[int, ...] = (), differs: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.indices = indices
        self.differs = differs


class ExpiredRequest(InvalidProof):
    """The time of a request is over: nothing is proved for it, and no answer is accepted."""


class AnsweredRequest(InvalidProof):
    """The request was answered before; a verifier accepts one answer to each request."""


class WrongReceipt(InvalidProof):
    """The receipt of a payment does not agree with the chain.

    Attributes:
        differs: names of the parts that the chain has otherwise.
    """

    def __init__(self, message: str, differs: tuple[str, ...] = ()) -> None:
        super().__init__(message, differs=differs)


class CredentialError(ZkCreditError):
    """A credential cannot be used for this purpose."""


class InvalidSignature(CredentialError):
    """The issuer's signature does not verify, or a key or point in it is not acceptable."""


class ExpiredCredential(CredentialError):
    """The credential is not valid at this time (expired, or issued in the future)."""


class RevokedCredential(CredentialError):
    """The issuer revoked the credential."""


class UnknownIssuer(CredentialError):
    """The credential's issuer is not in the registry that the verifier accepts."""


class UnsafeKey(ZkCreditError):
    """A key that is forgeable or broken, or a dev key in a place that refuses dev keys."""


class WalletError(ZkCreditError):
    """A file under a password (a wallet's, an issuer's, an arbiter's) cannot be used as asked."""


class WrongPassword(WalletError):
    """The password does not open this file."""


class DamagedFile(WalletError):
    """The file is not a wallet (nor an issuer's or arbiter's file), or it is corrupted.

    Restore it from a backup; a wallet, from the seed words.
    """


class EscrowError(ZkCreditError):
    """A key generation or an opening of the arbiters cannot go on."""


class NotInDefault(EscrowError):
    """The loan that a reference was sealed for is not in default, so the reference stays sealed."""


class TooFewOpenings(EscrowError):
    """There are fewer valid partial openings than the group's threshold.

    Attributes:
        given: how many there are.
        threshold: how many it takes.
    """

    def __init__(self, message: str, given: int, threshold: int) -> None:
        super().__init__(message)
        self.given = given
        self.threshold = threshold


class UnknownBlock(EscrowError):
    """An arbiter signed an opening for a block that is not on the chain, so it convicts nobody."""


class WrongOpening(EscrowError):
    """Partial openings do not hold: for another seal, their proof fails, or they are not signed.

    Attributes:
        arbiters: numbers of the arbiters that they claim to be from, ascending.
    """

    def __init__(self, message: str, arbiters: tuple[int, ...]) -> None:
        super().__init__(message)
        self.arbiters = arbiters


class WrongShare(EscrowError):
    """A dealer's commitment or share is wrong.

    Attributes:
        dealer: the dealer's number.
        name: the dealer's name.
    """

    def __init__(self, message: str, dealer: int, name: str) -> None:
        super().__init__(message)
        self.dealer = dealer
        self.name = name


class LedgerError(ZkCreditError):
    """An account of the credit ledger cannot be read, or an entry of it cannot be used.

    Attributes:
        issuer: address of the entry's issuer, or "" if it concerns the whole account.
    """

    def __init__(self, message: str, issuer: str = "") -> None:
        super().__init__(message)
        self.issuer = issuer


class EnvelopeUnreadable(LedgerError):
    """An entry's envelope does not open: it is missing, changed, or sealed for something else."""


class EnvelopeMismatch(LedgerError):
    """An entry's envelope opens, and says other amounts than the entry holds."""


class LoanError(ZkCreditError):
    """A loan does not allow a step in its present state; nothing was changed.

    Attributes:
        possible_at: Unix seconds from which the step is possible if nothing else happens, or None
            if time alone does not make it possible.
    """

    def __init__(self, message: str, possible_at: int | None = None) -> None:
        super().__init__(message)
        self.possible_at = possible_at


class ChainError(ZkCreditError):
    """The node, a transaction or a contract did not do what was asked."""


class DeepReorganisation(ChainError):
    """The chain was reorganised further back than an index follows by itself.

    Attributes:
        depth: number of indexed blocks that are no longer on the chain.
        kept: the largest depth that the index follows by itself.
        ancestor: number of the last indexed block that still is on the chain.
    """

    def __init__(self, message: str, depth: int, kept: int, ancestor: int) -> None:
        super().__init__(message)
        self.depth = depth
        self.kept = kept
        self.ancestor = ancestor


class NodeUnavailable(ChainError):
    """The node cannot be reached, or is of the wrong chain."""


class NodeBehind(NodeUnavailable):
    """The node's chain ends before a block that was read from this chain already.

    Attributes:
        head: number of the node's latest block.
        indexed: number of the last block that was read.
    """

    def __init__(self, message: str, head: int, indexed: int) -> None:
        super().__init__(message)
        self.head = head
        self.indexed = indexed


class TransactionReverted(ChainError):
    """A contract refused the call.

    Attributes:
        error: name of the contract's typed error (for example ``"ProofInvalid"``), or "" if the
            contract did not give one.
        arguments: the error's arguments by name.
    """

    def __init__(
        self, message: str, error: str = "", arguments: dict[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.error = error
        self.arguments = arguments or {}


class TransactionTimeout(ChainError):
    """The transaction was sent but not seen in a block in time; it may still be mined."""


class MachineError(ZkCreditError):
    """The machine or its system failed: the disk is full, descriptors ran out, a process died."""


class KernelUnavailable(MachineError):
    """``ZKCREDIT_KERNEL`` names a unit that does not exist, or that this machine cannot run.

    Raised by the first use of the kernel. The text names the units there are and those that run.
    """


class MissingExtra(MachineError):
    """A package is not installed that an extra of zkcredit brings; the text has the pip line.

    Attributes:
        extra: the extra's name, for example ``"chain"``.
    """

    def __init__(self, message: str, extra: str) -> None:
        super().__init__(message)
        self.extra = extra


class OutOfMemory(MachineError):
    """There is too little memory for the work."""


class InternalError(ZkCreditError):
    """A bug of zkcredit itself. Nothing that the caller passes should cause it; report it."""
