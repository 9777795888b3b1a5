// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../../src/interfaces/ICreditBureau.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {LoneMarket} from "./LoneMarket.sol";

/// @title Market that says what its bureau and its gate are, and does what a test wants
contract FreeMarket is LoneMarket {
    IApplicationGate public gate;

    constructor(IApplicationGate gate_) {
        gate = gate_;
    }

    function change(IApplicationGate gate_) external {
        gate = gate_;
    }

    function consume(IApplicationGate.Application calldata a, IApplicationGate.Evidence calldata e)
        external
        returns (Nullifier)
    {
        return gate.consume(a, e);
    }

    function reserve(ICreditBureau bureau_, Nullifier nullifier) external {
        bureau_.reserve(nullifier, block.timestamp + 1 days);
    }
}
