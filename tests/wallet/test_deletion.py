"""A wallet is deleted whole, after its owner was told what goes and what stays."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from support.protocol.nouns import NOW, PASSWORD, record

from zkcredit.errors import InvalidInput, WalletError
from zkcredit.issuer import Issuer
from zkcredit.storage.password_lock import KdfCost
from zkcredit.storage.vault import Vault
from zkcredit.wallet import Wallet, deletion_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIGHT = KdfCost.light_unsafe()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "wallet"


@pytest.fixture
def wallet(path: Path) -> Iterator[Wallet]:
    with Wallet.create(path, PASSWORD, cost=LIGHT) as made:
        yield made


def test_nothing_of_a_deleted_wallet_is_left(wallet: Wallet, path: Path) -> None:
    wallet.delete()
    assert list(path.parent.iterdir()) == []
    with pytest.raises(InvalidInput):
        Wallet.open(path, PASSWORD)
    Wallet.create(path, PASSWORD, cost=LIGHT).close()  # its name is free


def test_a_deleted_wallet_is_closed_for_every_thread(wallet: Wallet) -> None:
    words = wallet.words(PASSWORD)
    thread = threading.Thread(target=wallet.delete)
    thread.start()
    thread.join()
    for call in (wallet.credentials, wallet.consents, wallet.check, wallet.delete):
        with pytest.raises(WalletError, match="closed"):
            call()
    assert len(words.split()) == 24


def test_a_wallet_that_another_program_writes_is_not_deleted(
    wallet: Wallet, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wallet._store._connection.execute("PRAGMA busy_timeout = 1")
    with Vault.open(path, "wallet", PASSWORD) as other, other.exclusive():
        with pytest.raises(WalletError, match="another process"):
            wallet.delete()
        assert path.exists()
    assert wallet.check() == 2


def test_a_wallet_that_cannot_be_removed_stays_open(
    wallet: Wallet, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise InvalidInput("cannot remove it")

    monkeypatch.setattr("zkcredit.shared_vault.remove", refuse)
    with pytest.raises(InvalidInput):
        wallet.delete()
    assert wallet.check() == 2
    assert path.exists()


def test_the_owner_is_told_what_goes_and_what_stays(wallet: Wallet, tmp_path: Path) -> None:
    assert "0 credentials, the log of 0 proofs" in deletion_in_words(wallet)
    with Issuer.create(tmp_path / "issuer", PASSWORD, cost=LIGHT) as issuer:
        wallet.receive(issuer.issue(record(), person="17", to=wallet.card, now=NOW))
    told = deletion_in_words(wallet)
    assert "1 credential, the log of 0 proofs" in told
    assert wallet.evm_address in told
    for word in ("goes for good", "stays on a chain", "others keep", "backup words"):
        assert word in told


def test_without_the_extra_the_account_has_no_address(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "eth_account.hdaccount", None)
    assert "the wallet's account" in deletion_in_words(wallet)
