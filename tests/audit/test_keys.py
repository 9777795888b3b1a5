"""What an audit says about keys: its unsafe relations in words, and the forgery in action."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.formats import snarkjs_toy as toy
from support.groth16 import ceremony_case as ceremony
from support.groth16 import groth16_toy as g

from zkcredit.audit import audit_proving_key, audit_verifying_key
from zkcredit.bn254.curve import neg
from zkcredit.errors import MalformedFile
from zkcredit.formats import r1cs, snarkjs, zkey
from zkcredit.groth16 import initial_zkey
from zkcredit.groth16.forgery import FORGERIES, UncheckedKey, forged
from zkcredit.r1cs import compile_gadget

VK = toy.text("verification_key.json").encode()


def kinds(report: object) -> list[str]:
    return [finding.kind for finding in report.findings]  # type: ignore[attr-defined]


def test_the_key_of_a_ceremony_is_clean() -> None:
    system = r1cs.loads(toy.data("toy.r1cs"))
    report = audit_proving_key(toy.data("ceremony.zkey"), "k", system)
    assert (report.origin, report.contributions, report.findings) == ("claimed", 2, ())
    assert report.forgeries_tried == len(FORGERIES)
    assert any("not checked: whether" in note for note in report.notes)


def test_a_ceremony_that_is_verified_is_said_to_be_one() -> None:
    report = audit_proving_key(ceremony.honest(), "k", ceremony.system(), ceremony.powers())
    assert (report.origin, report.contributions, report.findings) == ("ceremony", 2, ())
    (note,) = report.notes
    assert "phase 2: 2 contributions follow from one another" in note
    assert "that their makers are different is not shown" in note


def test_a_contribution_that_is_listed_twice_is_a_finding() -> None:
    """At first it counted as two: one party's key passed for a ceremony's."""
    data = ceremony.listed_twice()
    report = audit_proving_key(data, "k", ceremony.system(), ceremony.powers())
    assert kinds(report) == ["unsafe key"]
    assert "contribution 2: the transcript is not" in report.findings[0].text


def test_a_phase_1_of_one_party_makes_a_key_of_one_party() -> None:
    alone = ceremony.phase1(4, [(3**90, 5**60, 7**50)])
    key = ceremony.phase2(initial_zkey(ceremony.system(), alone), [3, 5])
    report = audit_proving_key(zkey.dumps(key), "k", ceremony.system(), alone)
    assert report.origin == "single-party"
    assert "one of its phases" in report.findings[0].text


def test_a_key_without_contribution_is_forged_under() -> None:
    report = audit_proving_key(toy.data("uncontributed.zkey"), "k")
    assert sorted(kinds(report)) == ["forgery", "unsafe key", "unsafe key"]
    text = " ".join(finding.text for finding in report.findings)
    assert "gamma2 = ±delta2" in text
    assert "delta = gamma: a proof of" in text
    assert "no contribution" in text


def test_a_key_of_one_party_is_a_finding() -> None:
    report = audit_proving_key(toy.data("single.zkey"), "k")
    assert kinds(report) == ["unsafe key"]
    assert "single contribution" in report.findings[0].text


def test_a_dev_key_is_a_finding() -> None:
    report = audit_verifying_key(g.dev_key().verifying_key.to_json().encode(), "vk")
    assert kinds(report) == ["unsafe key"]
    assert "trapdoor is public" in report.findings[0].text


def test_a_verification_key_says_nothing_of_its_ceremony() -> None:
    report = audit_verifying_key(VK, "vk", toy.data("ceremony.zkey"), 3)
    assert report.findings == ()
    assert any("does not say" in note for note in report.notes)


def test_keys_that_do_not_belong_together_are_findings() -> None:
    other = compile_gadget(lambda api, x: api.assert_equal(x.a * x.a, x.b), public={"a": 1, "b": 1})
    report = audit_proving_key(toy.data("ceremony.zkey"), "k", other.system)
    assert "not for this circuit" in report.findings[0].text
    report = audit_verifying_key(VK, "vk", toy.data("single.zkey"), 2)
    assert len(report.findings) == 2


def changed(**members: str) -> bytes:
    document = json.loads(VK)
    del document["vk_alphabeta_12"]
    return json.dumps({**document, **{k: document[v] for k, v in members.items()}}).encode()


@pytest.mark.parametrize(
    ("members", "relation"),
    [
        ({"vk_delta_2": "vk_gamma_2"}, "delta = gamma"),
        ({"vk_delta_2": "vk_beta_2"}, "beta = delta"),
        ({"vk_gamma_2": "vk_beta_2"}, "beta = ±gamma"),
    ],
)
def test_each_relation_is_forged_under(members: dict[str, str], relation: str) -> None:
    report = audit_verifying_key(changed(**members), "vk")
    assert sorted(kinds(report)) == ["forgery", "unsafe key"]
    assert any(finding.text.startswith(relation) for finding in report.findings)


@pytest.mark.parametrize(
    "members", [{"vk_delta_2": "vk_gamma_2"}, {"vk_delta_2": "vk_beta_2"},
                {"vk_gamma_2": "vk_beta_2"}]
)  # fmt: skip
def test_opposite_elements_are_forged_under_as_well(members: dict[str, str]) -> None:
    key = UncheckedKey.of_document(snarkjs.load_verification_key(changed(**members)))
    (member,) = members
    element = member.removeprefix("vk_").replace("_2", "2")
    opposite = replace(key, **{element: neg(getattr(key, element))})
    assert forged(opposite, [1, 2, 3]) is not None


def test_no_forgery_holds_under_a_good_key() -> None:
    file = zkey.loads(toy.data("ceremony.zkey"))
    key = UncheckedKey.of_zkey(file)
    assert key == UncheckedKey.of_document(snarkjs.load_verification_key(VK))
    assert forged(key, [1, 2, 3]) is None


@pytest.mark.parametrize("data", [b"", b"zkey", b"{}"])
def test_what_is_no_key_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedFile):
        audit_proving_key(data, "k")
    with pytest.raises(MalformedFile):
        audit_verifying_key(data, "vk")


def test_a_point_off_its_curve_is_a_finding_and_no_crash() -> None:
    document = json.loads(VK)
    document["vk_alpha_1"][0] = "5"
    del document["vk_alphabeta_12"]
    report = audit_verifying_key(json.dumps(document).encode(), "vk")
    assert kinds(report) == ["unsafe key"]
    assert report.forgeries_tried == 0
