// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISignerGroup} from "../../src/interfaces/ISignerGroup.sol";
import {FxQuotes} from "../../src/treasury/FxQuotes.sol";
import {FxFixture} from "./FxFixture.sol";

/// @title A governor who changes signers, and quotes of any of them
/// @dev The handler knows who is a signer and how many must sign.
contract FxHandler is FxFixture {
    uint256 public constant PEOPLE = 6;

    uint256 public signers = 7; // a bit for each person
    uint256 public threshold = 2;
    uint256 public done;
    bytes[PEOPLE] private _people;

    constructor() {
        deployQuotes();
        for (uint256 i = 0; i < PEOPLE; ++i) {
            _people[i] = signerOf(KEY + i);
        }
    }

    function theQuotes() external view returns (FxQuotes) {
        return fx;
    }

    function someSigner(uint256 person) external view returns (bytes memory) {
        return _people[person];
    }

    function count(uint256 bits) private pure returns (uint256 n) {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            n += (bits >> i) & 1;
        }
    }

    function changed(uint256 seed, bytes memory data, bool may) private returns (bool ok) {
        bytes memory answer;
        bool governs = seed % 4 != 0;
        if (governs) vm.prank(GOVERNOR);
        (ok, answer) = address(fx).call(data);
        assertTrue(ok || answer.length >= 4, "bare revert");
        assertTrue(ok == (governs && may), "who may, and when");
        if (!governs) {
            assertTrue(bytes4(answer) == ISignerGroup.GovernorOnly.selector, "error");
        }
        if (ok) done += 1;
    }

    function addSigners(uint256 seed) external {
        uint256 person = (seed >> 8) % PEOPLE;
        bytes memory data = abi.encodeCall(fx.addSigners, (one(signerOf(KEY + person))));
        if (changed(seed, data, (signers >> person) & 1 == 0)) signers |= 1 << person;
    }

    function removeSigners(uint256 seed) external {
        uint256 person = (seed >> 8) % PEOPLE;
        bytes memory data = abi.encodeCall(fx.removeSigners, (one(signerOf(KEY + person))));
        bool may = (signers >> person) & 1 == 1 && count(signers) > threshold;
        if (changed(seed, data, may)) signers &= ~(1 << person);
    }

    function setThreshold(uint256 seed) external {
        uint64 number = uint64((seed >> 8) % (PEOPLE + 2));
        bytes memory data = abi.encodeCall(fx.setThreshold, (number));
        if (changed(seed, data, number >= 2 && number <= count(signers))) threshold = number;
    }

    /// @dev Anybody's signatures of a quote; every other time those of all signers.
    function rateOf(uint256 seed, uint64 rate) external {
        uint256 who = seed & 1 == 0 ? signers : (seed >> 1) % (1 << PEOPLE);
        uint256[5] memory words = quote();
        words[2] = rate;
        bytes memory data =
            abi.encodeCall(fx.rateOf, (KES, USD, block.timestamp, evidenceBy(who, words)));
        (bool ok, bytes memory answer) = address(fx).call(data);
        bool may = who & ~signers == 0 && count(who) >= threshold && rate != 0
            && rate != type(uint64).max;
        assertTrue(ok == may, "who may quote, and what");
        if (ok) assertEq(abi.decode(answer, (uint256)), rate, "rate");
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + clamp(time, 1, 8 hours));
    }
}
