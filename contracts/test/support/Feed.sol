// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Aggregator} from "../../src/treasury/Aggregator.sol";

/// @dev A feed that answers what it is told to.
contract Feed is Aggregator {
    uint8 public decimals;
    int256 private price;
    uint256 private started;
    uint256 private updated;

    constructor(uint8 decimals_, int256 answer) {
        decimals = decimals_;
        say(answer, block.timestamp, block.timestamp);
    }

    function say(int256 answer, uint256 startedAt, uint256 updatedAt) public {
        (price, started, updated) = (answer, startedAt, updatedAt);
    }

    function setDecimals(uint8 decimals_) external {
        decimals = decimals_;
    }

    function latestRoundData()
        external
        view
        returns (uint80, int256, uint256, uint256, uint80)
    {
        return (1, price, started, updated, 1);
    }
}
