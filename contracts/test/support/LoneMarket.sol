// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Market that names a bureau: itself, unless a test says otherwise
contract LoneMarket {
    address private _other;

    function name(address other) external {
        _other = other;
    }

    function bureau() external view returns (address) {
        return _other == address(0) ? address(this) : _other;
    }
}
