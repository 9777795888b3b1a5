// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../interfaces/IApplicationGate.sol";
import {IEligibilityGate} from "../interfaces/IEligibilityGate.sol";
import {IIssuerRegistry} from "../interfaces/IIssuerRegistry.sol";
import {Requirements} from "../libraries/Requirements.sol";
import {Nullifier} from "../types/Nullifier.sol";
import {ApplicationGate} from "./ApplicationGate.sol";

/// @title Common part of the gates whose statement is about a credential
/// @dev A gate names its number of public inputs and adds those that follow the first five.
abstract contract RegistryGate is IEligibilityGate, ApplicationGate {
    /// @inheritdoc IApplicationGate
    IIssuerRegistry public immutable registry;
    /// @inheritdoc IEligibilityGate
    uint256 public immutable maxRootAge;

    /// @notice Fixes where fresh roots come from. Reverts with NotAContract, WrongKind
    ///         or AgeInvalid.
    /// @param registry_ Registry whose roots are accepted.
    /// @param maxRootAge_ How long a replaced root is still accepted, seconds, at most 365 days.
    constructor(IIssuerRegistry registry_, uint256 maxRootAge_) {
        Requirements.requireKind(
            address(registry_), abi.encodeCall(IIssuerRegistry.maxCurrentAge, ())
        );
        Requirements.requireAge(maxRootAge_);
        registry = registry_;
        maxRootAge = maxRootAge_;
    }

    /// @dev Returns `count` public inputs, of which the first five are filled in: policy, context,
    ///      registryRoot, scope, nullifier. Reverts unless the root is fresh.
    function _credentialInputs(
        address market,
        Application calldata application,
        Evidence calldata evidence,
        uint256 count
    ) internal view returns (uint256[] memory inputs) {
        if (application.issuers != 0) revert IssuersNotJudged();
        if (!registry.isFresh(evidence.registryRoot, maxRootAge)) {
            revert RootNotFresh(evidence.registryRoot);
        }
        inputs = new uint256[](count);
        (inputs[0], inputs[1]) = _policyAndContext(market, application, evidence);
        inputs[2] = evidence.registryRoot;
        inputs[3] = scopeOf(market);
        inputs[4] = Nullifier.unwrap(evidence.nullifier);
    }
}
