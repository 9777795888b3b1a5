// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Groth16Verifier} from "../src/Groth16Verifier.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {BN254_Q, BN254_R} from "../src/libraries/Bn254.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev Proofs of the real statement, made by the library's prover (see
///      tests/support/contracts/eligibility_proofs.py), under the committed dev key.
contract EligibilityProofsTest is TestBase {
    uint256 private constant N = 5;
    uint256 private constant COUNT = 2;
    Groth16Verifier private verifier;
    uint256[] private flat;
    uint256[8][] private proofs;

    function setUp() public {
        string memory json = vm.readFile("test/fixtures/eligibility.json");
        verifier = new Groth16Verifier(vm.parseJsonBytes(json, ".key"));
        bytes memory inputs = vm.parseJsonBytes(json, ".inputs");
        bytes memory words = vm.parseJsonBytes(json, ".proofs");
        assertEq(inputs.length, 32 * N * COUNT, "inputs");
        assertEq(words.length, 256 * COUNT, "proofs");
        for (uint256 k = 0; k < N * COUNT; ++k) {
            flat.push(wordOf(inputs, k));
        }
        for (uint256 i = 0; i < COUNT; ++i) {
            proofs.push();
            for (uint256 k = 0; k < 8; ++k) {
                proofs[i][k] = wordOf(words, 8 * i + k);
            }
        }
    }

    function wordOf(bytes memory data, uint256 index) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(add(data, 32), mul(32, index)))
        }
    }

    function inputsOf(uint256 i) private view returns (uint256[] memory x) {
        x = new uint256[](N);
        for (uint256 j = 0; j < N; ++j) {
            x[j] = flat[N * i + j];
        }
    }

    function accepted(uint256[8] memory proof, uint256[] memory x) private view returns (bool ok) {
        (ok,) = address(verifier).staticcall{gas: 1_000_000}(
            abi.encodeCall(IGroth16Verifier.verify, (proof, x))
        );
    }

    function testTheProversProofsVerify() public view {
        for (uint256 i = 0; i < COUNT; ++i) {
            verifier.verify(proofs[i], inputsOf(i));
        }
        verifier.verifyBatch(proofs, flat);
    }

    /// @dev iden3's requestID: a public input that the circuit does not use can be changed.
    function testEachPublicInputIsBound() public view {
        for (uint256 j = 0; j < N; ++j) {
            uint256[] memory x = inputsOf(0);
            x[j] = addmod(x[j], 1, BN254_R);
            assertTrue(!accepted(proofs[0], x), "one more");
            x = inputsOf(0);
            x[j] = x[j] == 0 ? 1 : 0;
            assertTrue(!accepted(proofs[0], x), "zero");
        }
        assertTrue(!accepted(proofs[0], inputsOf(1)), "another statement");
    }

    /// @dev The forgery of keys without a second phase: A = alpha, B = beta, C = -IC(x).
    function testTheForgeryFailsAgainstTheShippedKey() public view {
        bytes memory key = verifier.verificationKey();
        uint256[] memory x = inputsOf(0);
        bytes memory sum = abi.encode(wordOf(key, 14), wordOf(key, 15));
        for (uint256 j = 0; j < N; ++j) {
            (, bytes memory term) = address(7).staticcall(
                abi.encode(wordOf(key, 16 + 2 * j), wordOf(key, 17 + 2 * j), x[j])
            );
            (, sum) = address(6).staticcall(bytes.concat(sum, term));
        }
        uint256[8] memory forged;
        for (uint256 k = 0; k < 6; ++k) {
            forged[k] = wordOf(key, k);
        }
        forged[6] = wordOf(sum, 0);
        forged[7] = BN254_Q - wordOf(sum, 1);
        assertTrue(!accepted(forged, x), "forged with -IC");
        forged[7] = BN254_Q - forged[7];
        assertTrue(!accepted(forged, x), "forged with IC");
    }

    function testFuzzMutantsOfRealProofsRevert(uint256 position) public view {
        uint256[8] memory proof = proofs[position % COUNT];
        position = (position >> 8) % 2048;
        proof[position / 256] ^= 1 << (position % 256);
        assertTrue(!accepted(proof, inputsOf(0)), "mutant");
    }
}
