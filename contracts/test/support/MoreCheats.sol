// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Cheat codes beyond those of Vm, for tests that place code or sign as many accounts
interface MoreCheats {
    function etch(address target, bytes calldata code) external;
    function addr(uint256 key) external pure returns (address);
}

/// @dev Where they are.
MoreCheats constant cheats = MoreCheats(address(uint160(uint256(keccak256("hevm cheat code")))));
