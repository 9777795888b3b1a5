// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Groth16Verifier} from "../src/Groth16Verifier.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {BN254_Q, BN254_R} from "../src/libraries/Bn254.sol";
import {ToyProver} from "./support/ToyProver.sol";

/// @dev The weights of a batch: whoever knows one before the proofs are fixed forges two of them.
contract Groth16VerifierBatchTest is ToyProver {
    uint256 private constant N = 1;
    Groth16Verifier private verifier;
    uint256[8][] private proofs;
    uint256[] private inputs;

    function setUp() public {
        loadToySetup();
        verifier = new Groth16Verifier(toyKey(N));
        for (uint256 i = 0; i < 4; ++i) {
            uint256[] memory x = new uint256[](N);
            x[0] = i + 5;
            proofs.push(toyProof(x));
            inputs.push(x[0]);
        }
        verifier.verifyBatch(proofs, inputs);
    }

    /// @dev C_i + scalar * (1, 2)
    function shifted(uint256[8] memory proof, uint256 scalar) private view {
        (proof[6], proof[7]) = abi.decode(
            g1Add(abi.encode(proof[6], proof[7]), g1(scalar)), (uint256, uint256)
        );
    }

    /// @dev Errors in two proofs that cancel if proof `a` has `weight` times the weight of `b`.
    function refuseErrors(uint256 a, uint256 b, uint256 weight) private view {
        uint256[8][] memory wrong = proofs;
        shifted(wrong[a], BN254_R - 12345);
        shifted(wrong[b], mulmod(12345, weight, BN254_R));
        refuse(wrong);
    }

    function refuse(uint256[8][] memory wrong) private view {
        refuse(wrong, abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector));
    }

    function refuse(uint256[8][] memory wrong, bytes memory expected) private view {
        (bool ok, bytes memory answer) = address(verifier).staticcall{gas: 5_000_000}(
            abi.encodeCall(IGroth16Verifier.verifyBatch, (wrong, inputs))
        );
        assertReverted(ok, answer, expected);
    }

    function testEveryPointOfEveryProofIsChecked() public view {
        uint256[8][] memory wrong = proofs;
        for (uint256 i = 0; i < wrong.length; ++i) {
            for (uint256 k = 0; k < 8; ++k) {
                uint256 kept = wrong[i][k];
                wrong[i][k] = addmod(kept, 1, BN254_Q);
                refuse(
                    wrong,
                    abi.encodeWithSelector(IGroth16Verifier.ProofPointInvalid.selector, i)
                );
                wrong[i][k] = kept;
            }
        }
    }

    /// @dev Else r would stand for 0, and one proof would have two inputs.
    function testAnInputEqualToTheOrderIsRefused() public {
        uint256[] memory zero = new uint256[](N);
        for (uint256 i = 0; i < proofs.length; ++i) {
            proofs[i] = toyProof(zero);
            inputs[i] = 0;
        }
        verifier.verifyBatch(proofs, inputs);
        for (uint256 i = 0; i < proofs.length; ++i) {
            inputs[i] = BN254_R;
            refuse(
                proofs, abi.encodeWithSelector(IGroth16Verifier.InputOutOfField.selector, i)
            );
            inputs[i] = 0;
        }
    }

    function testTheSeedIsTheDocumentedHash() public view {
        bytes32 expected = keccak256(
            abi.encode(
                "zkcredit.batch",
                block.chainid,
                address(verifier),
                verifier.keyDigest(),
                proofs,
                inputs
            )
        );
        assertEq(verifier.batchSeed(proofs, inputs), expected, "seed");
    }

    function testNoTwoProofsHaveTheSameWeight() public view {
        for (uint256 a = 0; a < proofs.length; ++a) {
            for (uint256 b = 0; b < proofs.length; ++b) {
                if (a != b) refuseErrors(a, b, 1);
            }
        }
    }

    function testWeightsDependOnTheSeed() public view {
        bytes32[2] memory seeds = [bytes32(0), verifier.batchSeed(proofs, inputs)];
        for (uint256 i = 1; i < proofs.length; ++i) {
            // the weights of the honest batch, and those of a hash of the number alone
            refuseErrors(i, 0, uint128(uint256(keccak256(abi.encode(i)))));
            for (uint256 s = 0; s < 2; ++s) {
                refuseErrors(i, 0, uint128(uint256(keccak256(abi.encode(seeds[s], i)))));
            }
        }
    }

    /// @dev Whoever may try 4,000 batches finds one whose weight begins with 8 chosen bits.
    function testAWeightOfFewBitsWouldBeFound() public view {
        uint256[8][] memory wrong = proofs;
        uint256 small;
        for (uint256 turn = 1; turn <= 4_000; ++turn) {
            // C_1 loses D, and C_0 gains one D more in each turn
            if (turn % 256 == 1) {
                wrong[0] = proofs[0];
                wrong[1] = proofs[1];
                shifted(wrong[1], BN254_R - turn);
            }
            small = turn % 256;
            if (small == 0) continue;
            shifted(wrong[0], turn - (turn - 1) % 256);
            bytes32 seed = verifier.batchSeed(wrong, inputs);
            if (uint8(uint256(keccak256(abi.encode(seed, uint256(1))))) == small) {
                refuse(wrong);
                return;
            }
        }
        assertTrue(false, "none found");
    }
}
