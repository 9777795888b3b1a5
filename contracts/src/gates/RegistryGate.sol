// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../interfaces/IApplicationGate.sol";
import {IEligibilityGate} from "../interfaces/IEligibilityGate.sol";
import {IFxSource} from "../interfaces/IFxSource.sol";
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
    /// @inheritdoc IEligibilityGate
    IFxSource public immutable fx;

    /// @notice Fixes where fresh roots and rates come from. Reverts with NotAContract, WrongKind
    ///         or AgeInvalid.
    /// @param registry_ Registry whose roots are accepted.
    /// @param maxRootAge_ How long a replaced root is still accepted, seconds, at most 365 days.
    /// @param fx_ Source of exchange rates; 0 if no product has its policy in another currency.
    constructor(IIssuerRegistry registry_, uint256 maxRootAge_, IFxSource fx_) {
        Requirements.requireKind(
            address(registry_), abi.encodeCall(IIssuerRegistry.maxCurrentAge, ())
        );
        Requirements.requireAge(maxRootAge_);
        if (address(fx_) != address(0)) {
            Requirements.requireKind(address(fx_), abi.encodeCall(IFxSource.RATE_ONE, ()));
        }
        registry = registry_;
        maxRootAge = maxRootAge_;
        fx = fx_;
    }

    /// @inheritdoc ApplicationGate
    function _burden(Application calldata application, Evidence calldata evidence)
        internal
        view
        virtual
        override
        returns (uint256)
    {
        if (!_isForeign(application)) return application.instalment;
        (uint16 base, uint16 quote) = (application.currency, application.policy.currency);
        if (address(fx) == address(0)) revert CurrencyNotJudged(base, quote);
        return fx.convertUp(
            application.instalment, base, quote, evidence.deadline, _quoteOf(evidence.extra)
        );
    }

    /// @dev What the source of rates judges of `extra`, whose length {_checkExtra} accepted.
    function _quoteOf(bytes calldata extra) internal pure virtual returns (bytes calldata) {
        return extra;
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
