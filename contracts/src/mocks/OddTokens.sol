// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @title Token that keeps a hundredth of every transfer
contract FeeToken is TestToken("Fee", "FEE", 6) {
    function _update(address from, address to, uint256 value) internal override {
        bool taxed = from != address(0) && to != address(0);
        super._update(from, to, taxed ? value - value / 100 : value);
        if (taxed) super._update(from, address(0), value / 100);
    }
}

/// @title Token that charges the sender on top of what it was told to move
contract SurchargeToken is TestToken("Surcharge", "SUR", 6) {
    bool public charging;

    function setCharging(bool charging_) external {
        charging = charging_;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (charging && from != address(0) && to != address(0)) {
            super._update(from, address(0), value / 100);
        }
    }
}

/// @title Token that answers false instead of reverting
contract FalseToken is TestToken("False", "FLS", 6) {
    bool public broken;

    function setBroken(bool broken_) external {
        broken = broken_;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return !broken && super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value)
        public
        override
        returns (bool)
    {
        return !broken && super.transferFrom(from, to, value);
    }
}

/// @title Token that says it moved everything and moved nothing
contract LyingToken is TestToken("Lying", "LIE", 6) {
    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return true;
    }
}

/// @title Token that blocks addresses
contract BlockingToken is TestToken("Blocking", "BLK", 6) {
    error Blocked(address account);

    mapping(address account => bool) public blocked;

    function setBlocked(address account, bool blocked_) external {
        blocked[account] = blocked_;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (blocked[from]) revert Blocked(from);
        if (blocked[to]) revert Blocked(to);
        super._update(from, to, value);
    }
}

/// @title Token that calls somebody during every transfer
contract ReentrantToken is TestToken("Reentrant", "RNT", 6) {
    address private _target;
    bytes private _call;
    bool public lastCallSucceeded;
    bytes public lastAnswer;
    uint256 public calls;

    function setCallback(address target, bytes calldata call_) external {
        _target = target;
        _call = call_;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        address target = _target;
        if (target == address(0)) return;
        _target = address(0);
        calls += 1;
        (lastCallSucceeded, lastAnswer) = target.call(_call);
        _target = target;
    }
}

/// @title Token of the old kind, whose transfers return nothing
contract NoReturnToken {
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    function mint(address to, uint256 value) external {
        balanceOf[to] += value;
    }

    function approve(address spender, uint256 value) external {
        allowance[msg.sender][spender] = value;
    }

    function transfer(address to, uint256 value) external {
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
    }

    function transferFrom(address from, address to, uint256 value) external {
        allowance[from][msg.sender] -= value;
        balanceOf[from] -= value;
        balanceOf[to] += value;
    }
}
