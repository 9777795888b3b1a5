// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title ERC-20 that anybody can mint, for tests and local demonstrations only
contract TestToken is ERC20 {
    uint8 private immutable _decimals;

    constructor(string memory name_, string memory symbol_, uint8 decimals_)
        ERC20(name_, symbol_)
    {
        _decimals = decimals_;
    }

    /// @notice As ERC-20.
    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    /// @notice Creates tokens out of nothing.
    function mint(address to, uint256 value) external {
        _mint(to, value);
    }
}
