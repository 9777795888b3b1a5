// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MultiSignerERC7913} from "@openzeppelin/contracts/utils/cryptography/signers/MultiSignerERC7913.sol";
import {ISignerGroup} from "../interfaces/ISignerGroup.sol";

/// @title Common part of contracts for which several must sign
/// @dev OpenZeppelin's MultiSignerERC7913, with a threshold of two at least, one order of signers,
///      and without signers for whom a precompiled contract would answer.
abstract contract SignerGroup is ISignerGroup, MultiSignerERC7913, EIP712 {
    uint64 private constant LEAST = 2;
    uint256 private constant ADDRESS_LENGTH = 20;

    /// @dev Reverts with GovernorOnly unless the governor calls.
    modifier onlyGovernor() {
        if (msg.sender != governor()) revert GovernorOnly(msg.sender);
        _;
    }

    /// @inheritdoc ISignerGroup
    function addSigners(bytes[] calldata signers) external onlyGovernor {
        _addSigners(signers);
    }

    /// @inheritdoc ISignerGroup
    function removeSigners(bytes[] calldata signers) external onlyGovernor {
        _removeSigners(signers);
    }

    /// @inheritdoc ISignerGroup
    function setThreshold(uint64 threshold_) external onlyGovernor {
        _setThreshold(threshold_);
    }

    /// @inheritdoc ISignerGroup
    function governor() public view virtual returns (address);

    /// @dev Reverts unless enough signers signed the typed data with this hash.
    function _requireSigned(bytes32 structHash, bytes calldata signatures) internal view {
        bytes32 digest = _hashTypedDataV4(structHash);
        if (!_rawSignatureValidation(digest, signatures)) revert SignaturesInvalid(digest);
    }

    /// @inheritdoc MultiSignerERC7913
    function _addSigners(bytes[] memory newSigners) internal override {
        for (uint256 i = 0; i < newSigners.length; ++i) {
            bytes memory signer = newSigners[i];
            address account = address(bytes20(signer));
            bool plain = signer.length <= ADDRESS_LENGTH;
            // a precompiled contract has no code, and one of them answers with what it is asked
            bool empty = !plain && account.code.length == 0;
            if (account == address(0) || account == address(this) || empty) {
                revert SignerInvalid(signer);
            }
        }
        super._addSigners(newSigners);
    }

    /// @inheritdoc MultiSignerERC7913
    function _setThreshold(uint64 newThreshold) internal override {
        if (newThreshold < LEAST) revert ThresholdTooLow(newThreshold);
        super._setThreshold(newThreshold);
    }

    /// @inheritdoc MultiSignerERC7913
    function _validateSignatures(
        bytes32 hash,
        bytes[] calldata signers,
        bytes[] calldata signatures
    ) internal view override returns (bool) {
        bytes32 last;
        for (uint256 i = 0; i < signers.length; ++i) {
            bytes32 id = keccak256(signers[i]);
            if (id <= last) return false;
            last = id;
        }
        return super._validateSignatures(hash, signers, signatures);
    }
}
