"""The list of parts is CycloneDX and complete; the citation names this release."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.scripts import script

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SBOM: dict[str, Any] = json.loads((ROOT / "release" / "sbom.cdx.json").read_text())


LOCK = script("release/lock.py")


def versions(name: str) -> dict[str, str]:
    found = {}
    for entry in LOCK.locked(ROOT / "release" / "locks" / f"{name}.txt"):
        package, _, rest = entry.partition("==")
        found[canonicalize_name(package)] = rest.split()[0]
    return found


def parts() -> dict[str, dict[str, Any]]:
    return {canonicalize_name(part["name"]): part for part in SBOM["components"]}


def test_it_is_cyclonedx_about_this_project() -> None:
    assert (SBOM["bomFormat"], SBOM["specVersion"]) == ("CycloneDX", "1.6")
    about = SBOM["metadata"]["component"]
    assert about["name"] == "zkcredit"
    assert about["version"] == PROJECT["version"]
    assert about["licenses"][0]["license"]["id"] == PROJECT["license"]


def test_every_part_is_named_once_with_its_version_and_licence() -> None:
    refs = [part["bom-ref"] for part in SBOM["components"]]
    assert len(set(refs)) == len(refs)
    for part in SBOM["components"]:
        assert part["purl"] == f"pkg:pypi/{canonicalize_name(part['name'])}@{part['version']}"
        assert part["licenses"]


def test_it_has_what_a_user_gets_and_what_is_compiled_in() -> None:
    locked = versions("test") | versions("build")
    assert {name: part["version"] for name, part in parts().items()}.items() <= locked.items()
    direct = {canonicalize_name(Requirement(text).name) for text in PROJECT["dependencies"]}
    assert direct | set(LOCK.COMPILED_IN) <= parts().keys()


def test_the_graph_is_closed_and_starts_at_the_project() -> None:
    graph = {entry["ref"]: entry.get("dependsOn", []) for entry in SBOM["dependencies"]}
    reached, left = set(), [SBOM["metadata"]["component"]["bom-ref"]]
    while left:
        ref = left.pop()
        if ref not in reached:
            reached.add(ref)
            left += graph[ref]
    assert reached == graph.keys()


def test_no_address_of_a_registry_is_in_it() -> None:
    kinds = {
        reference["type"]
        for part in SBOM["components"]
        for reference in part.get("externalReferences", [])
    }
    assert kinds <= {"vcs", "website"}


def made(**changes: Any) -> str:
    document = {
        "components": [
            {"name": name, "bom-ref": f"{name}==1", "externalReferences": references}
            for name, references in (
                ("nanobind", [{"type": "distribution", "url": "u"}]),
                ("numpy", [{"type": "website", "url": "v"}, {"type": "other", "url": "w"}]),
            )
        ],
        "metadata": {
            "component": {"bom-ref": "root"},
            "tools": {"components": [{"name": "t", "externalReferences": [{}]}]},
        },
        "dependencies": [{"ref": "root", "dependsOn": ["numpy==1"]}],
    }
    return json.dumps(document | changes)


def test_tidying_removes_addresses_and_adds_what_is_compiled_in() -> None:
    tidied = json.loads(LOCK.tidy(made()))
    assert tidied["dependencies"][0]["dependsOn"] == ["nanobind==1", "numpy==1"]
    assert "externalReferences" not in tidied["components"][0]
    assert [entry["url"] for entry in tidied["components"][1]["externalReferences"]] == ["v"]
    assert tidied["metadata"]["tools"]["components"] == [{"name": "t"}]


@pytest.mark.parametrize(
    ("changes", "missing"), [({"components": []}, "nanobind"), ({"metadata": {}}, "tools")]
)
def test_a_list_without_a_part_that_must_be_there_is_refused(
    changes: dict[str, Any], missing: str
) -> None:
    with pytest.raises(KeyError, match=missing):
        LOCK.tidy(made(**changes))


def test_the_citation_names_the_last_release() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
    assert citation["title"] == PROJECT["name"]
    assert [author["name"] for author in citation["authors"]] == [
        author["name"] for author in PROJECT["authors"]
    ]
    assert sorted(citation["keywords"]) == sorted(PROJECT["keywords"])
    day = citation["date-released"].isoformat()
    assert f"## [{citation['version']}] - {day}" in (ROOT / "CHANGELOG.md").read_text()
