// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EligibilityGate} from "../../src/gates/EligibilityGate.sol";
import {LedgerGate} from "../../src/gates/LedgerGate.sol";
import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ICreditLedger} from "../../src/interfaces/ICreditLedger.sol";
import {IIssuerRegistry} from "../../src/interfaces/IIssuerRegistry.sol";
import {NO_FX} from "../support/NoFx.sol";
import {AcceptingVerifier, SymbolicBase} from "./SymbolicBase.sol";

/// @dev A proof shows one word: it must say all that the lender asks for, and nothing else.
contract PolicyWordProperties is SymbolicBase {
    EligibilityGate private gate;
    LedgerGate private ledgerGate;

    function setUp() public {
        gate = new EligibilityGate(
            new AcceptingVerifier(5), IIssuerRegistry(address(this)), 1 days, 1 hours, NO_FX
        );
        ledgerGate =
            new LedgerGate(new AcceptingVerifier(8), ICreditLedger(address(this)), 1 hours);
    }

    /// @dev So that it can stand for the registry and for the ledger.
    function maxCurrentAge() external pure returns (uint256) {
        return 30 days;
    }

    function currentEpoch() external pure returns (uint256) {
        return 1;
    }

    function issuedAt(uint256 age, uint256 policyNow) private pure returns (uint256) {
        return age == 0 || age > policyNow ? 0 : policyNow - age;
    }

    /// @dev Two demands with one word are the same demand.
    function check_TheWordIsInjective(
        IApplicationGate.Policy calldata p,
        uint256 instalment,
        uint256 policyNow,
        IApplicationGate.Policy calldata q,
        uint256 otherInstalment,
        uint256 otherNow
    ) external view {
        uint256 word = gate.policyWord(p, instalment, policyNow);
        if (word != gate.policyWord(q, otherInstalment, otherNow)) return;
        assert(p.minScore == q.minScore && p.maxScore == q.maxScore);
        assert(p.coverageBps == q.coverageBps && p.maxDtiBps == q.maxDtiBps);
        assert(p.maxDelinquencies == q.maxDelinquencies);
        assert(p.minHistoryMonths == q.minHistoryMonths && p.currency == q.currency);
        assert(instalment == otherInstalment && policyNow == otherNow);
        assert(
            issuedAt(p.maxCredentialAge, policyNow) == issuedAt(q.maxCredentialAge, otherNow)
        );
    }

    /// @dev The word is a field element, so no other number of 256 bits stands for it.
    function check_TheWordFitsItsBits(
        IApplicationGate.Policy calldata p,
        uint256 instalment,
        uint256 policyNow
    ) external view {
        assert(gate.policyWord(p, instalment, policyNow) < 1 << 244);
    }

    /// @dev What does not fit its bits is refused, and nothing else is.
    function check_TheWordIsRefusedExactlyBeyondItsBits(
        IApplicationGate.Policy calldata p,
        uint256 instalment,
        uint256 policyNow
    ) external view {
        bool fits =
            p.coverageBps < 1 << 20 && instalment < 1 << 48 && policyNow < 1 << 40;
        try gate.policyWord(p, instalment, policyNow) {
            assert(fits);
        } catch {
            assert(!fits);
        }
    }

    /// @dev The oldest credential is never younger than its age allows, nor from the future.
    function check_TheOldestIssueIsTheAge(
        IApplicationGate.Policy calldata p,
        uint256 instalment,
        uint256 policyNow
    ) external view {
        uint256 oldest = gate.policyWord(p, instalment, policyNow) >> 204;
        assert(oldest <= policyNow);
        if (p.maxCredentialAge != 0 && p.maxCredentialAge <= policyNow) {
            assert(policyNow - oldest == p.maxCredentialAge);
        } else {
            assert(oldest == 0);
        }
    }

    /// @dev A ledger gate judges by the same word, and refuses what a ledger does not tell.
    function check_ALedgerGateSaysTheSameWord(
        IApplicationGate.Policy calldata p,
        uint256 instalment,
        uint256 policyNow
    ) external view {
        bool told = p.minHistoryMonths == 0 && p.currency == 0 && p.maxCredentialAge == 0;
        try ledgerGate.policyWord(p, instalment, policyNow) returns (uint256 word) {
            assert(told && word == gate.policyWord(p, instalment, policyNow));
        } catch {
            if (told) {
                bool fits =
                    p.coverageBps < 1 << 20 && instalment < 1 << 48 && policyNow < 1 << 40;
                assert(!fits);
            }
        }
    }
}
