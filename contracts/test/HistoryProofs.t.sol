// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Groth16Verifier} from "../src/Groth16Verifier.sol";
import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {IHistoryTree} from "../src/interfaces/IHistoryTree.sol";
import {HistoryTree} from "../src/market/HistoryTree.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {HistoryFixture} from "./support/HistoryFixture.sol";

/// @dev Proofs of the real statements, made by the library's prover for records that the library
///      computed (see tests/support/contracts/history_proofs.py). Here a bureau's calls make the
///      records, and the tree takes the proofs.
contract HistoryProofsTest is HistoryFixture {
    uint256 private constant PEOPLE = 12;
    uint256 private constant INTRINSIC = 21_000;

    uint256[] private roots;
    uint256[] private updates;
    uint256[8][2] private proofs;

    function setUp() public {
        makeBureau();
        string memory json = vm.readFile("test/fixtures/history.json");
        address three = address(new Groth16Verifier(vm.parseJsonBytes(json, ".key3")));
        address twelve = address(new Groth16Verifier(vm.parseJsonBytes(json, ".key12")));
        address[2] memory none;
        tree = new HistoryTree(address(bureau), [three, twelve], none, LAG, AGE);
        roots = wordsIn(vm.parseJsonBytes(json, ".roots"));
        updates = wordsIn(vm.parseJsonBytes(json, ".updates"));
        uint256[] memory flat = wordsIn(vm.parseJsonBytes(json, ".proofs"));
        for (uint256 i = 0; i < 16; ++i) {
            proofs[i / 8][i % 8] = flat[i];
        }
        for (uint256 i = 0; i < PEOPLE; ++i) {
            bureau.reserve(Nullifier.wrap(updates[2 * i]), START);
            bureau.start(
                Nullifier.wrap(updates[2 * i]), 100_000 + i, START + (30 + i) * 1 days
            );
        }
    }

    function wordsIn(bytes memory data) private pure returns (uint256[] memory words) {
        words = new uint256[](data.length / 32);
        for (uint256 i = 0; i < words.length; ++i) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(data, mul(32, add(i, 1))))
            }
            words[i] = word;
        }
    }

    function people(uint256 step) private view returns (Nullifier[] memory several) {
        several = new Nullifier[](step == 0 ? 12 : 3);
        for (uint256 i = 0; i < several.length; ++i) {
            several[i] = Nullifier.wrap(updates[2 * i + 24 * step]);
        }
    }

    function one(uint256 step) private view returns (uint256[8][] memory proof) {
        proof = new uint256[8][](1);
        proof[0] = proofs[step];
    }

    /// @dev What a transaction with this call uses: intrinsic gas, calldata, and execution.
    function used(uint256 step) private returns (uint256) {
        bytes memory data =
            abi.encodeCall(tree.advance, (people(step), roots[step + 1], one(step)));
        uint256 cost = INTRINSIC;
        for (uint256 i = 0; i < data.length; ++i) {
            cost += data[i] == 0 ? 4 : 16;
        }
        assertTrue(address(tree).code.length != 0, "a transaction's address is warm");
        uint256 left = gasleft();
        (bool ok,) = address(tree).call(data);
        cost += left - gasleft();
        assertTrue(ok, "advance");
        return cost;
    }

    function between() private {
        bureau.progress(Nullifier.wrap(updates[0]), 1, 0, START + 60 days);
        bureau.close(Nullifier.wrap(updates[2]), ICreditBureau.Ending.Repaid);
    }

    function testTheLibrarysRecordsAreTheBureaus() public {
        assertEq(tree.root(), roots[0], "the empty tree");
        for (uint256 step = 0; step < 2; ++step) {
            uint256[] memory words = bureau.wordsOf(people(step));
            for (uint256 i = 0; i < words.length; ++i) {
                assertEq(words[i], updates[2 * i + 24 * step + 1], "word");
            }
            if (step == 0) between();
        }
    }

    function testRealProofsAdvanceTheTree() public {
        // the bounds of the design, for whole transactions with all that they touch cold
        assertLe(used(0), 510_000, "gas of twelve");
        assertEq(tree.root(), roots[1], "root");
        assertEq(tree.waiting(), 1, "waiting");
        between();
        assertLe(used(1), 345_000, "gas of three");
        assertEq(tree.root(), roots[2], "root");
        assertEq(tree.waiting(), 0, "waiting");
        assertTrue(tree.isFresh(roots[0]) && tree.isFresh(roots[2]), "fresh");
    }

    function testARealProofIsForNothingElse() public {
        uint256[8][] memory proof = one(0);
        Nullifier[] memory several = people(0);
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        tree.advance(several, roots[1] + 1, proof);
        // the record of another day
        bureau.progress(Nullifier.wrap(updates[4]), 0, 0, START + 33 days);
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        tree.advance(several, roots[1], proof);
        bureau.progress(Nullifier.wrap(updates[4]), 0, 0, START + 32 days);
        tree.advance(several, roots[1], proof);
        // the step that was taken, and the next one before its records are there
        several = people(1);
        proof = one(1);
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        tree.advance(several, roots[2], proof);
        between();
        tree.advance(several, roots[2], proof);
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        tree.advance(several, roots[2], proof);
    }

    function testAStagedBatchHasARealProof() public {
        // twelve openings wait, so the staged batch is that of the first step
        Nullifier[] memory several = people(0);
        uint256[] memory words = bureau.wordsOf(several);
        tree.stage(several);
        between();
        uint256[8][] memory proof = one(0);
        vm.expectRevert(
            abi.encodeWithSelector(IHistoryTree.StagePending.selector, START + 10 minutes)
        );
        tree.advance(several, roots[1], proof);
        tree.advanceStaged(several, words, roots[1], proof);
        assertEq(tree.root(), roots[1], "root");
        assertEq(tree.waiting(), 0, "all twelve");
    }
}
