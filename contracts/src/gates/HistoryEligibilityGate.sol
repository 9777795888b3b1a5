// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFxSource} from "../interfaces/IFxSource.sol";
import {IGroth16Verifier} from "../interfaces/IGroth16Verifier.sol";
import {IIssuerRegistry} from "../interfaces/IIssuerRegistry.sol";
import {ApplicationGate} from "./ApplicationGate.sol";
import {RecordGate} from "./RecordGate.sol";
import {RegistryGate} from "./RegistryGate.sol";

/// @title Gate for proofs about a credential and about a record at a bureau, of one person
contract HistoryEligibilityGate is RegistryGate, RecordGate {
    uint256 private constant INPUTS = 8;

    /// @notice Deploys a gate that nobody can change afterwards.
    /// @param verifier_ Verifier whose key is that of the `history_eligibility` statement.
    /// @param registry_ Registry whose roots are accepted.
    /// @param maxRootAge_ How long a replaced registry root is still accepted, seconds, at most 365
    ///        days.
    /// @param maxClockAge_ How far the proof's "now" may lie behind the block's time, seconds,
    ///        at most 365 days.
    /// @param fx_ Source of exchange rates; 0 if no product has its policy in another currency.
    constructor(
        IGroth16Verifier verifier_,
        IIssuerRegistry registry_,
        uint256 maxRootAge_,
        uint256 maxClockAge_,
        IFxSource fx_
    ) ApplicationGate(verifier_, INPUTS, maxClockAge_) RegistryGate(registry_, maxRootAge_, fx_) {}

    /// @inheritdoc RecordGate
    function _checkExtra(Application calldata application, bytes calldata extra)
        internal
        pure
        override(ApplicationGate, RecordGate)
    {
        RecordGate._checkExtra(application, extra);
    }

    /// @inheritdoc RegistryGate
    function _burden(Application calldata application, Evidence calldata evidence)
        internal
        view
        override(ApplicationGate, RegistryGate)
        returns (uint256)
    {
        return RegistryGate._burden(application, evidence);
    }

    /// @inheritdoc RegistryGate
    function _quoteOf(bytes calldata extra) internal pure override returns (bytes calldata) {
        return extra[ROOT_LENGTH:];
    }

    /// @inheritdoc ApplicationGate
    function _inputs(address market, Application calldata application, Evidence calldata evidence)
        internal
        view
        override
        returns (uint256[] memory inputs)
    {
        inputs = _credentialInputs(market, application, evidence, INPUTS);
        (inputs[5], inputs[6], inputs[7]) = _historyInputs(application, evidence);
    }
}
