// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../interfaces/IApplicationGate.sol";
import {IGroth16Verifier} from "../interfaces/IGroth16Verifier.sol";
import {IIssuerRegistry} from "../interfaces/IIssuerRegistry.sol";
import {Nullifier} from "../types/Nullifier.sol";
import {ApplicationGate} from "./ApplicationGate.sol";
import {RecordGate} from "./RecordGate.sol";

/// @title Gate for proofs about a record at a bureau, without a credential
contract HistoryGate is RecordGate {
    uint256 private constant INPUTS = 6;

    /// @inheritdoc IApplicationGate
    IIssuerRegistry public constant registry = IIssuerRegistry(address(0));

    /// @notice Deploys a gate that nobody can change afterwards.
    /// @param verifier_ Verifier whose key is that of the `history` statement.
    /// @param maxClockAge_ How far the proof's "now" may lie behind the block's time, seconds,
    ///        at most 365 days.
    constructor(IGroth16Verifier verifier_, uint256 maxClockAge_)
        ApplicationGate(verifier_, INPUTS, maxClockAge_)
    {}

    /// @inheritdoc IApplicationGate
    function policyWord(Policy calldata policy, uint256 instalment, uint256 policyNow)
        public
        pure
        override(ApplicationGate, IApplicationGate)
        returns (uint256 word)
    {
        bool neutral = policy.minScore == 0 && policy.maxScore == type(uint16).max
            && policy.coverageBps == 0 && policy.maxDtiBps == type(uint16).max
            && policy.maxDelinquencies == type(uint16).max && policy.minHistoryMonths == 0
            && policy.currency == 0 && policy.maxCredentialAge == 0;
        if (!neutral) revert PolicyNotJudged();
        return super.policyWord(policy, instalment, policyNow);
    }

    /// @inheritdoc ApplicationGate
    function _inputs(address market, Application calldata application, Evidence calldata evidence)
        internal
        view
        override
        returns (uint256[] memory inputs)
    {
        if (application.issuers != 0) revert IssuersNotJudged();
        if (evidence.registryRoot != 0) revert RootNotJudged(evidence.registryRoot);
        inputs = new uint256[](INPUTS);
        (, inputs[1]) = _policyAndContext(market, application, evidence);
        (inputs[0], inputs[2], inputs[3]) = _historyInputs(application, evidence);
        inputs[4] = scopeOf(market);
        inputs[5] = Nullifier.unwrap(evidence.nullifier);
    }
}
