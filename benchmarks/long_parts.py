"""The long parts of the tests, by name: what each does, and the files on which its outcome depends.

``long.py`` runs them.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT: Final = Path(__file__).resolve().parents[1]

sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "fuzz")]

from support.contracts.forge_rounds import GROUPS, INVARIANTS, files_of  # noqa: E402
from support.contracts.medusa_rounds import CAMPAIGNS  # noqa: E402
from support.contracts.mutant_targets import FAMILIES, TARGETS  # noqa: E402
from support.contracts.tool_rounds import properties  # noqa: E402


@dataclass(frozen=True)
class Part:
    """One long part.

    Attributes:
        what: the work of a round, in words.
        work: the function that does it, as ``module:name`` in ``tests``: it takes the number of the
            round, returns counts of what it did, and raises if something is wrong.
        rounds: number of rounds; a round takes a minute or two at most.
        files: files and folders on which the outcome depends.
        short: the test that runs a piece of it in every ``make test``.
        about: what the function is given before the round, if it serves several parts.
    """

    what: str
    work: str
    rounds: int
    files: tuple[str, ...]
    short: str
    about: str = ""


_PROOFS = ("cpp", "zkcredit/bn254", "zkcredit/formats", "zkcredit/groth16")
_MUTANTS = ("tests/support/groth16/groth16_toy.py", "tests/support/soundness/proof_rounds.py")
_KILLS = ("tests/support/storage", "zkcredit/storage")
_COMMANDS = (
    "tests/support/chain/gateway.py", "tests/support/cli/kill_rounds.py",
    "tests/support/cli/town.py", "tests/support/storage/tracing.py", "zkcredit/chain/custody",
    "zkcredit/chain/sending",
    "zkcredit/cli/account.py", "zkcredit/cli/admin.py", "zkcredit/cli/cold.py",
    "zkcredit/cli/intent.py", "zkcredit/cli/ledger.py", "zkcredit/cli/loan",
    "zkcredit/cli/market", "zkcredit/cli/product.py", "zkcredit/cli/registry.py",
    "zkcredit/cli/treasury.py", "zkcredit/cli/tx.py", "zkcredit/cli/verifier.py",
    "zkcredit/storage/database.py",
)  # fmt: skip
_DELETIONS = (
    "tests/soundness/circom", "tests/support/soundness/deletion_rounds.py", "zkcredit/audit",
    "zkcredit/bn254", "zkcredit/r1cs",
)  # fmt: skip


_LADDER = (
    "contracts/foundry.toml", "package-lock.json",
    "tests/support/contracts/forge_output.py", "tests/support/contracts/mutant_bench.py",
    "tests/support/contracts/mutant_build.py", "tests/support/contracts/mutants.py",
)  # fmt: skip


_INDEX = (
    "tests/support/chain/index_rounds.py", "tests/support/chain/loan_chains.py",
    "tests/support/chain/made_chain.py", "zkcredit/chain/index", "zkcredit/loan",
)  # fmt: skip


_FILES = ("zkcredit/_internal/files.py", "zkcredit/request/book.py", "zkcredit/storage")


def _modules(name: str) -> tuple[str, ...]:
    """Return a module's file, and those of circuits, gadgets and cases that it imports."""
    rooms = {
        "zkcredit.circuits": ROOT / "zkcredit" / "circuits",
        "zkcredit.gadgets": ROOT / "zkcredit" / "gadgets",
        "support.circuits": ROOT / "tests" / "support" / "circuits",
    }

    def imported(file: Path) -> list[Path]:
        froms = [n for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.ImportFrom)]
        names = {f"{node.module}.{alias.name}" for node in froms for alias in node.names}
        parts = [name.split(".") for name in names | {str(node.module) for node in froms}]
        inside = [part for part in parts if len(part) > 2 and ".".join(part[:2]) in rooms]
        files = [rooms[".".join(part[:2])] / f"{part[2]}.py" for part in inside]
        return [file for file in files if file.exists()]

    return _reached([ROOT / name], imported)


def _wires(statement: str, test: str) -> Part:
    return Part(
        f"{statement}: falsifies 50 hints and changes every wire of one more person",
        f"support.circuits.wire_rounds:{statement}",
        20,
        ("zkcredit/r1cs", *_modules("tests/support/circuits/wire_rounds.py")),
        f"tests/circuits/{test}",
    )


def _kills(verbs: str, what: str) -> Part:
    return Part(
        f"{what}, each with twenty faults and none, killed at a call and run again",
        f"support.cli.kill_rounds:{verbs}",
        12,
        _COMMANDS,
        "tests/cli/test_killed_commands.py::"
        "test_a_command_that_is_killed_and_run_again_happens_once",
    )


