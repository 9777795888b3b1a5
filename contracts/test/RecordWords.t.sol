// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {HistoryGate} from "../src/gates/HistoryGate.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {HashVerifier} from "./support/HashVerifier.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev The words of a gate about records alone: it judges no policy, and says so.
contract RecordWordsTest is TestBase {
    uint256 private constant MOST = type(uint16).max;

    HistoryGate private gate;

    function setUp() public {
        gate = new HistoryGate(new HashVerifier(6), 1 hours);
    }

    function testThePolicyWordOfANeutralPolicy() public view {
        IApplicationGate.Policy memory policy;
        policy.maxScore = policy.maxDtiBps = policy.maxDelinquencies = uint16(MOST);
        uint256 expected = MOST << 16 | 8_885 << 32 | MOST << 100 | MOST << 116 | 1_800_000_000 << 164;
        assertEq(gate.policyWord(policy, 8_885, 1_800_000_000), expected, "word");
    }
}
