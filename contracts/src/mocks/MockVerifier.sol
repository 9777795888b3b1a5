// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGroth16Verifier} from "../interfaces/IGroth16Verifier.sol";
import {BN254_R} from "../libraries/Bn254.sol";

/// @title Verifier for tests of everything around the proof: no pairing is computed
/// @notice Accepts a proof whose first word is the hash of the inputs, so that a test still sees
///         whether the inputs that the gate computed are those that the "prover" meant.
contract MockVerifier is IGroth16Verifier {
    /// @inheritdoc IGroth16Verifier
    uint256 public constant inputCount = 5;
    /// @inheritdoc IGroth16Verifier
    bytes32 public constant keyDigest = bytes32(0);
    /// @inheritdoc IGroth16Verifier
    address public constant keyPointer = address(0);

    /// @inheritdoc IGroth16Verifier
    function verificationKey() external pure returns (bytes memory) {
        return "";
    }

    /// @inheritdoc IGroth16Verifier
    function verify(uint256[8] calldata proof, uint256[] calldata inputs) public pure {
        if (inputs.length != inputCount) revert InputCountInvalid(inputCount, inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            if (inputs[i] >= BN254_R) revert InputOutOfField(i);
        }
        if (bytes32(proof[0]) != keccak256(abi.encodePacked(inputs))) revert ProofInvalid();
    }

    /// @inheritdoc IGroth16Verifier
    function verifyBatch(uint256[8][] calldata proofs, uint256[] calldata inputs) external pure {
        if (proofs.length == 0) revert BatchEmpty();
        for (uint256 i = 0; i < proofs.length; ++i) {
            verify(proofs[i], inputs[i * inputCount:(i + 1) * inputCount]);
        }
    }
}
