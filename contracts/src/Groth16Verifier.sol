// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGroth16Verifier} from "./interfaces/IGroth16Verifier.sol";
import {BN254_Q, BN254_R, Bn254} from "./libraries/Bn254.sol";
import {DataContract} from "./libraries/DataContract.sol";

/// @title Groth16 verifier over BN254, key in a data contract
/// @dev The equation is e(-A, B) e(alpha, beta) e(IC(x), gamma) e(C, delta) = 1 with
///      IC(x) = IC_0 + sum x_j IC_j (Groth, EUROCRYPT 2016, section 3.2).
///
///      Memory: all assembly below works above the free memory pointer, which is moved past the
///      key once ({_loadKey}) and past any buffer that a function keeps across calls.
contract Groth16Verifier is IGroth16Verifier {
    // Byte offsets in the key.
    uint256 private constant BETA = 64;
    uint256 private constant GAMMA = 192;
    uint256 private constant DELTA = 320;
    uint256 private constant IC = 448;
    uint256 private constant IC_END = 512; // of IC_0, which every key has

    // Selector of InputOutOfField(uint256), at its place in a word for MSTORE.
    uint256 private constant INPUT_OUT_OF_FIELD =
        0xfc41e93600000000000000000000000000000000000000000000000000000000;

    // First coordinate of the generator of G1.
    uint256 private constant G1_X = 1;
    // First coordinate of the generator of G2, in the precompile's order.
    uint256 private constant G2_X1 =
        11559732032986387107991004021392285783925812861821192530917403151452391805634;
    uint256 private constant G2_X0 =
        10857046999023057135944570762232829481370756359578518086990519993285655852781;

    /// @inheritdoc IGroth16Verifier
    uint256 public immutable inputCount;
    /// @inheritdoc IGroth16Verifier
    bytes32 public immutable keyDigest;
    /// @inheritdoc IGroth16Verifier
    address public immutable keyPointer;

    /// @notice Deploys the verifier of one key. Reverts if the key is malformed, or if its shape
    ///         alone lets anybody forge proofs.
    /// @param key The verification key, encoded as IGroth16Verifier says.
    constructor(bytes memory key) {
        // 448 bytes of alpha to delta, then IC of 64 bytes each: at least IC_0 and IC_1
        if (key.length < IC + 128 || key.length % 64 != 0) revert KeyLengthInvalid(key.length);
        inputCount = (key.length - IC) / 64 - 1;
        keyDigest = keccak256(key);
        _checkKey(key);
        keyPointer = DataContract.write(key);
    }

    /// @inheritdoc IGroth16Verifier
    function verificationKey() external view returns (bytes memory key) {
        uint256 length = IC + 64 * (inputCount + 1);
        key = new bytes(length);
        address pointer = keyPointer;
        assembly ("memory-safe") {
            extcodecopy(pointer, add(key, 32), 1, length)
        }
    }

    /// @inheritdoc IGroth16Verifier
    function verify(uint256[8] calldata proof, uint256[] calldata inputs) external view {
        if (inputs.length != inputCount) revert InputCountInvalid(inputCount, inputs.length);
        _verifySingle(proof, inputs);
    }

    /// @inheritdoc IGroth16Verifier
    function verifyBatch(uint256[8][] calldata proofs, uint256[] calldata inputs) external view {
        uint256 count = proofs.length;
        if (count == 0) revert BatchEmpty();
        if (inputs.length != count * inputCount) {
            revert InputCountInvalid(count * inputCount, inputs.length);
        }
        if (count == 1) {
            _verifySingle(proofs[0], inputs);
            return;
        }
        for (uint256 i = 0; i < count; ++i) {
            _checkProof(proofs[i], i);
        }
        uint256 key = _loadKey();
        uint256[] memory weights = _weights(batchSeed(proofs, inputs), count);
        uint256[] memory scalars = _combineInputs(weights, inputs);
        uint256 pairs = _combineProofs(key, weights, scalars[0], proofs);
        uint256 tail = pairs + 192 * count;
        _accumulate(key + IC, scalars, tail + 192);
        assembly ("memory-safe") {
            mcopy(add(tail, 256), add(key, GAMMA), 128)
        }
        _requirePairing(pairs, 192 * (count + 3));
    }

    /// @notice Seed of a batch's weights: binds chain, contract, key, every proof and every input.
    /// @param proofs The proofs of the batch.
    /// @param inputs The public inputs, proof after proof.
    /// @return keccak256(abi.encode("zkcredit.batch", chainid, verifier, keyDigest, proofs,
    ///         inputs)), the text as a dynamic `string`.
    function batchSeed(uint256[8][] calldata proofs, uint256[] calldata inputs)
        public
        view
        returns (bytes32)
    {
        return keccak256(
            abi.encode("zkcredit.batch", block.chainid, address(this), keyDigest, proofs, inputs)
        );
    }

    // --- single proof -------------------------------------------------------------------------

    function _verifySingle(uint256[8] calldata proof, uint256[] calldata inputs) private view {
        _checkProof(proof, 0);
        uint256 key = _loadKey();
        uint256 pairs;
        assembly ("memory-safe") {
            pairs := mload(0x40)
            mstore(0x40, add(pairs, 768))
            // (-A, B), (alpha, beta): A is on the curve, so y is in 1..Q-1 and Q - y is canonical
            calldatacopy(pairs, proof, 192)
            mstore(add(pairs, 32), sub(BN254_Q, calldataload(add(proof, 32))))
            mcopy(add(pairs, 192), key, 192)
            // (C, delta)
            calldatacopy(add(pairs, 384), add(proof, 192), 64)
            mcopy(add(pairs, 448), add(key, DELTA), 128)

            // (IC(x), gamma): the sum grows in its place; each term is put behind it, where the
            // addition wants it and where gamma goes in the end
            let sum := add(pairs, 576)
            let term := add(pairs, 640)
            let r := BN254_R
            let point := add(key, IC)
            let ok := 1
            mcopy(sum, point, 64)
            let input := inputs.offset
            for { let end := add(input, mul(32, inputs.length)) } lt(input, end) {
                input := add(input, 32)
            } {
                let value := calldataload(input)
                if iszero(lt(value, r)) {
                    mstore(0, INPUT_OUT_OF_FIELD)
                    mstore(4, shr(5, sub(input, inputs.offset)))
                    revert(0, 36)
                }
                point := add(point, 64)
                mcopy(term, point, 64)
                mstore(add(term, 64), value)
                ok := and(ok, staticcall(gas(), 7, term, 96, term, 64))
                ok := and(ok, staticcall(gas(), 6, sum, 128, sum, 64))
            }
            mcopy(term, add(key, GAMMA), 128)
            if iszero(ok) { pairs := 0 }
        }
        if (pairs == 0) revert PrecompileFailed();
        _requirePairing(pairs, 768);
    }

    // --- batch --------------------------------------------------------------------------------

    /// @dev 1 for the first proof; 128 bits of hash for each other one. One weight may be fixed,
    ///      because scaling all of them does not change whether the combination vanishes.
    function _weights(bytes32 seed, uint256 count)
        private
        pure
        returns (uint256[] memory weights)
    {
        weights = new uint256[](count);
        weights[0] = 1;
        for (uint256 i = 1; i < count; ++i) {
            weights[i] = uint128(uint256(keccak256(abi.encode(seed, i))));
        }
    }

    /// @dev scalars[0] = sum of weights; scalars[j] = sum of weight_i * input_ij, modulo R.
    function _combineInputs(uint256[] memory weights, uint256[] calldata inputs)
        private
        view
        returns (uint256[] memory scalars)
    {
        uint256 width = inputCount;
        scalars = new uint256[](width + 1);
        for (uint256 i = 0; i < weights.length; ++i) {
            uint256 weight = weights[i];
            assembly ("memory-safe") {
                let r := BN254_R
                let slot := add(scalars, 32)
                mstore(slot, addmod(mload(slot), weight, r))
                let input := add(inputs.offset, mul(32, mul(i, width)))
                for { let end := add(input, mul(32, width)) } lt(input, end) {
                    input := add(input, 32)
                } {
                    let value := calldataload(input)
                    if iszero(lt(value, r)) {
                        mstore(0, INPUT_OUT_OF_FIELD)
                        mstore(4, shr(5, sub(input, inputs.offset)))
                        revert(0, 36)
                    }
                    slot := add(slot, 32)
                    let term := mulmod(weight, value, r)
                    mstore(slot, addmod(mload(slot), term, r))
                }
            }
        }
    }

    /// @dev Writes the pairs (-w_i A_i, B_i), (w alpha, beta), [one left free], (sum w_i C_i,
    ///      delta) and moves the free memory pointer past them.
    function _combineProofs(
        uint256 key,
        uint256[] memory weights,
        uint256 weightSum,
        uint256[8][] calldata proofs
    ) private view returns (uint256 pairs) {
        bool ok;
        assembly ("memory-safe") {
            let count := mload(weights)
            pairs := mload(0x40)
            let tail := add(pairs, mul(192, count))
            let scratch := add(tail, 576)
            mstore(0x40, scratch)
            let term := add(scratch, 128)

            let q := BN254_Q

            // first proof, weight 1
            let proof := proofs.offset
            calldatacopy(pairs, proof, 192)
            mstore(add(pairs, 32), sub(q, calldataload(add(proof, 32))))
            calldatacopy(scratch, add(proof, 192), 64)
            ok := 1

            let pair := pairs
            for { let i := 1 } lt(i, count) { i := add(i, 1) } {
                proof := add(proof, 256)
                pair := add(pair, 192)
                let weight := mload(add(add(weights, 32), mul(32, i)))
                mstore(term, calldataload(proof))
                mstore(add(term, 32), sub(q, calldataload(add(proof, 32))))
                mstore(add(term, 64), weight)
                ok := and(ok, staticcall(gas(), 7, term, 96, pair, 64))
                calldatacopy(add(pair, 64), add(proof, 64), 128)
                calldatacopy(term, add(proof, 192), 64)
                ok := and(ok, staticcall(gas(), 7, term, 96, add(scratch, 64), 64))
                ok := and(ok, staticcall(gas(), 6, scratch, 128, scratch, 64))
            }

            mcopy(term, key, 64)
            mstore(add(term, 64), weightSum)
            ok := and(ok, staticcall(gas(), 7, term, 96, tail, 64))
            mcopy(add(tail, 64), add(key, BETA), 128)
            mcopy(add(tail, 384), scratch, 64)
            mcopy(add(tail, 448), add(key, DELTA), 128)
        }
        if (!ok) revert PrecompileFailed();
    }

    /// @dev Stores the sum of scalars_j * point_j, points in memory from `points`, at `out`.
    function _accumulate(uint256 points, uint256[] memory scalars, uint256 out) private view {
        bool ok;
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            let term := add(scratch, 128)
            // infinity, the sum of nothing
            calldatacopy(scratch, calldatasize(), 64)
            ok := 1
            let count := mload(scalars)
            for { let j := 0 } lt(j, count) { j := add(j, 1) } {
                mcopy(term, add(points, mul(64, j)), 64)
                mstore(add(term, 64), mload(add(add(scalars, 32), mul(32, j))))
                ok := and(ok, staticcall(gas(), 7, term, 96, add(scratch, 64), 64))
                ok := and(ok, staticcall(gas(), 6, scratch, 128, scratch, 64))
            }
            mcopy(out, scratch, 64)
        }
        if (!ok) revert PrecompileFailed();
    }

    // --- shared -------------------------------------------------------------------------------

    /// @dev Copies the key to fresh memory.
    function _loadKey() private view returns (uint256 key) {
        address pointer = keyPointer;
        uint256 count = inputCount;
        assembly ("memory-safe") {
            // count comes from the length of a contract's code, so nothing overflows
            let length := add(IC_END, mul(64, count))
            key := mload(0x40)
            mstore(0x40, add(key, length))
            extcodecopy(pointer, key, 1, length)
        }
    }

    function _checkProof(uint256[8] calldata proof, uint256 index) private pure {
        bool valid = Bn254.isG1(proof[0], proof[1])
            && Bn254.isOnTwist(proof[2], proof[3], proof[4], proof[5])
            && Bn254.isG1(proof[6], proof[7]);
        if (!valid) revert ProofPointInvalid(index);
    }

    /// @dev Two different errors, so that a caller who watches for bad proofs is not misled by a
    ///      relayer who sends too little gas; both revert.
    function _requirePairing(uint256 pairs, uint256 length) private view {
        bool ok;
        bool holds;
        assembly ("memory-safe") {
            ok := staticcall(gas(), 8, pairs, length, 0, 32)
            ok := and(ok, eq(returndatasize(), 32))
            holds := eq(mload(0), 1)
        }
        if (!ok) revert PrecompileFailed();
        if (!holds) revert ProofInvalid();
    }

    // --- key ----------------------------------------------------------------------------------

    function _word(bytes memory key, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(key, 32), offset))
        }
    }

    function _checkKey(bytes memory key) private view {
        if (!Bn254.isG1(_word(key, 0), _word(key, 32))) revert KeyPointInvalid(0);
        for (uint256 point = BETA; point < IC; point += 128) {
            bool onTwist = Bn254.isOnTwist(
                _word(key, point),
                _word(key, point + 32),
                _word(key, point + 64),
                _word(key, point + 96)
            );
            if (!onTwist) revert KeyPointInvalid(point / 32);
        }
        for (uint256 point = IC; point < key.length; point += 64) {
            if (!Bn254.isG1(_word(key, point), _word(key, point + 32))) {
                revert KeyPointInvalid(point / 32);
            }
        }
        // Points with equal x are equal or opposite; either way one can be cancelled against the
        // other and a proof be written down from the key alone.
        if (
            _sameX(key, BETA, GAMMA) || _sameX(key, BETA, DELTA) || _sameX(key, GAMMA, DELTA)
                || _isGenerator(key, DELTA) || _isGenerator(key, BETA) || _word(key, 0) == G1_X
        ) revert KeyForgeable();
        _checkInputs(key);
        if (!_inSubgroup(key)) revert KeyPointInvalid(key.length / 32);
    }

    function _sameX(bytes memory key, uint256 a, uint256 b) private pure returns (bool) {
        return _word(key, a) == _word(key, b) && _word(key, a + 32) == _word(key, b + 32);
    }

    function _isGenerator(bytes memory key, uint256 place) private pure returns (bool) {
        return _word(key, place) == G2_X1 && _word(key, place + 32) == G2_X0;
    }

    /// @dev Reverts if two points of IC have the same x, and are equal or opposite: their inputs
    ///      could be exchanged, or changed together, without a change of IC(x). Every pair is
    ///      compared, at about 50 gas.
    function _checkInputs(bytes memory key) private pure {
        uint256 first;
        uint256 second;
        assembly ("memory-safe") {
            let start := add(key, add(32, IC))
            let end := add(add(key, 32), mload(key))
            for { let p := start } lt(p, end) { p := add(p, 64) } {
                let x := mload(p)
                for { let q := add(p, 64) } lt(q, end) { q := add(q, 64) } {
                    if eq(mload(q), x) {
                        first := shr(6, sub(p, start))
                        second := shr(6, sub(q, start))
                    }
                }
            }
        }
        if (second != 0) revert KeyInputsDependent(first, second);
    }

    /// @dev EIP-197 makes the pairing fail for a G2 point outside the subgroup, so a pairing of
    ///      (1, 2) with beta, gamma and delta that succeeds, with any result, shows all three.
    function _inSubgroup(bytes memory key) private view returns (bool success) {
        assembly ("memory-safe") {
            let pairs := mload(0x40)
            for { let i := 0 } lt(i, 3) { i := add(i, 1) } {
                let pair := add(pairs, mul(192, i))
                mstore(pair, 1)
                mstore(add(pair, 32), 2)
                mcopy(add(pair, 64), add(add(key, 96), mul(128, i)), 128)
            }
            success := staticcall(gas(), 8, pairs, 576, 0, 32)
            success := and(success, eq(returndatasize(), 32))
        }
    }
}
