// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Treasury} from "../../src/treasury/Treasury.sol";
import {AgreeingWallet, SymbolicBase} from "./SymbolicBase.sol";

/// @dev What enough signed is done once and in time, and nothing else is.
contract TreasuryProperties is SymbolicBase {
    Treasury private treasury;
    bytes private none;
    bytes private two;

    function setUp() public {
        bytes[] memory signers = new bytes[](2);
        signers[0] = abi.encodePacked(address(new AgreeingWallet()));
        signers[1] = abi.encodePacked(address(new AgreeingWallet()));
        treasury = new Treasury(signers, 2);
        bytes[] memory empty = new bytes[](0);
        none = abi.encode(empty, empty);
        bytes memory first = signers[0];
        if (keccak256(first) > keccak256(signers[1])) {
            (signers[0], signers[1]) = (signers[1], first);
        }
        two = abi.encode(signers, new bytes[](2));
    }

    /// @dev The token that is paid.
    function transfer(address, uint256) external pure returns (bool) {
        return true;
    }

    function released(uint256 amount, uint256 nonce, uint256 deadline, bytes memory signatures)
        private
        returns (bool done)
    {
        (done,) = address(treasury).call(
            abi.encodeCall(
                treasury.release, (address(this), address(9), amount, nonce, deadline, signatures)
            )
        );
    }

    function check_WithoutSignaturesNothingIsPaid(uint256 amount, uint256 nonce, uint256 deadline)
        external
    {
        assert(!released(amount, nonce, deadline, none));
        assert(!treasury.isUsed(nonce));
    }

    function check_NothingIsPaidAfterItsDeadline(uint256 nonce, uint256 deadline) external {
        vm.assume(deadline < block.timestamp);
        assert(!released(0, nonce, deadline, two));
    }

    function check_ANumberServesOnce(uint256 nonce, uint256 deadline) external {
        vm.assume(deadline >= block.timestamp);
        assert(released(0, nonce, deadline, two));
        assert(treasury.isUsed(nonce));
        assert(!released(0, nonce, deadline, two));
    }

    function check_ACancelledNumberServesNever(uint256 nonce, uint256 deadline) external {
        treasury.cancel(nonce, two);
        assert(treasury.isUsed(nonce));
        assert(!released(0, nonce, deadline, two));
    }

    function check_ANumberUsesNoOther(uint256 nonce, uint256 other) external {
        vm.assume(nonce != other);
        treasury.cancel(nonce, two);
        assert(!treasury.isUsed(other));
    }

    function check_OnlyTheTreasuryChangesItsThreshold(address other, uint64 threshold) external {
        vm.assume(other != address(treasury));
        vm.prank(other);
        (bool done,) = address(treasury).call(abi.encodeCall(treasury.setThreshold, (threshold)));
        assert(!done);
    }
}
