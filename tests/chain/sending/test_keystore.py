"""Web3 Secret Storage v3: every mutation gives a typed error or the right key."""

from __future__ import annotations

import json
import pickle
import stat
import subprocess
import sys
import time

import pytest
from eth_keyfile import create_keyfile_json

from zkcredit.chain.sending import keystore
from zkcredit.chain.sending.accounts import Signer
from zkcredit.chain.sending.keystore import load_keystore, save_keystore
from zkcredit.errors import (
    DamagedFile,
    InvalidInput,
    MalformedFile,
    OutOfMemory,
    WrongPassword,
    ZkCreditError,
)

# The two test vectors of the Web3 Secret Storage definition (ethereum.org): PBKDF2 and scrypt.
VECTOR_KEY = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
VECTOR_PASSWORD = "testpassword"
VECTOR_ADDRESS = "0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b"
PBKDF2_VECTOR = {
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "kdf": "pbkdf2",
        "kdfparams": {
            "c": 262144,
            "dklen": 32,
            "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
        },
        "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}
SCRYPT_VECTOR = {
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
        "kdf": "scrypt",
        "kdfparams": {
            "dklen": 32,
            "n": 262144,
            "p": 8,
            "r": 1,
            "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
        },
        "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}

# What geth and eth-account write: 256 MiB to open. The password is "secret", the account is the
# first one of every development chain.
DEVELOPMENT_ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
STANDARD_COST = {
    "address": "f39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "8db2acb8cf19fb37f0f8372da8af2f05"},
        "ciphertext": "992eb6574399e0d8b882a3458754e6256d1299514d08db825e3f5912c90df45e",
        "kdf": "scrypt",
        "kdfparams": {
            "dklen": 32,
            "n": 262144,
            "r": 8,
            "p": 1,
            "salt": "2d7ddae2964496e2e52c87f51f3311a2",
        },
        "mac": "d56ea775b2bd979eec963845587b98518d6800418191a7fde7e15e66a62a09f1",
    },
    "id": "f47dd0b5-cfdb-459b-a9fa-b0f2c8604107",
    "version": 3,
}
# Written by ethers with the password "pässwörd" in composed letters.
OF_ETHERS = {
    "address": "f39fd6e51aad88f6f4ce6ab8827279cfffb92266",
    "version": 3,
    "Crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "f06788850b9531391688a54284a54e52"},
        "ciphertext": "94c692e984cec410299f4a37454b76c3fba0ac1b8c419ab04cfa61779fc74b3d",
        "kdf": "scrypt",
        "kdfparams": {
            "salt": "e2a20bbae815a97e1303dd63fed20ad76f54dadc7678ea62258b3803acc78602",
            "n": 131072,
            "dklen": 32,
            "p": 1,
            "r": 8,
        },
        "mac": "1aa02fc8695b2009bdefdfeea7b6ac17b552b06eb8d5a9225e5d966541a167e9",
    },
    "id": "00000000-0000-4000-8000-000000000001",
}

SIGNER = Signer(b"\x07" * 32)
PASSWORD = "correct horse"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "account.json"
    save_keystore(SIGNER, path, PASSWORD, light=True)
    return path


