"""``zkcredit groth16``: setup, prove, verify and export, with snarkjs's argument order."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import ActionOptions, NodeOptions, WalletOptions
from zkcredit.cli.ceremony import Contributions
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.options import (
    OptionGroup,
    Out,
    Threads,
    command,
    read_as,
    read_text,
    require_replaceable,
    write_bytes,
    write_text,
)
from zkcredit.cli.output import emit, note
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.groth16 import Endorsement

app = typer.Typer(
    help="Keys and proofs of any circuit, in snarkjs's formats.", no_args_is_help=True
)

KeyFile = Annotated[Path, typer.Argument(metavar="KEY.zkey")]
VkFile = Annotated[Path, typer.Argument(metavar="VK.json")]
WitnessFile = Annotated[Path, typer.Argument(metavar="WITNESS.wtns")]
ProofFile = Annotated[Path, typer.Argument(metavar="PROOF.json")]
PublicFile = Annotated[Path, typer.Argument(metavar="PUBLIC.json")]


@command(app)
def setup(
    circuit: Annotated[Path, typer.Argument(metavar="CIRCUIT.r1cs")],
    key: KeyFile,
    *,
    dev: Annotated[
        bool, typer.Option("--dev", help="UNSAFE: everybody can forge proofs under this key.")
    ] = False,
    ptau: Annotated[
        Path | None,
        typer.Option("--ptau", help="Prepared powers of tau, to make the initial key of phase 2."),
    ] = None,
    threads: Threads = None,
) -> None:
    """Make a dev key for tests and local chains, or the initial key of a ceremony.

    A key that protects money comes from a ceremony of several parties. With --ptau this command
    makes the same first file as snarkjs groth16 setup. Everybody can forge proofs under that
    file, so no other command accepts it, except zkcredit ceremony contribute, which each party
    then runs.
    """
    if dev == (ptau is not None):
        raise InvalidInput(
            "use --dev for a dev key, or --ptau FILE for the first file of a ceremony"
        )
    from zkcredit._internal.refused.file_errors import in_file
    from zkcredit.formats import r1cs

    require_replaceable(key, b"zkey")
    data = read_text(circuit, 1 << 32)
    with in_file(circuit):
        system = r1cs.loads(data)
    if ptau is not None:
        from zkcredit.cli.ceremony import write_initial

        emit(write_initial(system, data, ptau, key, threads))
        return
    from zkcredit.groth16 import dev_setup, save_proving_key

    made = dev_setup(system, threads)
    save_proving_key(key, made)
    emit(
        {
            "key": str(key),
            "origin": made.origin,
            "circuit": made.circuit_digest,
            "domain": made.domain_size,
        }
    )


@command(app)
def prove(
    *,
    key: KeyFile,
    witness: WitnessFile,
    proof: ProofFile,
    public: PublicFile,
    threads: Threads = None,
) -> None:
    """Make a proof, and write it and its public inputs."""
    from zkcredit._internal.files import write_together
    from zkcredit.bn254 import packed
    from zkcredit.formats import snarkjs, wtns
    from zkcredit.groth16.resident_key import load_resident_key

    _require_two_files(proof, public)
    loaded = load_resident_key(key, threads)
    values = read_as(witness, wtns.values, 1 << 32)
    made = loaded.prove(values, threads)
    after_inputs = packed.NUMBER_BYTES * (loaded.verifying_key.n_public + 1)
    inputs = packed.from_numbers(values[packed.NUMBER_BYTES : after_inputs])
    write_together(
        [(proof, made.to_json().encode()), (public, snarkjs.dump_public(inputs).encode())]
    )
    emit({"proof": str(proof), "public": str(public), "public_inputs": len(inputs)})


@command(app)
def fullprove(
    *,
    inputs: Annotated[Path, typer.Argument(metavar="INPUT.json")],
    program: Annotated[Path, typer.Argument(metavar="CIRCUIT.wasm")],
    key: KeyFile,
    proof: ProofFile,
    public: PublicFile,
    threads: Threads = None,
    memory: Annotated[
        int, typer.Option("--memory", min=1, max=4096, help="MiB that the program may have.")
    ] = 2048,
    seconds: Annotated[
        int, typer.Option("--seconds", min=1, max=86_400, help="Time that the program may take.")
    ] = 600,
) -> None:
    """Make a proof from inputs, with the circuit's own program, which circom made.

    INPUT.json is an object with a member for each input signal. What the circuit writes with log()
    goes to standard error. The program cannot reach files, and the proof is verified before it is
    written.
    """
    from zkcredit._internal.files import write_together
    from zkcredit.circom import full_prove, read_signals
    from zkcredit.circom.signals import MAX_BYTES
    from zkcredit.formats import snarkjs

    _require_two_files(proof, public)
    made, values = full_prove(
        read_as(inputs, read_signals, MAX_BYTES),
        program,
        key,
        threads=threads,
        log=note,
        memory_limit=memory << 20,
        time_limit=seconds,
    )
    write_together(
        [(proof, made.to_json().encode()), (public, snarkjs.dump_public(values).encode())]
    )
    emit({"proof": str(proof), "public": str(public), "public_inputs": len(values)})


def _require_two_files(proof: Path, public: Path) -> None:
    if proof.resolve() == public.resolve():
        raise InvalidInput("name two different files for the proof and the public inputs")
    require_replaceable(proof)
    require_replaceable(public)


BothFile = Annotated[
    Path | None,
    typer.Argument(metavar="[PROOF.json]", help="Left out if the file before has both."),
]


@command(app)
def verify(vk: VkFile, public: PublicFile, proof: BothFile = None) -> None:
    """Verify a proof; exits with 3 if it is invalid.

    One document with proof and public inputs ({"proof": ..., "pub_signals": [...]}) is named once.
    """
    from zkcredit.formats import snarkjs
    from zkcredit.groth16 import Proof, VerifyingKey
    from zkcredit.groth16 import verify as verify_proof

    loaded = read_as(vk, VerifyingKey.from_json, snarkjs.MAX_BYTES)
    inputs = read_as(public, snarkjs.load_public, snarkjs.MAX_BYTES)
    verify_proof(loaded, inputs, read_as(proof or public, Proof.from_json, snarkjs.MAX_BYTES))
    emit({"valid": True, "origin": loaded.origin}, "OK")


@command(app)
def export(key: KeyFile, vk: VkFile) -> None:
    """Write the verification key of a proving key."""
    from zkcredit.groth16.resident_key import load_verifying_key

    verifying_key = load_verifying_key(key)
    write_text(vk, verifying_key.to_json())
    emit(
        {
            "verification_key": str(vk),
            "origin": verifying_key.origin,
            "public_inputs": verifying_key.n_public,
            "circuit": verifying_key.circuit_digest,
        }
    )


@command(app)
def solidity(
    vk: VkFile,
    *,
    out: Out,
    name: Annotated[str, typer.Option("--name", help="The contract's name.")] = "Groth16Verifier",
) -> None:
    """Write a verifier contract of a key, with the function of snarkjs's template.

    The key is in the contract's code, which holds up to 150 public inputs. "groth16 calldata"
    prints the arguments of verifyProof.
    """
    from zkcredit.circom import solidity_verifier
    from zkcredit.formats import snarkjs
    from zkcredit.groth16 import VerifyingKey
    from zkcredit.groth16.trust import warn_of

    require_replaceable(out, b"// SPDX", b"pragma")
    loaded = read_as(vk, VerifyingKey.from_json, snarkjs.MAX_BYTES)
    source = solidity_verifier(loaded, name)
    warn_of(loaded.origin)
    write_bytes(out, source.encode())
    emit(
        {
            "contract": str(out),
            "name": name,
            "origin": loaded.origin,
            "public_inputs": loaded.n_public,
        }
    )


@dataclass(frozen=True, kw_only=True)
class ShownCeremony(OptionGroup):
    """The files of a key's ceremony, and the contributions to it that the deployer vouches for."""

    circuit: Annotated[
        Path | None, typer.Option("--circuit", help="The circuit (.r1cs), to verify the ceremony.")
    ] = None
    ptau: Annotated[
        Path | None, typer.Option("--ptau", help="The powers of tau that the key is made from.")
    ] = None
    zkey: Annotated[
        Path | None, typer.Option("--zkey", help="The proving key, which has the transcript.")
    ] = None
    contribution: Contributions = None

    def check(self) -> None:
        """Look whether the options fit together.

        Raises:
            InvalidInput: if some are missing.
        """
        if len({one is None for one in vars(self).values()}) > 1:
            raise InvalidInput("a ceremony needs --circuit, --ptau, --zkey and --contribution")

    def endorsement(self) -> "Endorsement | None":
        """Verify the ceremony, and return what the deployer vouches for; None if none is named.

        Raises:
            UnsafeKey: if the ceremony does not verify.
            InvalidInput: if a contribution is not one of the ceremony.
        """
        from zkcredit.cli.ceremony import hash_of, verified
        from zkcredit.formats import r1cs
        from zkcredit.groth16 import Endorsement

        if self.circuit is None or self.ptau is None or self.zkey is None:
            return None
        system = read_as(self.circuit, r1cs.loads, 1 << 32)
        ceremony = verified(system, self.ptau, self.zkey)
        note(ceremony.in_words())
        return Endorsement.of(ceremony, [hash_of(text) for text in self.contribution or ()])


