// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ApplicationGate} from "./ApplicationGate.sol";
import {IEligibilityGate} from "../interfaces/IEligibilityGate.sol";
import {IGroth16Verifier} from "../interfaces/IGroth16Verifier.sol";
import {IIssuerRegistry} from "../interfaces/IIssuerRegistry.sol";

/// @title Gate that turns an eligibility proof into an application for one loan
contract EligibilityGate is ApplicationGate {
    uint256 private constant INPUTS = 5;

    /// @inheritdoc IEligibilityGate
    IIssuerRegistry public immutable registry;
    /// @inheritdoc IEligibilityGate
    uint256 public immutable maxRootAge;

    /// @param verifier_ Verifier whose key is that of the `eligibility` statement.
    /// @param registry_ Registry whose roots are accepted.
    /// @param maxRootAge_ See {maxRootAge}.
    /// @param maxClockAge_ See {maxClockAge}.
    constructor(
        IGroth16Verifier verifier_,
        IIssuerRegistry registry_,
        uint256 maxRootAge_,
        uint256 maxClockAge_
    ) ApplicationGate(verifier_, INPUTS, maxClockAge_) {
        registry = registry_;
        maxRootAge = maxRootAge_;
    }

    /// @inheritdoc ApplicationGate
    function _inputs(address market, Application calldata application, Evidence calldata evidence)
        internal
        view
        override
        returns (uint256[] memory inputs)
    {
        if (!registry.isFresh(evidence.registryRoot, maxRootAge)) {
            revert RootNotFresh(evidence.registryRoot);
        }
        inputs = new uint256[](INPUTS);
        (inputs[0], inputs[1]) = _policyAndContext(market, application, evidence);
        inputs[2] = evidence.registryRoot;
        inputs[3] = scopeOf(market);
        inputs[4] = evidence.nullifier;
    }
}
