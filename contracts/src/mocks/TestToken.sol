// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title ERC-20 with permits (ERC-2612) that anybody can mint, for tests and local demonstrations
///        only
contract TestToken is ERC20Permit {
    uint8 private immutable _decimals;

    /// @notice Deploys a token without supply.
    /// @param name_ Name of the token.
    /// @param symbol_ Symbol of the token.
    /// @param decimals_ Number of decimals, see {decimals}.
    constructor(string memory name_, string memory symbol_, uint8 decimals_)
        ERC20(name_, symbol_)
        ERC20Permit(name_)
    {
        _decimals = decimals_;
    }

    /// @inheritdoc ERC20
    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    /// @notice Mints tokens. Anybody may.
    /// @param to Address that gets them.
    /// @param value Amount, base units of the token.
    function mint(address to, uint256 value) external {
        _mint(to, value);
    }
}
