// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What tests call of any token
interface Mintable {
    function mint(address to, uint256 value) external;
    function approve(address spender, uint256 value) external;
    function balanceOf(address account) external view returns (uint256);
}
