// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Cheat codes beyond those of Vm, for tests that place code or storage, or read events
interface MoreCheats {
    /// @dev An event as a node reports it.
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function load(address target, bytes32 slot) external view returns (bytes32);
    function store(address target, bytes32 slot, bytes32 value) external;
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory logs);
    function etch(address target, bytes calldata code) external;
    function addr(uint256 key) external pure returns (address);
    function deal(address account, uint256 balance) external;
}

/// @dev Where they are.
MoreCheats constant cheats = MoreCheats(address(uint160(uint256(keccak256("hevm cheat code")))));
