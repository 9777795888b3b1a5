// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISignerGroup} from "./ISignerGroup.sol";

/// @title Fund that several signers move together
/// @notice Holds tokens and the chain's coin, and pays or calls what enough of its signers signed.
/// @dev A message is EIP-712 typed data of the domain ("zkcredit treasury", "1", chainid, this
///      contract), so it serves at one treasury of one chain.
///      Each message has a number that serves once, and a deadline; numbers are used in any order,
///      so that a lost message blocks no other.
///      Anybody may carry a signed message to the treasury, and nobody needs a role.
///      The treasury is its own governor: signers and threshold change by a message, too.
///
///      Assumptions:
///      - fewer signers than the threshold are dishonest or lose their keys to one thief.
interface ITreasury is ISignerGroup {
    /// @notice Thrown when a message is carried after its deadline.
    /// @param deadline The deadline, Unix seconds.
    error MessageExpired(uint256 deadline);
    /// @notice Thrown when the number of a message was used or cancelled before.
    /// @param nonce The number.
    error NonceUsed(uint256 nonce);

    /// @notice Emitted when the treasury pays.
    /// @param token Token; 0 for the chain's coin.
    /// @param to The payee.
    /// @param amount Base units of the token, or wei.
    /// @param nonce Number of the message.
    event Released(address indexed token, address indexed to, uint256 amount, uint256 nonce);
    /// @notice Emitted when the treasury calls a contract.
    /// @param target The contract.
    /// @param value Wei that went along.
    /// @param data Call data.
    /// @param nonce Number of the message.
    event Executed(address indexed target, uint256 value, bytes data, uint256 nonce);
    /// @notice Emitted when a number is cancelled.
    /// @param nonce The number.
    event NonceCancelled(uint256 nonce);

    /// @notice Pays tokens, or the chain's coin.
    /// @param token Token; 0 for the chain's coin.
    /// @param to The payee.
    /// @param amount Base units of the token, or wei.
    /// @param nonce Number of the message, which was not used.
    /// @param deadline Last second at which it serves, Unix seconds.
    /// @param signatures Signatures of Release(token, to, amount, nonce, deadline).
    function release(
        address token,
        address to,
        uint256 amount,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signatures
    ) external;

    /// @notice Calls a contract. Its revert is passed on.
    /// @param target The contract.
    /// @param value Wei to send along.
    /// @param data Call data.
    /// @param nonce Number of the message, which was not used.
    /// @param deadline Last second at which it serves, Unix seconds.
    /// @param signatures Signatures of Execute(target, value, data, nonce, deadline).
    /// @return What the contract returned.
    function execute(
        address target,
        uint256 value,
        bytes calldata data,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signatures
    ) external returns (bytes memory);

    /// @notice Uses a number up, so that no message with it serves any more.
    /// @param nonce The number, which was not used.
    /// @param signatures Signatures of Cancel(nonce).
    function cancel(uint256 nonce, bytes calldata signatures) external;

    /// @notice Whether a number was used or cancelled.
    /// @param nonce The number.
    /// @return Whether it was.
    function isUsed(uint256 nonce) external view returns (bool);
}
