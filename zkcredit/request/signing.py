"""The key that a verifier signs its requests with: Ed25519 (RFC 8032).

A signature shows that the holder of a key made the request; the borrower must learn by other means
whose key it is. The signed message is a prefix and then the request's text without its signature,
so that a signature of anything else by the same key is not valid for a request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

from Crypto.PublicKey import ECC

from zkcredit._internal import ed25519
from zkcredit._internal.checks import require_instance
from zkcredit.errors import InvalidInput, InvalidSignature, WrongPassword

if TYPE_CHECKING:
    from collections.abc import Callable

    from Crypto.PublicKey.ECC import EccKey

__all__ = ["RequestKey", "require_signature"]

_SCRYPT: Final[Any] = {"iteration_count": 1 << 14, "block_size": 8, "parallelization": 5}
"""RFC 7914's N, r and p: a fifth of a second for a guess, in the memory that OpenSSL permits."""

_PREFIX: Final = b"zkcredit proof request\0"


class RequestKey:
    """A verifier's secret signing key. ``repr`` shows only the public key."""

    def __init__(self, key: EccKey) -> None:
        if not isinstance(key, ECC.EccKey) or key.curve != "Ed25519" or not key.has_private():
            raise InvalidInput("a request is signed with an Ed25519 private key")
        self._key = key

    @classmethod
    def generate(cls) -> Self:
        """Return a new key from the operating system's randomness."""
        return cls(ECC.generate(curve="Ed25519"))

    @classmethod
    def from_pem(cls, text: str | bytes, password: str | Callable[[], str] | None = None) -> Self:
        """Read a PKCS#8 key, as ``openssl genpkey -algorithm ed25519`` writes it.

        Args:
            text: the PEM document.
            password: the password of an encrypted key, or a function that asks for it. It is not
                used if the key is not encrypted.

        Raises:
            WrongPassword: if the key is encrypted, and the password does not open it.
            InvalidInput: if the text is not an Ed25519 private key.
        """
        document = text.decode("latin-1") if isinstance(text, bytes) else text
        require_instance("the PEM document", document, str)
        encrypted = "ENCRYPTED" in document
        given = password() if encrypted and callable(password) else password
        try:
            # bytes, because the function encodes text as Latin-1
            secret: Any = given.encode() if isinstance(given, str) else None
            key = ECC.import_key(document, secret)
        except (ValueError, IndexError, TypeError):
            if encrypted:
                raise WrongPassword("the password does not open the signing key") from None
            raise InvalidInput("the file is not a PKCS#8 key in PEM form") from None
        return cls(key)

    def to_pem(self, password: str) -> str:
        """Return the key as an encrypted PKCS#8 document, which OpenSSL can open, too.

        Raises:
            InvalidInput: if the password is empty, or is not valid Unicode text.
        """
        if not require_instance("the password", password, str):
            raise InvalidInput("the signing key needs a password")
        try:
            secret = password.encode()  # UTF-8, as other programs take it
        except UnicodeEncodeError:
            raise InvalidInput("the password has half of a surrogate pair") from None
        text: str = self._key.export_key(
            format="PEM",
            passphrase=secret,
            use_pkcs8=True,
            protection="scryptAndAES256-CBC",
            prot_params=_SCRYPT,
        )
        return text

    def __repr__(self) -> str:
        return f"RequestKey(public={self.public.hex()})"

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return ed25519.public_bytes(self._key)

    def sign(self, text: str) -> bytes:
        """Return the signature of a request's text, 64 bytes.

        Raises:
            InvalidInput: if the text is not valid Unicode.
        """
        try:
            message = require_instance("the request's text", text, str).encode()
        except UnicodeEncodeError:
            raise InvalidInput("the request's text has half of a surrogate pair") from None
        return ed25519.sign(self._key, _PREFIX + message)


def require_signature(public: bytes, signature: bytes, text: str) -> None:
    """Require that a key signed the text of a request.

    Args:
        public: Ed25519 public key, 32 bytes.
        signature: 64 bytes.
        text: the request without its signature.

    Raises:
        InvalidSignature: if the key is not acceptable, or did not sign this text.
    """
    if not ed25519.holds(public, _PREFIX + text.encode(), signature):
        raise InvalidSignature("the request is not signed by the key that it names")