@command(app)
def deploy(
    payer: WalletOptions,
    at: NodeOptions,
    how: ActionOptions,
    ceremony: ShownCeremony,
    *,
    vk: VkFile,
) -> None:
    """Deploy zkcredit's verifier contract for a key of any circuit, and print its address.

    The contract has 1 to 375 public inputs. A chain that is not local takes a key only from a
    ceremony: name the circuit, the powers of tau, the proving key and contributions to both phases
    that you vouch for. "groth16 calldata" prints the arguments of the contract's verify.
    """
    from zkcredit._internal.evm import keccak256
    from zkcredit.formats import snarkjs
    from zkcredit.groth16 import VerifyingKey, require_deployable
    from zkcredit.groth16.deployable import LOCAL_CHAIN_IDS

    key = read_as(vk, VerifyingKey.from_json, snarkjs.MAX_BYTES)
    endorsement = ceremony.endorsement()
    # what is refused on every chain is refused before a node is asked
    require_deployable(key, min(LOCAL_CHAIN_IDS), endorsement)
    with payer.acting(at, how) as actor:
        from zkcredit.chain import StoodFor, deploy_verifier
        from zkcredit.chain.contracts.verifier import verifying_key_bytes

        digest = keccak256(verifying_key_bytes(key)).hex()

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            made = deploy_verifier(
                actor.node,
                key,
                by=actor.sender,
                endorsement=endorsement,
                idempotency_key=f"{name}/verifier",
            )
            word = StoodFor.of(endorsement, actor.sender.address)
            return {
                "verifier": made.address,
                "chain_id": actor.node.chain_id,
                "public_inputs": key.n_public,
                "key_digest": digest,
                "origin": key.origin,
                **({} if word is None else {"stood_for": asdict(word)}),
            }

        perform(actor, Wish("groth16 deploy", "", {"key": digest}), carry_out)


@command(app)
def calldata(public: PublicFile, proof: BothFile = None) -> None:
    """Print a proof and its public inputs as contract arguments. The proof is not verified."""
    from zkcredit.formats import calldata as words
    from zkcredit.formats import snarkjs

    inputs = read_as(public, snarkjs.load_public, snarkjs.MAX_BYTES)
    points = read_as(proof or public, snarkjs.load_proof, snarkjs.MAX_BYTES)
    result = {"proof": [str(word) for word in words.to_words(points)],
              "public_inputs": [str(value) for value in inputs]}  # fmt: skip
    emit(result, words.snarkjs_text(points, inputs))
