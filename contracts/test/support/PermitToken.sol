// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title Token with signed allowances, which keeps a hundredth of transfers if told to
contract PermitToken is ERC20("Permit", "PRM"), ERC20Permit("Permit") {
    bool private _charging;

    function mint(address to, uint256 value) external {
        _mint(to, value);
    }

    function setCharging(bool charging) external {
        _charging = charging;
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 value) internal override {
        uint256 fee = _charging && from != address(0) && to != address(0) ? value / 100 : 0;
        super._update(from, to, value - fee);
        if (fee != 0) super._update(from, address(0), fee);
    }
}