def _contracts(*names: str) -> tuple[str, ...]:
    """Return the files of some contracts, those that they import, and the JSON that they read.

    Files of libraries are left out: the lock of packages fixes them.
    """

    def imported(file: Path) -> list[Path]:
        if file.suffix != ".sol":
            return []
        text = file.read_text()
        names = re.findall(r'^(?:import|\}).*"(\..+)";$', text, re.MULTILINE)
        read = re.findall(r'"(test/fixtures/[^"]+)"', text)
        return [(file.parent / n).resolve() for n in names] + [ROOT / "contracts" / n for n in read]

    return _reached([ROOT / "contracts" / name for name in names], imported)


def _reached(first: list[Path], imported: Callable[[Path], list[Path]]) -> tuple[str, ...]:
    found, todo = set(), first
    while todo:
        if (file := todo.pop()) not in found:
            found.add(file)
            todo += imported(file)
    return tuple(sorted(str(file.relative_to(ROOT)) for file in found))


def _mutated(family: str, what: str) -> Part:
    rounds, sources = FAMILIES[family]
    targets = [TARGETS[source] for source in sources]
    contracts = {contract for target in targets for contract in target.contracts}
    tests = {name for target in targets for name in (*target.tests, *target.inlined)}
    return Part(
        f"mutants of {what}: a Solidity test notices each, or it is reviewed",
        "support.contracts.mutant_rounds:round_of",
        rounds,
        (*_LADDER, *_contracts(*sources, *contracts, *(f"test/{name}.t.sol" for name in tests))),
        "tests/contracts/test_mutants.py::test_mutants_that_once_survived_are_noticed",
        family,
    )


def _fuzzed(group: str) -> Part:
    tests = [f"test/{name}.t.sol" for name in files_of(group)]
    return Part(
        f"the Solidity tests of {group} with another seed: 2,000 cases of each fuzzed test",
        "support.contracts.forge_rounds:fuzzed",
        25,
        ("contracts/foundry.toml", *_contracts(*tests)),
        "tests/contracts/test_forge.py::test_every_solidity_test_succeeds",
        group,
    )


def _invariant(about: str, rounds: int) -> Part:
    test = f"test/{about}Invariant.t.sol"
    return Part(
        f"20,000 calls of each invariant of {about} with another seed",
        "support.contracts.forge_rounds:invariants",
        rounds,
        ("contracts/foundry.toml", *_contracts(test)),
        "tests/contracts/test_forge.py::test_an_invariant_is_asked_after_each_of_its_calls",
        about,
    )


def _symbolic(about: str, count: int) -> Part:
    file = f"test/symbolic/{about}Properties.sol"
    return Part(
        f"a property of {about} for all values of its parameters, by halmos",
        "support.contracts.tool_rounds:halmos",
        count,
        (*_contracts(file), "tests/support/contracts/tool_rounds.py"),
        "tests/contracts/test_forge.py::test_the_symbolic_properties_are_programs",
        about,
    )


