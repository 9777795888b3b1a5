// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {TestToken} from "../../src/mocks/TestToken.sol";

/// @title Token that begins to keep a hundredth, or all, of every transfer to a contract
contract SwitchedFeeToken is TestToken("Switched fee", "SWF", 6) {
    bool private _charging;
    bool private _keepsAll;

    function setCharging(bool charging) external {
        _charging = charging;
    }

    function setKeepsAll(bool keepsAll) external {
        _keepsAll = keepsAll;
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 value) internal override {
        bool taxed = _charging && from != address(0) && to.code.length != 0;
        uint256 fee = !taxed ? 0 : _keepsAll ? value : value / 100;
        super._update(from, to, value - fee);
        if (fee != 0) super._update(from, address(0), fee);
    }
}
