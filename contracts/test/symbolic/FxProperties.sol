// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFxSource} from "../../src/interfaces/IFxSource.sol";
import {FxMath} from "../../src/libraries/FxMath.sol";
import {FxQuotes} from "../../src/treasury/FxQuotes.sol";
import {AgreeingWallet, SymbolicBase} from "./SymbolicBase.sol";

/// @dev A rate is converted against whoever must afford it, and is what enough signers said.
contract FxProperties is SymbolicBase {
    FxQuotes private fx;
    bytes private none;
    bytes private two;

    function setUp() public {
        bytes[] memory signers = new bytes[](2);
        signers[0] = abi.encodePacked(address(new AgreeingWallet()));
        signers[1] = abi.encodePacked(address(new AgreeingWallet()));
        fx = new FxQuotes(address(1), signers, 2);
        bytes[] memory empty = new bytes[](0);
        none = abi.encode(empty, empty);
        bytes memory first = signers[0];
        if (keccak256(first) > keccak256(signers[1])) {
            (signers[0], signers[1]) = (signers[1], first);
        }
        two = abi.encode(signers, new bytes[](2));
    }

    function asked(uint16 base, uint16 quote, uint40 deadline, bytes memory evidence)
        private
        returns (bool done, bytes memory answer)
    {
        return address(fx).call(
            abi.encodeCall(IFxSource.rateOf, (base, quote, deadline, evidence))
        );
    }

    // that a conversion is the least amount that covers is a property of a division of products,
    // which the solver does not decide soon: FxQuotes.t.sol and ForeignPolicy.t.sol fuzz it
    function check_ALargerAmountIsRefused(uint256 amount) external view {
        vm.assume(amount >= 1 << 48);
        try this.convert(amount, 1) {
            assert(false);
        } catch {}
    }

    function convert(uint256 amount, uint256 rate) external pure {
        FxMath.convertUp(amount, rate);
    }

    function check_WithoutSignaturesThereIsNoRate(
        uint16 base,
        uint16 quote,
        uint64 rate,
        uint40 from,
        uint40 until,
        uint40 deadline
    ) external {
        bytes memory words = abi.encode(base, quote, rate, from, until);
        (bool done,) = asked(base, quote, deadline, bytes.concat(words, none));
        assert(!done);
    }

    function check_WhatIsAnsweredIsThePairNowAndUntilTheDeadline(
        uint256[5] calldata words,
        uint16 base,
        uint16 quote,
        uint40 deadline
    ) external {
        (bool done, bytes memory answer) =
            asked(base, quote, deadline, bytes.concat(abi.encode(words), two));
        if (!done) return;
        assert(words[0] == base && words[1] == quote);
        assert(words[3] <= block.timestamp && block.timestamp - words[3] <= 1 days);
        assert(block.timestamp <= deadline && deadline <= words[4]);
        assert(abi.decode(answer, (uint256)) == words[2]);
        assert(words[2] != 0 && words[2] < type(uint64).max);
    }

    function check_OnlyTheGovernorChangesTheThreshold(address other, uint64 threshold) external {
        vm.assume(other != address(1));
        vm.prank(other);
        (bool done,) = address(fx).call(abi.encodeCall(fx.setThreshold, (threshold)));
        assert(!done);
    }
}
