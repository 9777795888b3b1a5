// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Groth16Verifier} from "../src/Groth16Verifier.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {BN254_Q} from "../src/libraries/Bn254.sol";
import {ToyProver} from "./support/ToyProver.sol";

/// @dev What is around a proof decides nothing. A precompiled contract that fails, or that the
///      chain lacks, is never taken for an answer about the proof: each test lets one call fail and
///      every other one succeed. And bytes behind the arguments are read by nobody.
contract Groth16VerifierCallsTest is ToyProver {
    address private constant ADD = address(6);
    address private constant MULTIPLY = address(7);
    address private constant PAIRING = address(8);
    uint256 private constant N = 2;

    Groth16Verifier private verifier;
    uint256[8][] private proofs;
    uint256[] private inputs;
    bytes private key;

    function setUp() public {
        loadToySetup();
        key = toyKey(N);
        verifier = new Groth16Verifier(key);
        for (uint256 i = 0; i < 3; ++i) {
            uint256[] memory x = new uint256[](N);
            for (uint256 j = 0; j < N; ++j) {
                x[j] = 7 * i + j + 3;
                inputs.push(x[j]);
            }
            proofs.push(toyProof(x));
        }
    }

    /// @dev One proof, or all of them in a batch.
    function call(bool batch) private view returns (bytes memory) {
        if (batch) return abi.encodeCall(IGroth16Verifier.verifyBatch, (proofs, inputs));
        uint256[] memory x = new uint256[](N);
        for (uint256 j = 0; j < N; ++j) {
            x[j] = inputs[j];
        }
        return abi.encodeCall(IGroth16Verifier.verify, (proofs[0], x));
    }

    /// @dev Fails unless the answer is {IGroth16Verifier.PrecompileFailed} while the precompiled
    ///      contract refuses calls that begin so, and an acceptance afterwards.
    function refuseWhileFailing(address precompiled, bytes memory beginning, bool batch) private {
        vm.mockCallRevert(precompiled, beginning, "");
        refuse(batch);
    }

    function refuse(bool batch) private {
        (bool ok, bytes memory answer) = address(verifier).staticcall(call(batch));
        assertReverted(
            ok, answer, abi.encodeWithSelector(IGroth16Verifier.PrecompileFailed.selector)
        );
        vm.clearMockedCalls();
        (ok,) = address(verifier).staticcall(call(batch));
        assertTrue(ok, "accepted by whole precompiles");
    }

    function partOfKey(uint256 offset) private view returns (bytes memory point) {
        bytes memory all = key;
        point = new bytes(64);
        assembly ("memory-safe") {
            mcopy(add(point, 32), add(add(all, 32), offset), 64)
        }
    }

    function testEachKindOfCallMustSucceed() public {
        for (uint256 k = 0; k < 2; ++k) {
            refuseWhileFailing(ADD, "", k == 1);
            refuseWhileFailing(MULTIPLY, "", k == 1);
            refuseWhileFailing(PAIRING, "", k == 1);
        }
    }

    function testEachMultipleOfAnInputPointMustSucceed() public {
        for (uint256 j = 1; j <= N; ++j) {
            refuseWhileFailing(MULTIPLY, partOfKey(448 + 64 * j), false);
        }
        for (uint256 j = 0; j <= N; ++j) {
            refuseWhileFailing(MULTIPLY, partOfKey(448 + 64 * j), true);
        }
    }

    function testEachMultipleOfAProofsPointMustSucceed() public {
        for (uint256 i = 1; i < proofs.length; ++i) {
            uint256[8] memory proof = proofs[i];
            refuseWhileFailing(MULTIPLY, abi.encode(proof[0], BN254_Q - proof[1]), true);
            refuseWhileFailing(MULTIPLY, abi.encode(proof[6], proof[7]), true);
        }
    }

    function testTheMultipleOfAlphaMustSucceed() public {
        refuseWhileFailing(MULTIPLY, partOfKey(0), true);
    }

    function testEachSumMustSucceed() public {
        refuseWhileFailing(ADD, partOfKey(448), false);
        refuseWhileFailing(ADD, abi.encode(proofs[0][6], proofs[0][7]), true);
        refuseWhileFailing(ADD, new bytes(64), true);
    }

    function testBytesBehindTheArgumentsChangeNothing() public view {
        for (uint256 k = 0; k < 2; ++k) {
            bytes memory longer = bytes.concat(call(k == 1), bytes32(type(uint256).max));
            (bool ok,) = address(verifier).staticcall(longer);
            assertTrue(ok, "accepted with bytes behind");
        }
    }

    /// @dev A call to an address without code succeeds and answers nothing.
    function testAChainWithoutThePairingIsNoVerdict() public {
        for (uint256 k = 0; k < 2; ++k) {
            vm.mockCall(PAIRING, "", "");
            refuse(k == 1);
        }
    }

    function testAKeyIsNotAcceptedWithoutThePairing() public {
        key = toyKey(12);
        bytes memory expected =
            abi.encodeWithSelector(IGroth16Verifier.KeyPointInvalid.selector, 40);
        for (uint256 k = 0; k < 2; ++k) {
            if (k == 0) vm.mockCall(PAIRING, "", "");
            else vm.mockCallRevert(PAIRING, "", "");
            try new Groth16Verifier{salt: bytes32(k)}(key) {
                assertTrue(false, "key accepted");
            } catch (bytes memory answer) {
                assertReverted(false, answer, expected);
            }
            vm.clearMockedCalls();
        }
        new Groth16Verifier(key);
    }
}
