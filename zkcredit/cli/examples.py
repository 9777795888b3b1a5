"""One example for the help of each command, made of its parameters.

A parameter's value is looked up by its metavar or option, so that a new command has an example
without a word; ``_MORE`` has what an example needs beside the required parameters.
"""

from __future__ import annotations

from typing import Any, Final

__all__ = ["add_examples", "example_of", "example_value"]

_PRODUCT: Final = "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc"
_VALUES: Final = {
    "circuit export --out": "eligibility.r1cs",
    "circuit witness --out": "eligibility.wtns",
    "groth16 solidity --out": "Verifier.sol",
    "issuer issue --out": "envelopes",
    "product show PRODUCT": "offer.json",
    "fx quote BASE": "USD",
    "timelock announce --call": "Token.approve",
    "timelock announce CONTRACT": "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    "timelock cancel --call": "Token.approve",
    "timelock cancel CONTRACT": "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    "timelock execute --call": "Token.approve",
    "timelock execute CONTRACT": "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    "fx quote QUOTE": "KES",
    "fx quote RATE": "129.5",
    "fx quote SOURCE": "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    "keyring forget FILE": "wallet",
    "keyring store FILE": "wallet",
    "--amount": "80000",
    "--attestor": "8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f",
    "--bureau": "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
    "--commitment": "commitment.json",
    "--deals": "deals.json",
    "--deployment": "deployment.json",
    "--from": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "--group": "group.json",
    "--issuer": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "--key": "key.zkey",
    "--keystore": "key.json",
    "--limit": "90000",
    "--loan": "7",
    "--name": "'the union'",
    "--node": "http://127.0.0.1:8545",
    "--out": "out.json",
    "--outbox": "account.outbox",
    "--person": "'customer 17'",
    "--policy": "policy.json",
    "--product": _PRODUCT,
    "--purpose": "'a loan of 800.00 EUR'",
    "--registry": "registry.json",
    "--request": "request.json",
    "--roster": "roster.json",
    "--threshold": "2",
    "--tree": "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
    "--to": "card.json",
    "--verifier": "'the village bank'",
    "ADDRESS": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "AMOUNT": "80000",
    "BEACON": "0102030405060708",
    "CREDENTIAL": "5d1f0c7e9a3b2468",
    "ITERATIONS": "10",
    "KEYSTORE": "key.json",
    "LINE": "3",
    "MARKET": "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    "LOAN": "7",
    "POSITION": "3",
    "PRODUCT": _PRODUCT,
    "PROPOSAL.json": "proposal.json",
    "RECEIPT.json": "receipt.json",
    "QUOTE.json": "quote.json",
    "REVOCATION_ID": "17",
    "ROOT": "21663839004416932945382355908790599225266501822907911457504978515578255421292",
    "STATEMENT": "eligibility",
    "STEP.json": "step.json",
    "SUCCESSOR": "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    "TOKENS": "1000",
    "PROPOSER": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "TIMELOCK": "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
    "TREASURY": "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    "TX": "0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060",
    "VERIFIER_KEY": "8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f",
}
"""A value for each metavar or option, or for one command's alone. A file's name is its metavar
in small letters."""

_SPENDING: Final = "--argument 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --argument 80000"
_MORE: Final = {
    "audit": "eligibility",
    "demo": "--story loan",
    "groth16 calldata": "proof.json",
    "groth16 setup": "--dev",
    "groth16 verify": "proof.json",
    "help": "loan apply",
    "issuer issue": "--csv orders.csv",
    "loan apply": f"--product {_PRODUCT}",
    "loan repay": "--due",
    "loan sign-application": f"--product {_PRODUCT}",
    "loan sign-payment": "--row 1",
    "loan watch": "--withdraw",
    "market notice": "--days 5",
    "request": "--scope 5678 --root 42",
    "timelock announce": _SPENDING,
    "timelock cancel": _SPENDING,
    "timelock execute": _SPENDING,
    "treasury propose": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --amount 80000",
    "tx prepare": "Token.transfer 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC 80000",
}
"""What an example has beside the command's required parameters."""


def add_examples(path: str, command: Any) -> None:
    """Put an example at the end of the help of a command, or of each command of a group."""
    if (inner := getattr(command, "commands", None)) is not None:
        for name, leaf in inner.items():
            add_examples(f"{path} {name}", leaf)
    elif not command.epilog:
        command.epilog = f"\b\nExample:\n  {example_of(path, command)}"


def example_of(path: str, command: Any) -> str:
    """Return a command line with a value for each required parameter.

    Args:
        path: the words that name the command.
        command: what typer made of it.
    """
    words = ["zkcredit", path]
    required = [one for one in command.params if one.required]
    words += [example_value(path, one) for one in required if one.param_type_name == "argument"]
    words += [
        f"{one.opts[0]} {example_value(path, one)}"
        for one in required
        if one.param_type_name == "option"
    ]
    return " ".join([*words, *([_MORE[path]] if path in _MORE else [])])


def example_value(path: str, parameter: Any) -> str:
    """Return what an example has for a parameter of a command."""
    choices = getattr(parameter.type, "choices", None)
    if choices:
        return str(next(iter(getattr(one, "value", one) for one in choices)))
    name = parameter.opts[0] if parameter.param_type_name == "option" else _metavar(parameter)
    value = _VALUES.get(f"{path} {name}") or _VALUES.get(name)
    return value or name.lstrip("-").lower()


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper()).removesuffix("...")
