// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";

/// @title Verifier for tests of everything around the proof: no pairing is computed
/// @notice Like MockVerifier, for any number of inputs: accepts a proof whose first word is the
///         hash of the inputs.
contract HashVerifier is IGroth16Verifier {
    uint256 public immutable inputCount;
    bytes32 public constant keyDigest = bytes32(0);
    address public constant keyPointer = address(0);

    constructor(uint256 inputCount_) {
        inputCount = inputCount_;
    }

    function verificationKey() external pure returns (bytes memory) {
        return "";
    }

    function verify(uint256[8] calldata proof, uint256[] calldata inputs) public view {
        if (inputs.length != inputCount) revert InputCountInvalid(inputCount, inputs.length);
        if (bytes32(proof[0]) != keccak256(abi.encodePacked(inputs))) revert ProofInvalid();
    }

    function verifyBatch(uint256[8][] calldata proofs, uint256[] calldata inputs) external view {
        if (proofs.length == 0) revert BatchEmpty();
        if (inputs.length != inputCount * proofs.length) revert InputCountInvalid(0, 0);
        for (uint256 i = 0; i < proofs.length; ++i) {
            verify(proofs[i], inputs[i * inputCount:(i + 1) * inputCount]);
        }
    }
}
