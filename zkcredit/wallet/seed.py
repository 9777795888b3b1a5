"""One seed, backed up as words, from which every key of a borrower is derived.

The words are BIP-39 (English, 24 of them, 256 bits of entropy); the 64-byte seed is BIP-39's,
with an empty passphrase. From it come, each by HKDF-SHA256 (RFC 5869) under its own label:

===============  =======================================================================
holder secret    s, an element of the scalar field; its hash is the credential's holder
ledger key       a number below 2^248; as 32 bytes, the seed of the account key on ledgers
envelope key     X25519, opens what issuers send (RFC 9180)
===============  =======================================================================

and, by BIP-32 at m/44'/60'/0'/0/0, the Ethereum account.
"""

from __future__ import annotations

import secrets
from functools import cached_property
from typing import TYPE_CHECKING, Final

from Crypto.Hash import SHA256
from Crypto.Protocol.DH import import_x25519_private_key
from Crypto.Protocol.KDF import HKDF
from mnemonic import Mnemonic

from zkcredit._internal.extras import extra
from zkcredit._internal.text import words_in
from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from Crypto.PublicKey.ECC import EccKey

    from zkcredit.gadgets.elgamal import AccountKey

__all__ = ["EVM_PATH", "Seed", "english_words"]

EVM_PATH: Final = "m/44'/60'/0'/0/0"
"""The first Ethereum account of BIP-44, where other wallets look for it too."""

_SALT: Final = b"zkcredit/v1/wallet"


def english_words() -> list[str]:
    """Return BIP-39's 2,048 English words in their order."""
    return list(Mnemonic("english").wordlist)


class Seed:
    """A borrower's root secret. ``repr`` does not show it, and it cannot be pickled."""

    def __init__(self, entropy: bytes) -> None:
        """Take the 16 to 32 bytes that the words stand for.

        Raises:
            InvalidInput: if the entropy has another length.
        """
        if not isinstance(entropy, bytes) or len(entropy) not in (16, 20, 24, 28, 32):
            raise InvalidInput("the entropy of a seed has 16, 20, 24, 28 or 32 bytes")
        self._entropy = entropy

    @classmethod
    def generate(cls) -> Seed:
        """Return a new seed of 256 bits from the operating system."""
        return cls(secrets.token_bytes(32))

    @classmethod
    def from_words(cls, words: str) -> Seed:
        """Read the backup words.

        Raises:
            InvalidInput: if a word is unknown, their number is wrong, or the checksum fails. The
                message never repeats a word.
        """
        if not isinstance(words, str):
            raise InvalidInput("the backup words must be text")
        try:
            entropy = Mnemonic("english").to_entropy(words_in(words))
        except (ValueError, LookupError):
            # from None: the library's message names the offending word
            raise InvalidInput(
                "the backup words are wrong: check their spelling, order and number (24)"
            ) from None
        return cls(bytes(entropy))

    def __repr__(self) -> str:
        return "Seed(…)"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Seed cannot be pickled")

    @property
    def entropy(self) -> bytes:
        """The bytes behind the words. Secret."""
        return self._entropy

    def words(self) -> str:
        """Return the backup words. Secret."""
        text: str = Mnemonic("english").to_mnemonic(self._entropy)
        return text

    @cached_property
    def holder_secret(self) -> int:
        """s: not zero, below r; reduced from 384 bits, so its bias is below 2^-128. Secret."""
        return int.from_bytes(self._derived("holder secret", 48), "big") % (R - 1) + 1

    @cached_property
    def ledger_key(self) -> int:
        """A number from 1 to 2^248 − 1, from which ``account_key`` is made. Secret."""
        return int.from_bytes(self._derived("ledger key", 47), "big") % ((1 << 248) - 1) + 1

    @cached_property
    def account_key(self) -> AccountKey:
        """The key of the account on credit ledgers: its seed is ``ledger_key``, big-endian."""
        from zkcredit.gadgets.elgamal import AccountKey

        return AccountKey(self.ledger_key.to_bytes(32, "big"))

    @cached_property
    def envelope_key(self) -> EccKey:
        """The X25519 key that opens envelopes. Secret."""
        return import_x25519_private_key(self._derived("envelope key", 32))

    def addressee(self, verifier_key: bytes) -> str:
        """Return the wallet's name towards one verifier; each verifier's key gets another name.

        Raises:
            InvalidInput: if the key is not 32 bytes.
        """
        if not isinstance(verifier_key, bytes) or len(verifier_key) != 32:
            raise InvalidInput("a verifier's key has 32 bytes")
        return self._derived(f"addressee {verifier_key.hex()}", 32).hex()

    def record_id(self, content: bytes) -> str:
        """Return a record's id: the same for the same content, and meaningless without the seed."""
        return self._derived(f"record {SHA256.new(content).hexdigest()}", 8).hex()

    @cached_property
    def evm_key(self) -> bytes:
        """The 32-byte secp256k1 key of the Ethereum account. Secret.

        Raises:
            MissingExtra: if the extra ``zkcredit[chain]`` is not installed.
        """
        with extra("chain", "an Ethereum account"):
            from eth_account.hdaccount import key_from_seed
        return bytes(key_from_seed(self._root, EVM_PATH))

    @cached_property
    def evm_address(self) -> str:
        """The account's address, with its EIP-55 checksum. Public.

        Raises:
            MissingExtra: if the extra ``zkcredit[chain]`` is not installed.
        """
        key = self.evm_key
        from eth_account import Account

        return str(Account.from_key(key).address)

    @cached_property
    def _root(self) -> bytes:
        return bytes(Mnemonic.to_seed(self.words(), passphrase=""))

    def _derived(self, label: str, length: int) -> bytes:
        out = HKDF(self._root, length, _SALT, SHA256, context=label.encode())
        assert isinstance(out, bytes)  # noqa: S101  # one key asked for, one returned
        return out
