"""The commands about the roots of a registry that change a chain, as verbs of a town."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from support.cli.town import Verb

from zkcredit.registry import RegistrySnapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.cli.town import Town

__all__ = ["CANCEL", "registry_verbs"]

CANCEL: Final = "registry cancel"
"""The one that has nothing to do in a town, where no root waits."""


def registry_verbs(place: Town) -> Mapping[str, Verb]:
    """Every other such command, once."""
    posted = (place.folder / "registry.json").read_bytes()
    root = RegistrySnapshot.from_json(posted).root
    words = {
        "post-after-removal": "--registry {folder}/other.json",
        "renew": "--registry {folder}/registry.json",
        "withdraw": str(root),
        "ban": "5",
        "appoint": "guardian {stranger}",
        "dismiss": "registrar {employer}",
    }
    return {
        f"registry {name}": Verb(f"registry {name} {rest} {{market}}")
        for name, rest in words.items()
    }
