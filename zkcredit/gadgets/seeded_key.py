"""What both kinds of secret key share: a seed of 32 bytes, a public point, and a guarded exit."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Final, NoReturn, Self

from zkcredit.errors import InvalidInput
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, Point

if TYPE_CHECKING:
    from typing import SupportsIndex

__all__ = ["SeededKey"]

_SEED_BYTES: Final = 32


class SeededKey(ABC):
    """A secret scalar that is derived from a seed, with its multiple of B8.

    Equal seeds make equal keys. The repr shows the public key only. A key refuses to be pickled or
    copied, so that it does not leave the process by accident; ``seed`` is the explicit way out.

    Attributes:
        public: the public key.
        kind: what errors call the key, with its article.

    Raises:
        InvalidInput: if the seed does not have 32 bytes.
    """

    __slots__ = ("_scalar", "_seed", "public")
    kind: ClassVar[str] = "a key"
    public: Point

    def __init__(self, seed: bytes) -> None:
        if len(seed) != _SEED_BYTES:
            raise InvalidInput(
                f"the seed of {self.kind} must have {_SEED_BYTES} bytes, not {len(seed)}"
            )
        self._seed = bytes(seed)
        self._scalar = self._derive(self._seed)
        self.public = babyjub.mul(self._scalar, BASE8)

    @classmethod
    def generate(cls) -> Self:
        """Make a new key from the operating system's randomness."""
        return cls(secrets.token_bytes(_SEED_BYTES))

    @property
    def seed(self) -> bytes:
        """The secret seed: store it encrypted."""
        return self._seed

    @abstractmethod
    def _derive(self, seed: bytes) -> int:
        """Compute the secret scalar, and keep what else the kind of key needs."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(public={self.public})"

    def __eq__(self, other: object) -> bool:
        return self.public == other.public if isinstance(other, type(self)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.public)

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError(f"{self.kind} cannot be pickled or copied: store its seed, encrypted")