PARTS: Final[Mapping[str, Part]] = {
    "mutants-toy": Part(
        "200 damaged proofs of the toy circuit for the kernel and py_ecc",
        "support.soundness.proof_rounds:toy",
        51,
        (*_PROOFS, *_MUTANTS),
        "tests/soundness/test_proofs_mutants.py::test_a_round_of_mutants_is_refused_alike",
    ),
    "mutants-eligibility": Part(
        "200 damaged proofs of eligibility for the kernel and py_ecc",
        "support.soundness.proof_rounds:eligibility",
        51,
        (*_PROOFS, "zkcredit/r1cs", *_modules("zkcredit/circuits/eligibility.py"), *_MUTANTS),
        "tests/soundness/test_proofs_mutants.py::test_a_round_of_mutants_is_refused_alike",
    ),
    "wires-eligibility": _wires(
        "eligibility", "test_eligibility_mutation.py::test_the_wires_of_another_borrower_are_bound"
    ),
    "wires-scored": _wires(
        "scored_eligibility", "test_scored_eligibility.py::test_a_lie_in_a_hint_is_noticed"
    ),
    "wires-escrow": _wires(
        "escrow_eligibility", "test_escrow_eligibility.py::test_a_lie_in_a_hint_is_noticed"
    ),
    "wires-ledger": _wires(
        "ledger_eligibility",
        "test_ledger_eligibility_wires.py::test_no_wire_of_another_account_is_free",
    ),
    "wires-entry": _wires(
        "ledger_entry", "test_ledger_entry.py::test_no_wire_of_another_entry_is_free"
    ),
    "chains": Part(
        "200 random transactions on revm and on anvil as Cancun: the same gas, events and state",
        "support.chain.evm_programs:cancun",
        50,
        (
            "tests/support/chain/evm_programs.py",
            "zkcredit/chain/nodes/anvil.py",
            "zkcredit/chain/nodes/revm",
        ),
        "tests/chain/nodes/revm/test_equality.py::"
        "test_random_transactions_have_the_same_fate_as_on_anvil",
    ),
    "nodes": Part(
        "a market's life on the embedded chain, py-evm and two anvils, and go-ethereum if built",
        "support.chain.node_rounds:round_of",
        20,
        (
            "tests/support/chain/node_copies.py",
            "tests/support/chain/node_rounds.py",
            "tests/support/chain/one_life.py",
            "tests/support/chain/reorganised_life.py",
            "tests/support/chain/reorganised_nodes.py",
            "zkcredit/chain/loans",
            "zkcredit/chain/nodes",
            "zkcredit/chain/sending",
        ),
        "tests/e2e/test_every_node.py::"
        "test_two_anvils_have_the_same_though_one_was_stopped_and_behind",
    ),
    "deletions": Part(
        "eight constraints of circomlib's BabyPbk deleted one by one: the audit sees each",
        "support.soundness.deletion_rounds:baby_pbk",
        60,
        _DELETIONS,
        "tests/audit/test_circom_audit.py::test_a_constraint_that_is_deleted_is_missed",
    ),
    "deletions-strict": Part(
        "every 24th constraint of circomlib's Num2Bits_strict deleted, from another one on",
        "support.soundness.deletion_rounds:num2bits_strict",
        24,
        _DELETIONS,
        "tests/audit/test_circom_audit.py::test_a_constraint_that_is_deleted_is_missed",
    ),
    "kills-vault": Part(
        "kills at every 20th system call of four ways to write a vault, from another one on",
        "support.storage.kill_rounds:vault",
        20,
        _KILLS,
        "tests/storage/test_vault.py::test_killed_at_any_moment_the_file_is_old_or_new",
    ),
    "kills-issuer": Part(
        "kills at every 20th system call of an issuer that issues, from another one on",
        "support.storage.kill_rounds:issuer",
        20,
        (*_KILLS, "zkcredit/credential.py", "zkcredit/envelope.py", "zkcredit/issuer"),
        "tests/issuer/test_issuer.py::"
        "test_killed_while_issuing_the_person_is_bound_to_one_holder_or_to_none",
    ),
    "kills-table": Part(
        "issuer issue --csv killed before every 40th call, from another one on, and run again",
        "support.cli.table_rounds:round_of",
        40,
        (
            "tests/support/cli/table_rounds.py",
            "tests/support/storage/tracing.py",
            "zkcredit/cli/issuer.py",
            "zkcredit/issuer",
            "zkcredit/shared_vault.py",
            *_FILES,
        ),
        "tests/cli/test_issue_table.py::"
        "test_a_table_whose_command_is_killed_is_issued_once_when_it_is_run_again",
    ),
    "threads": Part(
        "16 threads with one issuer and one wallet: each issues, proves and verifies ten times",
        "support.protocol.thread_rounds:round_of",
        100,
        (
            "tests/support/protocol/thread_rounds.py",
            "zkcredit/issuer",
            "zkcredit/request/book.py",
            "zkcredit/shared_vault.py",
            "zkcredit/storage",
            "zkcredit/wallet",
        ),
        "tests/issuer/test_threads.py::test_sixteen_threads_issue_and_prove",
    ),
    "kills-market": _kills("market", "12 commands of a market's operator"),
    "kills-loan": _kills("loan", "18 commands about a loan"),
    "kills-office": _kills(
        "office", "14 commands about roots, admins, verifiers, treasuries and cold transactions"
    ),
    "kills-others": _kills("others", "8 commands about a ledger and about transactions"),
    "kills-files": Part(
        "a command that writes files, killed at every call that changes one, and run again",
        "support.cli.file_rounds:round_of",
        14,
        ("tests/support/cli/file_rounds.py", "tests/support/storage/tracing.py", *_FILES),
        "tests/cli/test_killed_files.py::"
        "test_a_command_that_is_killed_while_it_writes_is_done_when_it_is_run_again",
    ),
    "pairs": Part(
        "two equal payments in a row with each of twenty faults and none, most of them killed",
        "support.cli.kill_rounds:pairs",
        10,
        _COMMANDS,
        "tests/cli/test_killed_commands.py::test_two_equal_payments_are_two",
    ),
    "reorganisations": Part(
        "30 reorganisations under the steps of a loan, from one block deep to ten",
        "support.cli.reorg_rounds:round_of",
        20,
        (*_COMMANDS, "tests/support/cli/reorg_rounds.py"),
        "tests/cli/test_reorganised_commands.py::test_a_step_that_is_reorganised_is_what_it_is",
    ),
    "faults": Part(
        "every call to a file fails once, with EIO and with ENOSPC, in one way of writing a file",
        "support.storage.fault_rounds:round_of",
        20,
        (*_KILLS, "zkcredit/_internal/files.py", "zkcredit/chain/sending"),
        "tests/storage/test_machine_faults.py::"
        "test_a_call_that_fails_is_the_machine_s_fault_and_changes_nothing",
    ),
    "power": Part(
        "the power fails in every way of writing a file, and every disk that it may leave opens",
        "support.storage.power_rounds:round_of",
        10,
        (
            "tests/support/storage/power.py",
            "tests/support/storage/power_rounds.py",
            "tests/support/storage/tracing.py",
            "zkcredit/_internal/files.py",
            "zkcredit/chain/sending/keystore.py",
            "zkcredit/chain/sending/outbox.py",
            "zkcredit/request/book.py",
            "zkcredit/storage",
        ),
        "tests/storage/test_power.py::test_what_a_failing_power_leaves_opens",
    ),
    "soak": Part(
        "50 loans on anvil through a gateway that errs, conserved to the unit",
        "support.chain.soak_rounds:round_of",
        200,
        (
            *_contracts(
                "src/IssuerRegistry.sol",
                "src/gates/EligibilityGate.sol",
                "src/market/Consents.sol",
                "src/market/CreditBureau.sol",
                "src/market/LoanEngine.sol",
                "src/market/LoanLens.sol",
                "src/market/LoanMarket.sol",
                "src/market/ProductBook.sol",
                "src/mocks/MockVerifier.sol",
                "src/mocks/TestToken.sol",
            ),
            "tests/support/chain/gateway.py",
            "tests/support/chain/soak_rounds.py",
            "zkcredit/chain/contracts",
            "zkcredit/chain/loans",
            "zkcredit/chain/nodes",
            "zkcredit/chain/sending",
        ),
        "tests/e2e/test_soak.py::test_loans_behind_a_gateway_are_conserved_to_the_unit",
    ),
    "faulty_chain": Part(
        "100 histories of a chain and nodes that err: every intention is executed exactly once",
        "support.chain.fault_rounds:round_of",
        100,
        (
            "tests/support/chain/fault_rounds.py",
            "tests/support/chain/faulty_chain.py",
            "zkcredit/chain/sending",
            "zkcredit/storage/database.py",
        ),
        "tests/chain/sending/test_transactions.py::test_a_hostile_chain_executes_every_intention_once",
    ),
    "parsers": Part(
        "20,000 damaged files for one parser after the other, a minute each at most",
        "support.fuzz.parser_rounds:round_of",
        84,
        ("fuzz", "tests/support/fuzz", "zkcredit"),
        "tests/fuzz/test_minutes_of_damage.py::test_new_damage_raises_typed_errors_only_and_soon",
    ),
    "sums": Part(
        "sums of 6,000 terms in every shape, the same bits by each instruction-set unit",
        "support.kernel.unit_sums:round_of",
        20,
        ("cpp", "tests/support/kernel"),
        "tests/kernel/test_kernel_units.py::test_large_sums_agree",
    ),
    "ceremonies": Part(
        "1,000 contributions to a key verified, and refused after each of 61 changes",
        "support.groth16.ceremony_rounds:round_of",
        10,
        (
            *_PROOFS,
            "tests/support/groth16/ceremony_case.py",
            "tests/support/groth16/ceremony_rounds.py",
        ),
        "tests/groth16/ceremony/test_phase2_chain.py::test_a_round_of_many_contributions",
    ),
    "first-challenge": Part(
        "the known first challenge of 2^28 powers of tau, computed again",
        "support.groth16.ceremony_rounds:known_challenge",
        1,
        ("tests/support/groth16/ceremony_rounds.py", "zkcredit/groth16/ceremony/phase1_chain.py"),
        "tests/groth16/ceremony/test_phase1_chain.py::test_the_first_challenge_is_that_of_snarkjs",
    ),
    "chain": Part(
        "a circom circuit of more than 2^16 constraints: its witness, our key, our proof",
        "support.interop.circom_chain:round_of",
        10,
        ("package-lock.json", *_PROOFS, "tests/support/interop"),
        "tests/interop/test_circom_circuits.py::test_a_domain_of_two_to_the_thirteen",
    ),
    "published-circom": Part(
        "circuits of Unirep and of Semaphore, by their own programs and keys, for other inputs",
        "support.circom.published_circuits:round_of",
        32,
        ("package-lock.json", *_PROOFS, "tests/support/circom", "zkcredit/circom"),
        "tests/interop/test_circom_programs.py::test_witness_and_proof_agree_with_snarkjs",
    ),
    **{f"forge-{group}": _fuzzed(group) for group in GROUPS},
    **{f"invariants-{about}": _invariant(about, rounds) for about, rounds in INVARIANTS.items()},
    "medusa": Part(
        "20,000 calls of the handler of a file of invariants by medusa, if there is Go",
        "support.contracts.medusa_rounds:round_of",
        len(CAMPAIGNS) + 1,
        (
            "contracts/foundry.toml",
            *_contracts(*(f"test/{about}Invariant.t.sol" for about in CAMPAIGNS)),
            "tests/support/contracts/medusa_rounds.py",
        ),
        "tests/contracts/test_medusa.py::test_a_campaign_offers_each_step_and_each_invariant",
    ),
    "contract-mutants-ledger": _mutated("ledger", "the ledger"),
    "contract-mutants-verifier": _mutated("verifier", "the verifier"),
    "contract-mutants-openings": _mutated("openings", "the verifier of openings, and of its curve"),
    "contract-mutants-gates": _mutated("gates", "the gates"),
    "contract-mutants-registry": _mutated("registry", "the registry"),
    "contract-mutants-engine": _mutated("engine", "the engine of loans whose product is a table"),
    "contract-mutants-records": _mutated(
        "records", "the book of products, the bureau, and consents"
    ),
    "contract-mutants-custody": _mutated(
        "custody", "the treasury, the timelock, and sources of exchange rates"
    ),
    "contract-mutants-market": _mutated("market", "the market and its libraries"),
    "engine": Part(
        "100 random tables and 20 lives of loans: the engine agrees with the library to the unit",
        "support.contracts.engine_world:round_of",
        100,
        (
            *_contracts("src/market/LoanEngine.sol"),
            "tests/support/contracts/engine_world.py",
            "tests/support/loan/life_cases.py",
            "tests/support/loan/table_cases.py",
            "zkcredit/loan",
        ),
        "tests/contracts/test_loan_engine.py::test_random_tables_and_lives",
    ),
    "applicants": Part(
        "170 of 4,073 real applicants: gate, circuit and plain Python judge each of them alike",
        "support.loan.real_applicants:round_of",
        24,
        (
            *_contracts("src/gates/EligibilityGate.sol", "src/market/LoanEngine.sol"),
            *_modules("zkcredit/circuits/eligibility.py"),
            "tests/support/loan/real_applicants.py",
            "zkcredit/loan",
            "zkcredit/policy.py",
            "zkcredit/scoring",
        ),
        "tests/e2e/test_real_applicants.py::test_a_market_and_plain_python_judge_alike",
    ),
    "index": Part(
        "an index follows a market through 1,000 blocks with reorganisations: it is as if new",
        "support.chain.index_rounds:round_of",
        100,
        _INDEX,
        "tests/chain/index/test_chain_index.py::"
        "test_a_thousand_blocks_with_reorganisations_are_what_a_replay_gives",
    ),
    "kills-index": Part(
        "an index of 30 blocks killed before every statement, and continued: it is as if new",
        "support.chain.index_rounds:kills",
        50,
        (*_INDEX, "zkcredit/storage/database.py"),
        "tests/chain/index/test_index_kill.py::"
        "test_killed_before_any_statement_the_file_is_that_of_some_block",
    ),
    **{
        f"halmos-{about}": _symbolic(about, count)
        for about, count in Counter(
            name.removesuffix("Properties") for name, _ in properties()
        ).items()
    },
    "slither": Part(
        "slither finds nothing in the contracts but what was reviewed",
        "support.contracts.slither_rounds:slither",
        1,
        (
            "contracts/src",
            "tests/support/contracts/slither_rounds.py",
            "tests/support/contracts/tool_rounds.py",
        ),
        "tests/contracts/test_slither.py::test_a_reviewed_kind_has_its_reason",
    ),
}