def rewrite(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_an_account_comes_back(path):
    signer = load_keystore(path, PASSWORD, expected_address=SIGNER.address)
    assert signer.private_key_unsafe() == SIGNER.private_key_unsafe()


@pytest.mark.slow
@pytest.mark.parametrize("vector", [PBKDF2_VECTOR, SCRYPT_VECTOR])
def test_the_definitions_own_vectors_open(vector, tmp_path):
    path = tmp_path / "vector.json"
    path.write_text(json.dumps(vector))
    signer = load_keystore(path, VECTOR_PASSWORD, expected_address=VECTOR_ADDRESS)
    assert signer.private_key_unsafe().hex() == VECTOR_KEY


def test_the_spelling_of_ethers_opens(path):
    rewrite(path, lambda content: content.update(Crypto=content.pop("crypto")))
    assert load_keystore(path, PASSWORD).address == SIGNER.address


def test_the_file_is_private_and_holds_no_clear_key(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "07" * 16 not in path.read_text()


def test_an_existing_file_is_kept(path):
    before = path.read_bytes()
    with pytest.raises(InvalidInput):
        save_keystore(Signer.generate(), path, PASSWORD, light=True)
    assert path.read_bytes() == before


def test_a_wrong_password_is_named_as_such(path):
    with pytest.raises(WrongPassword) as caught:
        load_keystore(path, "wrong horse")
    assert "horse" not in str(caught.value)


@pytest.mark.parametrize("password", ["", None, b"bytes", "\ufeff", "\ud800"])
def test_a_password_is_text_and_not_empty(path, password):
    with pytest.raises(InvalidInput):
        load_keystore(path, password)
    with pytest.raises(InvalidInput):
        save_keystore(SIGNER, path.with_name("new.json"), password)


@pytest.mark.slow
@pytest.mark.parametrize(
    "password", ["p\u00e4ssw\u00f6rd", "pa\u0308sswo\u0308rd", "\ufeffp\u00e4ssw\u00f6rd"]
)
def test_a_keystore_of_ethers_opens_by_every_spelling(tmp_path, password):
    path = tmp_path / "ethers.json"
    path.write_text(json.dumps(OF_ETHERS))
    assert load_keystore(path, password).address == DEVELOPMENT_ADDRESS


@pytest.mark.parametrize("written", ["ﬁn\u00e4", "ﬁna\u0308", "fin\u00e4", "\ufeffﬁn\u00e4"])
def test_a_password_opens_as_given_in_nfc_and_in_nfkc(tmp_path, written):
    path = tmp_path / "other.json"
    content = create_keyfile_json(
        SIGNER.private_key_unsafe(), written.encode(), kdf="scrypt", iterations=2
    )
    path.write_text(json.dumps(content))
    assert load_keystore(path, written).address == SIGNER.address
    if written == "fin\u00e4":  # as ethers writes what was typed with a ligature
        assert load_keystore(path, "ﬁna\u0308").address == SIGNER.address


def test_a_password_in_ascii_costs_one_derivation(path, monkeypatch):
    tried = []
    genuine = keystore._opened
    monkeypatch.setattr(keystore, "_opened", lambda *a: tried.append(a[1]) or genuine(*a))
    with pytest.raises(WrongPassword):
        load_keystore(path, "wrong horse")
    assert tried == [b"wrong horse"]


def test_a_password_is_written_in_its_composed_form(tmp_path):
    path = tmp_path / "new.json"
    save_keystore(SIGNER, path, "\ufeffpa\u0308ss", light=True)
    assert load_keystore(path, "p\u00e4ss").address == SIGNER.address


@pytest.mark.slow
def test_too_little_memory_is_said_and_is_not_a_broken_file(tmp_path):
    path = tmp_path / "standard.json"
    path.write_text(json.dumps(STANDARD_COST))
    program = (
        "import resource, sys\n"
        "from zkcredit.chain.sending.keystore import load_keystore\n"
        "import eth_keyfile\n"
        "with open('/proc/self/statm') as file:\n"
        "    used = int(file.read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + (128 << 20),) * 2)\n"
        "try:\n"
        "    load_keystore(sys.argv[1], 'secret')\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.startswith("OutOfMemory")
    assert "257 MiB" in ran.stdout


def test_too_little_memory_to_save_is_said_and_leaves_no_file(tmp_path, monkeypatch):
    def without_memory(*_, **__):
        raise ValueError("[digital envelope routines] memory limit exceeded")

    monkeypatch.setattr("eth_keyfile.create_keyfile_json", without_memory)
    with pytest.raises(OutOfMemory, match=r"25[67] MiB"):
        save_keystore(SIGNER, tmp_path / "key.json", "a password")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_same_file_opens_where_memory_suffices(tmp_path):
    path = tmp_path / "standard.json"
    path.write_text(json.dumps(STANDARD_COST))
    assert load_keystore(path, "secret").address == DEVELOPMENT_ADDRESS
    assert issubclass(OutOfMemory, ZkCreditError)


def test_a_damaged_iv_does_not_open_to_another_key(path):
    def change(content):
        iv = content["crypto"]["cipherparams"]["iv"]
        content["crypto"]["cipherparams"]["iv"] = f"{int(iv, 16) ^ 1:032x}"

    rewrite(path, change)
    with pytest.raises(DamagedFile):
        load_keystore(path, PASSWORD)


def test_another_accounts_address_is_refused(path):
    rewrite(path, lambda content: content.update(address="00" * 20))
    with pytest.raises(DamagedFile):
        load_keystore(path, PASSWORD)


def test_another_expected_account_is_refused(path):
    with pytest.raises(DamagedFile):
        load_keystore(path, PASSWORD, expected_address="0x" + "11" * 20)


def test_a_file_without_address_needs_an_expected_one(path):
    rewrite(path, lambda content: content.pop("address"))
    with pytest.raises(InvalidInput, match="expected_address"):
        load_keystore(path, PASSWORD)
    assert load_keystore(path, PASSWORD, expected_address=SIGNER.address)
    with pytest.raises(DamagedFile):
        load_keystore(path, PASSWORD, expected_address="0x" + "11" * 20)


@pytest.mark.parametrize(
    "parameters",
    [
        {"n": 1 << 40},
        {"n": 1 << 20, "r": 8},
        {"r": 1 << 30},
        {"p": 1 << 30},
        {"n": 1 << 14, "r": 8, "p": 1 << 10},
        {"n": 0},
        {"n": 3},
        {"n": -2},
        {"r": 0},
        {"p": 0},
        {"n": 4096.0},
        {"n": True},
        {"n": "4096"},
        {"dklen": 1 << 40},
        {"dklen": 16},
        {"salt": "xyz"},
        {"salt": 5},
    ],
)
def test_hostile_costs_of_scrypt_are_refused_at_once(path, parameters):
    rewrite(path, lambda content: content["crypto"]["kdfparams"].update(parameters))
    started = time.process_time()
    with pytest.raises(MalformedFile):
        load_keystore(path, PASSWORD)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("count", [0, -1, 1 << 23, 1 << 200, "1"])
def test_hostile_costs_of_pbkdf2_are_refused(path, count):
    def change(content):
        content["crypto"]["kdf"] = "pbkdf2"
        content["crypto"]["kdfparams"] = {
            "c": count, "dklen": 32, "prf": "hmac-sha256", "salt": "00" * 32
        }  # fmt: skip

    rewrite(path, change)
    with pytest.raises(MalformedFile):
        load_keystore(path, PASSWORD)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "3", '"text"', "{}", '{"version": 3}', '{"version": 4, "crypto": {}}',
     '{"version": 3, "crypto": 1}', "[" * 20_000, "\ud800".encode("utf-8", "surrogatepass")],
)  # fmt: skip
def test_what_is_no_keystore_is_refused(tmp_path, text):
    path = tmp_path / "file.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(MalformedFile):
        load_keystore(path, PASSWORD)


@pytest.mark.parametrize(
    ("field", "value"),
    [("cipher", "aes-256-gcm"), ("cipher", None), ("kdf", "argon2"), ("kdf", 1), ("mac", "00"),
     ("mac", 7), ("ciphertext", "00" * 31), ("ciphertext", "zz" * 32), ("cipherparams", {}),
     ("cipherparams", {"iv": "00" * 15}), ("kdfparams", []), ("kdfparams", None)],
)  # fmt: skip
def test_unknown_or_malformed_parts_are_refused(path, field, value):
    rewrite(path, lambda content: content["crypto"].update({field: value}))
    with pytest.raises(MalformedFile):
        load_keystore(path, PASSWORD)


def test_a_field_in_two_spellings_is_refused(path):
    rewrite(path, lambda content: content.update(Crypto=content["crypto"]))
    with pytest.raises(MalformedFile):
        load_keystore(path, PASSWORD)


@pytest.mark.slow
def test_every_changed_byte_gives_a_typed_error_or_the_right_key(path):
    original = path.read_bytes()
    opened = 0
    for place in range(0, len(original), 3):
        changed = bytearray(original)
        changed[place] ^= 1
        path.write_bytes(changed)
        try:
            signer = load_keystore(path, PASSWORD)
        except ZkCreditError:
            continue
        assert signer.address == SIGNER.address
        opened += 1
    assert opened < len(original) / 6  # only white space, case, and the unread id


def test_a_missing_file_and_a_pipe_are_refused(tmp_path):
    import os

    with pytest.raises(InvalidInput):
        load_keystore(tmp_path / "none.json", PASSWORD)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput):
        load_keystore(tmp_path / "pipe", PASSWORD)


@pytest.mark.parametrize(
    "key", [b"", b"\x01" * 31, b"\x01" * 33, bytes(32), b"\xff" * 32, "01" * 32, 1, None]
)
def test_what_is_no_private_key_is_refused_without_being_shown(key):
    with pytest.raises(InvalidInput) as caught:
        Signer(key)
    assert "01" * 8 not in str(caught.value)


def test_a_signer_is_not_pickled():
    with pytest.raises(TypeError):
        pickle.dumps(SIGNER)


def test_generated_accounts_differ():
    assert Signer.generate().address != Signer.generate().address
