"""``request`` and ``verifier``: what a verifier asks for, signed and kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import zxingcpp
from Crypto.PublicKey import ECC
from PIL import Image
from support.cli.cli_desk import Ran, run

from zkcredit.request import ProofRequest, RequestBook
from zkcredit.scoring import load_scorecard

if TYPE_CHECKING:
    from pathlib import Path

    from support.cli.cli_desk import Desk


def _ask(folder: Path, *extra: object, **changed: object) -> Ran:
    """Ask for a proof; an option that is None is left out."""
    (folder / "policy.json").write_text(json.dumps({"min_score": 600, "currency": 978}))
    options: dict[str, Any] = {
        "verifier": "a lender",
        "purpose": "a bicycle",
        "policy": folder / "policy.json",
        "scope": "0x5678",
        "root": "7",
        "out": folder / "asked.json",
    }
    options |= {name.replace("_", "-"): value for name, value in changed.items()}
    flat = [
        part for name, value in options.items() if value is not None
        for part in (f"--{name}", value)
    ]  # fmt: skip
    return run("request", *flat, *extra, "--json")


def _asked(folder: Path, *extra: object, **changed: object) -> ProofRequest:
    made = _ask(folder, *extra, **changed)
    assert made.code == 0, made.stderr
    return ProofRequest.from_json((folder / "asked.json").read_text().strip())


def test_a_request_says_all_that_a_wallet_needs(tmp_path: Path) -> None:
    one, other = _asked(tmp_path, minutes=10), _asked(tmp_path, minutes=10)
    assert (one.verifier, one.purpose) == ("a lender", "a bicycle")
    assert (one.scope, one.registry_root, one.statement) == (0x5678, 7, "eligibility")
    assert (one.policy.min_score, one.policy.currency) == (600, 978)
    assert one.expires_at == one.policy.now + 600
    assert one.nonce != other.nonce


def test_it_says_its_size_and_whether_it_fits_a_qr_code(tmp_path: Path) -> None:
    made = _ask(tmp_path).json
    text = (tmp_path / "asked.json").read_text().strip()
    assert (made["bytes"], made["fits_qr_code"]) == (len(text), True)
    assert (made["statement"], made["signed_by"]) == ("eligibility", None)


def test_it_can_go_to_standard_output(tmp_path: Path) -> None:
    made = _ask(tmp_path, out="-")
    request = ProofRequest.from_json(made.out.strip())
    assert request.fits_qr()
    assert made.err == f"{len(made.out.strip())} bytes: it fits in a QR code"
    assert not (tmp_path / "-").exists()


def test_the_time_can_be_given(tmp_path: Path) -> None:
    request = _asked(tmp_path, now=1_800_000_000, minutes=1)
    assert (request.policy.now, request.expires_at) == (1_800_000_000, 1_800_000_060)


def test_a_scorecard_is_named_by_its_digest(tmp_path: Path) -> None:
    request = _asked(tmp_path, model="bundled")
    assert request.statement == "scored_eligibility"
    assert request.scorecard == load_scorecard().digest


@pytest.mark.parametrize(
    "changed",
    [{"verifier": ""}, {"purpose": " x"}, {"minutes": "0"}, {"minutes": "x"}, {"verifier": "a\nb"},
     {"scope": None}, {"root": None}, {"policy": "none.json"}, {"account": "none.json"},
     {"account": "11" * 32}, {"group": "none.json"}, {"model": "none.json"},
     {"sign": "none.pem", "addressee": "x"}, {"reply_to": "a\nb"}],
    ids=str,
)  # fmt: skip
def test_requests_that_could_mislead_are_refused(
    tmp_path: Path, changed: dict[str, object]
) -> None:
    assert _ask(tmp_path, **changed).code == 2
    assert not (tmp_path / "asked.json").exists()


@pytest.mark.parametrize(
    "number", ["", "-1", "1.5", "0x", "1_000", " 1", "x", "9" * 81, "1" + "0" * 79]
)
def test_what_is_not_a_field_element_is_refused(tmp_path: Path, number: str) -> None:
    # "=" keeps what begins with a dash from being an option
    assert _ask(tmp_path, f"--scope={number}", scope=None).code == 2
    assert _ask(tmp_path, f"--root={number}", root=None).code == 2


@pytest.mark.parametrize(
    "policy",
    ["[]", '{"min_scores": 1}', '{"min_score": -1}', '{"min_score": 65536}', '{"min_score": "1"}',
     '{"min_score": 2, "max_score": 1}', '{"min_score": 1.5}', '{"min_score": 1, "min_score": 2}'],
)  # fmt: skip
def test_a_malformed_policy_is_refused(tmp_path: Path, policy: str) -> None:
    (tmp_path / "bad.json").write_text(policy)
    assert _ask(tmp_path, policy=tmp_path / "bad.json").code == 2


def test_a_file_of_another_kind_is_not_replaced(desk: Desk) -> None:
    before = desk.path("wallet").read_bytes()
    assert _ask(desk.folder, out=desk.path("wallet")).code == 2
    assert desk.path("wallet").read_bytes() == before


# --- the book -----------------------------------------------------------------------------------


def test_a_book_keeps_what_was_asked(tmp_path: Path) -> None:
    book = tmp_path / "book"
    first, second = (_asked(tmp_path, book=book, purpose=purpose) for purpose in ("one", "two"))
    with RequestBook.open(book) as kept:
        assert kept.open_requests() == [first, second]
    listed = run("verifier", "book", book)
    assert [line.split()[-1] for line in listed.out.splitlines()] == ["one", "two"]


# --- the signature ------------------------------------------------------------------------------


def _key(desk: Desk) -> str:
    made = run("verifier", "init", desk.path("key.pem"), *desk.password, "--json")
    assert made.code == 0, made.stderr
    public: str = made.json["public_key"]
    return public


def test_a_signing_key_is_sealed_and_never_overwritten(desk: Desk) -> None:
    public = _key(desk)
    text = desk.path("key.pem").read_text()
    assert text.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert desk.path("key.pem").stat().st_mode & 0o777 == 0o600
    shown = run("verifier", "show", desk.path("key.pem"), *desk.password, "--json")
    assert shown.json == {"public_key": public}
    assert run("verifier", "show", desk.path("key.pem"), *desk.wrong).code == 7
    assert run("verifier", "init", desk.path("key.pem"), *desk.password).code == 2
    assert desk.path("key.pem").read_text() == text


@pytest.mark.parametrize("content", ["", "{}", "-----BEGIN PRIVATE KEY-----\nx\n", "\xff\x00"])
def test_what_is_not_a_key_exits_with_2(desk: Desk, content: str) -> None:
    desk.path("key.pem").write_bytes(content.encode("latin-1"))
    assert run("verifier", "show", desk.path("key.pem"), *desk.password).code == 2


def test_a_key_in_clear_needs_no_password(desk: Desk) -> None:
    key = ECC.generate(curve="Ed25519")
    desk.path("key.pem").write_text(key.export_key(format="PEM"))
    shown = run("verifier", "show", desk.path("key.pem"), "--json")
    assert bytes.fromhex(shown.json["public_key"]) == key.public_key().export_key(format="raw")


def test_a_signed_request_is_answered_by_the_wallet_that_it_is_for(
    desk: Desk, tmp_path: Path
) -> None:
    public = _key(desk)
    named = run("wallet", "addressee", desk.path("wallet"), public, *desk.password, "--json")
    addressee = named.json["addressee"]
    plain = run("wallet", "addressee", desk.path("wallet"), public, *desk.password)
    assert plain.out.strip() == addressee

    use = {"sign": desk.path("key.pem"), "root": desk.root}
    request = _asked(desk.folder, *desk.password, addressee=addressee, reply_to="desk 4", **use)
    assert request.signed_by.hex() == public
    proved = desk.prove(tmp_path / "x.json", "--yes", "--json", request=desk.path("asked.json"))
    assert proved.code == 0, proved.stderr
    assert "Signed by the key" in proved.stderr
    assert proved.json["reply_to"] == "desk 4"
    assert desk.verify(tmp_path / "x.json", request=desk.path("asked.json")).code == 0

    _asked(desk.folder, *desk.password, addressee="ab" * 32, **use)
    refused = desk.prove(tmp_path / "y.json", "--yes", request=desk.path("asked.json"))
    assert refused.code == 2
    assert "addressed to another wallet" in refused.err
    assert not (tmp_path / "y.json").exists()


@pytest.mark.slow
def test_a_signed_request_needs_an_addressee_and_the_password(desk: Desk) -> None:
    _key(desk)
    use = {"sign": desk.path("key.pem")}
    assert _ask(desk.folder, *desk.password, **use).code == 2
    assert _ask(desk.folder, *desk.wrong, addressee="ab" * 32, **use).code == 7
    assert not desk.path("asked.json").exists()


def test_a_changed_signed_request_is_refused(desk: Desk, tmp_path: Path) -> None:
    _key(desk)
    _asked(desk.folder, *desk.password, addressee="ab" * 32, sign=desk.path("key.pem"))
    document = json.loads(desk.path("asked.json").read_text())
    desk.path("asked.json").write_text(json.dumps(document | {"purpose": "another purpose"}))
    refused = desk.prove(tmp_path / "x.json", "--yes", request=desk.path("asked.json"))
    assert refused.code == 1
    assert refused.err.startswith("InvalidSignature: ")


@pytest.mark.parametrize("key", ["", "12", "zz" * 32, "AB" * 32])
def test_a_verifiers_key_is_64_digits(shared_desk: Desk, key: str) -> None:
    refused = run("wallet", "addressee", shared_desk.path("wallet"), key, *shared_desk.password)
    assert refused.code == 2


# --- QR codes -------------------------------------------------------------------------------------


def test_a_request_is_drawn_into_a_file_and_read_back(tmp_path: Path) -> None:
    png = tmp_path / "asked.png"
    assert _ask(tmp_path, png=png).code == 0
    text = (tmp_path / "asked.json").read_text().strip()
    with Image.open(png) as picture:
        assert zxingcpp.read_barcode(picture).text == text
    assert _ask(tmp_path, png=png).code == 0  # a picture may be replaced


def test_a_request_is_drawn_in_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text('{"min_score": 600}')
    made = run(
        "request", "--verifier", "a lender", "--purpose", "a bicycle",
        "--policy", tmp_path / "policy.json", "--scope", "1", "--root", "7", "--out", "-", "--qr",
    )  # fmt: skip
    assert made.code == 0
    assert "█" in made.stderr
    assert ProofRequest.from_json(made.out.strip()).verifier == "a lender"


def test_a_drawing_does_not_go_with_json(tmp_path: Path) -> None:
    assert _ask(tmp_path, "--qr").code == 2
    assert not (tmp_path / "asked.json").exists()


def test_nothing_is_kept_if_the_drawing_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    other.write_text("a diary")
    for png in (other, tmp_path / "asked.svg", tmp_path / "none" / "asked.png"):
        assert _ask(tmp_path, png=png, book=tmp_path / "book").code == 2
    assert other.read_text() == "a diary"
    assert not (tmp_path / "asked.json").exists()
    assert not (tmp_path / "book").exists()


def test_a_request_that_does_not_fit_says_how_large_it_is(tmp_path: Path) -> None:
    png = tmp_path / "asked.png"
    long = "\u4e2d" * 250  # six bytes a letter in JSON
    made = _ask(tmp_path, verifier=long, purpose=long, reply_to=long, png=png)
    assert made.code == 2
    assert "bytes and the largest QR code holds 2953" in made.stderr
    assert not png.exists()
    assert not (tmp_path / "asked.json").exists()
