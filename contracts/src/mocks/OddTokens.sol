// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {TestToken} from "./TestToken.sol";

/// @title Token that keeps a hundredth of every transfer
contract FeeToken is TestToken("Fee", "FEE", 6) {
    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 value) internal override {
        bool taxed = from != address(0) && to != address(0);
        super._update(from, to, taxed ? value - value / 100 : value);
        if (taxed) super._update(from, address(0), value / 100);
    }
}

/// @title Token that charges the sender on top of what it was told to move
contract SurchargeToken is TestToken("Surcharge", "SUR", 6) {
    /// @notice Whether transfers cost the sender a hundredth more.
    bool public charging;

    /// @notice Starts or stops the surcharge.
    /// @param charging_ Whether transfers cost more from now on.
    function setCharging(bool charging_) external {
        charging = charging_;
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (charging && from != address(0) && to != address(0)) {
            super._update(from, address(0), value / 100);
        }
    }
}

/// @title Token that answers false instead of reverting
contract FalseToken is TestToken("False", "FLS", 6) {
    /// @notice Whether transfers answer false and move nothing.
    bool public broken;

    /// @notice Breaks or mends the token.
    /// @param broken_ Whether transfers answer false from now on.
    function setBroken(bool broken_) external {
        broken = broken_;
    }

    /// @inheritdoc ERC20
    function transfer(address to, uint256 value) public override returns (bool) {
        return !broken && super.transfer(to, value);
    }

    /// @inheritdoc ERC20
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
    /// @inheritdoc ERC20
    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return true;
    }
}

/// @title Token that blocks addresses
contract BlockingToken is TestToken("Blocking", "BLK", 6) {
    /// @notice Thrown when a transfer involves a blocked address.
    /// @param account Address that is blocked.
    error Blocked(address account);

    /// @notice Whether an address is blocked.
    mapping(address account => bool) public blocked;

    /// @notice Blocks or unblocks an address.
    /// @param account Address to block or unblock.
    /// @param blocked_ Whether it is blocked from now on.
    function setBlocked(address account, bool blocked_) external {
        blocked[account] = blocked_;
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 value) internal override {
        if (blocked[from]) revert Blocked(from);
        if (blocked[to]) revert Blocked(to);
        super._update(from, to, value);
    }
}

/// @title Token whose transfers can be stopped
contract PausingToken is TestToken("Pausing", "PAU", 6) {
    /// @notice Thrown when somebody transfers while transfers are stopped.
    error Paused();

    /// @notice Whether transfers are stopped.
    bool public paused;

    /// @notice Stops transfers, or lets them go on.
    /// @param paused_ Whether they are stopped from now on.
    function setPaused(bool paused_) external {
        paused = paused_;
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 value) internal override {
        if (paused && from != address(0)) revert Paused();
        super._update(from, to, value);
    }
}

/// @title Token that calls somebody during every transfer
contract ReentrantToken is TestToken("Reentrant", "RNT", 6) {
    address private _target;
    bytes private _call;
    /// @notice Whether the last call back succeeded.
    bool public lastCallSucceeded;
    /// @notice What the last call back returned.
    bytes public lastAnswer;
    /// @notice Number of calls back so far.
    uint256 public calls;

    /// @notice Chooses what is called during every transfer.
    /// @param target Address to call; zero for nobody.
    /// @param call_ Call data to send.
    function setCallback(address target, bytes calldata call_) external {
        _target = target;
        _call = call_;
    }

    /// @inheritdoc ERC20
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
    /// @notice Balance of an address, base units of the token.
    mapping(address account => uint256) public balanceOf;
    /// @notice Amount that one address may still move for another, base units of the token.
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    /// @notice Mints tokens. Anybody may.
    /// @param to Address that gets them.
    /// @param value Amount, base units of the token.
    function mint(address to, uint256 value) external {
        balanceOf[to] += value;
    }

    /// @notice Allows another address to move tokens of the caller.
    /// @param spender Address that may move them.
    /// @param value Amount, base units of the token.
    function approve(address spender, uint256 value) external {
        allowance[msg.sender][spender] = value;
    }

    /// @notice Moves tokens of the caller, and returns nothing.
    /// @param to Address that gets them.
    /// @param value Amount, base units of the token.
    function transfer(address to, uint256 value) external {
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
    }

    /// @notice Moves tokens of another address that allowed it, and returns nothing.
    /// @param from Address that gives them.
    /// @param to Address that gets them.
    /// @param value Amount, base units of the token.
    function transferFrom(address from, address to, uint256 value) external {
        allowance[from][msg.sender] -= value;
        balanceOf[from] -= value;
        balanceOf[to] += value;
    }
}
