"""A user's defaults: the profiles of ``zkcredit.toml``, and the variables that stand above them. ::

    profile = "village"                  # the one that is used if none is named

    [profiles.village]
    node = ["https://one.example", "https://two.example"]
    deployment = "village.json"          # seen from the folder of this file
    confirmations = 3
    keyring = true

An option is stronger than a variable (``ZKCREDIT_NODE``, ``ZKCREDIT_DEPLOYMENT``), and a variable
is stronger than a profile. The file is in the user's folder of settings, or where
``ZKCREDIT_CONFIG`` says; it is not looked for in the present folder, because whoever made a folder
could then choose the contracts that one pays.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zkcredit.errors import InvalidInput, MalformedFile

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = [
    "SETTINGS",
    "Defaults",
    "help_without_defaults",
    "read_settings",
    "settings_file",
    "settings_of",
]

SETTINGS: Final = ("node", "deployment", "confirmations", "keyring")
"""What a profile can say; each is the name of an option, too."""

_MOST_BYTES: Final = 1 << 16


class Defaults(dict[str, Any]):
    """The defaults of options, in the form in which typer asks for them: by the command's words.

    Nothing is read before an option has no value of its own.

    Args:
        groups: the names of groups of commands.
        leaves: the names of commands that are not in a group.
        profile: the profile that the user named, or None.
    """

    def __init__(
        self, groups: Collection[str], leaves: Collection[str], profile: str | None
    ) -> None:
        super().__init__()
        self._groups, self._leaves, self._profile = groups, leaves, profile

    def get(self, name: str, default: Any = None) -> Any:
        """Return the defaults of a command or group; None for an option of the root."""
        if name in self._groups:
            return _OfGroup(self._profile)
        return _OfCommand(self._profile) if name in self._leaves else default


class _OfGroup(dict[str, Any]):
    def __init__(self, profile: str | None) -> None:
        super().__init__()
        self._profile = profile

    def get(self, name: str, default: Any = None) -> Any:
        # a group has one option of its own
        return default if name == "help" else _OfCommand(self._profile)


class _OfCommand(dict[str, Any]):
    def __init__(self, profile: str | None) -> None:
        super().__init__()
        self._profile = profile

    def get(self, name: str, default: Any = None) -> Any:
        return settings_of(self._profile).get(name, default) if name in SETTINGS else default


def help_without_defaults(command: Any) -> None:
    """Let the help of a command, or of each command of a group, read no settings."""
    original = command.get_help

    def get_help(context: Any) -> str:
        context.default_map = None
        text: str = original(context)
        return text

    command.get_help = get_help
    for inner in getattr(command, "commands", {}).values():
        help_without_defaults(inner)


def settings_of(profile: str | None = None) -> dict[str, Any]:
    """Return the settings that hold now, by name; what nobody set is left out.

    Args:
        profile: the profile that the user named; by default that of ``ZKCREDIT_PROFILE`` or of the
            file.

    Raises:
        InvalidInput: if the file cannot be read, or does not have the profile.
        MalformedFile: if the file is not one of settings.
    """
    found = read_settings(settings_file(), profile or os.environ.get("ZKCREDIT_PROFILE") or None)
    if urls := os.environ.get("ZKCREDIT_NODE", "").split():
        found["node"] = urls
    if deployment := os.environ.get("ZKCREDIT_DEPLOYMENT"):
        found["deployment"] = deployment
    return found


def settings_file() -> Path | None:
    """Return the file of settings; None if there is none."""
    if named := os.environ.get("ZKCREDIT_CONFIG"):
        return Path(named)
    import platformdirs

    usual = Path(platformdirs.user_config_dir("zkcredit")) / "zkcredit.toml"
    return usual if usual.is_file() else None


def read_settings(path: Path | None, profile: str | None = None) -> dict[str, Any]:
    """Read one profile of a file of settings.

    Args:
        path: the file; None for no file, which has no profile.
        profile: the profile; by default the one that the file names.

    Raises:
        InvalidInput: if the file cannot be read, or does not have the profile.
        MalformedFile: if the file is not one of settings.
    """
    if path is None:
        if profile is not None:
            raise InvalidInput(f"there is no zkcredit.toml, so no profile {profile[:40]!r}")
        return {}
    import tomllib

    from zkcredit.cli.options import read_as

    def read(data: bytes) -> dict[str, Any]:
        try:
            return tomllib.loads(data.decode())
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise MalformedFile(f"the settings are not TOML: {error}") from None

    def chosen(data: bytes) -> dict[str, Any]:
        return _profile(read(data), profile)

    values = read_as(path, chosen, _MOST_BYTES)
    if "deployment" in values:
        values["deployment"] = str(path.parent / values["deployment"])
    return values


def _profile(content: dict[str, Any], profile: str | None) -> dict[str, Any]:
    if unknown := sorted(content.keys() - {"profile", "profiles"}):
        raise MalformedFile(f"settings have a profile and profiles, not {unknown[0][:40]!r}")
    profiles, usual = content.get("profiles", {}), content.get("profile")
    if not isinstance(profiles, dict) or not all(isinstance(p, dict) for p in profiles.values()):
        raise MalformedFile("profiles must be tables, such as [profiles.village]")
    name = usual if profile is None else profile
    if name is None:
        return {}
    if not isinstance(name, str) or name not in profiles:
        known = ", ".join(profiles) or "none"
        raise InvalidInput(f"there is no profile {str(name)[:40]!r}; known: {known}")
    return _checked(name, profiles[name])


def _checked(name: str, values: dict[str, Any]) -> dict[str, Any]:
    if unknown := sorted(values.keys() - set(SETTINGS)):
        raise MalformedFile(
            f"the profile {name!r} has an unknown setting {unknown[0][:40]!r}; "
            f"known: {', '.join(SETTINGS)}"
        )
    found = dict(values)
    if "node" in found:
        urls = [found["node"]] if isinstance(found["node"], str) else found["node"]
        if not isinstance(urls, list) or not urls or not all(isinstance(u, str) for u in urls):
            raise MalformedFile(f"node of the profile {name!r} must be a URL, or a list of URLs")
        found["node"] = urls
    for key, kind, what in (
        ("deployment", str, "a file's name"),
        ("confirmations", int, "a number of blocks, 0 to 1000"),
        ("keyring", bool, "true or false"),
    ):
        if key in found and type(found[key]) is not kind:
            raise MalformedFile(f"{key} of the profile {name!r} must be {what}")
    if not 0 <= found.get("confirmations", 0) <= 1000:
        raise MalformedFile(
            f"confirmations of the profile {name!r} must be a number of blocks, 0 to 1000"
        )
    return found
