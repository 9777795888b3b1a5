// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../interfaces/IApplicationGate.sol";
import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {IGroth16Verifier} from "../interfaces/IGroth16Verifier.sol";
import {IIssuerRegistry} from "../interfaces/IIssuerRegistry.sol";
import {ILedgerGate} from "../interfaces/ILedgerGate.sol";
import {Requirements} from "../libraries/Requirements.sol";
import {Nullifier} from "../types/Nullifier.sol";
import {ApplicationGate} from "./ApplicationGate.sol";

/// @title Gate for proofs about the encrypted totals of a credit ledger
contract LedgerGate is ILedgerGate, ApplicationGate {
    uint256 private constant INPUTS = 8;

    /// @inheritdoc ILedgerGate
    ICreditLedger public immutable ledger;
    /// @inheritdoc IApplicationGate
    IIssuerRegistry public constant registry = IIssuerRegistry(address(0));

    /// @notice Deploys a gate that nobody can change afterwards.
    /// @param verifier_ Verifier whose key is that of the `ledger_eligibility` statement.
    /// @param ledger_ Ledger that keys and ciphertexts are read from.
    /// @param maxClockAge_ How far the proof's "now" may lie behind the block's time, seconds,
    ///        at most 365 days.
    constructor(IGroth16Verifier verifier_, ICreditLedger ledger_, uint256 maxClockAge_)
        ApplicationGate(verifier_, INPUTS, maxClockAge_)
    {
        Requirements.requireKind(
            address(ledger_), abi.encodeCall(ICreditLedger.currentEpoch, ())
        );
        ledger = ledger_;
    }

    /// @inheritdoc IApplicationGate
    function policyWord(Policy calldata policy, uint256 instalment, uint256 policyNow)
        public
        pure
        override(ApplicationGate, IApplicationGate)
        returns (uint256 word)
    {
        bool neutral = policy.minHistoryMonths == 0 && policy.currency == 0
            && policy.maxCredentialAge == 0;
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
        if (evidence.registryRoot != 0) revert RootNotJudged(evidence.registryRoot);
        (ICreditLedger.Point memory key, ICreditLedger.Ciphertext memory total) =
            ledger.inEffect(Nullifier.unwrap(evidence.nullifier), application.issuers);
        inputs = new uint256[](INPUTS);
        (inputs[0], inputs[1]) = _policyAndContext(market, application, evidence);
        (inputs[2], inputs[3]) = (key.x, key.y);
        (inputs[4], inputs[5]) = (total.c1.x, total.c1.y);
        (inputs[6], inputs[7]) = (total.c2.x, total.c2.y);
    }
}
