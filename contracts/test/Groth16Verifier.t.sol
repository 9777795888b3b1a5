// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Groth16Verifier} from "../src/Groth16Verifier.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {BN254_Q, BN254_R} from "../src/libraries/Bn254.sol";
import {ToyProver} from "./support/ToyProver.sol";

contract Groth16VerifierTest is ToyProver {
    uint256 private constant N = 5;
    Groth16Verifier private verifier;
    uint256[] private inputs;
    uint256[8] private proof;

    function setUp() public {
        loadToySetup();
        verifier = new Groth16Verifier(toyKey(N));
        inputs = someInputs(1);
        proof = toyProof(inputs);
    }

    function someInputs(uint256 seed) private pure returns (uint256[] memory values) {
        values = new uint256[](N);
        for (uint256 j = 0; j < N; ++j) {
            values[j] = uint256(keccak256(abi.encode("input", seed, j))) % BN254_R;
        }
    }

    function refuse(uint256[8] memory p, uint256[] memory x, bytes memory expected) private view {
        (bool ok, bytes memory answer) =
            address(verifier).staticcall(abi.encodeCall(IGroth16Verifier.verify, (p, x)));
        assertReverted(ok, answer, expected);
    }

    // --- single -------------------------------------------------------------------------------

    function testAcceptsAGenuineProof() public view {
        verifier.verify(proof, inputs);
    }

    function testKeepsItsKey() public view {
        bytes memory key = toyKey(N);
        assertEq(keccak256(verifier.verificationKey()), keccak256(key), "key");
        assertEq(verifier.keyDigest(), keccak256(key), "digest");
        assertEq(verifier.inputCount(), N, "inputs");
        assertEq(verifier.keyPointer().code.length, key.length + 1, "data");
        assertEq(uint8(verifier.keyPointer().code[0]), 0, "data cannot be run");
    }

    function testZeroAndLargestInputsAreAccepted() public view {
        uint256[] memory x = new uint256[](N);
        verifier.verify(toyProof(x), x);
        for (uint256 j = 0; j < N; ++j) {
            x[j] = BN254_R - 1;
        }
        verifier.verify(toyProof(x), x);
    }

    function testEachInputMatters() public view {
        for (uint256 j = 0; j < N; ++j) {
            uint256[] memory x = inputs;
            x[j] = addmod(x[j], 1, BN254_R);
            refuse(proof, x, abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector));
        }
    }

    /// @dev Semaphore's double spend: x and x + r are the same field element.
    function testInputsAtOrAboveTheOrderRevertAtEveryIndex() public view {
        for (uint256 j = 0; j < N; ++j) {
            uint256[6] memory values = [
                inputs[j] + BN254_R,
                inputs[j] + 2 * BN254_R,
                BN254_R,
                BN254_Q - 1,
                BN254_Q,
                type(uint256).max
            ];
            for (uint256 k = 0; k < values.length; ++k) {
                uint256[] memory x = inputs;
                x[j] = values[k];
                refuse(
                    proof,
                    x,
                    abi.encodeWithSelector(IGroth16Verifier.InputOutOfField.selector, j)
                );
            }
        }
    }

    function testWrongNumberOfInputsReverts() public view {
        for (uint256 n = 0; n < 8; ++n) {
            if (n == N) continue;
            refuse(
                proof,
                new uint256[](n),
                abi.encodeWithSelector(IGroth16Verifier.InputCountInvalid.selector, N, n)
            );
        }
    }

    function testEachCoordinatePlusQReverts() public view {
        for (uint256 k = 0; k < 8; ++k) {
            uint256[8] memory p = proof;
            unchecked {
                p[k] += BN254_Q; // below 2^256, so the same point to a careless reader
            }
            refuse(p, inputs, pointInvalid(0));
        }
    }

    function testPointsAtInfinityRevert() public view {
        uint256[8] memory p = proof;
        (p[0], p[1]) = (0, 0);
        refuse(p, inputs, pointInvalid(0));
        p = proof;
        (p[2], p[3], p[4], p[5]) = (0, 0, 0, 0);
        refuse(p, inputs, pointInvalid(0));
        p = proof;
        (p[6], p[7]) = (0, 0);
        refuse(p, inputs, pointInvalid(0));
    }

    function testNegatedPointsRevert() public view {
        uint256[8] memory p = proof;
        p[1] = BN254_Q - p[1];
        refuse(p, inputs, abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector));
        p = proof;
        p[7] = BN254_Q - p[7];
        refuse(p, inputs, abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector));
    }

    function testSwappedHalvesOfBRevert() public view {
        uint256[8] memory p = proof;
        (p[2], p[3], p[4], p[5]) = (p[3], p[2], p[5], p[4]);
        refuse(p, inputs, pointInvalid(0));
    }

    function testBOffTheSubgroupReverts() public view {
        uint256[8] memory p = withOffSubgroupB();
        (bool ok, bytes memory answer) = address(verifier).staticcall{gas: 1_000_000}(
            abi.encodeCall(IGroth16Verifier.verify, (p, inputs))
        );
        assertReverted(
            ok, answer, abi.encodeWithSelector(IGroth16Verifier.PrecompileFailed.selector)
        );
    }

    /// @dev Anybody can re-randomise (A, B, C) to (A / t, t B, C); replay protection is the gate's.
    function testAReRandomisedProofVerifies() public view {
        uint256 a = uint256(keccak256("other a")) % BN254_R;
        uint256[8] memory other = toyProof(inputs, a, "b1");
        assertTrue(other[0] != proof[0] && other[2] != proof[2], "other proof");
        verifier.verify(other, inputs);
    }

    function testFuzzGenuineProofsVerify(uint256[5] memory raw) public view {
        uint256[] memory x = new uint256[](N);
        for (uint256 j = 0; j < N; ++j) {
            x[j] = raw[j] % BN254_R;
        }
        verifier.verify(toyProof(x), x);
    }

    function testFuzzAnyFlippedBitReverts(uint256 position) public view {
        position %= 256 * (8 + N);
        uint256[8] memory p = proof;
        uint256[] memory x = inputs;
        if (position < 2048) p[position / 256] ^= 1 << (position % 256);
        else x[position / 256 - 8] ^= 1 << (position % 256);
        (bool ok,) = address(verifier).staticcall{gas: 1_000_000}(
            abi.encodeCall(IGroth16Verifier.verify, (p, x))
        );
        assertTrue(!ok, "mutant accepted");
    }

    // --- gas ----------------------------------------------------------------------------------

    /// @dev snarkjs' verifier answers false between 31,720 and 214,210 gas; ours must revert at
    ///      every supply below its need and accept at every one above, with nothing in between.
    function testGasStarvationNeverAnswersFalse() public view {
        bytes memory call = abi.encodeCall(IGroth16Verifier.verify, (proof, inputs));
        bool accepted;
        for (uint256 supply = 5_000; supply <= 300_000; supply += 1_777) {
            (bool ok, bytes memory answer) = address(verifier).staticcall{gas: supply}(call);
            assertEq(answer.length == 0 || !ok ? 0 : 1, 0, "an answer that is not a revert");
            assertTrue(ok || !accepted, "more gas refused what less accepted");
            if (ok) accepted = true;
            // never the error that says "bad proof"
            if (!ok && answer.length >= 4) {
                assertTrue(
                    bytes4(answer) == IGroth16Verifier.PrecompileFailed.selector, "other error"
                );
            }
        }
        assertTrue(accepted, "300k must do");
    }

    /// @dev A bad proof elsewhere burned 29.05 of 30 million gas.
    function testABadProofCostsNoMoreThanAGoodOne() public view {
        uint256 good = cost(proof, inputs, true);
        uint256[8] memory p = proof;
        p[0] = addmod(p[0], 1, BN254_Q); // off the curve
        assertLe(cost(p, inputs, false), good + 5_000, "A off curve");
        p = proof;
        p[2] = addmod(p[2], 1, BN254_Q);
        assertLe(cost(p, inputs, false), good + 5_000, "B off twist");
        p = proof;
        p[7] = BN254_Q;
        assertLe(cost(p, inputs, false), good + 5_000, "C not canonical");
        p = proof;
        p[1] = BN254_Q - p[1];
        assertLe(cost(p, inputs, false), good + 5_000, "equation");
    }

    function cost(uint256[8] memory p, uint256[] memory x, bool expected)
        private
        view
        returns (uint256 used)
    {
        bytes memory call = abi.encodeCall(IGroth16Verifier.verify, (p, x));
        address target = address(verifier);
        uint256 before = gasleft();
        (bool ok,) = target.staticcall(call);
        used = before - gasleft();
        assertTrue(ok == expected, "outcome");
    }

    // --- batch --------------------------------------------------------------------------------

    function batch(uint256 count)
        private
        view
        returns (uint256[8][] memory proofs, uint256[] memory flat)
    {
        proofs = new uint256[8][](count);
        flat = new uint256[](count * N);
        for (uint256 i = 0; i < count; ++i) {
            uint256[] memory x = someInputs(i);
            proofs[i] = toyProof(x, i + 2, i % 2 == 0 ? "b0" : "b1");
            for (uint256 j = 0; j < N; ++j) {
                flat[i * N + j] = x[j];
            }
        }
    }

    function refuseBatch(uint256[8][] memory p, uint256[] memory x, bytes memory expected)
        private
        view
    {
        (bool ok, bytes memory answer) = address(verifier).staticcall{gas: 5_000_000}(
            abi.encodeCall(IGroth16Verifier.verifyBatch, (p, x))
        );
        assertReverted(ok, answer, expected);
    }

    function pointInvalid(uint256 index) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IGroth16Verifier.ProofPointInvalid.selector, index);
    }

    function testBatchesOfEverySmallSizeVerify() public view {
        for (uint256 count = 1; count <= 9; ++count) {
            (uint256[8][] memory proofs, uint256[] memory flat) = batch(count);
            verifier.verifyBatch(proofs, flat);
        }
    }

    function testEmptyBatchReverts() public view {
        refuseBatch(
            new uint256[8][](0),
            new uint256[](0),
            abi.encodeWithSelector(IGroth16Verifier.BatchEmpty.selector)
        );
    }

    function testBatchWithWrongNumberOfInputsReverts() public view {
        (uint256[8][] memory proofs,) = batch(3);
        refuseBatch(
            proofs,
            new uint256[](14),
            abi.encodeWithSelector(IGroth16Verifier.InputCountInvalid.selector, 15, 14)
        );
    }

    function testOneBadProofInABatchReverts() public view {
        bytes memory invalid = abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector);
        for (uint256 count = 1; count <= 4; ++count) {
            for (uint256 bad = 0; bad < count; ++bad) {
                (uint256[8][] memory proofs, uint256[] memory flat) = batch(count);
                proofs[bad][7] = BN254_Q - proofs[bad][7];
                refuseBatch(proofs, flat, invalid);
                (proofs, flat) = batch(count);
                flat[bad * N + bad % N] = addmod(flat[bad * N + bad % N], 1, BN254_R);
                refuseBatch(proofs, flat, invalid);
            }
        }
    }

    /// @dev Errors that cancel when all weights are 1: C_0 + D and C_1 - D.
    function testErrorsThatCancelInThePlainSumRevert() public view {
        (uint256[8][] memory proofs, uint256[] memory flat) = batch(2);
        bytes memory d = g1(12345);
        bytes memory minusD = g1(BN254_R - 12345);
        (proofs[0][6], proofs[0][7]) =
            abi.decode(g1Add(abi.encode(proofs[0][6], proofs[0][7]), d), (uint256, uint256));
        (proofs[1][6], proofs[1][7]) =
            abi.decode(g1Add(abi.encode(proofs[1][6], proofs[1][7]), minusD), (uint256, uint256));
        refuseBatch(
            proofs, flat, abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector)
        );
    }

    function testSwappedInputsInABatchRevert() public view {
        (uint256[8][] memory proofs, uint256[] memory flat) = batch(2);
        for (uint256 j = 0; j < N; ++j) {
            (flat[j], flat[N + j]) = (flat[N + j], flat[j]);
        }
        refuseBatch(
            proofs, flat, abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector)
        );
    }

    function testBatchRefusesMalformedPointsAndInputs() public view {
        (uint256[8][] memory proofs, uint256[] memory flat) = batch(3);
        for (uint256 k = 0; k < 8; ++k) {
            uint256 kept = proofs[2][k];
            unchecked {
                proofs[2][k] = kept + BN254_Q;
            }
            refuseBatch(proofs, flat, pointInvalid(2));
            proofs[2][k] = kept;
        }
        flat[7] += BN254_R;
        refuseBatch(
            proofs, flat, abi.encodeWithSelector(IGroth16Verifier.InputOutOfField.selector, 7)
        );
    }

    function testBatchSeedBindsEverything() public {
        (uint256[8][] memory proofs, uint256[] memory flat) = batch(3);
        bytes32 seed = verifier.batchSeed(proofs, flat);
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 k = 0; k < 8; ++k) {
                proofs[i][k] ^= 1;
                assertTrue(verifier.batchSeed(proofs, flat) != seed, "proof");
                proofs[i][k] ^= 1;
            }
        }
        for (uint256 j = 0; j < flat.length; ++j) {
            flat[j] ^= 1;
            assertTrue(verifier.batchSeed(proofs, flat) != seed, "input");
            flat[j] ^= 1;
        }
        Groth16Verifier sameKey = new Groth16Verifier(toyKey(N));
        assertTrue(sameKey.batchSeed(proofs, flat) != seed, "contract");
        vm.chainId(block.chainid + 1);
        assertTrue(verifier.batchSeed(proofs, flat) != seed, "chain");
    }

    function testStarvedBatchReverts() public view {
        (uint256[8][] memory proofs, uint256[] memory flat) = batch(3);
        bytes memory call = abi.encodeCall(IGroth16Verifier.verifyBatch, (proofs, flat));
        bool accepted;
        for (uint256 supply = 10_000; supply <= 500_000; supply += 9_999) {
            (bool ok,) = address(verifier).staticcall{gas: supply}(call);
            assertTrue(ok || !accepted, "more gas refused what less accepted");
            if (ok) accepted = true;
        }
        assertTrue(accepted, "500k must do");
    }

    function withOffSubgroupB() private view returns (uint256[8] memory p) {
        p = proof;
        (p[2], p[3], p[4], p[5]) =
            abi.decode(g2("offSubgroup"), (uint256, uint256, uint256, uint256));
    }
}
