// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";

/// @title Verifier for tests of the ledger: no pairing is computed
/// @notice As MockVerifier, for the seven inputs of `ledger_entry`: accepts a proof whose first
///         word is the hash of the inputs.
contract EntryVerifier is IGroth16Verifier {
    uint256 public constant inputCount = 7;
    bytes32 public constant keyDigest = bytes32(0);
    address public constant keyPointer = address(0);

    function verificationKey() external pure returns (bytes memory) {
        return "";
    }

    function verify(uint256[8] calldata proof, uint256[] calldata inputs) public pure {
        if (inputs.length != inputCount) revert InputCountInvalid(inputCount, inputs.length);
        if (bytes32(proof[0]) != keccak256(abi.encodePacked(inputs))) revert ProofInvalid();
    }

    function verifyBatch(uint256[8][] calldata proofs, uint256[] calldata inputs) external pure {
        if (proofs.length == 0) revert BatchEmpty();
        if (inputs.length != inputCount * proofs.length) revert InputCountInvalid(0, 0);
        for (uint256 i = 0; i < proofs.length; ++i) {
            verify(proofs[i], inputs[i * inputCount:(i + 1) * inputCount]);
        }
    }
}
