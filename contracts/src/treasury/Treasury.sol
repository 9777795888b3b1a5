// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MultiSignerERC7913} from "@openzeppelin/contracts/utils/cryptography/signers/MultiSignerERC7913.sol";
import {ISignerGroup} from "../interfaces/ISignerGroup.sol";
import {ITreasury} from "../interfaces/ITreasury.sol";
import {SignerGroup} from "./SignerGroup.sol";

/// @title Treasury of m of n signers
/// @dev A number is used before anything is called, so what is called cannot use a message again.
contract Treasury is ITreasury, SignerGroup, ReentrancyGuard {
    using SafeERC20 for IERC20;

    bytes32 private constant RELEASE = keccak256(
        "Release(address token,address to,uint256 amount,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant EXECUTE = keccak256(
        "Execute(address target,uint256 value,bytes data,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant CANCEL = keccak256("Cancel(uint256 nonce)");

    mapping(uint256 place => uint256 bits) private _used;

    /// @notice Deploys a treasury without money. Reverts with SignerInvalid or ThresholdTooLow, or
    ///         if signers repeat or are fewer than the threshold.
    /// @param signers The signers.
    /// @param threshold_ How many of them must sign.
    constructor(bytes[] memory signers, uint64 threshold_)
        MultiSignerERC7913(signers, threshold_)
        EIP712("zkcredit treasury", "1")
    {}

    /// @notice Takes the chain's coin from anybody.
    receive() external payable {}

    /// @inheritdoc ITreasury
    function release(
        address token,
        address to,
        uint256 amount,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signatures
    ) external nonReentrant {
        _take(
            nonce,
            deadline,
            keccak256(abi.encode(RELEASE, token, to, amount, nonce, deadline)),
            signatures
        );
        emit Released(token, to, amount, nonce);
        if (token == address(0)) {
            Address.sendValue(payable(to), amount);
        } else {
            IERC20(token).safeTransfer(to, amount);
        }
    }

    /// @inheritdoc ITreasury
    function execute(
        address target,
        uint256 value,
        bytes calldata data,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signatures
    ) external nonReentrant returns (bytes memory) {
        bytes32 hash = keccak256(
            abi.encode(EXECUTE, target, value, keccak256(data), nonce, deadline)
        );
        _take(nonce, deadline, hash, signatures);
        emit Executed(target, value, data, nonce);
        return Address.functionCallWithValue(target, data, value);
    }

    /// @inheritdoc ITreasury
    function cancel(uint256 nonce, bytes calldata signatures) external {
        _take(nonce, block.timestamp, keccak256(abi.encode(CANCEL, nonce)), signatures);
        emit NonceCancelled(nonce);
    }

    /// @inheritdoc ITreasury
    function isUsed(uint256 nonce) external view returns (bool) {
        return _used[nonce >> 8] & 1 << (nonce & 0xff) != 0;
    }

    /// @inheritdoc ISignerGroup
    function governor() public view override(ISignerGroup, SignerGroup) returns (address) {
        return address(this);
    }

    function _take(uint256 nonce, uint256 deadline, bytes32 hash, bytes calldata signatures)
        private
    {
        if (block.timestamp > deadline) revert MessageExpired(deadline);
        uint256 bit = 1 << (nonce & 0xff);
        uint256 bits = _used[nonce >> 8];
        if (bits & bit != 0) revert NonceUsed(nonce);
        _used[nonce >> 8] = bits | bit;
        _requireSigned(hash, signatures);
    }
}
